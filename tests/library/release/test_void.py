"""Descriptions of a release and of the endpoint, as catalogues, editors and search engines read them."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pyoxigraph as ox
import pyshacl
import pytest
import rdflib

from iprgraph.content import questions
from iprgraph.content.loader import Content
from iprgraph.namespaces import BASE, PREFIXES
from iprgraph.release.release import Release
from support.client import Client
from support.paths import SHARED

#: DCAT-AP's own shapes are another party's files: they are used where someone has put them.
DCAT_AP = Path(os.environ.get("IPRGRAPH_DCAT_AP") or SHARED / "dcat-ap/3.0.1/html/shacl")

ENDPOINT = "http://127.0.0.1/sparql"
PROLOGUE = "".join(
    f"PREFIX {name}: <{PREFIXES[name]}>\n" for name in ("rdfs", "sh", "schema", "void")
)

#: What SPARQL editors ask the service description for, before they show a query.
EXAMPLES = (
    "SELECT DISTINCT ?sq ?comment ?query WHERE { ?sq a sh:SPARQLExecutable ; rdfs:comment ?comment ; "
    "sh:select|sh:ask|sh:construct ?query } ORDER BY ?sq"
)
DECLARED = (
    "SELECT DISTINCT ?prefix ?namespace WHERE { [] sh:namespace ?namespace ; sh:prefix ?prefix }"
)
CLASSES = (
    "SELECT ?class ?property ?other WHERE { ?cp void:class ?class ; void:propertyPartition ?pp . "
    "?pp void:property ?property . OPTIONAL { ?pp void:classPartition [ void:class ?other ] } }"
)


def shacl(data: rdflib.Graph, shapes: Path) -> str:
    conforms, _, text = pyshacl.validate(data, shacl_graph=rdflib.Graph().parse(shapes))
    return "" if conforms else str(text)


@pytest.fixture(scope="module")
def void(release: Release) -> rdflib.Graph:
    """Parse void.ttl; no test changes it."""
    return rdflib.Graph().parse(release.dir / "void.ttl")


def test_the_description_keeps_our_shapes(void: rdflib.Graph) -> None:
    assert shacl(void, Content.bundled().shapes / "descriptions.ttl") == ""


def test_a_description_that_lacks_a_size_breaks_them(void: rdflib.Graph) -> None:
    size = rdflib.URIRef(PREFIXES["dcat"] + "byteSize")
    broken = rdflib.Graph()
    for triple in void:
        if triple[1] != size:
            broken.add(triple)
    assert "distribution-size" in shacl(broken, Content.bundled().shapes / "descriptions.ttl")


@pytest.mark.skipif(
    not DCAT_AP.is_dir(),
    reason="DCAT-AP's shapes are not here: IPRGRAPH_DCAT_AP names the folder of shapes.ttl and range.ttl",
)
@pytest.mark.parametrize("name", ["shapes.ttl", "range.ttl", "deprecateduris.ttl"])
def test_the_description_keeps_the_shapes_of_dcat_ap(void: rdflib.Graph, name: str) -> None:
    assert len(rdflib.Graph().parse(DCAT_AP / name)) > 50
    assert shacl(void, DCAT_AP / name) == ""


def test_a_catalogue_holds_dataset_and_endpoint(void: rdflib.Graph) -> None:
    rows = list(
        void.query(
            "PREFIX dcat: <http://www.w3.org/ns/dcat#> PREFIX dcterms: <http://purl.org/dc/terms/> "
            "PREFIX foaf: <http://xmlns.com/foaf/0.1/> SELECT ?dataset ?service ?name WHERE { "
            "?c a dcat:Catalog ; dcat:dataset ?dataset ; dcat:service ?service ; "
            'dcterms:publisher/foaf:name ?name FILTER(lang(?name) = "en") }'
        )
    )
    assert [(str(r.dataset), str(r.service)) for r in rows] == [(f"{BASE}dataset", f"{BASE}sparql")]  # type: ignore[union-attr]


def test_void_says_which_properties_the_things_of_a_class_have(release: Release) -> None:
    data, void = ox.Store(), ox.Store()
    data.bulk_load(path=release.dir / "iprgraph.ttl")
    void.bulk_load(path=release.dir / "void.ttl")

    def rows(store: ox.Store, query: str) -> set[tuple[str, ...]]:
        found = store.query(PROLOGUE + query, prefixes=PREFIXES)
        return {tuple(str(term) for term in row) for row in found}  # type: ignore[union-attr]

    counted = rows(
        data,
        "SELECT ?c ?p (COUNT(*) AS ?n) WHERE { ?s a ?c ; ?p ?o "
        "FILTER(STRSTARTS(STR(?c), STR(ipr:))) } GROUP BY ?c ?p",
    )
    assert len(counted) > 250
    assert counted == rows(
        void,
        "SELECT ?c ?p ?n WHERE { ?part void:class ?c ; void:propertyPartition ?pp . "
        "?pp void:property ?p ; void:triples ?n }",
    )
    led = rows(void, "SELECT ?c ?p ?o WHERE { ?part void:class ?c ; void:propertyPartition ?pp . "
               "?pp void:property ?p ; void:classPartition/void:class ?o }")  # fmt: skip
    assert ("Claim", "source", "Article") in {
        tuple(re.split("[#>]", term)[1] for term in row) for row in led if "#" in row[1]
    }


@pytest.fixture(scope="module")
def description(release_server: object) -> rdflib.Graph:
    """Fetch the service description as a client does that knows the endpoint's address alone."""
    client: Client = release_server.client()  # type: ignore[attr-defined]
    reply = client.get("/sparql", "text/turtle")
    client.close()
    assert (reply.status, reply.media_type) == (200, "text/turtle")
    return rdflib.Graph().parse(data=reply.body, format="turtle")


def test_editors_find_the_example_queries_in_the_service_description(
    description: rdflib.Graph, release_client: Client
) -> None:
    rows = list(description.query(PROLOGUE + EXAMPLES))
    asked = questions.load()
    assert {str(row.comment) for row in rows} == {
        text for q in asked for text in q.question.values()
    }  # type: ignore[union-attr]
    assert len(rows) == 2 * len(asked)
    queries = {str(row.query) for row in rows}  # type: ignore[union-attr]
    assert len(queries) == len(asked)
    targets = {
        str(row[0])
        for row in description.query(
            PROLOGUE + "SELECT DISTINCT ?t { ?q sh:prefixes ?t ; schema:target ?t }"
        )
    }
    assert targets == {f"{release_client.base}/sparql"}
    for query in queries:
        assert release_client.query(query).status == 200
    explained = description.query(
        PROLOGUE + "SELECT ?text { ?q a sh:SPARQLExecutable ; dcterms:description ?text }"
    )
    assert {(str(row[0]), row[0].language) for row in explained} == {  # type: ignore[index]
        (text, language) for q in asked for language, text in q.explanation.items()
    }


def test_example_queries_declare_what_they_use(description: rdflib.Graph) -> None:
    """An engine that knows no prefix of ours parses each of them."""
    for row in description.query(PROLOGUE + EXAMPLES):
        assert ox.Store().query(str(row.query)) is not None  # type: ignore[union-attr]


def test_editors_find_prefixes_and_classes_in_the_service_description(
    description: rdflib.Graph,
) -> None:
    declared = {str(r.prefix): str(r.namespace) for r in description.query(PROLOGUE + DECLARED)}  # type: ignore[union-attr]
    assert declared == PREFIXES
    rows = {tuple(map(str, row)) for row in description.query(PROLOGUE + CLASSES)}  # type: ignore[arg-type]
    ipr = PREFIXES["ipr"]
    assert (f"{ipr}Claim", f"{ipr}source", f"{ipr}Article") in rows
    assert len({row[0] for row in rows}) >= 20


def test_search_engines_find_the_dataset_on_the_start_page(
    release_client: Client, release: Release
) -> None:
    page = release_client.get("/", "text/html").text
    (block,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page, re.S)
    document = json.loads(block)
    assert document == json.loads((release.dir / "dataset.jsonld").read_text("utf-8"))
    assert (document["@type"], document["@context"]) == ("Dataset", "https://schema.org/")
    for name in ("name", "description", "license", "creator", "publisher", "identifier", "url",
                 "version", "datePublished", "keywords", "inLanguage", "distribution"):  # fmt: skip
        assert document[name], name
    for description in document["description"]:
        assert 50 <= len(description["@value"]) <= 5000
    for file in document["distribution"]:
        assert file["contentUrl"] and file["encodingFormat"] and len(file["sha256"]) == 64
    assert [maker["@id"] for maker in document["creator"]] == release.manifest["creators"]


def test_every_iri_of_the_description_answers(release_client: Client, void: rdflib.Graph) -> None:
    ours = {
        str(term).partition("#")[0]
        for triple in void
        for term in triple
        if isinstance(term, rdflib.URIRef) and str(term).startswith(BASE)
    }
    assert len(ours) > 30
    for iri in sorted(ours):
        reply = release_client.get("/" + iri.removeprefix(BASE), "text/turtle, */*;q=0.1")
        if reply.status == 303:
            reply = release_client.get(reply.headers["location"], "text/turtle, */*;q=0.1")
        assert reply.status == 200, iri
