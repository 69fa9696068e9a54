"""What is retired answers 410 and says since when, why, and what to use instead."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pyoxigraph as ox
import pytest

from iprgraph.content.loader import Content
from iprgraph.namespaces import BASE, OWL
from iprgraph.release.build import build
from support.client import Client
from support.links import targets
from support.paths import SMALL_CONTENT
from support.serving import serving

TOMBSTONES = """
@prefix claim: <https://w3id.org/iprgraph/id/claim/> .
@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix graph: <https://w3id.org/iprgraph/graph/> .
@prefix organization: <https://w3id.org/iprgraph/id/organization/> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix prov: <http://www.w3.org/ns/prov#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .

graph:retired {
    organization:old-school owl:deprecated true ;
        dcterms:isReplacedBy organization:school ;
        prov:invalidatedAtTime "2022-03-01T08:00:00Z"^^xsd:dateTime ;
        rdfs:comment "The same school under its old name."@en , "同一所学校的旧名。"@zh .
    claim:school-closes owl:deprecated true ;
        rdfs:comment "The article does not say so."@en .
    <https://w3id.org/iprgraph/graph/article/old-news> owl:deprecated true ;
        dcterms:isReplacedBy <https://w3id.org/iprgraph/graph/article/school-news> .
    claim:school-part dcterms:isReplacedBy claim:school-rooms .
}
"""
BROWSER = "text/html,application/xhtml+xml,*/*;q=0.8"


@pytest.fixture(scope="module")
def tombstones_client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """Serve the small content with a file of tombstones."""
    folder = tmp_path_factory.mktemp("retired")
    root = shutil.copytree(SMALL_CONTENT, folder / "content")
    (root / "graph/data/retired.trig").write_text(TOMBSTONES, encoding="utf-8")
    release = build(Content.at(root), folder / "releases")
    with serving(release.dir, folder, token="") as running:
        client = running.client()
        yield client
        client.close()


@pytest.mark.parametrize("name", ["organization/old-school", "claim/school-closes"])
@pytest.mark.parametrize("folder", ["id", "page", "data", "signposts"])
def test_a_retired_thing_is_gone_at_all_its_addresses(
    tombstones_client: Client, folder: str, name: str
) -> None:
    for accept in ("", "text/turtle", BROWSER):
        get, head = (
            tombstones_client(m, f"/{folder}/{name}", headers={"accept": accept})
            for m in ("GET", "HEAD")
        )
        assert get.status == head.status == 410
        assert get.body and not head.body
        assert get.media_type == head.media_type
        assert "Accept" in get.headers["vary"] and get.headers["cache-control"] == "no-store"


def test_every_form_of_a_retired_document_is_gone(tombstones_client: Client) -> None:
    for suffix in ("ttl", "nt", "rdf", "jsonld", "trig", "nq"):
        assert tombstones_client.get(f"/data/organization/old-school.{suffix}").status == 410


def test_the_refusal_says_since_when_why_and_what_instead(tombstones_client: Client) -> None:
    reply = tombstones_client.get("/id/organization/old-school")
    problem = reply.json()
    school = f"{BASE}id/organization/school"
    assert (problem["status"], problem["since"][:10]) == (410, "2022-03-01")
    assert problem["replaced_by"] == [school]
    assert "The same school under its old name." in problem["detail"]
    assert targets(reply, "successor-version") == ["/id/organization/school"]
    page = tombstones_client.get("/id/organization/old-school", BROWSER)
    assert '<a href="/id/organization/school">' in page.text
    bare = tombstones_client.get("/id/claim/school-closes")
    assert "The article does not say so." in bare.json()["detail"]
    assert "replaced_by" not in bare.json() and "successor-version" not in bare.headers["link"]


def test_the_refusal_is_told_in_chinese(tombstones_client: Client) -> None:
    chinese = {"accept_language": "zh"}
    problem = tombstones_client.get("/id/organization/old-school", **chinese).json()
    school = f"{BASE}id/organization/school"
    assert problem["title"] == "此处的内容已停用"
    assert problem["detail"] == (
        f"organization:old-school 已于 2022-03-01 停用。同一所学校的旧名。请改看 {school}。"
    )
    # A reason that was given in English only is told as it is.
    page = tombstones_client.get("/id/claim/school-closes", BROWSER, **chinese).text
    assert "claim:school-closes 已停用。" in page
    assert '<span lang="en">The article does not say so.</span>' in page


def test_the_tombstone_comes_as_rdf(tombstones_client: Client) -> None:
    for accept, form in (
        ("text/turtle", ox.RdfFormat.TURTLE),
        ("application/ld+json", ox.RdfFormat.JSON_LD),
    ):
        reply = tombstones_client.get("/id/organization/old-school", accept)
        assert (reply.status, reply.media_type) == (410, accept)
        triples = {quad.triple for quad in ox.parse(reply.body, form)}
        assert OWL.deprecated in {triple.predicate for triple in triples}
        assert f"{BASE}id/organization/school" in {triple.object.value for triple in triples}


def test_a_retired_graph_is_gone(tombstones_client: Client) -> None:
    for path in ("/graph/article/old-news", "/graph/article/old-news.ttl"):
        reply = tombstones_client.get(path)
        assert reply.status == 410
        assert targets(reply, "successor-version") == ["/graph/article/school-news"]
    assert tombstones_client.get("/graph/article/old-news", BROWSER).status == 410


def test_what_is_superseded_is_there_and_names_its_successor(tombstones_client: Client) -> None:
    for folder, status in (("id", 303), ("page", 200), ("data", 200)):
        reply = tombstones_client.get(
            f"/{folder}/claim/school-part", BROWSER if folder == "page" else ""
        )
        assert reply.status == status
        if status == 200:
            assert '</id/claim/school-rooms>; rel="successor-version"' in reply.headers["link"]


def test_what_never_was_is_still_not_found(tombstones_client: Client) -> None:
    for path in ("/id/organization/no-school", "/graph/article/no-news", "/signposts/claim/none"):
        assert tombstones_client.get(path).status == 404
