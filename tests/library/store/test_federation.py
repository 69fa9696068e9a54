"""SERVICE: joins with other servers, what peers are asked, and what happens when they fail or lie."""

from __future__ import annotations

import json
import re

import pyoxigraph as ox
import pytest

from iprgraph.errors import QueryRefused, QuerySyntaxError
from iprgraph.store import federation
from iprgraph.store.engine import Engine

EX = "https://example.org/"
PEER = "https://peer.example/sparql"
#: Queries whose SERVICE is asked for so many rows of its pattern, which has ten (None: for all).
SHAPES: tuple[tuple[str, int | None], ...] = (
    ("?x :p ?n SERVICE <P> { ?x :q ?v }", 6),
    ("SERVICE <P> { ?x :q ?v } ?x :p ?n", 6),
    ("SERVICE <P> { ?x :q ?v } . ?x :p 3 .", 1),
    ("VALUES ?x { :t1 :t2 :none } SERVICE <P> { ?x :q ?v }", 3),
    ("VALUES (?x ?n) { (:t1 1) (UNDEF 2) } SERVICE <P> { ?x :q ?v }", None),
    ("VALUES (?x ?n) { (:t1 1) (UNDEF 2) } ?x :p ?n SERVICE <P> { ?x :q ?v }", 2),
    ("?x :p ?n OPTIONAL { SERVICE <P> { ?x :q ?v } }", 6),
    ("?x :p ?n OPTIONAL { ?x :p ?o SERVICE <P> { ?x :q ?v } FILTER(?v > 3) }", 6),
    ("OPTIONAL { SERVICE <P> { ?x :q ?v } } ?x :p ?n", None),
    ("?y :p ?n OPTIONAL { SERVICE <P> { ?x :q ?v } } ?x :p ?n", None),
    ("?x :p ?n MINUS { SERVICE <P> { ?x :q ?v } }", 6),
    ("?x :p ?n FILTER EXISTS { SERVICE <P> { ?x :q ?v } }", 6),
    ("?x :p ?n FILTER NOT EXISTS { SERVICE <P> { ?x :q ?v } }", 6),
    ("FILTER NOT EXISTS { SERVICE <P> { ?x :q ?v } } ?x :p ?n", 6),
    ("?x :p ?n FILTER (?n < 2 || EXISTS { SERVICE <P> { ?x :q ?v } })", None),
    ("{ ?x :p ?n } UNION { ?x :none ?n } SERVICE <P> { ?x :q ?v }", 6),
    ("{ ?x :p ?n SERVICE <P> { ?x :q ?v } } UNION { ?x :p 1 }", 6),
    ("{ SELECT ?x (COUNT(*) AS ?c) { ?x :p ?n } GROUP BY ?x } SERVICE <P> { ?x :q ?v }", 6),
    ("{ SELECT ?x { ?x :p ?n SERVICE <P> { ?x :q ?v } } ORDER BY ?x LIMIT 2 }", 6),
    ("?x :p ?n SERVICE <P> { SELECT ?x (SUM(?v) AS ?s) { ?x :q ?v } GROUP BY ?x }", None),
    ("?x :p ?n SERVICE <P> { SELECT ?x ?v { ?x :q ?v } ORDER BY DESC(?v) LIMIT 4 }", None),
    ("?x :p ?n SERVICE <P> { OPTIONAL { ?x :q ?v } }", None),
    ("?x :p ?n SERVICE <P> { ?x :q ?v OPTIONAL { ?x :r ?w } FILTER(?v > 1) }", 6),
    ("?x :p ?n SERVICE <P> { { ?x :q ?v } UNION { ?x :r ?v } }", None),
    ("?x :p ?n . ?y :p ?m SERVICE <P> { ?x :q ?v . ?y :q ?w } FILTER (?m = 1)", 6),
    ("?x :p ?n . ?y :other ?m SERVICE <P> { ?x :q ?v . ?y :q ?w }", 1),
    ("GRAPH ?g { ?x :p ?n } SERVICE <P> { ?x :q ?v }", 6),
    ("GRAPH ?g { ?x :p ?n SERVICE <P> { ?x :q ?v } }", None),
    ("GRAPH ?g { ?x :p ?n OPTIONAL { SERVICE <P> { ?x :q ?v } } }", None),
    ("?x :p ?n BIND(?n + 1 AS ?v) SERVICE <P> { ?x :q ?v }", 6),
    ("?x :p ?n SERVICE <P> { ?x :q ?v } BIND(?v + ?n AS ?s) FILTER(?s > 4)", 6),
    ("SERVICE <P> { ?x :q ?v } OPTIONAL { ?x :r ?w } ?x :p ?n", 6),
    ("SERVICE <P> { ?x :q ?v } SERVICE <P> { ?x :r ?w } ?x :p ?n", 6),
    ("?x :p|:other ?n ; :p ?m , ?k SERVICE <P> { $x :q [] , ?v }", 6),
    ("?x :p ?n SERVICE <P> { VALUES ?x { :t1 :t4 } ?x :q ?v }", 6),
    ("?x :none ?n SERVICE <P> { ?x :q ?v }", 0),
    ("[] :p ?n SERVICE <P> { ?x :q ?v } FILTER(?v = ?n)", None),
    ("_:b :p ?n . ?x :p ?n . SERVICE <P> { ?x :q ?v }", 6),
    ("?x :p ?n SERVICE SILENT <P> { ?x :q ?v }", 6),
    ("SERVICE <P> { :t1 :q ?v } ?x :p ?v", 6),
    ("?x :p ?n SERVICE <P> { :t1 :q 1 }", None),
    ("?x :p ?n SERVICE <P> { ?x :q ?v FILTER NOT EXISTS { ?x :r ?w } }", 6),
)  # fmt: skip


class Beside:
    """A peer whose data is an engine's, and that notes what it is asked."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.queries: list[str] = []

    def allows(self, url: str) -> bool:
        return url == PEER

    def ask(self, url: str, query: str) -> tuple[str, bytes]:
        self.queries.append(query)
        answer = self.engine.query(query)
        return answer.media_type, answer.body


def _engine(*quads: str) -> Engine:
    store = ox.Store()
    store.extend(ox.parse("\n".join(quads), format=ox.RdfFormat.N_QUADS))
    return Engine(store)


INTEGER = "http://www.w3.org/2001/XMLSchema#integer"
NEAR = [f'<{EX}t{i}> <{EX}p> "{i}"^^<{INTEGER}> <{EX}g> .' for i in range(1, 7)]
NEAR += [f"<{EX}t1> <{EX}other> <{EX}t9> <{EX}g> ."]
FAR = [f'<{EX}t{i}> <{EX}q> "{i}"^^<{INTEGER}> <{PEER}> .' for i in range(10)]
FAR += [f'<{EX}t{i}> <{EX}r> "{i}" <{PEER}> .' for i in (1, 3, 9)]


def _rows(body: bytes) -> list[str]:
    found = json.loads(body)["results"]["bindings"]
    return sorted(json.dumps(row, sort_keys=True) for row in found)


def _sent(query: str) -> int | None:
    """Count the rows that a query brings to its peer."""
    values = re.match(r"[^{]*\{ VALUES \([^)]*\) \{(.*?)\}", query, re.DOTALL)
    return values[1].count("(") if values else None


@pytest.mark.parametrize(("shape", "sent"), SHAPES)
def test_a_peer_gives_what_a_graph_of_its_data_would(shape: str, sent: int | None) -> None:
    query = f"PREFIX : <{EX}> SELECT * {{ {shape} }}".replace("<P>", f"<{PEER}>")
    peer = Beside(_engine(*FAR))
    found = _engine(*NEAR).query(query, peers=peer)
    graphs = (f"{EX}g",), (f"{EX}g", PEER)
    as_graph = query.replace("SERVICE SILENT", "GRAPH").replace("SERVICE", "GRAPH")
    expected = _engine(*NEAR, *FAR).query(as_graph, *graphs)
    assert _rows(found.body) == _rows(expected.body)
    assert [_sent(asked) for asked in peer.queries[:1]] == ([sent] if sent != 0 else [])


def test_the_shapes_are_many() -> None:
    assert len(SHAPES) == 42 and len([shape for shape, sent in SHAPES if sent is None]) == 12


def test_many_rows_are_sent_in_parts_and_too_many_not_at_all(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    query = f"PREFIX : <{EX}> SELECT * {{ ?x :p ?n SERVICE <{PEER}> {{ ?x :q ?v }} }}"
    monkeypatch.setattr(federation, "A_REQUEST", 4)
    peer = Beside(_engine(*FAR))
    assert len(_rows(_engine(*NEAR).query(query, peers=peer).body)) == 6
    assert [_sent(asked) for asked in peer.queries] == [4, 2]
    monkeypatch.setattr(federation, "MOST_BOUND", 5)
    assert len(_rows(_engine(*NEAR).query(query, peers=peer).body)) == 6
    assert _sent(peer.queries[-1]) is None and len(peer.queries) == 3


def test_a_peers_blank_nodes_are_none_of_ours() -> None:
    own = f"_:b <{EX}p> 1 <{EX}g> .".replace(" 1 ", f' "1"^^<{INTEGER}> ')
    far = f"_:b <{EX}q> _:c <{PEER}> .", f'_:c <{EX}r> "x" <{PEER}> .'
    query = f"PREFIX : <{EX}> SELECT * {{ SERVICE <{PEER}> {{ ?x :q ?v . ?v :r ?w }} %s }}"
    [row] = map(json.loads, _rows(_engine(own).query(query % "", peers=Beside(_engine(*far))).body))
    assert row["x"]["type"] == "uri" and "/.well-known/genid/" in row["x"]["value"]
    assert row["x"] != row["v"]
    joined = _engine(own).query(query % "?x :p ?n", peers=Beside(_engine(*far)))
    assert _rows(joined.body) == []


def test_a_peer_understands_the_querys_own_names() -> None:
    """Prefixes and a base that stand in the query, and the project's own, mean there what they mean here."""
    peer = Beside(
        _engine(
            f'<{EX}t1> <{EX}q> "a"@en <{PEER}> .',
            f"<{EX}t1> <http://www.w3.org/2004/02/skos/core#broader> <{EX}t2> <{PEER}> .",
        )
    )
    query = (
        f"BASE <{EX}> PREFIX skos: <http://other.example/> PREFIX ex: <{EX}> "
        f"ASK {{ SERVICE <{PEER}> {{ <t1> ex:q ?v ; <http://www.w3.org/2004/02/skos/core#broader> ex:t2 }} }}"
    )
    assert json.loads(_engine(*NEAR).query(query, peers=peer).body)["boolean"]
    query = f"CONSTRUCT {{ ?x skos:broader ?y }} {{ SERVICE <{PEER}> {{ ?x skos:broader ?y }} }}"
    assert f"<{EX}t2>" in _engine(*NEAR).query(query, peers=peer).body.decode()
    assert "PREFIX skos:" in peer.queries[-1]


def test_columns_keep_their_order() -> None:
    query = f"PREFIX : <{EX}> SELECT * {{ ?z :p ?n SERVICE <{PEER}> {{ ?z :q ?a }} }}"
    answer = _engine(*NEAR).query(query, peers=Beside(_engine(*FAR)), format="csv")
    assert answer.body.decode().splitlines()[0] == "z,n,a"


@pytest.mark.parametrize(
    ("pattern", "told"),
    [
        ("SERVICE ?where { ?x ?y ?z }", "name its endpoint in full"),
        ("BIND(<https://a.example/> AS ?w) SERVICE SILENT ?w { ?x ?y ?z }", "in full"),
        ("SERVICE SILENT <https://other.example/> { ?x ?y ?z }", "--allow-service https://other"),
    ],
)
def test_what_may_not_be_called_is_refused_before_anyone_is_asked(pattern: str, told: str) -> None:
    peer = Beside(_engine(*FAR))
    query = f"SELECT * {{ SERVICE <{PEER}> {{ ?s ?p ?o }} {pattern} }}"
    with pytest.raises(QueryRefused, match=told) as caught:
        _engine(*NEAR).query(query, peers=peer)
    assert caught.value.forbidden and peer.queries == []


@pytest.mark.parametrize(
    "query",
    [
        f"SELECT * {{ SERVICE <{PEER}> {{ ?x ?y }} }}",
        f"SELECT * {{ SERVICE <{PEER}> {{ ?x ?y ?z }} ?x ?y }}",
        f"SELECT * {{ SERVICE <{PEER}> {{ ?x ?y ?z }} UNION {{ ?x ?y ?z }} }}",
        f"SELECT * {{ SERVICE <{PEER}> ?x ?y ?z }}",
        f"SELECT * {{ SERVICE <{PEER}> {{ ?x unknown:y ?z }} }}",
        f"ASK {{ SERVICE <{PEER}> {{ SERVICE <{PEER}> {{ ?x ?y }} }} }}",
    ],
)
def test_a_fault_of_syntax_troubles_no_peer(query: str) -> None:
    peer = Beside(_engine(*FAR))
    with pytest.raises((QuerySyntaxError, QueryRefused)):
        _engine(*NEAR).query(query, peers=peer)
    assert peer.queries == []


def test_the_library_alone_calls_nobody() -> None:
    with pytest.raises(QueryRefused, match="--allow-service"):
        _engine(*NEAR).query(f"SELECT * {{ SERVICE <{PEER}> {{ ?x ?y ?z }} }}")
