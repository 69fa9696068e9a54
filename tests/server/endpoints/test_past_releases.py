"""Releases over real HTTP: each keeps its address, is found by date, and is asked as it was."""

from __future__ import annotations

import os
import re
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import quote, urlencode, urljoin

import pyoxigraph as ox
import pytest

from iprgraph.rdf.canonical import dataset_hash
from iprgraph.release.release import Release
from iprgraph.release.verify import verify
from support.client import Client, Reply
from support.serving import Running, serving

ROOMS = "SELECT ?n { organization:school schema:numberOfRooms ?n }"
CLAIMS = "SELECT ?c { ?c a ipr:Claim } ORDER BY ?c"
SCHOOL = "/data/organization/school.ttl"
DATES = ("Tue, 30 Nov 2021 00:00:00 GMT", "Wed, 15 Dec 2021 00:00:00 GMT",
         "Thu, 20 Jan 2022 00:00:00 GMT")  # fmt: skip


def links(reply: Reply) -> dict[str, str]:
    """Read a Link header as address by relation; several relations of one link count each."""
    found = {}
    for address, told in re.findall(r"<([^>]*)>((?:; \w+=\"[^\"]*\")+)", reply.headers["link"]):
        for relation in re.findall(r'rel="([^"]*)"', told)[0].split():
            found.setdefault(relation, address)
    return found


def rows(reply: Reply) -> list[str]:
    assert reply.status == 200, reply.text
    return reply.text.split()[1:]


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
    kept = [pid for pid in _descendants(history_server.process.pid) if _is_older(pid)]
    # One launcher and the keeper and workers it has; the other release was let go.
    assert len({_asked(pid) for pid in kept}) == 1


def test_a_lost_keeper_is_started_anew(history_server: Running, history: list[Release]) -> None:
    client = history_server.client()
    assert rows(client.query(ROOMS, "text/csv", release=history[0].id)) == ["42"]
    launchers = [pid for pid in _descendants(history_server.process.pid) if _is_older(pid)]
    assert launchers
    for pid in launchers:
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


def _descendants(pid: int) -> list[int]:
    listed = Path(f"/proc/{pid}/task/{pid}/children")
    threads = Path(f"/proc/{pid}/task")
    found = []
    try:
        for thread in threads.iterdir():
            for child in (thread / "children").read_text().split():
                found += [int(child), *_descendants(int(child))]
    except FileNotFoundError:
        assert not listed.exists()
    return found


def _asked(pid: int) -> str:
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except FileNotFoundError:
        return ""
    return next((w.decode() for w in words if w.startswith(b"[") and b"/older-" in w), "")


def _is_older(pid: int) -> bool:
    return bool(_asked(pid))


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
        assert links(reply)["original"] == f"{history_client.base}/downloads/iprgraph.nq"


@pytest.mark.parametrize(
    ("moment", "expected"),
    [("Sat, 01 Jan 2000 00:00:00 GMT", 0), ("Tue, 14 Dec 2021 23:59:59 GMT", 0), (DATES[1], 1),
     ("Wed, 19 Jan 2022 00:00:00 GMT", 1), ("Fri, 01 Jan 2049 00:00:00 GMT", 2)],
)  # fmt: skip
@pytest.mark.parametrize(
    "path",
    [SCHOOL, "/id/organization/school", "/page/organization/school?lang=zh", "/downloads/iprgraph.ttl",
     "/ontology", "/data/shapes.ttl", "/graph/article/school-news", f"/sparql?query={quote(ROOMS)}"],
)  # fmt: skip
def test_a_date_leads_to_the_release_of_that_time(
    history_client: Client, history: list[Release], path: str, moment: str, expected: int
) -> None:
    gate = history_client.get(path, accept_datetime=moment)
    assert (gate.status, gate.body) == (302, b"")
    assert "accept-datetime" in gate.headers["vary"].lower()
    told = links(gate)
    assert told["original"] == told["timegate"] == history_client.base + path
    assert {"timemap", "original", "timegate"} <= told.keys()
    assert "memento-datetime" not in gate.headers
    memento = history_client.get(gate.headers["location"])
    assert memento.status in {200, 303}
    assert memento.headers["memento-datetime"] == DATES[expected]
    told = links(memento)
    assert told["original"] == told["timegate"] == history_client.base + path
    mementos = [memento_of(history_client, release, path) for release in history]
    assert (told["first"], told["last"]) == (mementos[0], mementos[2])
    assert told.get("prev") == (mementos[expected - 1] if expected else None)
    assert told.get("next") == (mementos[expected + 1] if expected < 2 else None)
    assert f"{history_client.base}{gate.headers['location']}" == mementos[expected]


def memento_of(past: Client, release: Release, path: str) -> str:
    if path.startswith("/sparql"):
        return f"{past.base}{path}&release={release.id}"
    return f"{past.base}/releases/{release.id}{path.replace('/downloads/', '/')}"


@pytest.mark.parametrize("path", [SCHOOL, "/downloads/iprgraph.ttl", "/sparql?query=ASK{}"])
def test_no_date_gives_the_present_and_a_wrong_one_is_refused(
    history_client: Client, path: str
) -> None:
    present = history_client.get(path)
    assert present.status == 200 and "memento-datetime" not in present.headers
    assert "accept-datetime" in present.headers["vary"].lower()
    told = links(present)
    assert urljoin(history_client.base + path, told["timegate"]) == history_client.base + path
    for wrong in ("yesterday", "2021-11-30T00:00:00", ""):
        reply = history_client.get(path, "application/json", accept_datetime=wrong)
        assert reply.status == 400 and "Accept-Datetime" in reply.json()["detail"]


def test_a_query_in_a_body_is_answered_for_its_date(history_client: Client) -> None:
    kind = {"content-type": "application/sparql-query", "accept": "text/csv"}
    history_client("POST", "/sparql", ROOMS, kind)
    reply = history_client("POST", "/sparql", ROOMS, kind | {"accept-datetime": DATES[0]})
    assert rows(reply) == ["42"] and reply.headers["memento-datetime"] == DATES[0]
    assert rows(history_client("POST", "/sparql", ROOMS, kind)) == ["43"]


def test_a_timemap_lists_the_releases_that_show_something(
    history_client: Client, history: list[Release]
) -> None:
    for path, shown in (
        (SCHOOL, [0, 1, 2]),
        ("/id/claim/school-pupils", [1]),
        ("/page/claim/school-pupils", [1]),
        ("/graph/article/school-news", [0, 1, 2]),
        ("/downloads/iprgraph.nq", [0, 1, 2]),
        (f"/sparql?query={quote(ROOMS)}", [0, 1, 2]),
    ):
        expected = [memento_of(history_client, history[i], path) for i in shown]
        link_map = history_client.get(f"/timemap/link{path}")
        assert link_map.media_type == "application/link-format"
        listed = re.findall(r'<([^>]*)>; rel="([^"]*)"(?:; datetime="([^"]*)")?', link_map.text)
        assert [(a, d) for a, rel, d in listed if "memento" in rel] == [
            (address, DATES[i]) for address, i in zip(expected, shown, strict=True)
        ]
        assert (history_client.base + path, "original timegate", "") in listed
        document = history_client.get(f"/timemap/json{path}").json()
        assert [m["uri"] for m in document["mementos"]["list"]] == expected
        assert document["original_uri"] == history_client.base + path
        assert document["mementos"]["last"]["release"] == history[shown[-1]].id


@pytest.mark.parametrize("path", ["/data/claim/never-was.ttl", "/downloads/nothing.ttl", "/health"])
def test_what_never_was_has_no_past(history_client: Client, path: str) -> None:
    assert history_client.get(f"/timemap/link{path}").status == 404
    assert history_client.get(f"/timemap/json{path}").status == 404
    reply = history_client.get(path, accept_datetime=DATES[0])
    assert reply.status == (200 if path == "/health" else 404)


def test_a_claim_that_is_gone_is_found_by_its_date(
    history_client: Client, history: list[Release]
) -> None:
    gone = "/data/claim/school-pupils.ttl"
    assert history_client.get(gone).status in {404, 410}
    gate = history_client.get(gone, accept_datetime="Fri, 01 Jan 2049 00:00:00 GMT")
    assert gate.headers["location"] == f"/releases/{history[1].id}{gone}"


def test_the_releases_are_listed(history_client: Client, history: list[Release]) -> None:
    listed = history_client.get("/releases/", "application/json").json()["releases"]
    assert [r["id"] for r in listed] == [r.id for r in reversed(history)]
    assert [r["current"] for r in listed] == [True, False, False]
    for summary in listed:
        one = history_client.get(summary["url"], "application/json").json()
        assert one["dataset_hash"] == summary["dataset_hash"]
        assert history_client.get(one["files"]["iprgraph.nq"]["url"]).status == 200
        assert history_client.get(f"{summary['sparql']}&query=ASK{{}}").status == 200
    for language, word in (("en", "served now"), ("zh", "当前版本")):
        for path in ("/releases/", f"/releases/{history[-1].id}/"):
            page = history_client.get(f"{path}?lang={language}", "text/html")
            assert word in page.text and history[-1].id in page.text
    assert history_client.get("/releases").status in {301, 308}
    led = history_client.get(f"/releases/{history[0].id}/sparql?query=ASK{{}}")
    assert led.status == 307 and f"release={history[0].id}" in led.headers["location"]


def test_the_page_of_a_release_leads_into_it_from_wherever_it_is_seen(
    history_client: Client, history: list[Release]
) -> None:
    old, new = history[0].id, history[-1].id
    for address in (f"/releases/{new}/", f"/releases/{old}/releases/{new}/"):
        page = history_client.get(address, "text/html")
        assert page.status == 200
        section = page.text.split('id="browse"', 1)[1].split("</section>", 1)[0]
        found = re.findall(r'href="([^"]*)"', section)
        assert len(found) == 7
        assert {history_client.get(link, "text/html").status for link in found} == {200}


def test_a_difference_is_told_in_every_form(history_client: Client, history: list[Release]) -> None:
    path = f"/releases/{history[0].id}/diff/{history[1].id}"
    for language, words in (("en", "Claims added"), ("zh", "新增的主张")):
        for accept in ("text/html", "text/plain"):
            reply = history_client.get(f"{path}?lang={language}", accept)
            assert (reply.status, reply.media_type) == (200, accept)
            assert words in reply.text and "school-pupils" in reply.text
            assert "immutable" in reply.headers["cache-control"]
    document = history_client.get(path, "application/json").json()
    assert document["counts"]["claims_added"] == 1
    patch = history_client.get(path, "application/rdf-patch")
    assert patch.media_type == "application/rdf-patch"
    assert history_client.get(f"{path}?format=patch").body == patch.body
    quads = set(history[0].quads())
    for line in patch.text.splitlines():
        if line[:2] in {"A ", "D "}:
            (quad,) = ox.parse(line[2:], ox.RdfFormat.N_QUADS)
            (quads.add if line[0] == "A" else quads.remove)(quad)
    assert dataset_hash(quads) == history[1].manifest["dataset_hash"]
    assert history_client.get(path, "text/turtle").status == 406
    same = history_client.get(f"/releases/{history[0].id}/diff/{history[0].id}", "text/plain")
    assert "say the same" in same.text
    assert history_client.get(f"/releases/{history[0].id}/diff/1.0.0-000000000000").status == 404


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


def test_a_claim_tells_its_history_in_the_releases(
    history_client: Client, history: list[Release]
) -> None:
    first, second, third = (release.id for release in history)
    page = history_client.get("/page/claim/school-rooms", "text/html").text
    told = re.sub(r"<[^>]*>", "", page.split('id="history"')[1].split("</section>")[0])
    lines = [" ".join(line.split()) for line in told.splitlines() if line.strip()]
    assert f"{first} 30 November 2021 first has this claim" in lines
    assert f"{second} 15 December 2021 changes what it asserts changes since {first}" in lines
    assert third not in told
    assert f'href="/releases/{first}/diff/{second}"' in page
    chinese = history_client.get("/page/claim/school-rooms", "text/html", accept_language="zh").text
    assert "更改其断言内容" in chinese
    # One that went without a tombstone is not found, and the page says where it is.
    lost = history_client.get("/page/claim/school-pupils?lang=en", "text/html")
    assert (lost.status, f'href="/releases/{second}/id/claim/school-pupils"' in lost.text) == (
        404,
        True,
    )
    told = history_client.get("/id/claim/school-pupils", "application/json").json()["history"]
    assert [(step["what"], step["release"]) for step in told] == [("came", second), ("gone", third)]
    assert "history" not in history_client.get("/id/claim/never-was", "application/json").json()
    # A page of an older release stays as it is, whatever came later.
    old = history_client.get(f"/releases/{first}/page/claim/school-rooms", "text/html").text
    assert second not in old
