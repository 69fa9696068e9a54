"""Releases over real HTTP: each keeps its address, is found by date, and is asked as it was."""

from __future__ import annotations

import os
import re
import signal
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest

from iprgraph.release.release import Release
from iprgraph.release.verify import verify
from support.client import Client, Reply
from support.past_releases import DATES, ROOMS, SCHOOL, relations, rows
from support.serving import Running, serving


def test_every_release_answers_a_query_as_it_was(
    history_client: Client, history: list[Release]
) -> None:
    current = history_client.query(ROOMS, "text/csv")
    assert rows(current) == ["43"]
    for release, expected in zip(history, ("42", "43", "43"), strict=True):
        reply = history_client.query(ROOMS, "text/csv", release=release.id)
        assert rows(reply) == [expected]
        assert reply.headers["memento-datetime"] == DATES[history.index(release)]
        assert "Accept-Datetime" in reply.headers["vary"]
        again = history_client.query(ROOMS, "text/csv", release=release.id)
        assert again.headers["etag"] == reply.headers["etag"]
        known = history_client.get(f"/sparql?{urlencode({'query': ROOMS, 'release': release.id})}",
                         "text/csv", if_none_match=reply.headers["etag"])  # fmt: skip
        assert (known.status, known.body) == (304, b"")
        # The tag holds the release: the newest answers under the same one when it is named.
        assert (reply.headers["etag"] == current.headers["etag"]) == (release is history[-1])


@pytest.mark.parametrize("where", ["url", "form", "body", "query"])
def test_a_release_is_named_by_any_method(
    history_client: Client, history: list[Release], where: str
) -> None:
    release = history[0].id
    if where == "form":
        form = {"content-type": "application/x-www-form-urlencoded", "accept": "text/csv"}
        reply = history_client(
            "POST", "/sparql", urlencode({"query": ROOMS, "release": release}), form
        )
    else:
        kind = {"content-type": "application/sparql-query", "accept": "text/csv"}
        method = "QUERY" if where == "query" else "POST"
        reply = history_client(method, f"/sparql?release={release}", ROOMS, kind)
    assert rows(reply) == ["42"]
    assert reply.headers["memento-datetime"] == DATES[0]


def test_other_forms_of_queries_and_protocol_parameters_work(
    history_client: Client, history: list[Release]
) -> None:
    release = history[0].id
    graph = "https://w3id.org/iprgraph/id/claim/school-rooms"
    params = {"release": release, "default-graph-uri": graph}
    counted = history_client.query("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }", "text/csv", **params)
    assert rows(counted) == ["3"]
    built = history_client.query(
        "CONSTRUCT WHERE { ?s ipr:saidOn ?o }", "text/turtle", release=release
    )
    assert built.media_type == "text/turtle" and "2021-11-09" in built.text
    page = history_client.query(ROOMS, "text/html", release=release)
    assert page.media_type == "text/html" and "42" in page.text
    described = history_client.get(f"/sparql?release={release}", "text/turtle")
    assert described.status == 200 and "memento-datetime" in described.headers


@pytest.mark.parametrize(
    "release", ["1.2.3-000000000000", "current", "", "..", "1.2.3-0123456789ab/../x"]
)
def test_an_unknown_release_is_refused_with_what_there_is(
    history_client: Client, history: list[Release], release: str
) -> None:
    for reply in (
        history_client.query(ROOMS, "application/json", release=release),
        history_client.get(f"/sparql?release={quote(release, safe='')}", "application/json"),
    ):
        assert reply.status == 404
        assert reply.json()["releases"] == [r.id for r in history]
    if re.fullmatch(r"[\w.-]*\w", release):
        for path in ("", "page/organization/school", "iprgraph.nq", "diff/x", "sparql?query=ASK{}"):
            reply = history_client.get(f"/releases/{release}/{path}", "application/json")
            assert reply.status == 404 and reply.json()["releases"] == [r.id for r in history]


def test_a_release_takes_no_writes(history_client: Client, history: list[Release]) -> None:
    insert = "INSERT DATA { GRAPH <urn:g> { <urn:s> <urn:p> 1 } }"
    for release in history:
        reply = history_client.update(insert, f"?release={release.id}")
        assert reply.status == 403 and "never changes" in reply.text
    form = {"content-type": "application/x-www-form-urlencoded"}
    body = urlencode({"update": insert, "release": history[0].id})
    assert history_client("POST", "/sparql", body, form, write=True).status == 403


def test_limits_hold_for_older_releases_too(history_client: Client, history: list[Release]) -> None:
    release = history[0].id
    assert history_client.query("SELECT nonsense", release=release).status == 400
    assert (
        history_client.query("SELECT * { SERVICE <http://x.example/> {} }", release=release).status
        == 403
    )
    endless = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"
    started = time.monotonic()
    reply = history_client.query(endless, release=release, timeout="0.3")
    assert reply.status == 503 and "stopped after 0.3 s" in reply.text
    assert time.monotonic() - started < 20
    # The worker was ended; the release is asked on.
    assert rows(history_client.query(ROOMS, "text/csv", release=release)) == ["42"]


def test_releases_make_room_for_each_other(history_server: Running, history: list[Release]) -> None:
    """Ask two releases in turns and at once, where only one may be kept."""

    def ask(number: int) -> Reply:
        client = history_server.client()
        try:
            release = history[number % 2].id
            return client.query(f"{ROOMS} # {number}", "text/csv", release=release)
        finally:
            client.close()

    with ThreadPoolExecutor(4) as threads:
        replies = list(threads.map(ask, range(12)))
    assert [reply.status for reply in replies] == [200] * 12
    assert [rows(reply) for reply in replies] == [["42"], ["43"]] * 6
    # The other release was let go.
    until(lambda: len(set(_older_hosts(history).values())) == 1)


def test_a_lost_fork_server_is_started_anew(
    history_server: Running, history: list[Release]
) -> None:
    client = history_server.client()
    assert rows(client.query(ROOMS, "text/csv", release=history[0].id)) == ["42"]
    hosts = _older_hosts(history)
    assert hosts
    for pid in hosts:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue
    deadline = time.monotonic() + 30
    reply = client.query(f"{ROOMS} # again", "text/csv", release=history[0].id)
    while reply.status == 503 and time.monotonic() < deadline:
        reply = client.query(f"{ROOMS} # again", "text/csv", release=history[0].id)
    assert rows(reply) == ["42"]
    client.close()


def _older_hosts(history: list[Release]) -> dict[int, str]:
    """Return the processes that hold a release besides the current one, and which."""
    hosts = {}
    for folder in Path("/proc").iterdir():
        try:
            words = (folder / "cmdline").read_bytes().decode().split("\0")
        except (OSError, UnicodeDecodeError):
            continue
        if "iprgraph_server.graph_host.launch" in words:
            for release in history:
                if str(release.dir) in words[-2]:
                    hosts[int(folder.name)] = release.id
    return hosts


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_thing_keeps_its_documents_and_pages_for_ever(
    history_client: Client, history: list[Release]
) -> None:
    for release, rooms in zip(history, ('"042"', '"043"', '"043"'), strict=True):
        root = f"/releases/{release.id}"
        document = history_client.get(f"{root}{SCHOOL}")
        assert document.status == 200 and document.media_type == "text/turtle"
        assert f"schema:numberOfRooms {int(rooms.strip(chr(34)))}" in document.text
        page = history_client.get(
            f"{root}/page/organization/school", "text/html", accept_language="zh"
        )
        assert "山坡学校" in page.text
        for reply in (document, page):
            assert reply.headers["cache-control"] == "public, max-age=31536000, immutable"
            assert reply.headers["memento-datetime"] == DATES[history.index(release)]
            known = reply.headers["etag"]
            assert history_client.get(f"{root}{SCHOOL}", if_none_match=known).status in {200, 304}
        led = history_client.get(f"{root}/id/organization/school", "text/turtle")
        assert (led.status, led.headers["location"]) == (303, f"{root}/data/organization/school")
        # Links stay within the release.
        targets = set(re.findall(r'href="(/[^"]*)"', page.text)) - {"/page/organization/school"}
        assert targets and all(target.startswith(f"{root}/") for target in targets), targets
        styles = re.findall(r'rel="stylesheet" href="([^"]*)"', page.text)
        assert history_client.get(styles[0]).status == 200
        for path in ("/ontology", "/page/shapes", "/page/claim/", "/graph/article/school-news"):
            reply = history_client.get(root + path, "text/html")
            assert reply.status in {200, 303}, path
            assert reply.headers["memento-datetime"] == DATES[history.index(release)]


def test_what_a_release_does_not_have_is_not_found_there(
    history_client: Client, history: list[Release]
) -> None:
    path = "/data/claim/school-pupils.ttl"
    statuses = [history_client.get(f"/releases/{r.id}{path}").status for r in history]
    assert statuses == [404, 200, 404]
    missing = history_client.get(f"/releases/{history[0].id}{path}")
    assert "memento-datetime" not in missing.headers
    assert missing.headers["cache-control"] == "no-store"


def test_files_of_every_release_are_there_whole(
    history_client: Client, history: list[Release]
) -> None:
    for release in history:
        assert verify(f"{history_client.base}/releases/{release.id}/").problems == []
        reply = history_client.get(f"/releases/{release.id}/iprgraph.nq")
        assert reply.headers["memento-datetime"] == DATES[history.index(release)]
        assert relations(reply)["original"] == f"{history_client.base}/downloads/iprgraph.nq"


def test_what_was_written_is_in_no_release(history: list[Release], tmp_path: Path) -> None:
    """Ask the served release as it was built, beside its state with a write."""
    with serving(history[2].dir.parent, tmp_path, "--journal", str(tmp_path / "j")) as running:
        client = running.client()
        path = f"/releases/{history[2].id}{SCHOOL}"
        before = client.get(path)
        query = "SELECT ?o { organization:school <urn:p> ?o }"
        assert rows(client.query(query, "text/csv", release=history[2].id)) == []
        insert = "INSERT DATA { GRAPH <urn:g> { organization:school <urn:p> 1 } }"
        assert client.update(insert).status == 204
        assert rows(client.query(query, "text/csv")) == ["1"]
        assert rows(client.query(f"{query} #", "text/csv", release=history[2].id)) == []
        assert client.get(path).body == before.body
        assert "urn:p" in client.get(SCHOOL).text
        client.close()
