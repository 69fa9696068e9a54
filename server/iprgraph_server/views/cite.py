"""Cite an answer, by a short address at which it is asked again, and what a release says of a thing."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, jsonify, redirect, request, url_for
from werkzeug.wrappers import Response as Redirect

from iprgraph.claims.citation import Citations, CitedAnswer, Reference, of_answer
from iprgraph.claims.model import terms_of
from iprgraph.claims.reader import read_claims
from iprgraph.errors import DataError
from iprgraph_server.endpoints import citations
from iprgraph_server.endpoints.sparql import is_volatile
from iprgraph_server.graph_host.release_pool import ReleaseGraph
from iprgraph_server.http.formats import BIBTEX, CITATIONS, CSL, HTML, JSON, REFERENCES, Format
from iprgraph_server.http.messages import IRI
from iprgraph_server.http.problems import BadRequest, NotFound
from iprgraph_server.i18n.language import choose
from iprgraph_server.linked_data import tombstones
from iprgraph_server.linked_data.memento_headers import base
from iprgraph_server.linked_data.responses import pick, see_other
from iprgraph_server.models.labels import find_names
from iprgraph_server.models.page_context import page_context
from iprgraph_server.models.thing import iri_of
from iprgraph_server.openapi.described import described
from iprgraph_server.presentation import pages
from iprgraph_server.presentation.wording import Wording
from iprgraph_server.views.things import unknown

views = Blueprint("cite", __name__)

#: How a file of a citation is called.
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
    """Keep a citation of `query=` on `release=` (default: the newest), and lead to its address."""
    form = pick(request, CITATIONS, "a citation")
    query = request.args.get("query", "").strip()
    if not query:
        if form is HTML:
            return pages.page("cite.html", cited=None)
        raise BadRequest("There is no query. Give it as query=…", parameter="query")
    if is_volatile(query):
        raise BadRequest("The answer to this query differs each time, so it cannot be cited.")
    asked = CitedAnswer(
        query.replace("\r\n", "\n"),
        _archive().find(request.args.get("release", _archive().served.id)).id,
        _graphs("default-graph-uri"),
        _graphs("named-graph-uri"),
        request.args.get("infer") != "false",
    )
    graph = ReleaseGraph(_archive(), _archive().find(asked.release))
    cited = _store().find(asked.key) or citations.answer_today(graph, asked)
    try:
        _store().add(cited)
    except DataError:
        # The long address says all, so it does as well.
        return _shown(cited, form, is_kept=False)
    kept: dict[str, Any] = {
        name: request.args[name] for name in ("format", "lang") if name in request.args
    }
    return redirect(url_for("cite.cited", key=cited.key, **kept), 303)


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
    found = _store().find(key)
    if found is None:
        raise NotFound(f"Nothing is cited as {key} here. /cite?query=… makes a citation.")
    return _shown(found, form, is_kept=True)


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
        asked: dict[str, Any] = {"lang": request.args["lang"]} if "lang" in request.args else {}
        return see_other(url_for("things.page", kind=kind, slug=slug, **asked, _anchor="cite"))
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


def _shown(cited: CitedAnswer, form: Format, *, is_kept: bool) -> Response:
    release = _archive().timeline.find(cited.release)
    issued = str(release.manifest["issued"]) if release else cited.date
    url = base() + (url_for("cite.cited", key=cited.key) if is_kept else request.full_path)
    dataset = page_context().release.manifest["title"]
    reference = of_answer(cited, dataset, issued, url, choose(request))
    if form.name in _SUFFIXES:
        response = _written(reference, form)
    else:
        then = ReleaseGraph(_archive(), release) if release else None
        told = citations.document(
            cited,
            citations.repeat(then, cited, cited.release),
            citations.repeat(page_context().graph.pool, cited, _archive().served.id),
        )
        told |= {"url": url, "citation": reference.text}
        if form is JSON:
            response = jsonify(told)
        else:
            response = pages.page(
                "cite.html",
                cited=cited,
                told=told,
                bibtex=reference.bibtex,
                is_kept=is_kept,
                formats=[other for other in CITATIONS if other is not HTML],
            )
    response.vary.add("Accept")
    response.vary.add("Accept-Language")
    return response


def _archive() -> Any:
    archive = page_context().archive
    if archive is None:
        raise NotFound("This server serves one release only.")
    return archive


def _store() -> Citations:
    return citations.store_of(page_context().settings, page_context().release)


def _graphs(name: str) -> tuple[str, ...]:
    graphs = request.args.getlist(name)
    for graph in graphs:
        if not IRI.match(graph):
            raise BadRequest(f"{name}: {graph!r} is not an absolute IRI.", parameter=name)
    return tuple(graphs)
