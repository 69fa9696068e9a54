"""Every IRI of the graph answers at its path: 303 by Accept, then documents with their claims."""

from __future__ import annotations

from urllib.parse import urlsplit

import pyoxigraph as ox
import pytest

from iprgraph.namespaces import BASE, PREFIXES
from iprgraph.release.release import Release
from support.client import Client, Reply
from support.documents import BROWSER, FORMS, path_of, quads_of, triples_of

FLAT = ("ttl", "nt", "rdf")
WIPO = f"{BASE}id/organization/wipo"
CLAIM = f"{BASE}id/claim/gt1238517-rd-expenditure-yuan"
INFERRED = f"{BASE}graph/inferred"


def links_of(reply: Reply) -> list[str]:
    return reply.headers["link"].split(", <")


@pytest.mark.parametrize(
    ("accept", "place"),
    [
        (BROWSER, "/page/organization/wipo"),
        ("text/html", "/page/organization/wipo"),
        ("text/turtle", "/data/organization/wipo"),
        ('application/ld+json;profile="http://www.w3.org/ns/json-ld#compacted"', "/data/organization/wipo"),
        ("text/html;q=0.5, application/rdf+xml", "/data/organization/wipo"),
        ("text/html, text/turtle;q=0", "/page/organization/wipo"),
        ("*/*", "/data/organization/wipo"),
        ("", "/data/organization/wipo"),
    ],
)  # fmt: skip
def test_an_identity_redirects_by_accept(release_client: Client, accept: str, place: str) -> None:
    reply = release_client.get("/id/organization/wipo", accept)
    assert (reply.status, urlsplit(reply.headers["location"]).path) == (303, place)
    assert "Accept" in reply.headers["vary"]
    assert not reply.body


def test_what_is_not_offered_is_refused_with_a_list(release_client: Client) -> None:
    for path in ("/id/organization/wipo", "/data/organization/wipo", "/ontology", "/graph/checks"):
        reply = release_client.get(path, "image/png")
        assert reply.status == 406
        assert {"text/turtle", "application/ld+json"} <= {
            form["media_type"] for form in reply.json()["formats"]
        }


def test_the_parameter_format_overrides_accept(release_client: Client) -> None:
    reply = release_client.get("/data/organization/wipo?format=jsonld", "text/turtle")
    assert (reply.status, reply.media_type) == (200, "application/ld+json")
    assert release_client.get("/data/organization/wipo?format=docx").status == 406
    kept = release_client.get("/id/organization/wipo?format=trig")
    assert kept.headers["location"].endswith("/data/organization/wipo?format=trig")


@pytest.mark.parametrize("suffix", FORMS)
def test_a_document_comes_in_every_form_by_suffix_and_by_accept(
    release_client: Client, suffix: str
) -> None:
    media_type, _ = FORMS[suffix]
    by_suffix = release_client.get(f"/data/organization/wipo.{suffix}")
    by_accept = release_client.get("/data/organization/wipo", media_type)
    for reply in (by_suffix, by_accept):
        assert (reply.status, reply.media_type) == (200, media_type)
    assert by_suffix.body == by_accept.body
    assert by_accept.headers["content-location"] == f"/data/organization/wipo.{suffix}"
    assert "Accept" in by_accept.headers["vary"]


def test_all_forms_of_a_document_say_the_same(release_client: Client) -> None:
    found = {
        suffix: quads_of(release_client.get(f"/data/organization/wipo.{suffix}"), suffix)
        for suffix in FORMS
    }
    assert found["trig"] == found["nq"] == found["jsonld"]
    for suffix in FLAT:
        assert triples_of(found[suffix]) == triples_of(found["trig"]), suffix
        assert all(isinstance(quad.graph_name, ox.DefaultGraph) for quad in found[suffix])


def test_a_document_holds_facts_with_their_claims_passages_and_sources(
    release_client: Client, release: Release
) -> None:
    document = quads_of(release_client.get("/data/organization/wipo.nq"), "nq")
    wipo = ox.NamedNode(WIPO)
    store = ox.Store()
    store.bulk_extend(release.quads())
    stated = [
        q for q in store.quads_for_pattern(wipo, None, None) if q.graph_name.value != INFERRED
    ]
    assert stated and set(stated) <= document
    claims = {quad.graph_name for quad in stated if "/id/claim/" in str(quad.graph_name)}
    assert len(claims) >= 3
    for claim in claims:
        assert set(store.quads_for_pattern(None, None, None, claim)) <= document
        said = {q.predicate.value.rpartition("#")[2] for q in document if q.subject == claim}
        assert {"attributedTo", "source", "modality", "evidence", "basis"} <= said
    passages = {q.object for q in document if q.predicate.value.endswith("#evidence")}
    sources = {q.object for q in document if q.predicate.value.endswith("hasSource")}
    assert passages and all(any(q.subject == p for q in document) for p in passages)
    assert sources and all(any(q.subject == s for q in document) for s in sources)


def test_a_document_names_what_it_names(release_client: Client) -> None:
    document = quads_of(release_client.get("/data/organization/wipo.nq"), "nq")
    label = ox.NamedNode(PREFIXES["skos"] + "prefLabel")
    named = {quad.subject for quad in document if quad.predicate == label}
    things = {
        term
        for quad in document
        for term in (quad.subject, quad.object)
        if str(term).startswith((f"<{BASE}id/", f"<{BASE}ontology#"))
    }
    nameless = ("/id/passage/", "/id/selector/")
    assert {str(t) for t in things - named if not any(part in str(t) for part in nameless)} == set()


def test_what_is_inferred_is_marked(release_client: Client) -> None:
    document = quads_of(release_client.get("/data/organization/wipo.nq"), "nq")
    inferred = {q.triple for q in document if str(q.graph_name) == f"<{INFERRED}>"}
    agent = ox.NamedNode(PREFIXES["prov"] + "Agent")
    assert any(triple.object == agent for triple in inferred)
    comment = "Inferred by OWL 2 RL reasoning"
    for suffix in FLAT:
        text = release_client.get(f"/data/organization/wipo.{suffix}").text
        asserted, _, rest = text.partition(comment)
        assert text.count(comment) == 1, suffix
        assert PREFIXES["prov"] + "Agent" not in asserted and "prov:Agent" not in asserted
        assert "Agent" in rest


def test_the_document_of_a_claim_holds_its_assertion_and_its_provenance(
    release_client: Client,
) -> None:
    document = quads_of(
        release_client.get(path_of(CLAIM).replace("/id/", "/data/") + ".trig"), "trig"
    )
    claim = ox.NamedNode(CLAIM)
    value = ox.NamedNode(PREFIXES["ipr"] + "value")
    assert [q.object.value for q in document if q.graph_name == claim and q.predicate == value] == [
        "2443000000000"
    ]
    about = {q.predicate.value: q.object for q in document if q.subject == claim}
    assert about[PREFIXES["ipr"] + "source"].value == f"{BASE}id/article/global-times-2021-11-09"
    start = [q for q in document if q.predicate.value == PREFIXES["oa"] + "start"]
    assert len(start) == 1
    checks = [q for q in document if q.predicate.value == PREFIXES["ipr"] + "checks"]
    assert [q.object for q in checks] == [claim]


def test_a_document_links_its_other_forms_its_description_and_its_licence(
    release_client: Client,
) -> None:
    reply = release_client.get("/data/organization/wipo", "text/turtle")
    links = links_of(reply)
    assert any('rel="canonical"' in link and "/data/organization/wipo>" in link for link in links)
    assert any('rel="describedby"' in link for link in links)
    assert any('rel="license"' in link and "creativecommons" in link for link in links)
    alternate = {link.split('type="')[1].rstrip('"') for link in links if 'rel="alternate"' in link}
    assert alternate == {m for m, _ in FORMS.values()} - {"text/turtle"} | {"text/html"}
    page = links_of(release_client.get("/page/organization/wipo"))
    assert any(
        'rel="describedby"' in link and "/data/organization/wipo.ttl>" in link for link in page
    )


@pytest.mark.parametrize(
    "path",
    [
        "/id/organization/never-was",
        "/page/organization/never-was",
        "/data/organization/never-was",
        "/data/organization/never-was.ttl",
        "/data/organization/wipo.docx",
        "/id/thing/wipo",
        "/id/organization/WIPO",
        "/id/organization/wipo%3E%7D",
        "/graph/never-was",
        "/shape/never-was",
        "/nowhere",
    ],
)
def test_what_never_was_is_not_found(release_client: Client, path: str) -> None:
    for accept in ("text/turtle", BROWSER):
        for method in ("GET", "HEAD"):
            reply = release_client(method, path, headers={"accept": accept})
            assert reply.status == 404
            assert reply.media_type == (
                "text/html" if accept == BROWSER else "application/problem+json"
            )
    problem = release_client.get(path).json()
    assert problem["status"] == 404 and problem["detail"] and problem["request_id"]


@pytest.mark.parametrize(
    "path",
    ["/id/organization/wipo", "/page/organization/wipo", "/data/organization/wipo.ttl",
     "/graph/checks", "/ontology", "/data/shapes.ttl", "/"],
)  # fmt: skip
def test_head_is_get_without_a_body(release_client: Client, path: str) -> None:
    get, head = release_client.get(path), release_client("HEAD", path)
    assert head.status == get.status and not head.body
    ignored = {"date", "x-request-id"}
    assert {k: v for k, v in head.headers.items() if k not in ignored} == {
        k: v for k, v in get.headers.items() if k not in ignored
    }


@pytest.mark.parametrize(
    "path", ["/data/organization/wipo.ttl", "/page/organization/wipo", "/graph/checks"]
)
def test_an_unchanged_document_is_not_sent_again(release_client: Client, path: str) -> None:
    first = release_client.get(path)
    etag = first.headers["etag"]
    assert etag.startswith('"')
    again = release_client.get(path, if_none_match=etag)
    assert (again.status, again.body, again.headers["etag"]) == (304, b"", etag)
    assert release_client.get(path, if_none_match='"another"').status == 200
    coded = release_client.get(path, accept_encoding="gzip")
    assert coded.headers["content-encoding"] == "gzip" and coded.headers["etag"] != etag
    assert "Accept-Encoding" in coded.headers["vary"]


@pytest.mark.parametrize("path", ["/id/organization/wipo", "/page/claim/", "/data/ontology.ttl"])
def test_other_methods_are_refused(release_client: Client, path: str) -> None:
    reply = release_client("POST", path, "x", {"content-type": "text/plain"})
    assert reply.status == 405 and "GET" in reply.headers["allow"]


@pytest.mark.parametrize("suffix", FORMS)
def test_what_is_inferred_is_left_out_when_asked(release_client: Client, suffix: str) -> None:
    path = f"/data/organization/wipo.{suffix}"
    whole, asserted = (
        triples_of(quads_of(release_client.get(p), suffix)) for p in (path, f"{path}?infer=false")
    )
    agent = ox.NamedNode(PREFIXES["prov"] + "Agent")
    kind = ox.NamedNode(PREFIXES["ipr"] + "Organization")
    wipo = ox.NamedNode(WIPO)
    assert {agent, kind} <= {t.object for t in whole if t.subject == wipo}
    objects = {t.object for t in asserted if t.subject == wipo}
    assert kind in objects and agent not in objects
    part = ox.NamedNode(f"{BASE}data/organization/wipo?infer=false")
    assert part in {t.object for t in whole} and part not in {t.object for t in asserted}
