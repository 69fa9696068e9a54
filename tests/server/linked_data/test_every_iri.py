"""Ontology, shapes, graphs, the dataset: every IRI of the graph answers at its path."""

from __future__ import annotations

import itertools
import json

import pyoxigraph as ox
import pytest

from iprgraph.namespaces import BASE, PREFIXES
from iprgraph.release.release import Release
from support.client import Client, Reply
from support.documents import BROWSER, FORMS, path_of, quads_of, triples_of

#: So many things of each kind are followed to their page as well as to their document.
PAGES_SHOWN = 3


def kind_of(iri: str) -> str:
    """Return the folder of an IRI: `id/person`, `graph`, `shape`."""
    return iri.removeprefix(BASE).partition("#")[0].rpartition("/")[0]


@pytest.mark.parametrize("name", ["ontology", "shapes"])
def test_ontology_and_shapes_answer_at_their_names(
    release_client: Client, release: Release, name: str
) -> None:
    page, data = (
        release_client.get(f"/{name}", BROWSER),
        release_client.get(f"/{name}", "text/turtle"),
    )
    assert (page.status, page.headers["location"]) == (303, f"/page/{name}")
    assert (data.status, data.headers["location"]) == (303, f"/data/{name}")
    turtle = release_client.get(data.headers["location"], "text/turtle")
    assert turtle.body == (release.dir / f"{name}.ttl").read_bytes()
    written = triples_of(quads_of(turtle, "ttl"))
    for suffix in FORMS:
        other = triples_of(quads_of(release_client.get(f"/data/{name}.{suffix}"), suffix))
        assert len(other) == len(written), suffix


def test_a_shape_is_found_by_its_own_name(release_client: Client) -> None:
    reply = release_client.get("/shape/claim-attribution", BROWSER)
    assert (reply.status, reply.headers["location"]) == (303, "/page/shapes#claim-attribution")
    assert 'id="claim-attribution"' in release_client.get("/page/shapes").text


def test_a_graph_answers_at_its_name(release_client: Client, release: Release) -> None:
    store = ox.Store()
    store.bulk_extend(release.quads())
    for name in ("checks", "article/global-times-2021-11-09", "inferred"):
        node = ox.NamedNode(f"{BASE}graph/{name}")
        expected = set(store.quads_for_pattern(None, None, None, node))
        assert (
            quads_of(release_client.get(f"/graph/{name}", "application/n-quads"), "nq") == expected
        )
        assert triples_of(quads_of(release_client.get(f"/graph/{name}.ttl"), "ttl")) == triples_of(
            expected
        )
        assert f"{len(expected):,}" in release_client.get(f"/graph/{name}", "text/html").text


def test_every_iri_of_ours_in_the_graph_answers(release_client: Client, release: Release) -> None:
    """Follow each IRI to a page and to a document, and find it in both."""
    terms = {
        term
        for quad in release.quads()
        for term in (quad.subject, quad.predicate, quad.object, quad.graph_name)
    }
    ours = sorted(
        t.value for t in terms if isinstance(t, ox.NamedNode) and t.value.startswith(BASE)
    )
    assert len(ours) > 900
    shown = {
        iri
        for _, group in itertools.groupby(ours, key=kind_of)
        for iri in list(group)[:PAGES_SHOWN]
    }
    answers: dict[tuple[str, str], Reply] = {}

    def follow(iri: str, accept: str, media_type: str) -> Reply:
        """Ask for an IRI, and once for whatever it leads to."""
        path = path_of(iri).partition("#")[0]
        if (path, accept) not in answers:
            answers[path, accept] = release_client.get(path, accept)
        reply = answers[path, accept]
        if reply.status == 303:
            assert "Accept" in reply.headers["vary"], iri
            place = reply.headers["location"].partition("#")[0]
            if place.startswith("/page/") and "/id/" in iri and iri not in shown:
                return reply
            if (place, accept) not in answers:
                answers[place, accept] = release_client.get(place, accept)
            reply = answers[place, accept]
        assert (reply.status, reply.media_type) == (200, media_type), iri
        return reply

    for iri in ours:
        page = follow(iri, BROWSER, "text/html")
        if "#" in iri:
            assert f'id="{iri.partition("#")[2]}"' in page.text, iri
        data = follow(iri, "application/n-quads", "application/n-quads")
        assert f"<{iri}>" in data.text, iri


def test_the_dataset_and_its_description_answer_in_every_form(
    release_client: Client, release: Release
) -> None:
    written = triples_of(ox.parse(path=str(release.dir / "void.ttl")))
    for path in ("/dataset", "/void", "/"):
        page, data = release_client.get(path, BROWSER), release_client.get(path, "text/turtle")
        assert page.status == 200 if path == "/" else page.headers["location"] == "/"
        assert (data.status, data.headers["location"]) == (303, "/data/dataset")
        assert "Accept" in page.headers["vary"] and "Accept" in data.headers["vary"]
    for suffix, (media_type, _) in FORMS.items():
        for reply in (
            release_client.get(f"/data/dataset.{suffix}"),
            release_client.get("/data/dataset", media_type),
        ):
            assert (reply.status, reply.media_type) == (200, media_type)
            assert triples_of(quads_of(reply, suffix)) == written


def test_the_version_of_the_ontology_answers(release_client: Client) -> None:
    reply = release_client.get("/ontology/1.0.0", "text/turtle")
    assert (reply.status, reply.headers["location"]) == (303, "/data/ontology")
    for version in ("0.9.0", "1.0.0%3E", "x%20y"):
        assert release_client.get(f"/ontology/{version}").status == 404


def test_the_jsonld_context_is_served(release_client: Client) -> None:
    reply = release_client.get("/context.jsonld")
    assert (reply.status, reply.media_type) == (200, "application/ld+json")
    assert json.loads(reply.body)["@context"]["ipr"] == PREFIXES["ipr"]
