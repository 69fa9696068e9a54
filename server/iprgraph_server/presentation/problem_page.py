"""Answer with a problem: one shape, as problem+json (RFC 9457), plain text, HTML or RDF."""

from __future__ import annotations

import json
from html import escape
from typing import Any

import pyoxigraph

from iprgraph.rdf.syntax import used_prefixes
from iprgraph_server.errors import Problem, ShapesRejected
from iprgraph_server.http.formats import (
    HTML,
    PROBLEM_GRAPHS,
    PROBLEM_JSON,
    PROBLEMS,
    TEXT,
    TURTLE,
    Format,
)
from iprgraph_server.http.headers import type_headers
from iprgraph_server.http.messages import Answer, Request
from iprgraph_server.http.negotiation import negotiate
from iprgraph_server.http.problems import Gone, headers_of
from iprgraph_server.i18n.catalogue import LANGUAGES
from iprgraph_server.i18n.details import Details
from iprgraph_server.i18n.language import Reader, translate
from iprgraph_server.presentation.plain_page import page

#: Where the kinds of problems have their names.
TYPES = "https://w3id.org/iprgraph/problems/"


def refuse(problem: Problem, request: Request) -> Answer:
    """Answer with a problem in the form that suits who asks."""
    reader = request.reader()
    content_type, body = render(problem, request.id, request.accept, request.agent, reader)
    form = HTML if content_type == HTML.content_type else PROBLEM_JSON
    headers = [
        ("content-type", content_type),
        type_headers(form)[1],
        ("cache-control", "no-store"),
        ("vary", "Accept, Accept-Language, User-Agent"),
        *language_of(content_type, reader),
        *headers_of(problem),
    ]
    return Answer(problem.status, headers, body, problem.name)


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
    form = negotiate(accept, PROBLEM_GRAPHS if report else PROBLEMS) or PROBLEM_JSON
    if agent.startswith("curl/") and accept in {"", "*/*"}:
        form = TEXT
    document = members(problem, request_id, reader.language)
    if form is HTML:
        return HTML.content_type, _html(problem, document, reader)
    if form is TEXT:
        return TEXT.content_type, _text(document, reader.language).encode("utf-8", "replace")
    if form is not PROBLEM_JSON:
        return form.content_type, _report(report, form)
    if isinstance(problem, ShapesRejected) and report:
        document["report"] = _report(report, TURTLE).decode()
    return PROBLEM_JSON.content_type, json.dumps(document, ensure_ascii=False, default=str).encode(
        "utf-8", "replace"
    )


def language_of(content_type: str, reader: Reader) -> list[tuple[str, str]]:
    """Give the header that tells in which language a problem is written; a graph has several."""
    spoken = any(content_type == form.content_type for form in PROBLEMS)
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
