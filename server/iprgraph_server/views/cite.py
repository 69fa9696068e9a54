"""Cite an answer: a short address for a query on a release, which is asked again when it is opened."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, jsonify, redirect, request, url_for
from werkzeug.wrappers import Response as Redirect

from iprgraph.citation import Citations, Cited, in_bibtex, in_csl, in_text
from iprgraph.errors import DataError
from iprgraph_server import answers, citing
from iprgraph_server.answers import pick
from iprgraph_server.archive import ReleaseGraph
from iprgraph_server.dated import base
from iprgraph_server.exchange import IRI
from iprgraph_server.language import choose
from iprgraph_server.negotiate import HTML, Format
from iprgraph_server.problems import BadRequest, NotFound
from iprgraph_server.protocol import is_volatile
from iprgraph_server.site import site

views = Blueprint("cite", __name__)

JSON = Format("json", ("application/json",))
TEXT = Format("text", ("text/plain",))
BIBTEX = Format("bibtex", ("application/x-bibtex", "text/x-bibtex"), ("bib",))
CSL = Format("csl", ("application/vnd.citationstyles.csl+json",))
FORMATS = (HTML, JSON, TEXT, BIBTEX, CSL)


@views.get("/cite")
def cite() -> Response | Redirect:
    """Keep a citation of `query=` on `release=` (default: the newest), and lead to its address."""
    form = pick(request, FORMATS, "a citation")
    query = request.args.get("query", "").strip()
    if not query:
        if form is HTML:
            return answers.page("cite.html", cited=None)
        raise BadRequest("There is no query. Give it as query=…", parameter="query")
    if is_volatile(query):
        raise BadRequest("The answer to this query differs each time, so it cannot be cited.")
    asked = Cited(
        query.replace("\r\n", "\n"),
        _archive().find(request.args.get("release", _archive().served.id)).id,
        _graphs("default-graph-uri"),
        _graphs("named-graph-uri"),
        request.args.get("infer") != "false",
    )
    graph = ReleaseGraph(_archive(), _archive().find(asked.release))
    cited = _store().find(asked.key) or citing.first(graph, asked)
    try:
        _store().keep(cited)
    except DataError:
        # The long address says all, so it does as well.
        return _shown(cited, form, is_kept=False)
    kept: dict[str, Any] = {
        name: request.args[name] for name in ("format", "lang") if name in request.args
    }
    return redirect(url_for("cite.cited", key=cited.key, **kept), 303)


@views.get("/cite/<key>")
def cited(key: str) -> Response:
    """Show a citation, and what its query gives on its release and now."""
    form = pick(request, FORMATS, "a citation")
    found = _store().find(key)
    if found is None:
        raise NotFound(f"Nothing is cited as {key} here. /cite?query=… makes a citation.")
    return _shown(found, form, is_kept=True)


def _shown(cited: Cited, form: Format, *, is_kept: bool) -> Response:
    release = _archive().timeline.find(cited.release)
    issued = str(release.manifest["issued"]) if release else cited.date
    url = base() + (url_for("cite.cited", key=cited.key) if is_kept else request.full_path)
    about = site().release.manifest["title"], issued, url
    language = choose(request)
    text = in_text(cited, *about, language)
    if form is TEXT:
        response = Response(f"{text}\n", content_type=TEXT.content_type)
    elif form is BIBTEX:
        response = Response(in_bibtex(cited, *about), content_type=BIBTEX.content_type)
    elif form is CSL:
        response = jsonify([in_csl(cited, *about)])
        response.content_type = CSL.content_type
    else:
        then = ReleaseGraph(_archive(), release) if release else None
        told = citing.document(
            cited,
            citing.again(then, cited, cited.release),
            citing.again(site().pool, cited, _archive().served.id),
        )
        told |= {"url": url, "citation": text}
        if form is JSON:
            response = jsonify(told)
        else:
            response = answers.page(
                "cite.html",
                cited=cited,
                told=told,
                bibtex=in_bibtex(cited, *about),
                is_kept=is_kept,
                formats=[other for other in FORMATS if other is not HTML],
            )
    response.vary.add("Accept")
    response.vary.add("Accept-Language")
    return response


def _archive() -> Any:
    archive = site().archive
    if archive is None:
        raise NotFound("This server serves one release only.")
    return archive


def _store() -> Citations:
    return citing.store_of(site().settings, site().release)


def _graphs(name: str) -> tuple[str, ...]:
    graphs = request.args.getlist(name)
    for graph in graphs:
        if not IRI.match(graph):
            raise BadRequest(f"{name}: {graph!r} is not an absolute IRI.", parameter=name)
    return tuple(graphs)
