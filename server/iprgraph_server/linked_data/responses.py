"""What all answers of the pages have in common: headers, links, codings, ETags, errors."""

from __future__ import annotations

import uuid
from typing import Any, cast
from urllib.parse import quote

from flask import Flask, Request, Response, g, render_template, request, url_for
from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound, RequestEntityTooLarge

from iprgraph_server import logs
from iprgraph_server.errors import Problem
from iprgraph_server.http import compression, problems
from iprgraph_server.http.formats import DOCUMENTS, HTML, SUFFIXES, Format
from iprgraph_server.http.headers import FOR_A_MINUTE, FOR_EVER, PAGE_POLICY, PAGES, PRIVATE
from iprgraph_server.http.negotiation import named, negotiate
from iprgraph_server.i18n.language import Reader, choose
from iprgraph_server.models.labels import Names
from iprgraph_server.presentation import page_scripts, problem_page
from iprgraph_server.presentation.wording import Wording

LICENSE_URL = "https://creativecommons.org/licenses/by/4.0/"

#: An address, and the parameters of a link to it.
Link = tuple[str, dict[str, str]]

#: Characters that an address may hold as they are.
_SAFE = "/:@!$&'()*+,;=~?#%[]"


def pick(req: Request, formats: tuple[Format, ...], what: str) -> Format:
    """Choose the format by `?format=` or Accept; raises problems.NotAcceptable."""
    asked = req.args.get("format")
    accept = req.headers.get("accept", "")
    form = negotiate(accept, formats) if asked is None else named(asked, formats)
    if form is None:
        raise problems.NotAcceptable(accept if asked is None else asked, formats, what)
    return form


def see_other(address: str) -> Response:
    """Redirect (303) from a thing to what tells about it, chosen by Accept."""
    response = Response(status=303, headers={"Location": address})
    response.vary.add("Accept")
    return response


def page(template: str, **values: Any) -> Response:
    """Answer with a page."""
    shown = Response(render_template(template, **values), content_type=HTML.content_type)
    shown.headers["Content-Language"] = choose(request)
    return shown


def link(response: Response, *links: Link) -> Response:
    """Add the Link header, with the licence in it."""
    # One field for all: some clients keep only the last of several.
    licence: Link = (LICENSE_URL, {"rel": "license"})
    response.headers["Link"] = ", ".join(map(written, (*links, licence)))
    return response


def written(link: Link) -> str:
    """Write one link as the Link header has it."""
    address, parameters = link
    told = "".join(f'; {name}="{value}"' for name, value in parameters.items())
    return f"<{quote(address, safe=_SAFE)}>{told}"


def alternates(endpoint: str, besides: Format | None = None, **values: Any) -> list[Link]:
    """Link a document in its other forms; the endpoint takes a `suffix`."""
    return [
        (
            url_for(endpoint, suffix=SUFFIXES[form.name], **values),
            {"rel": "alternate", "type": form.media_type},
        )
        for form in DOCUMENTS
        if form is not besides
    ]


def install(app: Flask) -> None:
    """Finish every answer of an app, and shape its errors."""
    app.after_request(_finish)
    app.register_error_handler(Problem, _problem)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Exception, _fault)


def _finish(response: Response) -> Response:
    response.headers.setdefault("Content-Security-Policy", PAGE_POLICY + page_scripts.allowance())
    for name, value in PAGES.items():
        response.headers.setdefault(name, value)
    if request.endpoint == "static":
        lasting = "v" in request.args or page_scripts.PART.search(request.path)
        response.headers["Cache-Control"] = FOR_EVER if lasting else FOR_A_MINUTE
        _read_whole(response)
    if response.status_code != 200 or response.is_streamed or "ETag" in response.headers:
        return response
    if response.mimetype == HTML.media_type:
        response.vary.add("Accept-Language")
    response.headers.setdefault("Cache-Control", PRIVATE if g.get("private") else FOR_A_MINUTE)
    response.vary.add("Accept-Encoding")
    body, coding = compression.compress(
        response.get_data(), compression.choose(request.headers.get("accept-encoding", ""))
    )
    if coding:
        response.set_data(body)
        response.headers["Content-Encoding"] = coding
    # The ETag is made of the bytes sent, so each language, format and coding has its own.
    response.add_etag()
    response.make_conditional(request)
    return response


def _read_whole(response: Response) -> None:
    """Take a file into memory, so that it is compressed and tagged as pages are."""
    if response.status_code == 200:
        response.direct_passthrough = False
        response.make_sequence()
        del response.headers["ETag"], response.headers["Last-Modified"]


def _http_error(error: HTTPException) -> Response:
    """Give werkzeug's refusals the shape of all others; redirects pass."""
    if error.code is None or error.code < 400:
        return cast(Response, error.get_response())
    if isinstance(error, NotFound):
        return _problem(problems.NotFound(f"There is nothing at {request.path}."))
    if isinstance(error, MethodNotAllowed):
        allowed = tuple(sorted(error.valid_methods or ()))
        return _problem(problems.MethodNotAllowed(request.method, allowed))
    if isinstance(error, RequestEntityTooLarge):
        return _problem(problems.TooLarge("The body is larger than this server reads."))
    return _problem(problems.BadRequest(error.description or error.name, status=error.code))


def _fault(error: Exception) -> Response:
    """Answer a fault of our own, of which only the log tells more."""
    logs.fault(_request_id(), error)
    return _problem(problems.Unexpected("Try again later; the log has the cause."))


def _problem(problem: Problem) -> Response:
    """Answer with a problem in the form that suits who asks; browsers get a page like all pages."""
    accept = request.headers.get("accept", "")
    agent = request.headers.get("user-agent", "")
    reader = Reader(choose(request))
    content_type, body = problem_page.render(problem, _request_id(), accept, agent, reader)
    response = Response(body, problem.status, content_type=content_type)
    if response.mimetype == HTML.media_type:
        facts = problem_page.members(problem, _request_id(), reader.language) | {
            "name": problem.name
        }
        detail = problem_page.details_of(problem, reader.language).html(problem.detail)
        told = getattr(problem, "history", None)
        then = Wording(reader.language, Names(told.names)) if told else None
        response.set_data(
            render_template("error.html", problem=facts, detail=detail, history=told, then=then)
        )
    response.headers.extend(problem_page.language_of(content_type, reader))
    response.vary.update(("Accept", "Accept-Language", "User-Agent"))
    response.headers["Cache-Control"] = "no-store"
    for name, value in problems.headers_of(problem):
        response.headers.add(name, value)
    return response


def _request_id() -> str:
    """Give the id of this request: the server's, or one made here."""
    if "request_id" not in g:
        g.request_id = request.environ.get("iprgraph.request_id") or uuid.uuid4().hex
    return str(g.request_id)
