"""Named graphs as documents, at the address of their name."""

from __future__ import annotations

from flask import Blueprint, Response, request, url_for

from iprgraph.errors import Text
from iprgraph.namespaces import GRAPH
from iprgraph_server.http.formats import BY_SUFFIX, DOCUMENTS, HTML, SUFFIXES, Format
from iprgraph_server.http.problems import NotFound
from iprgraph_server.i18n.language import choose
from iprgraph_server.linked_data import documents, signposting, tombstones
from iprgraph_server.linked_data.responses import alternates, link, pick
from iprgraph_server.models.listing import read_graph
from iprgraph_server.models.page_context import page_context
from iprgraph_server.openapi.described import described
from iprgraph_server.presentation import pages
from iprgraph_server.presentation.wording import Wording

views = Blueprint("graphs", __name__)


@views.get("/graph/<graph_name:name>")
@described(
    "dataset",
    *DOCUMENTS,
    HTML,
    formats=DOCUMENTS,
    query=("lang",),
    refusals=(404, 406, 410),
    examples={"name": "checks"},
)
def graph(name: str) -> Response:
    """Send a graph in the format negotiated; browsers get a page about it."""
    form = pick(request, (*DOCUMENTS, HTML), "this graph")
    if form is HTML:
        about = read_graph(page_context().graph, GRAPH[name])
        if about is None:
            raise _missing(name)
        words = Wording(choose(request), about.names)
        response = _linked(pages.page("graph.html", w=words, graph=about, name=name), name)
    else:
        response = _document(name, form)
        address = url_for("graphs.graph_as", name=name, suffix=SUFFIXES[form.name])
        response.headers["Content-Location"] = address
    response.vary.add("Accept")
    return response


@views.get(f"/graph/<graph_name:name>.<any({', '.join(BY_SUFFIX)}):suffix>")
@described("dataset", *DOCUMENTS, refusals=(404, 410), examples={"name": "checks"})
def graph_as(name: str, suffix: str) -> Response:
    """Send a graph in the format that its address ends with."""
    return _document(name, BY_SUFFIX[suffix])


def _document(name: str, form: Format) -> Response:
    quads = documents.graph_quads(page_context().graph, GRAPH[name])
    if not quads:
        raise _missing(name)
    body = documents.write(quads, form, inferred_apart=False)
    return _linked(Response(body, content_type=form.content_type), name, form)


def _linked(response: Response, name: str, form: Format | None = None) -> Response:
    return link(
        response,
        (url_for("graphs.graph", name=name), {"rel": "canonical"}),
        (url_for("dataset.data"), {"rel": "describedby"}),
        *alternates("graphs.graph_as", form, name=name),
        *signposting.of_document(page_context().release, GRAPH[name].value),
    )


def _missing(name: str) -> NotFound:
    """Return the problem that a graph never existed; raises Gone where a tombstone has it."""
    unknown = NotFound(Text("There is no graph {name} in this release.", name=name))
    tombstones.require(page_context(), GRAPH[name], unknown)
    return unknown
