"""A date leads to the release of that time (Memento, RFC 7089), for documents, pages, files and queries."""

from __future__ import annotations

import re
from urllib.parse import quote, urljoin

import pytest

from iprgraph.release.release import Release
from support.client import Client
from support.past_releases import DATES, ROOMS, SCHOOL, relations, rows


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
    told = relations(gate)
    assert told["original"] == told["timegate"] == history_client.base + path
    assert {"timemap", "original", "timegate"} <= told.keys()
    assert "memento-datetime" not in gate.headers
    memento = history_client.get(gate.headers["location"])
    assert memento.status in {200, 303}
    assert memento.headers["memento-datetime"] == DATES[expected]
    told = relations(memento)
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
    told = relations(present)
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
