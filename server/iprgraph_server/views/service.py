"""The server itself: its state, its description, the kinds of its problems, and reports of errors."""

from __future__ import annotations

from urllib.parse import urlencode

from flask import Blueprint, Response, current_app, jsonify, request, url_for

from iprgraph.errors import Text
from iprgraph.namespaces import BASE
from iprgraph_server.http.formats import HTML, JSON
from iprgraph_server.http.problems import ALL, BadRequest, Gone, NotFound
from iprgraph_server.i18n.language import choose, translate
from iprgraph_server.models.page_context import page_context
from iprgraph_server.openapi.described import described
from iprgraph_server.openapi.document import describe
from iprgraph_server.presentation import pages

status_views = Blueprint("status", __name__)
api_views = Blueprint("api", __name__)
problem_views = Blueprint("problems", __name__)
report_views = Blueprint("reports", __name__)


@status_views.get("/health")
@described("operation", JSON, schema="Health", refusals=())
def health() -> Response:
    """Report which release is served and whether its graph can be asked: 200 when ready, else 503."""
    context = page_context()
    status = context.graph.pool.status()
    ready = bool(status["ready"])
    response = jsonify(
        status="ready" if ready else "not ready",
        ready=ready,
        release=context.release.id,
        workers={name: status.get(name, 0) for name in ("size", "running", "waiting")},
    )
    response.status_code = 200 if ready else 503
    response.headers["Cache-Control"] = "no-store"
    return response


@api_views.get("/openapi.json")
@described("operation", JSON, refusals=())
def description() -> Response:
    """Describe the addresses beyond SPARQL by OpenAPI 3.1."""
    return jsonify(describe(current_app, page_context().release, request.root_url.rstrip("/")))


@problem_views.get("/problems/", endpoint="index")
@described("pages", HTML, query=("lang",), refusals=())
def problem_kinds() -> Response:
    """List the kinds of problems."""
    kinds = sorted(ALL.values(), key=lambda kind: (kind.status, kind.name))
    return pages.page("problems.html", kinds=kinds)


@problem_views.get("/problems/<slug:name>")
@described("pages", HTML, query=("lang",), examples={"name": "not-found"})
def problem(name: str) -> Response:
    """Explain a kind of problem, and what to do about it."""
    if name == "length-required":
        raise Gone(Text("This problem no longer occurs: a write may come in chunks."))
    if name not in ALL:
        raise NotFound(
            Text("There is no kind of problem {name}. /problems/ lists those there are.", name=name)
        )
    return pages.page("problem.html", kind=ALL[name])


#: Longest IRI of a thing that a report is about.
_LONGEST = 400


@report_views.get("/report", endpoint="form")
@described("pages", HTML, query=("about!", "lang"), refusals=(400,))
def report_form() -> Response:
    """Show a report about a thing, with links that send it where the operator takes reports."""
    about = request.args.get("about", "")
    if not about.startswith(BASE) or len(about) > _LONGEST:
        raise BadRequest(
            Text("about must be the IRI of a thing: it begins with {base}.", base=BASE)
        )
    context, language = page_context(), choose(request)
    title = str(translate("report.subject", language, about=about.removeprefix(BASE)))
    page = url_for("reports.form", _external=True)
    text = str(
        translate("report.text", language, about=about, release=context.release.id, page=page)
    )
    contact = context.settings.contact
    send = ""
    if "@" in contact and not contact.startswith("http"):
        send = f"mailto:{contact}?" + urlencode({"subject": title, "body": text}).replace(
            "+", "%20"
        )
    elif contact.startswith(("https://", "http://")):
        send = f"{contact}?{urlencode({'title': title, 'body': text})}"
    return pages.page("report.html", about=about, title=title, text=text, send=send)
