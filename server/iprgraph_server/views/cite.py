"""Citations: of an answer, at a short address that repeats the query, and of a thing."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, redirect, request, url_for
from werkzeug.wrappers import Response as Redirect

from iprgraph.claims.citation import Citations, CitedAnswer, Reference, of_answer
from iprgraph.claims.model import terms_of
from iprgraph.claims.reader import read_claims
from iprgraph.errors import DataError, Text
from iprgraph_server.endpoints import citations
from iprgraph_server.endpoints.parameters import is_volatile
from iprgraph_server.http.formats import BIBTEX, CITATIONS, CSL, HTML, JSON, REFERENCES, Format
from iprgraph_server.http.messages import IRI
from iprgraph_server.http.problems import BadRequest, NotFound
from iprgraph_server.i18n.language import choose
from iprgraph_server.linked_data import tombstones
from iprgraph_server.linked_data.responses import passed_on, pick, see_other
from iprgraph_server.models.labels import find_names
from iprgraph_server.models.page_context import page_context
from iprgraph_server.models.thing import iri_of
from iprgraph_server.openapi.described import described
from iprgraph_server.presentation import pages
from iprgraph_server.presentation.wording import Wording
from iprgraph_server.views.things import unknown

views = Blueprint("cite", __name__)

#: File extensions of citations.
_SUFFIXES = {"text": "txt", "bibtex": "bib", "csl": "json"}


@views.get("/cite")
@described(
    "citations",
    *CITATIONS,
    schema="Citation",
    formats=CITATIONS,
    query=("query!", "release", "infer", "lang"),
    redirect=303,
    refusals=(400, 403, 404, 406, 507),
)
def cite() -> Response | Redirect:
    """Store a citation of `query=` on `release=` (default: the newest), and redirect to its address."""
    form = pick(request, CITATIONS, "a citation")
    query = request.args.get("query", "").strip()
    if not query:
        if form is HTML:
            return pages.page("cite.html", cited=None)
        raise BadRequest("There is no query. Give it as query=…", parameter="query")
    if is_volatile(query):
        raise BadRequest("The answer to this query differs each time, so it cannot be cited.")
    archive = page_context().require_archive()
    release = archive.find(request.args.get("release", archive.served.id))
    question = CitedAnswer(
        query.replace("\r\n", "\n"),
        release.id,
        _graphs("default-graph-uri"),
        _graphs("named-graph-uri"),
        request.args.get("infer") != "false",
    )
    graph = archive.graph(release)
    cited = _store().find(question.key) or citations.answer_today(graph, question)
    try:
        _store().add(cited)
    except DataError:
        # There is no room to store it; the long address holds the whole citation.
        return _shown(cited, form, is_stored=False)
    return redirect(url_for("cite.cited", key=cited.key, **passed_on("format", "lang")), 303)


@views.get("/cite/<key>")
@described(
    "citations",
    *CITATIONS,
    schema="Citation",
    formats=CITATIONS,
    query=("lang",),
    refusals=(404, 406),
)
def cited(key: str) -> Response:
    """Show a citation, and what its query gives on its release and now."""
    form = pick(request, CITATIONS, "a citation")
    cited_answer = _store().find(key)
    if cited_answer is None:
        raise NotFound(
            Text("Nothing is cited as {key} here. /cite?query=… makes a citation.", key=key)
        )
    return _shown(cited_answer, form, is_stored=True)


@views.get("/cite/<kind:kind>/<slug:slug>")
@described(
    "citations",
    *REFERENCES,
    formats=REFERENCES,
    query=("lang",),
    redirect=303,
    refusals=(404, 406, 410),
)
def thing(kind: str, slug: str) -> Response:
    """Cite what this release says of a thing: as text, BibTeX and CSL-JSON; its page has all of them."""
    iri = iri_of(kind, slug)
    tombstones.require(page_context(), iri, unknown(kind, slug))
    form = pick(request, REFERENCES, "a citation")
    if form is HTML:
        lang = passed_on("lang")
        return see_other(url_for("things.page", kind=kind, slug=slug, **lang, _anchor="cite"))
    claims = read_claims(page_context().graph.select, [iri.value] if kind == "claim" else [])
    names = find_names(page_context().graph, [iri, *terms_of(claims.values())])
    words = Wording(choose(request), names)
    reference = citations.reference(page_context().release, iri, kind, claims.get(iri.value), words)
    response = _written(reference, form)
    response.vary.update(("Accept", "Accept-Language"))
    return response


def _written(reference: Reference, form: Format) -> Response:
    """Write a citation as a file in one of the forms that other programs read."""
    if form is CSL:
        response = jsonify([reference.csl])
        response.content_type = CSL.content_type
    else:
        text = reference.bibtex if form is BIBTEX else f"{reference.text}\n"
        response = Response(text, content_type=form.content_type)
    name = f"iprgraph-{reference.key}.{_SUFFIXES[form.name]}"
    response.headers["Content-Disposition"] = f'inline; filename="{name}"'
    return response


def _shown(cited: CitedAnswer, form: Format, *, is_stored: bool) -> Response:
    archive = page_context().require_archive()
    release = archive.timeline.find(cited.release)
    issued = str(release.manifest["issued"]) if release else cited.date
    url = request.root_url.rstrip("/") + request.full_path
    if is_stored:
        url = url_for("cite.cited", key=cited.key, _external=True)
    dataset = page_context().release.manifest["title"]
    reference = of_answer(cited, dataset, issued, url, choose(request))
    if form.name in _SUFFIXES:
        response = _written(reference, form)
    else:
        release_graph = archive.graph(release) if release else None
        document = citations.document(
            cited,
            citations.repeat(release_graph, cited, cited.release),
            citations.repeat(page_context().graph.pool, cited, archive.served.id),
        )
        document |= {"url": url, "citation": reference.text}
        if form is JSON:
            response = jsonify(document)
        else:
            response = pages.page(
                "cite.html",
                cited=cited,
                document=document,
                bibtex=reference.bibtex,
                is_stored=is_stored,
                formats=[form for form in CITATIONS if form is not HTML],
            )
    response.vary.add("Accept")
    response.vary.add("Accept-Language")
    return response


def _store() -> Citations:
    return citations.store_of(page_context().settings, page_context().release)


def _graphs(name: str) -> tuple[str, ...]:
    graphs = request.args.getlist(name)
    for graph in graphs:
        if not IRI.match(graph):
            raise BadRequest(
                Text("{name}: {value} is not an absolute IRI.", name=name, value=repr(graph)),
                parameter=name,
            )
    return tuple(graphs)
