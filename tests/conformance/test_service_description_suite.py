"""Run the W3C tests of SPARQL 1.1 Service Description, which are sentences, on a running server."""

from __future__ import annotations

import pyoxigraph as ox
import pytest

from support.client import Client
from support.exchanges import KINDS
from support.manifests import Case, cases, require

CASES = cases("service-description/manifest.ttl")

SD = "http://www.w3.org/ns/sparql-service-description#"

#: Range of each property of the vocabulary that is a class of it (section 3 of the standard).
RANGES = {
    "feature": "Feature",
    "defaultDataset": "Dataset",
    "defaultGraph": "Graph",
    "namedGraph": "NamedGraph",
    "graph": "Graph",
}
OTHERS = {"endpoint", "supportedLanguage", "resultFormat", "inputFormat", "name"}
LANGUAGES = {"SPARQL10Query", "SPARQL11Query", "SPARQL11Update"}
FEATURES = {
    "DereferencesURIs",
    "UnionDefaultGraph",
    "RequiresDataset",
    "EmptyGraphs",
    "BasicFederatedQuery",
}
CLASSES = {"Service", "Dataset", "Graph", "NamedGraph"}


def test_suite_is_whole() -> None:
    require(CASES, 3)
    assert {case.id for case in CASES} == {f"service-description/{name}" for name in CHECKS}


@pytest.mark.parametrize("accept", ["", *sorted(KINDS["RDF"])])
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_service_description(case: Case, accept: str, writable_client: Client) -> None:
    reply = writable_client.get("/sparql", accept)
    assert reply.status == 200
    assert reply.media_type in ({accept} if accept else KINDS["RDF"])
    form = ox.RdfFormat.from_media_type(reply.media_type)
    quads = [quad.triple for quad in ox.parse(reply.body, format=form)]
    CHECKS[case.id.rpartition("/")[2]](quads, f"{writable_client.base}/sparql")


def returns_rdf(triples: list[ox.Triple], endpoint: str) -> None:
    assert triples


def has_endpoint_triple(triples: list[ox.Triple], endpoint: str) -> None:
    found = [t for t in triples if t.predicate.value == f"{SD}endpoint"]
    assert [t.object for t in found] == [ox.NamedNode(endpoint)]


def conforms_to_schema(triples: list[ox.Triple], endpoint: str) -> None:
    types = {
        (t.subject, t.object.value)
        for t in triples
        if t.predicate.value.endswith("#type") and isinstance(t.object, ox.NamedNode)
    }
    services = [subject for subject, kind in types if kind == f"{SD}Service"]
    assert len(services) == 1
    for _, kind in types:
        assert not kind.startswith(SD) or kind.removeprefix(SD) in CLASSES
    used = set()
    for triple in triples:
        if not triple.predicate.value.startswith(SD):
            continue
        name, value = triple.predicate.value.removeprefix(SD), triple.object
        used.add(name)
        assert name in RANGES or name in OTHERS, name
        assert isinstance(value, ox.NamedNode | ox.BlankNode), triple
        if name == "feature":
            assert value.value.removeprefix(SD) in FEATURES
        elif name == "supportedLanguage":
            assert value.value.removeprefix(SD) in LANGUAGES
        elif name in RANGES:
            assert (value, f"{SD}{RANGES[name]}") in types, triple
        elif name == "name":
            assert (triple.subject, f"{SD}NamedGraph") in types, triple
    assert {"endpoint", "supportedLanguage", "resultFormat", "defaultDataset"} <= used


CHECKS = {
    "returns-rdf": returns_rdf,
    "has-endpoint-triple": has_endpoint_triple,
    "conforms-to-schema": conforms_to_schema,
}
