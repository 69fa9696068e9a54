"""What all answers of the Flask app share: the values of templates, headers, codings, errors."""

from __future__ import annotations

from time import perf_counter
from typing import Any, cast

from flask import Flask, Response, current_app, g, render_template, request, url_for
from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound, RequestEntityTooLarge

from iprgraph.errors import Text
from iprgraph_server import logs
from iprgraph_server.errors import Problem
from iprgraph_server.http import compression, problems
from iprgraph_server.http.formats import HTML
from iprgraph_server.http.headers import FOR_A_MINUTE, FOR_EVER, PAGE_POLICY, PAGES, PRIVATE
from iprgraph_server.http.public_address import site_root
from iprgraph_server.http.recorder import REQUEST_ID, Recorder
from iprgraph_server.i18n.language import choose, explicit, reader_of
from iprgraph_server.models.labels import Names
from iprgraph_server.presentation import page_scripts
from iprgraph_server.presentation.problem_page import problem_answer
from iprgraph_server.presentation.templates import environment, page_values, static_address
from iprgraph_server.presentation.wording import Wording


def page(template: str, **values: Any) -> Response:
    """Answer with a page."""
    shown = Response(render_template(template, **values), content_type=HTML.content_type)
    shown.headers["Content-Language"] = choose(request)
    return shown


def install(app: Flask, recorder: Recorder) -> None:
    """Register with an app the shared templates, the headers of answers, their records and the errors."""

    @app.before_request
    def start() -> None:
        g.started = perf_counter()
        recorder.request_id(request.environ)

    # What is installed first comes last.
    @app.after_request
    def record(response: Response) -> Response:
        if request.endpoint != "protocol":
            response.headers["x-request-id"] = _request_id()
            outcome = "done" if response.status_code < 400 else "failed"
            started, status = g.get("started", perf_counter()), response.status_code
            recorder.record(request.environ, outcome, status, "pages", started, 0)
        return response

    app.jinja_env = environment()  # type: ignore[assignment]
    page_scripts.install(app, lambda name: static_address(name, request.script_root))
    app.context_processor(_values)
    app.after_request(_finish)
    app.register_error_handler(Problem, _problem)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Exception, _fault)


def _values() -> dict[str, Any]:
    """Return what the template of a Flask page may use."""

    def to(endpoint: str, **values: Any) -> str:
        """Return the address of a page; a language chosen by the address stays chosen."""
        if language := explicit(request):
            values.setdefault("lang", language)
        return url_for(endpoint, **values)

    return {
        **page_values(reader_of(request.environ)),
        "site_root": site_root(request.environ),
        "to": to,
        "url_for": url_for,
    }


def _finish(response: Response) -> Response:
    if request.endpoint == "protocol":
        return response
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
    """Answer werkzeug's refusals in the shape of all others; redirects pass."""
    if error.code is None or error.code < 400:
        return cast(Response, error.get_response())
    if isinstance(error, NotFound):
        return _problem(problems.NotFound(Text("There is nothing at {path}.", path=request.path)))
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
    """Answer with a problem; a page is drawn with what all pages of the app are drawn with."""
    history = getattr(problem, "history", None)
    reader = reader_of(request.environ)
    values: dict[str, Any] = {
        "history": history,
        "history_words": Wording(reader.language, Names(history.names)) if history else None,
    }
    current_app.update_template_context(values)
    headers = request.headers
    answer = problem_answer(
        problem,
        _request_id(),
        headers.get("accept", ""),
        headers.get("user-agent", ""),
        reader,
        values,
    )
    response = Response(answer.body, answer.status, answer.headers)
    response.headers["Content-Security-Policy"] += page_scripts.allowance()
    return response


def _request_id() -> str:
    return str(request.environ[REQUEST_ID])
