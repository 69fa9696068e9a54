"""Linksets over HTTP: each at its name in every form, and a list that leads to all."""

from __future__ import annotations

import pyoxigraph as ox
import pytest

from iprgraph.namespaces import SKOS
from iprgraph.release.release import Release
from support.client import Client
from support.documents import FORMS
from support.links import NUMBERS, links

BROWSER = "text/html,application/xhtml+xml,*/*;q=0.8"
TSV = "text/tab-separated-values"


@pytest.mark.parametrize("slug", ["wikidata", "eu-authorities"])
def test_a_linkset_answers_at_its_name_in_every_form(
    release_client: Client, release: Release, slug: str
) -> None:
    written = {quad.triple for quad in ox.parse(path=release.dir / f"linkset-{slug}.ttl")}
    for suffix, (media_type, form) in FORMS.items():
        path = f"/linksets/{slug}"
        by_suffix, by_accept = (
            release_client.get(f"{path}.{suffix}"),
            release_client.get(path, media_type),
        )
        for reply in (by_suffix, by_accept):
            assert (reply.status, reply.media_type) == (200, media_type)
            assert {quad.triple for quad in ox.parse(reply.body, form)} == written
        assert by_accept.headers["content-location"] == f"{path}.{suffix}"
        assert "Accept" in by_accept.headers["vary"]
        head = release_client("HEAD", f"{path}.{suffix}")
        assert (head.status, head.body) == (200, b"")
    for reply in (
        release_client.get(f"/linksets/{slug}.sssom.tsv"),
        release_client.get(f"/linksets/{slug}", TSV),
    ):
        assert (reply.status, reply.media_type) == (200, TSV)
        assert reply.body == (release.dir / f"linkset-{slug}.sssom.tsv").read_bytes()
    page = release_client.get(f"/linksets/{slug}", BROWSER)
    assert (page.status, page.media_type) == (200, "text/html")
    for triple in written:
        if triple.predicate == SKOS.exactMatch:
            assert triple.object.value in page.text  # type: ignore[union-attr]
    assert {link.type for link in links(page, "alternate")} == {
        *(m for m, _ in FORMS.values()),
        TSV,
    }
    assert [link.href for link in links(page, "canonical")] == [f"/linksets/{slug}"]
    assert [link.href for link in links(page, "describedby")] == ["/data/dataset"]


def test_the_list_of_linksets_leads_to_each(release_client: Client) -> None:
    page = release_client.get("/linksets/", BROWSER)
    assert (page.status, page.media_type) == (200, "text/html")
    for slug in NUMBERS:
        assert f'href="/linksets/{slug}"' in page.text
        assert f'href="/linksets/{slug}.sssom.tsv"' in page.text
    assert "对外链接" in release_client.get("/linksets/?lang=zh", BROWSER).text
    assert release_client.get("/linksets/", "text/turtle").headers["location"] == "/data/dataset"
    table = release_client.get(release_client.get("/linksets/", TSV).headers["location"])
    assert (table.status, table.media_type) == (200, TSV)
    assert release_client.get("/downloads/linksets.sssom.tsv").body == table.body


def test_there_are_no_other_linksets(release_client: Client) -> None:
    for path in ("never-was", "never-was.ttl", "never-was.sssom.tsv", "wikidata.xlsx"):
        assert release_client.get(f"/linksets/{path}").status == 404
    assert release_client.get("/linksets/wikidata", "image/png").status == 406
