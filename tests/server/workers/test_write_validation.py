"""Every write is inferred and validated before it is seen, and kept whole or not at all."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pyoxigraph as ox
import pytest

from iprgraph.namespaces import INFERRED, SHAPES
from iprgraph.reasoning.inference import infer
from iprgraph.release.release import Release
from support.client import Client, Reply
from support.serving import Running, serving

INFERRED_HERE = "CONSTRUCT { ?s ?p ?o } { GRAPH graph:inferred { ?s ?p ?o } }"
OFFICE = "https://w3id.org/iprgraph/id/organization/test-office"

#: A claim with all that the shapes ask for.
CLAIM = """
GRAPH claim:test-office {
  organization:test-office a ipr:GovernmentBody ;
    skos:prefLabel "Test office"@en , "测试办公室"@zh ;
    org:subOrganizationOf organization:cnipa .
}
GRAPH <https://w3id.org/iprgraph/graph/source/curation> {
  claim:test-office a ipr:Claim ; skos:prefLabel "There is a test office."@en , "有一个测试办公室。"@zh ;
    ipr:source source:curation ; ipr:attributedTo organization:ipr-graph-curators ;
    ipr:modality modality:fact ; ipr:status status:accepted ; ipr:basis basis:stated ;
    ipr:confidence 0.9 ; ipr:about organization:test-office ; ipr:evidence passage:test-office .
  passage:test-office a ipr:Passage ; oa:hasSource source:curation ; dcterms:description "All of it"@en .
}
"""
INSERT, DELETE = f"INSERT DATA {{ {CLAIM} }}", f"DELETE DATA {{ {CLAIM} }}"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("gated")


@pytest.fixture(scope="module")
def writable_release_server(release: Release, folder: Path) -> Iterator[Running]:
    """Serve the bundled release with a token."""
    with serving(release.dir, folder, "--journal", str(folder / "journal")) as running:
        yield running


@pytest.fixture
def writable_release_client(writable_release_server: Running) -> Iterator[Client]:
    """Make a client; each test leaves the graph as it was."""
    with closing(writable_release_server.client()) as client:
        before = inferred(client)
        yield client
        assert inferred(client) == before


def inferred(client: Client) -> set[str]:
    return set(client.query(INFERRED_HERE, "application/n-triples").text.splitlines())


def parents(client: Client) -> set[str]:
    rows = client.query(f"SELECT ?o {{ <{OFFICE}> org:subOrganizationOf ?o }}", "text/csv").text
    return {row.rpartition("/")[2] for row in rows.split()[1:]}


def update(client: Client, text: str, query_string: str = "") -> Reply:
    headers = {"content-type": "application/sparql-update", "accept": "application/json"}
    return client("POST", f"/sparql{query_string}", text, headers, write=True)


def test_a_write_brings_what_follows_and_takes_it_back(writable_release_client: Client) -> None:
    assert update(writable_release_client, INSERT).status == 204
    assert parents(writable_release_client) == {"cnipa", "state-council", "chinese-government"}
    assert (
        writable_release_client.query(f"ASK {{ <{OFFICE}> a prov:Agent }}", "text/csv").text.strip()
        == "true"
    )
    assert update(writable_release_client, DELETE).status == 204
    assert parents(writable_release_client) == set()


def test_a_dry_run_tells_and_changes_nothing(writable_release_client: Client) -> None:
    reply = update(writable_release_client, INSERT, "?dry-run=1")
    assert reply.status == 200
    told = reply.json()
    assert (told["dry_run"], told["added"], told["removed"], told["results"]) == (True, 18, 0, [])
    assert told["inferred"]["added"] > 10
    assert parents(writable_release_client) == set()
    bad = update(
        writable_release_client,
        "INSERT DATA { GRAPH graph:x { claim:bad a ipr:Claim } }",
        "?dry-run=1",
    )
    assert bad.status == 422
    assert (
        update(writable_release_client, INSERT, "?dry-run=perhaps").json()["parameter"] == "dry-run"
    )


def test_a_dry_run_of_a_graph(writable_release_client: Client) -> None:
    headers = {"content-type": "text/turtle", "accept": "application/json"}
    path = "/graph-store?graph=https://w3id.org/iprgraph/graph/x&dry-run=1"
    body = f"<{OFFICE}> <http://www.w3.org/2000/01/rdf-schema#label> 'office' ."
    told = writable_release_client("PUT", path, body, headers, write=True).json()
    assert (told["dry_run"], told["added"], told["created"]) == (True, 1, True)
    assert (
        writable_release_client.get("/graph-store?graph=https://w3id.org/iprgraph/graph/x").status
        == 404
    )


def test_warnings_of_an_accepted_write_are_told_and_kept(release: Release, tmp_path: Path) -> None:
    journal = ("--journal", str(tmp_path / "journal"))
    alias = (
        f'INSERT DATA {{ GRAPH claim:test-office {{ <{OFFICE}> skos:altLabel "Test office"@en }} }}'
    )
    with serving(release.dir, tmp_path, *journal) as first, closing(first.client()) as client:
        assert update(client, INSERT).status == 204
        reply = update(client, alias)
        told = reply.json()
        assert (reply.status, told["dry_run"], told["added"]) == (200, False, 1)
        (result,) = told["results"]
        assert (result["severity"], result["shape"]) == ("Warning", "shape:alias-new")
        assert "Since the release" in (page := client.get("/quality").text)
    with serving(release.dir, tmp_path, *journal) as second, closing(second.client()) as client:
        again = client.get("/quality").text
        assert result["messages"]["en"] in page and result["messages"]["en"] in again
        assert "Since the release" in again and "Test office" in again


def test_what_the_shapes_reject_changes_nothing(writable_release_client: Client) -> None:
    reply = update(
        writable_release_client, "INSERT DATA { GRAPH graph:x { claim:bad a ipr:Claim } }"
    )
    told = reply.json()
    assert (reply.status, told["type"].rpartition("/")[2]) == (422, "shapes-rejected")
    focus = {result["focus"] for result in told["results"]}
    assert focus == {"claim:bad"}
    (evidence,) = [r for r in told["results"] if r["path"] == "ipr:evidence"]
    assert evidence["messages"]["en"].startswith("Name the passage")
    assert "请" in evidence["messages"]["zh"]
    assert (
        writable_release_client.query("ASK { claim:bad ?p ?o }", "text/csv").text.strip() == "false"
    )


def test_what_the_shapes_reject_is_told_in_chinese(writable_release_client: Client) -> None:
    bad = "INSERT DATA { GRAPH graph:x { claim:bad a ipr:Claim } }"
    headers = {"content-type": "application/sparql-update", "accept-language": "zh"}
    reply = writable_release_client("POST", "/sparql", bad, headers, write=True)
    first, *lines = reply.json()["detail"].split("\n")
    assert re.fullmatch(r"未作任何更改。形状约束发现：\d+ 项违反、\d+ 项警告、\d+ 项提示。", first)
    assert len(lines) >= 3
    for line in lines:
        assert re.search("[一-鿿]", line), line


def test_a_wrong_value_is_rejected_with_it(writable_release_client: Client) -> None:
    worse = INSERT.replace("ipr:confidence 0.9", "ipr:confidence 1.9")
    results = update(writable_release_client, worse).json()["results"]
    assert [(r["path"], r["value"]) for r in results] == [("ipr:confidence", "1.9 (xsd:decimal)")]


def test_what_breaks_a_check_elsewhere_is_rejected(writable_release_client: Client) -> None:
    """The check is not in the change, but its validation reads what is."""
    other = """DELETE { GRAPH ?g { ?o ipr:value ?v } } INSERT { GRAPH ?g { ?o ipr:value 7 } }
        WHERE { GRAPH ?g { ?o ipr:value ?v } FILTER(?o = observation:gt1238517-rd-expenditure-yuan) }"""
    reply = update(writable_release_client, other)
    assert reply.status == 422
    assert "check:rd-expenditure-2020" in {r["focus"] for r in reply.json()["results"]}


def test_what_is_inferred_cannot_be_written(writable_release_client: Client) -> None:
    """It is what follows: what is added goes again, and what is removed comes back."""
    assert (
        update(
            writable_release_client, "INSERT DATA { GRAPH graph:inferred { <urn:x> <urn:y> 1 } }"
        ).status
        == 204
    )
    assert (
        writable_release_client.query("ASK { <urn:x> ?p ?o }", "text/csv").text.strip() == "false"
    )
    assert (
        update(
            writable_release_client,
            "DELETE WHERE { GRAPH graph:inferred { country:china a ?type } }",
        ).status
        == 204
    )
    assert (
        writable_release_client.query(
            "ASK { country:china a schema:Country }", "text/csv"
        ).text.strip()
        == "true"
    )


def test_a_contradiction_changes_nothing(writable_release_client: Client) -> None:
    reply = update(
        writable_release_client, "INSERT DATA { GRAPH graph:x { organization:wipo a ipr:Person } }"
    )
    told = reply.json()
    assert (reply.status, told["type"].rpartition("/")[2]) == (422, "contradiction")
    assert told["problems"] == [
        "organization:wipo: Nothing is both an ipr:Organization and an ipr:Person. (cax-dw)"
    ]
    headers = {"content-type": "application/sparql-update", "accept-language": "zh"}
    bad = "INSERT DATA { GRAPH graph:x { organization:wipo a ipr:Person } }"
    assert writable_release_client("POST", "/sparql", bad, headers, write=True).json()[
        "detail"
    ] == (
        "未作任何更改：写入后数据将与本体矛盾。\n"
        "- organization:wipo：任何事物都不能既是ipr:Organization又是ipr:Person。（cax-dw）\n"
        "请更正有关这些事物的陈述。"
    )


def test_a_new_axiom_is_followed(writable_release_client: Client) -> None:
    axiom = "GRAPH graph:alignment { ipr:Claim rdfs:subClassOf schema:Statement }"
    assert update(writable_release_client, f"INSERT DATA {{ {axiom} }}").status == 204
    count = "SELECT (COUNT(*) AS ?n) { ?s a schema:Statement }"
    assert int(writable_release_client.query(count, "text/csv").text.split()[1]) > 150
    assert update(writable_release_client, INSERT).status == 204
    assert (
        writable_release_client.query(
            "ASK { claim:test-office a schema:Statement }", "text/csv"
        ).text.strip()
        == "true"
    )
    assert update(writable_release_client, DELETE).status == 204
    assert update(writable_release_client, f"DELETE DATA {{ {axiom} }}").status == 204


def test_an_axiom_beyond_the_rules_is_refused(writable_release_client: Client) -> None:
    reply = update(
        writable_release_client,
        "INSERT DATA { GRAPH graph:alignment { rdf:type rdfs:domain ipr:Claim } }",
    )
    assert (reply.status, reply.json()["type"].rpartition("/")[2]) == (422, "refused")


def test_a_new_shape_is_followed(writable_release_client: Client) -> None:
    shape = """GRAPH graph:shapes { shape:no-offices a sh:NodeShape ; sh:targetNode organization:test-office ;
        sh:property [ sh:path org:subOrganizationOf ; sh:maxCount 0 ; sh:message "None."@en ] }"""
    # Other shapes look at everything anew, so that what is told is all that is found.
    told = update(writable_release_client, f"INSERT DATA {{ {shape} }}").json()["results"]
    assert told and all(result["severity"] != "Violation" for result in told)
    assert update(writable_release_client, INSERT).status == 422
    gone = """DELETE WHERE { GRAPH graph:shapes {
        shape:no-offices ?p ?o ; sh:property ?b . ?b ?q ?v } }"""
    assert update(writable_release_client, gone).json()["results"] == told
    assert update(writable_release_client, INSERT).status == 204
    assert update(writable_release_client, DELETE).status == 204


def test_what_is_inferred_survives_a_restart(release: Release, tmp_path: Path) -> None:
    journal = ("--journal", str(tmp_path / "journal"))
    with serving(release.dir, tmp_path, *journal) as first, closing(first.client()) as client:
        assert update(client, INSERT).status == 204
        known = inferred(client)
    with serving(release.dir, tmp_path, *journal) as second, closing(second.client()) as client:
        assert parents(client) == {"cnipa", "state-council", "chinese-government"}
        assert inferred(client) == known
        assert known == {f"{quad.triple} ." for quad in infer(_quads(client))}


def _quads(client: Client) -> list[ox.Quad]:
    """Read all statements of a server, as its engine holds them."""
    body = client.query("SELECT * { GRAPH ?g { ?s ?p ?o } }", "application/json").body
    rows = ox.parse_query_results(body, format=ox.QueryResultsFormat.JSON)
    quads = [ox.Quad(row["s"], row["p"], row["o"], row["g"]) for row in rows]  # type: ignore
    return [q for q in quads if q.graph_name not in (INFERRED, SHAPES)]


def test_a_report_comes_in_the_form_asked_for(writable_release_client: Client) -> None:
    bad = "INSERT DATA { GRAPH graph:x { claim:bad a ipr:Claim } }"
    headers = {"content-type": "application/sparql-update", "accept": "text/turtle"}
    reply = writable_release_client("POST", "/sparql", bad, headers, write=True)
    assert (reply.status, reply.media_type) == (422, "text/turtle")
    assert any(
        "ValidationReport" in str(q.object) for q in ox.parse(reply.body, ox.RdfFormat.TURTLE)
    )
    assert json.dumps(update(writable_release_client, bad).json())
