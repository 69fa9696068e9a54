"""A triple that two graphs share is one triple of their merge, in every kind of default graph."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pyoxigraph as ox
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iprgraph.namespaces import MERGED
from iprgraph.store.default_graph import Merge
from iprgraph.store.engine import Engine
from support.client import Client

SHARED = """<urn:s> <urn:p> <urn:o> <urn:g1> .
<urn:s> <urn:p> <urn:o> <urn:g2> .
<urn:s> <urn:q> <urn:o> <urn:g1> .
"""


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    path = tmp_path / "shared.nq"
    path.write_text(SHARED)
    return Engine.load(path)


def rows(engine: Engine, query: str) -> list[list[str]]:
    text = engine.query(query, format="csv").body.decode()
    return sorted(list(csv.reader(io.StringIO(text)))[1:])


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("SELECT ?p { ?s ?p ?o }", [["urn:p"], ["urn:q"]]),
        ("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }", [["2"]]),
        ("SELECT (COUNT(*) AS ?n) { ?s <urn:p>/^<urn:p>/<urn:p> ?o }", [["1"]]),
        ("SELECT ?p FROM <urn:g1> FROM <urn:g2> { ?s ?p ?o }", [["urn:p"], ["urn:q"]]),
        ("PREFIX u: <urn:> SELECT ?p FROM u:g1 FROM u:g2 { ?s ?p ?o }", [["urn:p"], ["urn:q"]]),
        ("SELECT ?p FROM <urn:g2> { ?s ?p ?o }", [["urn:p"]]),
        ("SELECT ?g { GRAPH ?g { ?s <urn:p> ?o } }", [["urn:g1"], ["urn:g2"]]),
        ("SELECT DISTINCT ?g { GRAPH ?g { } }", [["urn:g1"], ["urn:g2"]]),
        ("SELECT ?g { ?s <urn:q> ?o . GRAPH ?g { ?s <urn:p> ?o } }", [["urn:g1"], ["urn:g2"]]),
        ("SELECT ?g { ?s <urn:p> ?o OPTIONAL { GRAPH ?g { ?s <urn:q> ?o } } }", [["urn:g1"]]),
        ("SELECT ?g { { SELECT ?g { GRAPH ?g { ?s <urn:q> ?o } } } }", [["urn:g1"]]),
        (
            "SELECT ?p FROM <urn:g1> FROM <urn:g2> FROM NAMED <urn:g2> { GRAPH ?g { ?s ?p ?o } }",
            [["urn:p"]],
        ),
    ],
)
def test_rows_come_once(engine: Engine, query: str, expected: list[list[str]]) -> None:
    assert rows(engine, query) == expected


def test_dataset_parameters_are_merged_too(engine: Engine) -> None:
    answer = engine.query("SELECT ?p { ?s ?p ?o }", ["urn:g1", "urn:g2"], [], format="csv")
    assert sorted(answer.body.decode().split()) == ["p", "urn:p", "urn:q"]
    assert rows(engine, "SELECT ?g { GRAPH ?g { ?s <urn:q> ?o } }") == [["urn:g1"]]


def test_without_shared_triples_nothing_is_kept_twice(tmp_path: Path) -> None:
    path = tmp_path / "apart.nq"
    path.write_text(SHARED.replace("<urn:o> <urn:g2>", "<urn:o2> <urn:g2>"))
    engine = Engine.load(path)
    assert len(engine.store) == 3
    assert rows(engine, "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }") == [["3"]]


QUADS = st.builds(
    lambda s, g: ox.Quad(ox.NamedNode(f"urn:s{s}"), ox.NamedNode("urn:p"), ox.NamedNode("urn:o"), ox.NamedNode(f"urn:g{g}")),
    st.integers(0, 3), st.integers(0, 2),
)  # fmt: skip


@settings(max_examples=60)
@given(st.lists(st.tuples(st.booleans(), QUADS), max_size=25))
def test_the_merge_follows_every_change(changes: list[tuple[bool, ox.Quad]]) -> None:
    store = ox.Store()
    engine = Engine(store)
    engine.merge = Merge(store)
    for adds, quad in changes:
        if adds:
            store.add(quad)
        else:
            store.remove(quad)
        engine.merge.follow([] if adds else [quad], [quad] if adds else [])
        graphs = [q for q in store if q.graph_name != MERGED]
        assert len(rows(engine, "SELECT ?s { ?s ?p ?o }")) == len({q.subject for q in graphs})


def test_after_writes_over_http_rows_still_come_once(writable_client: Client) -> None:
    for graph in ("urn:g1", "urn:g2"):
        assert (
            writable_client.update(
                f"INSERT DATA {{ GRAPH <{graph}> {{ <urn:s> <urn:p> 1 }} }}"
            ).status
            == 204
        )
    count = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
    assert b"1" in writable_client.query(count, format="csv").body.split()
    assert writable_client.update("DROP GRAPH <urn:g1>").status == 204
    assert b"1" in writable_client.query(count, format="csv").body.split()
    assert writable_client.update("DROP ALL").status == 204
    assert b"0" in writable_client.query(count, format="csv").body.split()
