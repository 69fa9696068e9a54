"""SERVICE: joins with other servers, what peers are asked, and what happens when they fail or lie."""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest

from iprgraph.errors import QueryRefused, QuerySyntaxError
from iprgraph.release.release import Release
from iprgraph.store import federation
from iprgraph.store.engine import Engine
from iprgraph_server.errors import ServiceFailed
from iprgraph_server.workers.jobs import Query
from support import peers
from support.client import Client
from support.keeping import pool
from support.paths import DOCS
from support.peers import Peer, http, solutions
from support.serving import serving, small_release

EX = "https://example.org/"
MANY = 10_000
PEER = "https://peer.example/sparql"


def quads(*rows: str) -> str:
    return "".join(f"{row} <{EX}graph> .\n" for row in rows)


@pytest.fixture(scope="module")
def client_and_peers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Client, str, str]]:
    """Serve 10,000 things with two servers of ours and one of Oxigraph; the first may ask the others."""
    folder = tmp_path_factory.mktemp("federation")
    near = quads(*(f"<{EX}t{i}> <{EX}near> <{EX}m{i}>" for i in range(MANY)))
    far = quads(*(f"<{EX}m{i}> <{EX}far> <{EX}k{i}>" for i in range(MANY)))
    foreign = "".join(f'<{EX}k{i}> <{EX}name> "thing {i}" .\n' for i in range(MANY))
    with ExitStack() as stack:
        oxigraph = stack.enter_context(peers.oxigraph_server(folder / "oxigraph", foreign))
        release = small_release(folder / "other", far)
        other = stack.enter_context(serving(release, folder / "other-run", token=""))
        address = f"http://127.0.0.1:{other.port}/sparql"
        release = small_release(folder / "ours", near)
        flags = ("--allow-service", address, "--allow-service", oxigraph, "--timeout", "120")
        ours = stack.enter_context(serving(release, folder / "ours-run", *flags, token=""))
        client = stack.enter_context(closing(ours.client()))
        yield client, address, oxigraph


def test_three_servers_join_ten_thousand_things(client_and_peers: tuple[Client, str, str]) -> None:
    client, other, oxigraph = client_and_peers
    reply = client.query(
        f"SELECT ?t ?name {{ ?t <{EX}near> ?m SERVICE <{other}> {{ ?m <{EX}far> ?k }} "
        f"SERVICE <{oxigraph}> {{ ?k <{EX}name> ?name }} }}"
    )
    assert reply.status == 200, reply.text
    rows = {(r["t"]["value"], r["name"]["value"]) for r in reply.json()["results"]["bindings"]}
    assert rows == {(f"{EX}t{i}", f"thing {i}") for i in range(MANY)}
    assert reply.headers["cache-control"] == "no-store"


def test_what_one_server_lacks_another_gives_or_leaves_open(
    client_and_peers: tuple[Client, str, str],
) -> None:
    client, other, oxigraph = client_and_peers
    reply = client.query(
        f"SELECT (COUNT(?name) AS ?names) (COUNT(*) AS ?all) {{ ?t <{EX}near> ?m "
        f"OPTIONAL {{ SERVICE <{oxigraph}> {{ ?k <{EX}name> ?name FILTER(STRENDS(?name, '7')) }} "
        f"SERVICE <{other}> {{ ?m <{EX}far> ?k }} }} }}"
    )
    [row] = reply.json()["results"]["bindings"]
    assert (row["names"]["value"], row["all"]["value"]) == ("1000", "10000")


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


HALF = solutions("x", "v")
#: How a peer can fail, and what is told of it.
LIARS: dict[str, tuple[Callable[[socket.socket], None] | bytes, str, str]] = {
    "silent": (peers.silent, "timeout", "had not answered within"),
    "drips": (peers.dripping, "timeout", "bytes had come"),
    "drips headers": (peers.dripping_headers, "timeout", "had not answered within"),
    "endless": (peers.endless, "too-large", "more than 100000 bytes"),
    "half": (http(HALF[:150], size=len(HALF)), "incomplete", "broke off after 150 bytes"),
    "half chunked": (http(b"20\r\n{", peers.JSON, "200 OK", "transfer-encoding: chunked"), "incomplete", "broke off"),
    "half, told as whole": (http(HALF[:150]), "malformed", "malformed result"),
    "html": (http(b"<p>Welcome</p>", "text/html"), "media-type", "answers in text/html"),
    "csv": (http(b"x,v\n", "text/csv"), "media-type", "answers in text/csv"),
    "no type": (http(HALF, ""), "media-type", "without a content type"),
    "html as json": (http(b"<p>Welcome</p>"), "malformed", "malformed result"),
    "other json": (http(b"[1, 2]"), "malformed", "malformed result"),
    "two results": (http(HALF + HALF), "malformed", "malformed result"),
    "true": (http(b'{"head": {}, "boolean": true}'), "malformed", "true or false"),
    "not an IRI": (http(HALF.replace(b"/x1", b"/ x1")), "malformed", "malformed result"),
    "open": (http(solutions("x")), "malformed", "without ?v"),
    "redirect": (http(b"", peers.JSON, "302 Found", "location: http://169.254.0.1/"), "redirect", "169.254.0.1"),
    "error": (http(b"on <fire>", "text/plain", "500 Oh"), "status", "answers 500 Internal Server Error: on <fire>"),
    "no HTTP": (b"SSH-2.0-OpenSSH_9.2\r\n", "unreachable", "breaks HTTP"),
    "hangs up": (b"", "unreachable", "closed connection"),
}  # fmt: skip


@pytest.fixture(scope="module")
def client_and_liars(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[Client, dict[str, Peer]]]:
    """Serve a little, with every liar as an allowed peer."""
    folder = tmp_path_factory.mktemp("liars")
    with ExitStack() as stack:
        made = {name: stack.enter_context(Peer(how)) for name, (how, _, _) in LIARS.items()}
        flags = [flag for peer in made.values() for flag in ("--allow-service", peer.url)]
        flags += ["--timeout", "20", "--result-bytes", "100000"]
        release = small_release(folder / "release", "\n".join(NEAR) + "\n")
        ours = stack.enter_context(serving(release, folder / "run", *flags, token=""))
        yield stack.enter_context(closing(ours.client())), made


@pytest.mark.parametrize("name", LIARS)
def test_a_failing_peer_is_named_with_what_it_did(
    client_and_liars: tuple[Client, dict[str, Peer]], name: str
) -> None:
    client, made = client_and_liars
    url, (_, reason, told) = made[name].url, LIARS[name]
    asked = f"SELECT * {{ ?x <{EX}p> ?n\nSERVICE <{url}> {{ ?x <{EX}q> ?v }} }}"
    reply = client.query(asked, timeout="1.2" if reason == "timeout" else "20")
    assert reply.media_type == "application/problem+json"
    problem = reply.json()
    assert reply.status == problem["status"] == (504 if reason == "timeout" else 502), problem
    assert problem["type"].endswith("/service-failed")
    assert (problem["service"], problem["reason"]) == (url, reason), problem
    assert url in problem["detail"] and told in problem["detail"], problem
    assert "line 2, column 1" in problem["detail"]


@pytest.mark.parametrize("name", LIARS)
def test_silent_leaves_open_what_a_failing_peer_would_bind(
    client_and_liars: tuple[Client, dict[str, Peer]], name: str
) -> None:
    client, made = client_and_liars
    asked = f"SELECT * {{ ?x <{EX}p> ?n SERVICE SILENT <{made[name].url}> {{ ?x <{EX}q> ?v }} }}"
    reply = client.query(asked, timeout="1.2" if LIARS[name][1] == "timeout" else "20")
    assert reply.status == 200, reply.text
    rows = reply.json()["results"]["bindings"]
    assert len(rows) == 6 and all(row.keys() == {"x", "n"} for row in rows)
    assert reply.headers["x-service-silenced"] == made[name].url


def test_the_liars_are_all_asked(client_and_liars: tuple[Client, dict[str, Peer]]) -> None:
    assert len(LIARS) == 20
    answer = client_rows(client_and_liars[0], f"SELECT * {{ ?x <{EX}p> ?n }}")
    assert answer == 6


def client_rows(client: Client, query: str) -> int:
    return len(client.query(query).json()["results"]["bindings"])


def test_a_name_that_moves_is_asked_at_its_old_address(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = tmp_path / "data.nq"
    data.write_text("\n".join(NEAR) + "\n", encoding="utf-8")
    with Peer(http(solutions("x", "v"))) as allowed, Peer(http(b"")) as other:
        moved = {allowed.port: other.port}
        real = socket.getaddrinfo
        with pool(data, allow_service=(allowed.url,)) as made:

            def lying(host: Any, port: Any, *more: Any, **options: Any) -> Any:
                return real(host, moved.get(port, port), *more, **options)

            monkeypatch.setattr(socket, "getaddrinfo", lying)
            query = f"SELECT * {{ SERVICE <{allowed.url}> {{ ?x <{EX}q> ?v }} }}"
            assert len(json.loads(made.run(Query(query)).body)["results"]["bindings"]) == 3
            assert (len(allowed.queries), len(other.queries)) == (1, 0)


def test_a_peer_that_is_not_there_is_told(tmp_path: Path) -> None:
    data = tmp_path / "data.nq"
    data.write_text("", encoding="utf-8")
    with Peer(b"") as gone:
        url = gone.url
    with pool(data, allow_service=(url,)) as made:
        with pytest.raises(ServiceFailed, match=r"cannot be reached.*refused") as caught:
            made.run(Query(f"SELECT * {{ SERVICE <{url}> {{ ?x ?y ?z }} }}"))
        assert caught.value.extra == {"service": url, "reason": "unreachable"}


def test_the_documents_example_is_so(release: Release, tmp_path: Path) -> None:
    text = (DOCS / "endpoint.md").read_text("utf-8")
    section = text.partition("## Asking other endpoints")[2]
    turtle, query, rows = (
        re.findall(rf"```{kind}\n(.*?)```", section, re.DOTALL)[0]
        for kind in ("turtle", "sparql", "csv")
    )
    named = "http://127.0.0.1:7878/query"
    with (
        peers.oxigraph_server(tmp_path / "peer", turtle) as url,
        serving(release.dir, tmp_path / "run", "--allow-service", url, token="") as ours,
        closing(ours.client()) as client,
    ):
        assert named in section and named in query
        reply = client.query(query.replace(named, url), "text/csv")
        assert reply.text.splitlines() == rows.splitlines()
    for reason in {reason for _, reason, _ in LIARS.values()}:
        assert f"`{reason}`" in section


def test_the_library_alone_calls_nobody() -> None:
    with pytest.raises(QueryRefused, match="--allow-service"):
        _engine(*NEAR).query(f"SELECT * {{ SERVICE <{PEER}> {{ ?x ?y ?z }} }}")
