"""Signposting: every kind of answer says by typed links what it is, whose, and what belongs to it."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import pytest
import signposting

from iprgraph.namespaces import BASE
from iprgraph.release.release import Release
from support.client import Client
from support.links import links, parse, targets

BROWSER = "text/html,application/xhtml+xml,*/*;q=0.8"
CURATORS = f"{BASE}id/organization/ipr-graph-curators"
LICENCE = "https://creativecommons.org/licenses/by/4.0/"
SCHEMA = "https://schema.org/"
DATA = {
    "ttl": "text/turtle",
    "nt": "application/n-triples",
    "jsonld": "application/ld+json",
    "rdf": "application/rdf+xml",
    "trig": "application/trig",
    "nq": "application/n-quads",
}

#: Landing pages: path, what to cite, the types of what they are about, what they belong to.
PAGES = [
    ("/", "dataset", {"Dataset"}, ""),
    ("/page/organization/wipo", "id/organization/wipo", {"Organization"}, "/dataset"),
    ("/page/person/wang-wenbin", "id/person/wang-wenbin", {"Person"}, "/dataset"),
    (
        "/page/claim/gt1238517-rd-expenditure-yuan",
        "id/claim/gt1238517-rd-expenditure-yuan",
        {"Claim"},
        "/id/article/global-times-2021-11-09",
    ),
    (
        "/page/check/rd-expenditure-2020",
        "id/check/rd-expenditure-2020",
        {"ClaimReview"},
        "/dataset",
    ),
    (
        "/page/article/global-times-2021-11-09",
        "id/article/global-times-2021-11-09",
        {"NewsArticle"},
        "/dataset",
    ),
]


@pytest.mark.parametrize(("path", "cited", "types", "collection"), PAGES)
def test_a_landing_page_says_what_it_is_and_what_belongs_to_it(
    release_client: Client, path: str, cited: str, types: set[str], collection: str
) -> None:
    reply = release_client.get(path, BROWSER)
    assert reply.status == 200
    assert targets(reply, "cite-as") == [BASE + cited]
    assert targets(reply, "author") == [CURATORS]
    assert targets(reply, "license") == [LICENCE]
    found = {iri.removeprefix(SCHEMA) for iri in targets(reply, "type")}
    assert found >= {"AboutPage", *types}
    assert targets(reply, "collection") == ([collection] if collection else [])
    assert {link.type for link in links(reply, "describedby")} == set(DATA.values())
    assert {link.type for link in links(reply, "linkset")} == {
        "application/linkset",
        "application/linkset+json",
    }
    for link in (*links(reply, "describedby"), *links(reply, "linkset")):
        told = release_client.get(link.href)
        assert (told.status, told.media_type) == (200, link.type), link


@pytest.mark.parametrize(
    ("path", "page"),
    [
        ("/data/organization/wipo", "/page/organization/wipo"),
        ("/data/organization/wipo.ttl", "/page/organization/wipo"),
        ("/data/dataset", "/"),
        ("/data/dataset.nq", "/"),
    ],
)
def test_a_document_leads_back_to_its_page(release_client: Client, path: str, page: str) -> None:
    reply = release_client.get(path)
    assert targets(reply, "describes") == [page]
    assert targets(reply, "author") == [CURATORS]
    assert targets(reply, "license") == [LICENCE]
    assert len(targets(reply, "canonical")) == len(targets(reply, "cite-as")) == 1
    assert len(targets(reply, "linkset")) == 2
    assert page in targets(reply, "alternate")


@pytest.mark.parametrize(
    ("path", "cited"),
    [
        ("/graph/checks", "graph/checks"),
        ("/graph/checks.trig", "graph/checks"),
        ("/page/ontology", "ontology"),
        ("/data/ontology", "ontology"),
        ("/page/shapes", "shapes"),
        ("/data/shapes.rdf", "shapes"),
    ],
)
def test_graphs_and_vocabularies_say_what_they_are_part_of(
    release_client: Client, path: str, cited: str
) -> None:
    reply = release_client.get(path)
    assert targets(reply, "cite-as") == [BASE + cited]
    assert targets(reply, "author") == [CURATORS]
    assert targets(reply, "collection") == ["/dataset"]
    assert targets(reply, "describedby") == ["/data/dataset"]
    assert targets(reply, "license") == [LICENCE]
    assert len(targets(reply, "canonical")) == 1
    assert len(targets(reply, "alternate")) >= 5


@pytest.mark.parametrize(
    "path", ["/id/organization/wipo", "/dataset", "/ontology", "/shape/claim-source"]
)
def test_a_redirect_names_all_documents(release_client: Client, path: str) -> None:
    for accept in (BROWSER, "text/turtle"):
        reply = release_client.get(path, accept)
        assert reply.status == 303
        assert {link.type for link in links(reply, "alternate")} >= set(DATA.values())
        assert targets(reply, "license") == [LICENCE]


def test_the_dataset_has_its_dumps_as_items(release_client: Client, release: Release) -> None:
    items = links(release_client.get("/", BROWSER), "item")
    dumps = {name for name in release.manifest["files"] if name.startswith("iprgraph.")}
    assert {item.href for item in items} == {f"/downloads/{name}" for name in dumps}
    assert len(items) == 12
    for item in items:
        reply = release_client("HEAD", item.href)
        assert (reply.status, reply.media_type) == (200, item.type)
        assert targets(reply, "collection") == ["/"]
        assert targets(reply, "describedby") == ["/data/dataset"]


def test_the_claims_of_an_article_are_its_items(release_client: Client) -> None:
    name = "article/global-times-2021-11-09"
    shown = targets(release_client.get(f"/page/{name}", BROWSER), "item")
    assert len(shown) == 20
    page = release_client.base + f"/page/{name}"
    contexts = {c["anchor"]: c for c in release_client.get(f"/signposts/{name}").json()["linkset"]}
    items = [target["href"] for target in contexts[page]["item"]]
    assert len(items) > 40 and set(items) >= {release_client.base + path for path in shown}
    for item in items:
        assert [target["href"] for target in contexts[item]["collection"]] == [page]
    claim = release_client.get(urlsplit(items[0]).path.replace("/id/", "/page/"), BROWSER)
    assert targets(claim, "collection") == [f"/id/{name}"]


@pytest.mark.parametrize(
    "name", ["organization/wipo", "article/global-times-2021-11-09", "dataset"]
)
def test_a_link_set_comes_in_both_formats_and_they_say_the_same(
    release_client: Client, name: str
) -> None:
    path = f"/signposts/{name}"
    by_suffix = {}
    for suffix, media_type in (
        ("json", "application/linkset+json"),
        ("txt", "application/linkset"),
    ):
        by_suffix[suffix] = release_client.get(f"{path}.{suffix}")
        by_accept = release_client.get(path, media_type)
        assert (by_accept.status, by_accept.media_type) == (200, media_type)
        assert by_accept.body == by_suffix[suffix].body
        assert by_accept.headers["content-location"] == f"{path}.{suffix}"
        assert "Accept" in by_accept.headers["vary"]
        head = release_client("HEAD", f"{path}.{suffix}")
        assert (head.status, head.body, head.media_type) == (200, b"", media_type)
    assert release_client.get(path, "image/png").status == 406
    said = {
        (context["anchor"], rel, target["href"], target.get("type", ""))
        for context in by_suffix["json"].json()["linkset"]
        for rel, found in context.items()
        if rel != "anchor"
        for target in found
    }
    text = by_suffix["txt"].text
    assert said == {
        (link.told["anchor"], link.rel, link.href, link.type) for link in parse(text.strip())
    }
    assert all(
        re.match(r"https?://", address) for anchor, _, href, _ in said for address in (anchor, href)
    )
    assert len(said) > 30


def test_what_never_was_has_no_link_set(release_client: Client) -> None:
    for path in ("/signposts/organization/never-was", "/signposts/organization/wipo.xml"):
        assert release_client.get(path).status == 404


def test_a_signposting_client_finds_its_way(release_client: Client) -> None:
    """Let the library of another party follow the links: from page to documents and link set."""
    page = f"{release_client.base}/page/claim/gt1238517-rd-expenditure-yuan"
    found = signposting.find_signposting_http(page)
    assert found.citeAs.target == f"{BASE}id/claim/gt1238517-rd-expenditure-yuan"  # type: ignore[union-attr]
    assert {s.type for s in found.describedBy} == set(DATA.values())
    assert {str(s.target) for s in found.authors} == {CURATORS}
    assert found.collection.target == f"{release_client.base}/id/article/global-times-2021-11-09"  # type: ignore[union-attr]
    assert f"{SCHEMA}Claim" in {str(s.target) for s in found.types}
    assert len(found.linksets) == 2
    for linkset in found.linksets:
        told = signposting.find_signposting_linkset(linkset.target, linkset.type)
        assert told.for_context(page).citeAs == found.citeAs
        assert {s.target for s in told.for_context(page).describedBy} == {
            s.target for s in found.describedBy
        }
