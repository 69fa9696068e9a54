"""Things: their identity redirects (303) to a page or to a data document."""

from __future__ import annotations

from collections.abc import Iterable

import pyoxigraph as ox
from flask import Blueprint, Response, request, url_for

from iprgraph.claims.model import terms_of
from iprgraph.claims.reader import read_checks, read_claims
from iprgraph.errors import Text
from iprgraph.namespaces import DCTERMS
from iprgraph_server.endpoints import citations
from iprgraph_server.http.formats import BY_SUFFIX, DOCUMENTS, HTML, SUFFIXES, Format
from iprgraph_server.http.problems import NotFound
from iprgraph_server.http.public_address import site_root
from iprgraph_server.i18n.language import choose
from iprgraph_server.linked_data import documents, tombstones
from iprgraph_server.linked_data.responses import Link, alternates, link, passed_on, pick, see_other
from iprgraph_server.linked_data.signposting import authors, describing, of_thing
from iprgraph_server.models.labels import Names, find_names
from iprgraph_server.models.listing import PAGE_SIZE, list_things
from iprgraph_server.models.page_context import page_context
from iprgraph_server.models.thing import iri_of, read_thing
from iprgraph_server.openapi.described import described
from iprgraph_server.presentation import pages
from iprgraph_server.presentation.check_page import CheckPage
from iprgraph_server.presentation.check_plot import label_anchor
from iprgraph_server.presentation.claim_page import ClaimPage
from iprgraph_server.presentation.marked_article import marked_paragraphs
from iprgraph_server.presentation.thing_page import ThingPage, arrange
from iprgraph_server.presentation.wording import Wording

views = Blueprint("things", __name__)

#: Kinds whose pages have a template of their own, and what it shows.
PAGES: dict[str, tuple[str, type[ThingPage]]] = {
    "article": ("article.html", ThingPage),
    "check": ("check.html", CheckPage),
    "claim": ("claim.html", ClaimPage),
}


@views.get("/id/<kind:kind>/<slug:slug>")
@described("things", formats=DOCUMENTS, query=("lang",), redirect=303, refusals=(404, 406, 410))
def identity(kind: str, slug: str) -> Response:
    """Redirect an identity to the page or the document about it."""
    tombstones.require(page_context(), iri_of(kind, slug), unknown(kind, slug))
    form = pick(request, (*DOCUMENTS, HTML), "this thing")
    endpoint, parameter = ("things.page", "lang") if form is HTML else ("things.data", "format")
    response = see_other(url_for(endpoint, kind=kind, slug=slug, **passed_on(parameter)))
    return link(response, *alternates("things.data_as", kind=kind, slug=slug))


@views.get("/page/<kind:kind>/<slug:slug>")
@described("things", HTML, query=("lang",), refusals=(404, 410))
def page(kind: str, slug: str) -> Response:
    """Show a thing."""
    tombstones.require(page_context(), iri_of(kind, slug), unknown(kind, slug))
    thing = read_thing(page_context().graph, kind, slug)
    if thing is None:
        raise unknown(kind, slug)
    words = Wording(choose(request), thing.names)
    template, page_class = PAGES.get(kind, ("thing.html", ThingPage))
    arranged = arrange(page_class, thing, words)
    history = page_context().history_of(thing.iri.value)
    response = pages.page(
        template,
        w=words,
        page=arranged,
        reference=citations.reference(
            page_context().release, thing.iri, kind, arranged.claim, words
        ),
        label_anchor=label_anchor,
        paragraphs=marked_paragraphs(thing),
        history=history,
        history_words=Wording(words.language, Names(history.names)) if history else words,
    )
    return link(
        response,
        (url_for("things.page", kind=kind, slug=slug), {"rel": "canonical"}),
        *alternates("things.data_as", kind=kind, slug=slug),
        *of_thing(page_context(), kind, slug, thing.iri).of_page(),
        *_successors(thing.all("dcterms:isReplacedBy")),
    )


@views.get("/page/<kind:kind>/")
@described("lists", HTML, query=("page", "lang"))
def index(kind: str) -> Response:
    """List the things of a kind."""
    number = max(1, request.args.get("page", 1, type=int))
    graph = page_context().graph
    things, total = list_things(graph, kind, number)
    last = max(1, -(-total // PAGE_SIZE))
    if number > last:
        raise NotFound(Text("There are not so many pages: the last is {last}.", last=last))
    # Claims are shown with who says them, and checks with what they found.
    claims = read_claims(graph.select, (thing.value for thing in things if kind == "claim"))
    checks = read_checks(graph.select, things if kind == "check" else [])
    named = [*things, *terms_of([*claims.values(), *checks])]
    words = Wording(choose(request), find_names(graph, named))
    return pages.page(
        "kind.html", w=words, kind=kind, things=things, total=total, number=number, pages=last,
        claims=claims, checks=checks,
    )  # fmt: skip


@views.get("/data/<kind:kind>/<slug:slug>")
@described("things", *DOCUMENTS, formats=DOCUMENTS, query=("infer",), refusals=(404, 406, 410))
def data(kind: str, slug: str) -> Response:
    """Send the document about a thing in the format negotiated."""
    form = pick(request, DOCUMENTS, "this document")
    response = _document(kind, slug, form)
    response.vary.add("Accept")
    suffix = SUFFIXES[form.name]
    address = url_for("things.data_as", kind=kind, slug=slug, suffix=suffix)
    response.headers["Content-Location"] = address
    return response


@views.get(f"/data/<kind:kind>/<slug:slug>.<any({', '.join(BY_SUFFIX)}):suffix>")
@described("things", *DOCUMENTS, query=("infer",), refusals=(404, 410))
def data_as(kind: str, slug: str, suffix: str) -> Response:
    """Send the document about a thing in the format that its address ends with."""
    return _document(kind, slug, BY_SUFFIX[suffix])


def _document(kind: str, slug: str, form: Format) -> Response:
    thing = iri_of(kind, slug)
    tombstones.require(page_context(), thing, unknown(kind, slug))
    inferred = request.args.get("infer") != "false"
    quads = documents.document_of(page_context().graph, thing, inferred)
    page, linkset = (url_for(e, kind=kind, slug=slug) for e in ("things.page", "signposts.thing"))
    page_link: Link = (page, {"rel": "alternate", "type": HTML.media_type})
    return link(
        Response(documents.write(quads, form), content_type=form.content_type),
        (url_for("things.data", kind=kind, slug=slug), {"rel": "canonical"}),
        (url_for("dataset.data"), {"rel": "describedby"}),
        *alternates("things.data_as", form, kind=kind, slug=slug),
        page_link,
        *describing(page, thing.value, linkset, authors(page_context().release)),
        *_successors(
            quad.object
            for quad in quads
            if quad.subject == thing and quad.predicate == DCTERMS.isReplacedBy
        ),
    )


def _successors(terms: Iterable[object]) -> list[Link]:
    """Return the links to what replaces a superseded thing that still exists (RFC 5829)."""
    iris = sorted({t.value for t in terms if isinstance(t, ox.NamedNode)})
    root = site_root(request.environ)
    return [(tombstones.local(iri, root), {"rel": "successor-version"}) for iri in iris]


def unknown(kind: str, slug: str) -> NotFound:
    """Return the problem that a thing never existed."""
    return NotFound(
        Text(
            "Nothing is known about {kind}/{slug}. /page/{list}/ lists what is.",
            kind=kind,
            slug=slug,
            list=kind,
        )
    )
