"""Run the W3C tests of SPARQL 1.1 Query and its result formats against a running server.

The data of each test stand in named graphs of one server; the protocol's dataset parameters say
which of them a query sees. Left out are the entailment regimes (the endpoint answers from what the
build inferred); federated query has a suite of its own.
"""

from __future__ import annotations

import csv
import io
import re
from urllib.parse import urlencode

import pyoxigraph as ox
import pytest

from support.client import Client, Reply
from support.manifests import BASE, Case, cases, parameters, path_of, require
from support.results import canonical, expected, parsed

FOLDERS = [
    "aggregates",
    "bind",
    "bindings",
    "cast",
    "construct",
    "csv-tsv-res",
    "exists",
    "functions",
    "grouping",
    "json-res",
    "negation",
    "project-expression",
    "property-path",
    "subquery",
]

CASES = [
    case
    for case in cases(*(f"{folder}/manifest.ttl" for folder in FOLDERS))
    if case.kind in {"QueryEvaluationTest", "CSVResultFormatTest"}
]

#: Tests that fail, each with the reason.
FAILURES = {
    "aggregates/agg-groupconcat-04": "the engine keeps the language tag that all values share",
    "aggregates/agg-groupconcat-06": "the engine keeps the language tag that all values share",
    "aggregates/agg-empty-group-count-graph": "the engine groups once, not in each GRAPH ?g",
    "bindings/graph": "the engine does not bind ?g to each graph for VALUES in GRAPH ?g",
    "csv-tsv-res/csv03": "the engine keeps values, not lexical forms: 1.0E6 becomes 1000000",
    "functions/bnode01": "the engine's BNODE(text) is one node in a query, not one in a solution",
    "negation/graph-minus": "the engine takes MINUS in GRAPH ?g to share ?g",
    "property-path/zero_or_more_set_start": "a path of length zero ends at nodes of the graph only",
    "property-path/zero_or_more_set_end": "a path of length zero ends at nodes of the graph only",
    "property-path/zero_or_one_set_start": "a path of length zero ends at nodes of the graph only",
    "property-path/zero_or_one_set_end": "a path of length zero ends at nodes of the graph only",
}

#: A graph that is never there: the default graph of tests without default data.
NOTHING = "urn:test:nothing"

ACCEPT = {
    ".srx": "application/sparql-results+xml",
    ".srj": "application/sparql-results+json",
    ".tsv": "text/tab-separated-values",
    ".csv": "text/csv",
}


def test_suite_is_whole() -> None:
    require(CASES, 235)
    assert FAILURES.keys() <= {case.id for case in CASES}


@pytest.fixture(scope="module")
def loaded_client(suite_client: Client) -> Client:
    """Return a server that holds the data of all the tests."""
    for case in CASES:
        for iri in files(case, "qt:data") + files(case, "qt:graphData"):
            path = path_of(iri)
            form = ox.RdfFormat.from_extension(path.suffix[1:])
            address = f"/graph-store?{urlencode({'graph': iri.value})}"
            if suite_client("HEAD", address).status == 404:
                reply = suite_client.put(address, path.read_bytes(), form.media_type)
                assert reply.status == 201, reply
    return suite_client


@pytest.mark.parametrize("case", parameters(CASES, FAILURES))
def test_query(case: Case, loaded_client: Client) -> None:
    result = path_of(case.value("mf:result"))
    reply = ask(case, loaded_client, ACCEPT.get(result.suffix, ""))
    assert reply.status == 200, reply
    if result.suffix == ".csv":
        assert rows_of_csv(reply.text) == rows_of_csv(result.read_text(encoding="utf-8"))
        return
    if reply.media_type.startswith("text/tab") or "sparql-results" in reply.media_type:
        form = ox.QueryResultsFormat.from_media_type(reply.media_type)
        assert form is not None
        assert parsed(reply.body, form) == expected(result)
        return
    triples = [q.triple for q in ox.parse(reply.body, format=ox.RdfFormat.TURTLE)]
    assert canonical(triples) == expected(result)


def ask(case: Case, client: Client, accept: str) -> Reply:
    """Ask the query of a test about the data of the test."""
    query = case.manifest.value(case.value("mf:action"), "qt:query")
    text = path_of(query).read_text(encoding="utf-8")
    params = [("default-graph-uri", iri.value) for iri in files(case, "qt:data")]
    params = params or [("default-graph-uri", NOTHING)]
    params += [("named-graph-uri", iri.value) for iri in files(case, "qt:graphData")]
    if "FROM" in text:
        # The query names its dataset itself; the parameters would override it.
        params = []
    # The file's own address is what its relative IRIs are relative to.
    text = f"BASE <{query.value}>\n{text}"
    headers = {"content-type": "application/sparql-query"} | ({"accept": accept} if accept else {})
    return client("POST", f"/sparql?{urlencode(params)}", text, headers)


def files(case: Case, predicate: str) -> list[ox.NamedNode]:
    """Name the data files of a test."""
    found: list[ox.NamedNode] = case.manifest.values(case.value("mf:action"), predicate)
    assert all(iri.value.startswith(BASE) for iri in found)
    return found


def rows_of_csv(text: str) -> tuple[list[str], list[list[str]]]:
    """Read CSV as its header and its rows in any order; a blank node is as good as another."""
    unlabelled = re.sub(r"_:\w+", "_:", text)
    head, *rows = csv.reader(io.StringIO(unlabelled))
    order = sorted(range(len(head)), key=head.__getitem__)
    return sorted(head), sorted([row[i] for i in order] for row in rows)
