"""Answer with what went wrong: one shape, as problem+json (RFC 9457), plain text or HTML.

The kinds that a job can end with are in ``errors``; those of HTTP itself are here.

Problem
├── BadRequest            400  a parameter or the body is missing, repeated or not well-formed
├── Unauthorized          401  a write needs the token
├── NotFound              404
├── Gone                  410  what was here is retired; says since when and what replaces it
├── MethodNotAllowed      405
├── NotAcceptable         406  there is no such format; all that there are, are named
├── LengthRequired        411  a write whose length is not told beforehand
├── TooLarge              413
├── UriTooLong            414
├── UnsupportedMediaType  415
└── Unexpected            500  a fault of the server; says no more than its request id
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from html import escape
from typing import Any, ClassVar

import pyoxigraph

from iprgraph.rdf.syntax import used_prefixes
from iprgraph_server.errors import BY_NAME, Problem, ShapesRejected
from iprgraph_server.http.negotiation import GRAPHS, HTML, Format, negotiate
from iprgraph_server.i18n.catalogue import LANGUAGES
from iprgraph_server.i18n.details import Details
from iprgraph_server.i18n.language import Reader, translate
from iprgraph_server.presentation.plain_page import page

#: Where the kinds of problems have their names.
TYPES = "https://w3id.org/iprgraph/problems/"

JSON = Format("problem", ("application/problem+json", "application/json"))
TEXT = Format("text", ("text/plain",))
_SHAPES = (JSON, HTML, TEXT)
_REPORTS = (*_SHAPES, *(form for form in GRAPHS if form is not HTML))


class HttpProblem(Problem):
    """A refusal that HTTP itself has a status for; may bring headers of its own."""

    headers: ClassVar[tuple[tuple[str, str], ...]] = ()

    def __init__(self, detail: str, *headers: tuple[str, str], **extra: Any) -> None:
        super().__init__(detail, **extra)
        self.own_headers = (*type(self).headers, *headers)


class BadRequest(HttpProblem):
    """A parameter or the body is missing, repeated or not well-formed; extra: parameter."""

    name, title, status = "bad-request", "The request is not well-formed", 400


class Unauthorized(HttpProblem):
    """A write came without the token, or with another."""

    name, title, status = "unauthorized", "Writing needs the token", 401
    headers = (("www-authenticate", 'Bearer realm="iprgraph"'),)


class NotFound(HttpProblem):
    """Nothing is at this address."""

    name, title, status = "not-found", "There is nothing at this address", 404


class Gone(HttpProblem):
    """What was here is retired; ``report`` is its tombstone in N-Triples; extra: since, replaced_by."""

    name, title, status = "gone", "What was here has been retired", 410

    def __init__(
        self, detail: str, *headers: tuple[str, str], report: bytes = b"", **extra: Any
    ) -> None:
        super().__init__(detail, *headers, **extra)
        self.report = report


class MethodNotAllowed(HttpProblem):
    """The address does not take this method; extra: allow."""

    name, title, status = "method-not-allowed", "This address does not take this method", 405

    def __init__(self, method: str, allowed: tuple[str, ...], detail: str = "") -> None:
        allow = ", ".join(allowed)
        detail = detail or f"{method} is not among the methods of this address: {allow}."
        super().__init__(detail, ("allow", allow), allow=list(allowed))


class NotAcceptable(HttpProblem):
    """No format suits; extra: formats, as a list of name and media type."""

    name, title, status = "not-acceptable", "There is no such format", 406

    def __init__(self, asked: str, formats: Iterable[Format], what: str) -> None:
        formats = tuple(formats)
        listed = ", ".join(f"{form.name} ({form.media_type})" for form in formats)
        super().__init__(
            f"{asked} names no format that {what} can take. There are: {listed}.",
            formats=[{"format": form.name, "media_type": form.media_type} for form in formats],
        )


class LengthRequired(HttpProblem):
    """A write came in chunks; a cut one could not be told from a whole one."""

    name, title, status = "length-required", "A write must tell its length", 411


class TooLarge(HttpProblem):
    """The body has more bytes than the setting allows; extra: limit."""

    name, title, status = "too-large", "The request is too large", 413


class UriTooLong(HttpProblem):
    """The address is longer than the server reads; extra: limit."""

    name, title, status = "uri-too-long", "The address is too long", 414


class UnsupportedMediaType(HttpProblem):
    """The body is of a kind that is not read here; extra: media_types."""

    name, title, status = "unsupported-media-type", "The body is of no kind that is read here", 415

    def __init__(self, said: str, understood: Iterable[str], detail: str = "") -> None:
        media_types = list(understood)
        listed = ", ".join(media_types)
        detail = detail or (f"The body is said to be {said}." if said else "The body has no type.")
        super().__init__(
            f"{detail} Send one of: {listed}.", ("accept-post", listed), media_types=media_types
        )


class Unexpected(HttpProblem):
    """A fault of the server."""

    name, title, status = "unexpected", "The server met a fault of its own", 500


#: Every kind of problem by its name.
ALL: dict[str, type[Problem]] = BY_NAME | {
    kind.name: kind
    for kind in (
        BadRequest, Unauthorized, NotFound, Gone, MethodNotAllowed, NotAcceptable, LengthRequired,
        TooLarge, UriTooLong, UnsupportedMediaType, Unexpected,
    )
}  # fmt: skip


def headers_of(problem: Problem) -> list[tuple[str, str]]:
    """Give the headers that a problem asks for, Retry-After among them."""
    headers = list(getattr(problem, "own_headers", ()))
    if problem.retry_after is not None:
        headers.append(("retry-after", str(problem.retry_after)))
    return headers


def members(problem: Problem, request_id: str, language: str) -> dict[str, Any]:
    """Give the members of the problem+json document, in a language."""
    title, details = problem.title, details_of(problem, language)
    extra = dict(problem.extra)
    if language != LANGUAGES[0]:
        title = str(translate(f"problem_titles.{problem.name}", language))
        if "hint" in extra:
            extra["hint"] = details.text(extra["hint"])
    return {
        "type": TYPES + problem.name,
        "title": title,
        "status": problem.status,
        "detail": details.text(problem.detail),
        **extra,
        "instance": f"/requests/{request_id}",
        "request_id": request_id,
    }


def details_of(problem: Problem, language: str) -> Details:
    """Tell what a problem says in a language, with what it quotes."""
    english = LANGUAGES[0]
    both = (said for said in problem.quoted if english in said and language in said)
    return Details(language, {said[english]: said[language] for said in both})


def render(
    problem: Problem, request_id: str, accept: str, agent: str, reader: Reader
) -> tuple[str, bytes]:
    """Write a problem in the form that suits who asks; return the content type and the body."""
    report = problem.report if isinstance(problem, ShapesRejected | Gone) else b""
    form = negotiate(accept, _REPORTS if report else _SHAPES) or JSON
    if agent.startswith("curl/") and accept in {"", "*/*"}:
        form = TEXT
    document = members(problem, request_id, reader.language)
    if form is HTML:
        return HTML.content_type, _html(problem, document, reader)
    if form is TEXT:
        return TEXT.content_type, _text(document, reader.language).encode("utf-8", "replace")
    if form is not JSON:
        return form.content_type, _report(report, form)
    if isinstance(problem, ShapesRejected) and report:
        document["report"] = _report(report, GRAPHS[0]).decode()
    return JSON.content_type, json.dumps(document, ensure_ascii=False, default=str).encode(
        "utf-8", "replace"
    )


def language_of(content_type: str, reader: Reader) -> list[tuple[str, str]]:
    """Give the header that tells in which language a problem is written; a graph has several."""
    spoken = any(content_type == form.content_type for form in _SHAPES)
    return [("content-language", reader.language)] if spoken else []


def _facts(document: dict[str, Any], language: str) -> list[tuple[str, str]]:
    """List the members beyond title, status and detail, as words."""
    hidden = {"type", "title", "status", "detail", "instance"}
    return [
        (str(translate(f"problem_facts.{name}", language)), str(value))
        for name, value in document.items()
        if name not in hidden and not isinstance(value, list | dict)
    ]


def _text(document: dict[str, Any], language: str) -> str:
    lines = [f"{document['status']} {document['title']}", "", document["detail"], ""]
    lines += [f"{name}: {value}" for name, value in _facts(document, language)]
    more = translate("problem.kind", language)
    return "\n".join([*lines, f"{more}: {document['type']}", ""])


def _html(problem: Problem, document: dict[str, Any], reader: Reader) -> bytes:
    name, language = problem.name, reader.language
    rows = "".join(
        f'<tr><th scope="row">{escape(name)}</th><td class="told">{escape(value)}</td></tr>\n'
        for name, value in _facts(document, language)
    )
    more = f'<a href="{reader.to(f"/problems/{name}")}">{translate("problem.more", language)}</a>'
    return page(
        str(translate(f"problem_titles.{name}", language)),
        f"<p><strong>{document['status']}</strong></p>\n"
        f'<p class="told">{details_of(problem, language).html(problem.detail)}</p>\n'
        f"<p>{translate(f'problem_todo.{name}', language)} {more}</p>\n"
        f"<table>\n{rows}</table>",
        reader,
    )


def _report(report: bytes, form: Format) -> bytes:
    """Write a SHACL report or a tombstone, given as N-Triples, in the format asked for."""
    quads = list(pyoxigraph.parse(report, pyoxigraph.RdfFormat.N_TRIPLES))
    target = pyoxigraph.RdfFormat.from_media_type(form.media_type)
    written = pyoxigraph.serialize(quads, format=target, prefixes=used_prefixes(quads))
    assert written is not None
    return written
