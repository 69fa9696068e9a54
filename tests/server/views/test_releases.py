"""The pages about releases: their list, what each shows, what differs between two, a claim's history."""

from __future__ import annotations

import re

import pyoxigraph as ox

from iprgraph.rdf.canonical import dataset_hash
from iprgraph.release.release import Release
from support.client import Client


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
