"""Peers over real HTTP: servers that join their data, and peers that fail, lie, move or are not there."""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest

from iprgraph.release.release import Release
from iprgraph_server.errors import ServiceFailed
from iprgraph_server.workers.jobs import Query
from support import peers
from support.client import Client
from support.hosting import pool
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


INTEGER = "http://www.w3.org/2001/XMLSchema#integer"
NEAR = [f'<{EX}t{i}> <{EX}p> "{i}"^^<{INTEGER}> <{EX}g> .' for i in range(1, 7)]
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
