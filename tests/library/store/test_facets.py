"""Counts that are kept for the next question are the counts that the engine makes."""

from __future__ import annotations

import json

import pyoxigraph as ox
import pytest

from iprgraph.store.engine import Engine
from iprgraph.store.facets import MOST_VALUES, Facets
from support.serving import Running

EX = "https://example.org/"
UPDATE = {"content-type": "application/sparql-update"}

DATA = f"""
PREFIX ex: <{EX}>
ex:one a ex:A , ex:B ; ex:name "x"@en , "x" , 1 , 01 ; ex:near ex:two .
ex:two a ex:A ; ex:name "x"@en , "a\\nb" ; ex:near ex:two .
ex:g {{ ex:three a ex:B ; ex:part [] , [] . ex:one a ex:A . }}
"""

KEPT = [
    "SELECT ?t (COUNT(*) AS ?n) { ?s a ?t } GROUP BY ?t",
    "SELECT ?t (COUNT(?s) AS ?n) WHERE { ?s a ?t . } GROUP BY ?t ORDER BY DESC(?n) ?t LIMIT 1 # most",
    f"PREFIX ex: <{EX}>\nselect ?o (count(distinct ?s) as ?n) {{ ?s ex:name ?o }} group by ?o",
    "SELECT ?p (COUNT(*) AS ?n) { ?s ?p ?o } GROUP BY ?p ORDER BY ?p OFFSET 1",
    f"# Themselves\nSELECT ?s (COUNT(*) AS ?n) {{ ?s <{EX}near> ?s }} GROUP BY ?s",
    "SELECT ?else (COUNT(*) AS ?n) { ?s a ?t } GROUP BY ?else",
    f"SELECT ?o (COUNT(*) AS ?n) {{ ?s <{EX}nowhere> ?o }} GROUP BY ?o",
]

#: What asks for more than counts, or counts what has no name.
LEFT = [
    f"SELECT ?o (COUNT(*) AS ?n) {{ ?s <{EX}part> ?o }} GROUP BY ?o",
    "SELECT ?t (COUNT(*) AS ?n) { ?s a ?t } GROUP BY ?t HAVING (?n > 1)",
    f"SELECT ?t (COUNT(*) AS ?n) FROM <{EX}g> {{ ?s a ?t }} GROUP BY ?t",
    "SELECT ?t (COUNT(*) AS ?n) { ?s a ?t } GROUP BY ?t " + "#" * 5_000 + "\nHAVING (?n > 1)",
    "SELECT ?t (COUNT(*) AS ?n) { ?s a ?t" + " " * 5_000 + "; ?p ?o } GROUP BY ?t",
    f"SELECT ?t (COUNT(*) AS ?n) {{ ?s a ?t ; <{EX}name> ?name }} GROUP BY ?t",
    "SELECT ?t (COUNT(*) AS ?n) { GRAPH ?g { ?s a ?t } } GROUP BY ?t",
]


@pytest.fixture(scope="module")
def graph() -> ox.Store:
    store = ox.Store()
    store.load(DATA.encode(), ox.RdfFormat.TRIG)
    return store


def rows(engine: Engine, query: str) -> list[str]:
    bindings = json.loads(engine.query(query, format="json").body)["results"]["bindings"]
    return sorted(json.dumps(row, sort_keys=True) for row in bindings)


@pytest.mark.parametrize("query", [*KEPT, *LEFT])
def test_kept_counts_are_the_engine_s(graph: ox.Store, query: str) -> None:
    keeping = Engine(graph)
    keeping.facets = Facets()
    expected = rows(Engine(graph), query)
    assert rows(keeping, query) == rows(keeping, query) == expected


def test_counts_are_made_once(graph: ox.Store) -> None:
    asked: list[str] = []

    def run(query: str) -> object:
        asked.append(query)
        return graph.query(query, use_default_graph_as_union=True)

    facets = Facets()
    for query in KEPT * 2:
        assert "VALUES" in facets.put(query, run)
    assert len(asked) == len(KEPT)
    for query in LEFT[1:]:
        assert facets.put(query, run) == query
    assert len(asked) == len(KEPT)


def test_many_values_are_left_to_the_engine() -> None:
    store = ox.Store()
    number = "http://www.w3.org/2001/XMLSchema#integer"
    for i in range(MOST_VALUES + 1):
        value = ox.Literal(str(i), datatype=ox.NamedNode(number))
        store.add(ox.Quad(ox.NamedNode(EX), ox.NamedNode(EX), value))
    query = f"SELECT ?o (COUNT(*) AS ?n) {{ ?s <{EX}> ?o }} GROUP BY ?o"
    keeping = Engine(store)
    keeping.facets = Facets()
    assert len(rows(keeping, query)) == len(rows(keeping, query)) == MOST_VALUES + 1


def test_what_is_written_is_counted(writable_server: Running) -> None:
    client = writable_server.client()

    def counted() -> dict[str, str]:
        query = f"SELECT ?o (COUNT(*) AS ?n) {{ ?s <{EX}counted> ?o }} GROUP BY ?o # {len(seen)}"
        found = client.query(query).json()["results"]["bindings"]
        return {row["o"]["value"]: row["n"]["value"] for row in found}

    seen: list[dict[str, str]] = []
    for i in range(3):
        update = f"INSERT DATA {{ <{EX}c{i}> <{EX}counted> 'x' }}"
        assert client("POST", "/sparql", update, UPDATE, write=True).status == 204
        seen.append(counted())
        assert counted() == seen[-1]
    client.close()
    assert seen == [{"x": "1"}, {"x": "2"}, {"x": "3"}]
