"""Claims as nanopublications: valid to the network's own library, and at addresses that hold their hash."""

from __future__ import annotations

import gzip
from typing import Any

import pyoxigraph as ox
import pytest
import rdflib

from iprgraph.claims.nanopublication import (
    FILE,
    NANOPUBS,
    PLACEHOLDER,
    Nanopub,
    contains,
    hash_quads,
    nanopubs,
    read,
    write,
)
from iprgraph.namespaces import BASE, CLAIMS, ID, IPR
from iprgraph.rdf.syntax import serialize
from iprgraph.release.release import Release
from support.client import Client

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


def checked(quads: list[ox.Quad], form: str = "trig") -> Any:
    """Return what the network's own library makes of a nanopublication."""
    from nanopub import Nanopub as Judge

    dataset = rdflib.ConjunctiveGraph()
    dataset.parse(data=serialize(quads, form).decode(), format=form)
    return Judge(rdf=dataset)


def test_every_published_claim_is_a_valid_nanopublication(release: Release) -> None:
    made = list(nanopubs(release.quads()))
    published = {np.slug for np in made}
    proposed = {
        str(q.subject)[1:-1].removeprefix(CLAIMS)
        for q in release.quads()
        if q.predicate == IPR.status and q.object in (ID["status/proposed"], ID["status/rejected"])
    }
    claims = {str(q.graph_name)[1:-1] for q in release.quads()}
    claims = {c.removeprefix(CLAIMS) for c in claims if c.startswith(CLAIMS)}
    assert published == claims - proposed and len(published) > 100
    # The library takes a third of a second for each; all kinds of terms are among these.
    for nanopub in made[::9]:
        judged = checked(nanopub.quads)
        assert judged.is_valid and judged.has_valid_trusty
        assert str(judged.source_uri) == NANOPUBS + nanopub.code


def test_lexical_forms_are_hashed_as_written(
    history: list[Release], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rdflib, "NORMALIZE_LITERALS", False)
    made = {np.slug: np for np in nanopubs(history[0].quads())}
    assert len(made) == 3
    for nanopub in made.values():
        # rdflib reads a bare 042 of TriG as the number 42.
        assert checked(nanopub.quads, "nquads").has_valid_trusty
    assert '"042"^^' in " ".join(map(str, made["school-rooms"].quads))


def test_any_change_changes_the_address(history: list[Release]) -> None:
    nanopub = next(nanopubs(history[0].quads()))
    for quad in nanopub.quads[3:6]:
        assert altered_code(nanopub, quad) != nanopub.code
    from nanopub.utils import MalformedNanopubError

    last = nanopub.quads[-1]
    other = ox.Quad(last.subject, last.predicate, ox.Literal("x"), last.graph_name)
    spoiled = [*nanopub.quads[:-1], other]
    with pytest.raises(MalformedNanopubError, match="not valid"):
        _ = checked(spoiled).has_valid_trusty


def altered_code(nanopub: Nanopub, without: ox.Quad) -> str:
    def back(term: Any) -> Any:
        if isinstance(term, ox.NamedNode):
            return ox.NamedNode(term.value.replace(nanopub.code, PLACEHOLDER))
        return term

    quads = [
        ox.Quad(back(q.subject), q.predicate, back(q.object), back(q.graph_name))
        for q in nanopub.quads
        if q != without
    ]
    return hash_quads(quads)[0]


def test_a_claim_that_did_not_change_keeps_its_address(history: list[Release]) -> None:
    codes = [{np.slug: np.code for np in nanopubs(r.quads())} for r in history]
    assert codes[0]["school-part"] == codes[1]["school-part"]
    assert codes[0]["school-rooms"] != codes[1]["school-rooms"] == codes[2]["school-rooms"]
    assert codes[1]["school-part"] != codes[2]["school-part"]


def test_what_is_proposed_or_rejected_is_not_published(history: list[Release]) -> None:
    quads = history[0].quads()
    claim = ox.NamedNode(f"{CLAIMS}school-part")
    graph = ox.NamedNode(f"{BASE}graph/article/school-news")
    for status, expected in (("accepted", 3), ("superseded", 3), ("proposed", 2), ("rejected", 2)):
        told = ox.Quad(claim, IPR.status, ID[f"status/{status}"], graph)
        made = list(nanopubs([*quads, told]))
        assert len(made) == expected, status
    assert [np.slug for np in made] == ["school-opens", "school-rooms"]


def test_the_file_of_a_release_holds_them_all(history: list[Release]) -> None:
    for release in history:
        made = list(nanopubs(release.quads()))
        file = release.dir / FILE
        assert file.read_bytes() == write(made)
        assert gzip.decompress((release.dir / f"{FILE}.gz").read_bytes()) == file.read_bytes()
        assert set(ox.parse(path=file)) == {q for np in made for q in np.quads}
        for nanopub in made:
            for found in (read(file, slug=nanopub.slug), read(file, code=nanopub.code)):
                assert found is not None
                assert (found.slug, found.code) == (nanopub.slug, nanopub.code)
                assert set(found.quads) == set(nanopub.quads)
        assert contains(file, "school-part") and not contains(file, "school")
        assert read(file, slug="school") is read(file, code="RA" + "x" * 43) is None


def test_a_claim_leads_to_its_nanopublication(
    history_client: Client, history: list[Release]
) -> None:
    address = "/data/claim/school-rooms.nanopub.trig"
    for path, accept in (
        ("/page/claim/school-rooms", "text/html"),
        ("/data/claim/school-rooms.ttl", "text/turtle"),
    ):
        reply = history_client.get(path, accept)
        assert f'<{address}>; rel="alternate"; type="application/trig"' in reply.headers["link"]
    assert f'href="{address}"' in history_client.get("/page/claim/school-rooms", "text/html").text
    reply = history_client.get(address)
    assert (reply.status, reply.media_type) == (200, "application/trig")
    expected = {np.slug: np for np in nanopubs(history[-1].quads())}["school-rooms"]
    assert set(ox.parse(reply.body, ox.RdfFormat.TRIG)) == set(expected.quads)
    assert f"<{NANOPUBS}{expected.code}>" in reply.headers["link"]
    older = history_client.get(f"/releases/{history[0].id}{address}")
    assert older.status == 200 and "numberOfRooms 042" in older.text
    assert "immutable" in older.headers["cache-control"]


def test_a_nanopublication_is_found_by_its_own_address(
    history_client: Client, history: list[Release]
) -> None:
    gone = {np.slug: np for np in nanopubs(history[1].quads())}["school-pupils"]
    for accept, form in (("", ox.RdfFormat.TRIG), ("application/n-quads", ox.RdfFormat.N_QUADS)):
        reply = history_client.get(f"/np/{gone.code}", accept)
        assert reply.status == 200
        assert set(ox.parse(reply.body, form)) == set(gone.quads)
        assert "immutable" in reply.headers["cache-control"]
    assert history_client.get(f"/np/{gone.code}", "text/csv").status == 406
    for wrong in ("RA" + "x" * 43, "RAx", "nothing"):
        assert history_client.get(f"/np/{wrong}").status == 404
    missing = history_client.get("/data/claim/never-was.nanopub.trig", "application/json")
    assert missing.status == 404 and "nanopublication" in missing.json()["detail"]
