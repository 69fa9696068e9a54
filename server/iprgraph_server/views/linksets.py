"""Linksets: links to other datasets, as pages, RDF and SSSOM tables."""

from __future__ import annotations

from flask import Blueprint, Response, request, url_for

from iprgraph.errors import Text
from iprgraph.release.linksets import LINKSETS
from iprgraph.release.sssom import TSV
from iprgraph_server.http.formats import BY_SUFFIX, DOCUMENTS, HTML, MAPPINGS, SUFFIXES, Format
from iprgraph_server.http.problems import NotFound
from iprgraph_server.i18n.language import choose
from iprgraph_server.linked_data import release_files, responses, signposting
from iprgraph_server.linked_data.responses import Link, alternates, link, pick
from iprgraph_server.models.labels import find_names
from iprgraph_server.models.linkset import read_linkset, slugs
from iprgraph_server.models.page_context import page_context
from iprgraph_server.openapi.described import described
from iprgraph_server.presentation import pages
from iprgraph_server.presentation.wording import Wording
from iprgraph_server.views.vocabulary import stored_document

views = Blueprint("linksets", __name__)

FORMS = (*DOCUMENTS, MAPPINGS, HTML)


@views.get("/linksets/")
@described("linksets", HTML, query=("lang",), redirect=303, refusals=(406,))
def index() -> Response:
    """List the linksets; the description of the dataset has them as RDF."""
    context = page_context()
    form = pick(request, (HTML, *DOCUMENTS, MAPPINGS), "the list of linksets")
    if form is MAPPINGS:
        response = responses.see_other(url_for("linksets.table"))
    elif form is not HTML:
        response = responses.see_other(url_for("dataset.data"))
    else:
        sets = [read_linkset(context.release, slug) for slug in slugs(context.release)]
        words = Wording(choose(request), find_names(context.graph, ()))
        response = pages.page("linksets.html", w=words, linksets=sets)
    response.vary.add("Accept")
    return link(
        response,
        (url_for("linksets.index"), {"rel": "canonical"}),
        (url_for("dataset.data"), {"rel": "describedby"}),
        (url_for("linksets.table"), {"rel": "alternate", "type": TSV}),
    )


@views.get("/linksets.sssom.tsv")
@described("linksets", MAPPINGS)
def table() -> Response:
    """Send all links as one SSSOM table."""
    return _file("linksets.sssom.tsv")


@views.get("/linksets/<slug:name>")
@described(
    "linksets",
    *DOCUMENTS,
    MAPPINGS,
    HTML,
    query=("lang",),
    refusals=(404, 406),
    examples={"name": "wikidata"},
)
def linkset(name: str) -> Response:
    """Send a linkset in the format negotiated; browsers get a page about it."""
    form = pick(request, FORMS, "this linkset")
    if form is HTML:
        response = _page(name)
    elif form is MAPPINGS:
        response = linkset_table(name)
        response.headers["Content-Location"] = url_for("linksets.linkset_table", name=name)
    else:
        response = linkset_as(name, SUFFIXES[form.name])
        address = url_for("linksets.linkset_as", name=name, suffix=SUFFIXES[form.name])
        response.headers["Content-Location"] = address
    response.vary.add("Accept")
    return response


@views.get(f"/linksets/<slug:name>.<any({', '.join(BY_SUFFIX)}):suffix>")
@described("linksets", *DOCUMENTS, examples={"name": "wikidata"})
def linkset_as(name: str, suffix: str) -> Response:
    """Send a linkset in the RDF format that its address ends with."""
    _require(name)
    form = BY_SUFFIX[suffix]
    return _linked(stored_document(f"linkset-{name}", form), name, form)


@views.get("/linksets/<slug:name>.sssom.tsv")
@described("linksets", MAPPINGS, examples={"name": "wikidata"})
def linkset_table(name: str) -> Response:
    """Send a linkset as an SSSOM table."""
    _require(name)
    return _linked(_file(f"linkset-{name}.sssom.tsv"), name, MAPPINGS)


def _file(name: str) -> Response:
    return release_files.send(page_context().release, name, request, immutable=False)


def _page(name: str) -> Response:
    linkset = read_linkset(page_context().release, name)
    if linkset is None:
        raise _unknown(name)
    named: list[object] = [term for row in linkset.links for term in (row.subject, row.predicate)]
    words = Wording(choose(request), find_names(page_context().graph, named))
    return _linked(pages.page("linkset.html", w=words, linkset=linkset), name, HTML)


def _require(name: str) -> None:
    if name not in slugs(page_context().release):
        raise _unknown(name)


def _unknown(name: str) -> NotFound:
    return NotFound(
        Text(
            "There is no linkset {name} in this release. /linksets/ lists those it has.", name=name
        )
    )


def _linked(response: Response, name: str, form: Format) -> Response:
    table: Link = (url_for("linksets.linkset_table", name=name), {"rel": "alternate", "type": TSV})
    page: Link = (
        url_for("linksets.linkset", name=name),
        {"rel": "alternate", "type": HTML.media_type},
    )
    return link(
        response,
        (url_for("linksets.linkset", name=name), {"rel": "canonical"}),
        (url_for("dataset.data"), {"rel": "describedby"}),
        *alternates("linksets.linkset_as", form, name=name),
        *([] if form is MAPPINGS else [table]),
        *([] if form is HTML else [page]),
        *signposting.of_document(page_context().release, LINKSETS[name].value),
    )
