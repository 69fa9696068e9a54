"""Real clients ask the real server: SPARQLWrapper, rdflib's stores, pandas, curl, Comunica."""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
from collections.abc import Iterator

import pytest
from rdflib import Graph, Literal, URIRef
from rdflib.plugins.stores.sparqlstore import SPARQLStore, SPARQLUpdateStore
from SPARQLWrapper import CSV, JSON, TURTLE, XML, SPARQLWrapper

from iprgraph.release.release import Release
from support.paths import CLIENTS
from support.serving import TOKEN, Running, serving

HEAD = "SELECT ?name { ?t ipr:post post:wipo-director-general ; ipr:holder/skos:prefLabel ?name FILTER (lang(?name) = 'en') } ORDER BY ?name"


@pytest.fixture(scope="module")
def release_server(release: Release, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Serve the bundled graph."""
    with serving(release.dir, tmp_path_factory.mktemp("published")) as running:
        yield running


@pytest.fixture(scope="module")
def endpoint(release_server: Running) -> str:
    return f"http://127.0.0.1:{release_server.port}/sparql"


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("wanted", [JSON, XML, CSV])
def test_sparqlwrapper_selects(endpoint: str, method: str, wanted: str) -> None:
    client = SPARQLWrapper(endpoint)
    client.setQuery(HEAD)
    client.setMethod(method)
    client.setReturnFormat(wanted)
    answer = client.query().convert()
    text = answer.toxml() if wanted == XML else str(answer)
    assert "Daren Tang" in text


def test_sparqlwrapper_constructs_turtle(endpoint: str) -> None:
    client = SPARQLWrapper(endpoint)
    client.setQuery("CONSTRUCT WHERE { organization:wipo skos:prefLabel ?label }")
    client.setReturnFormat(TURTLE)
    graph = Graph().parse(data=client.query().convert(), format="turtle")
    assert len(graph) == 2


def test_rdflib_reads_through_a_sparql_store(endpoint: str) -> None:
    graph = Graph(SPARQLStore(endpoint))
    wipo = URIRef("https://w3id.org/iprgraph/id/organization/wipo")
    labels = set(graph.objects(wipo, URIRef("http://www.w3.org/2004/02/skos/core#prefLabel")))
    assert Literal("World Intellectual Property Organization", lang="en") in labels
    assert len(labels) == 2
    rows = list(graph.query("SELECT ?c { ?c a <https://w3id.org/iprgraph/ontology#Check> }"))
    assert len(rows) >= 16


def test_rdflib_writes_through_a_sparql_update_store(writable_server: Running) -> None:
    address = f"http://127.0.0.1:{writable_server.port}/sparql"
    remote = SPARQLUpdateStore(
        address, address, headers={"Authorization": f"Bearer {TOKEN}"}, autocommit=True
    )
    graph = Graph(remote, URIRef("https://example.org/clients"))
    triple = (
        URIRef("https://example.org/s"),
        URIRef("https://example.org/p"),
        Literal("值", lang="zh"),
    )
    graph.add(triple)
    assert triple in graph
    graph.remove(triple)
    assert triple not in graph


def test_pandas_reads_csv(endpoint: str) -> None:
    pandas = pytest.importorskip("pandas")
    from urllib.parse import urlencode

    address = f"{endpoint}?{urlencode({'query': 'SELECT ?c ?rank { ?c ipr:rank ?rank }', 'format': 'csv'})}"
    frame = pandas.read_csv(address)
    assert list(frame.columns) == ["c", "rank"]
    assert 12 in set(frame["rank"])


def test_curl_asks_and_reads_a_plain_error(endpoint: str) -> None:
    curl = shutil.which("curl")
    if curl is None:
        pytest.skip("curl is not installed")

    def run(*arguments: str) -> str:
        done = subprocess.run([curl, "-sS", *arguments, endpoint], capture_output=True, check=True)
        return done.stdout.decode()

    assert "Daren Tang" in run("-H", "Accept: text/csv", "--data-urlencode", f"query={HEAD}")
    told = run("--data-urlencode", "query=SELECT ?x WHERE { ?x ?y }")
    assert "line 1" in told and "{" not in told.splitlines()[0]


def test_comunica_starts_from_the_bare_endpoint(endpoint: str) -> None:
    npm = shutil.which("npm")
    if npm is None:
        if os.environ.get("CI") == "true":
            pytest.fail("npm is needed for Comunica")
        pytest.skip("npm is not installed, so Comunica cannot be")
    lock, installed = CLIENTS / "package-lock.json", CLIENTS / "node_modules/.package-lock.json"
    if not installed.exists() or installed.stat().st_mtime < lock.stat().st_mtime:
        subprocess.run(
            [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"],
            cwd=CLIENTS, check=True, capture_output=True, timeout=300,
        )  # fmt: skip
    query = """PREFIX ipr: <https://w3id.org/iprgraph/ontology#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
SELECT ?label { ?check a ipr:Check ; skos:prefLabel ?label } ORDER BY ?label"""
    done = subprocess.run(
        [CLIENTS / "node_modules/.bin/comunica-sparql", endpoint, query, "-t", "application/sparql-results+json"],
        capture_output=True, timeout=120, check=True,
    )  # fmt: skip
    rows = json.load(io.BytesIO(done.stdout))["results"]["bindings"]
    assert len(rows) >= 32
    labels = {row["label"]["value"] for row in rows}
    assert {"Innovation rank of China, 2021", "2021年中国创新排名"} <= labels
