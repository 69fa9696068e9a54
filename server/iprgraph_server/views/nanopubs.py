"""Nanopublications: each claim's, by the claim's address or by its own trusty one."""

from __future__ import annotations

from collections.abc import Iterator

from flask import Blueprint, Response, request, url_for

from iprgraph.claims.nanopublication import CODE, FILE, NANOPUBS, Nanopub, contains, read
from iprgraph.errors import Text
from iprgraph.namespaces import NP
from iprgraph.rdf.syntax import serialize
from iprgraph.release.release import Release
from iprgraph_server.http.formats import NQUADS, TRIG
from iprgraph_server.http.problems import NotFound
from iprgraph_server.linked_data.memento import IMMUTABLE
from iprgraph_server.linked_data.memento_headers import link as add_link
from iprgraph_server.linked_data.responses import link, pick
from iprgraph_server.models.page_context import page_context
from iprgraph_server.openapi.described import described

views = Blueprint("nanopubs", __name__)

#: Formats with named graphs, of which a nanopublication consists.
FORMATS = (TRIG, NQUADS)

#: Pages and documents of a claim, which link its nanopublication.
_OF_CLAIMS = {"things.page", "things.data", "things.data_as"}


@views.get("/data/claim/<slug:slug>.nanopub.trig")
@described("things", TRIG, examples={"slug": "gt1238517-gii-rank"})
def of_claim(slug: str) -> Response:
    """Send the nanopublication of a claim."""
    nanopub = read(page_context().release.dir / FILE, slug=slug)
    if nanopub is None:
        raise NotFound(
            Text(
                "There is no nanopublication of the claim {slug}. Claims that are proposed or "
                "rejected have none, and those of releases built before there were any.",
                slug=slug,
            )
        )
    own = url_for("nanopubs.by_code", code=nanopub.code)
    return _linked(_written(nanopub, "trig"), nanopub, (own, {"rel": "canonical"}))


@views.get("/np/<code>")
@described("things", *FORMATS, formats=FORMATS, refusals=(404, 406))
def by_code(code: str) -> Response:
    """Send a nanopublication by its trusty address, from whichever release has it."""
    if not CODE.fullmatch(code):
        raise NotFound(
            Text("{code} is not the code of a nanopublication: RA and 43 characters.", code=code)
        )
    nanopub = next(
        (np for release in _releases() if (np := read(release.dir / FILE, code=code))), None
    )
    if nanopub is None:
        raise NotFound(Text("No release here holds the nanopublication {code}.", code=code))
    response = _written(nanopub, pick(request, FORMATS, "a nanopublication").name)
    response.vary.add("Accept")
    # Its address holds the hash of its content.
    response.headers["Cache-Control"] = IMMUTABLE
    return _linked(response, nanopub)


@views.after_app_request
def link_claims(response: Response) -> Response:
    """Link a claim's pages and documents to its nanopublication."""
    values = request.view_args or {}
    if request.endpoint in _OF_CLAIMS and values.get("kind") == "claim":
        address = address_of(values["slug"])
        if address and response.status_code == 200:
            attributes = f'rel="alternate"; type="application/trig"; profile="{NP.iri}"'
            add_link(response, [(address, attributes)])
    return response


@views.app_context_processor
def shared() -> dict[str, object]:
    """Add `nanopub(slug)` to all templates: the address of a claim's nanopublication."""
    return {"nanopub": address_of}


def address_of(slug: str) -> str | None:
    """Return the address of a claim's nanopublication; None where it has none."""
    has_one = contains(page_context().release.dir / FILE, slug)
    return url_for("nanopubs.of_claim", slug=slug) if has_one else None


def _releases() -> Iterator[Release]:
    """Yield all releases, that which is served first, then from the newest to the oldest."""
    served, archive = page_context().release, page_context().archive
    yield served
    for release in reversed(archive.timeline.releases if archive else []):
        if release.id != served.id:
            yield release


def _written(nanopub: Nanopub, name: str) -> Response:
    form = next(form for form in FORMATS if form.name == name)
    return Response(serialize(nanopub.quads, name), content_type=form.content_type)


def _linked(response: Response, nanopub: Nanopub, *links: tuple[str, dict[str, str]]) -> Response:
    return link(
        response,
        *links,
        (f"{NANOPUBS}{nanopub.code}", {"rel": "cite-as"}),
        (NP.iri, {"rel": "profile"}),
        (url_for("things.identity", kind="claim", slug=nanopub.slug), {"rel": "about"}),
    )
