"""Answer with a problem: one shape, as problem+json (RFC 9457), plain text, HTML or RDF."""

from __future__ import annotations

import json
from typing import Any

import pyoxigraph

from iprgraph.errors import Text
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
from iprgraph_server.http.messages import Answer
from iprgraph_server.http.negotiation import negotiate
from iprgraph_server.http.problems import Gone, headers_of
from iprgraph_server.i18n.language import Reader, translate
from iprgraph_server.i18n.texts import ENGLISH, translate_html, translate_text
from iprgraph_server.presentation.templates import render

#: Where the kinds of problems have their names.
TYPES = "https://w3id.org/iprgraph/problems/"


def problem_answer(
    problem: Problem,
    request_id: str,
    accept: str,
    agent: str,
    reader: Reader,
    page: dict[str, Any] | None = None,
) -> Answer:
    """Answer with a problem in the form that suits who asks; ``page`` has more values for its page."""
    report = problem.report if isinstance(problem, ShapesRejected | Gone) else b""
    form = negotiate(accept, PROBLEM_GRAPHS if report else PROBLEMS) or PROBLEM_JSON
    if agent.startswith("curl/") and accept in {"", "*/*"}:
        form = TEXT
    document = members(problem, request_id, reader)
    if form is HTML:
        detail = translate_html(problem.detail, reader.language)
        facts = _facts(document, reader.language)
        values = {"problem": document, "name": problem.name, "detail": detail, "facts": facts}
        body = render("error.html", reader, **{**(page or {}), **values})
    elif form is TEXT:
        body = _text(document, reader.language).encode("utf-8", "replace")
    elif form is PROBLEM_JSON:
        if isinstance(problem, ShapesRejected) and report:
            document["report"] = _report(report, TURTLE).decode()
        text = json.dumps(document, ensure_ascii=False, default=str)
        body = text.encode("utf-8", "replace")
    else:
        body = _report(report, form)
    headers = [
        *type_headers(form),
        ("cache-control", "no-store"),
        ("vary", "Accept, Accept-Language, User-Agent"),
        # A graph is in several languages.
        *([("content-language", reader.language)] if form in PROBLEMS else []),
        *headers_of(problem),
    ]
    return Answer(problem.status, headers, body, problem.name)


def members(problem: Problem, request_id: str, reader: Reader) -> dict[str, Any]:
    """Return the members of the problem+json document, in a language."""
    title, language = problem.title, reader.language
    if language != ENGLISH:
        title = str(translate(f"problem_titles.{problem.name}", language))
    extra = {
        name: translate_text(value, language) if isinstance(value, Text) else value
        for name, value in problem.extra.items()
    }
    return {
        "type": TYPES + problem.name,
        "title": title,
        "status": problem.status,
        "detail": translate_text(problem.detail, language),
        **extra,
        "instance": f"{reader.root}/requests/{request_id}",
        "request_id": request_id,
    }


def _facts(document: dict[str, Any], language: str) -> list[tuple[str, str]]:
    """Return the members beyond title, status and detail, with their names as words."""
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


def _report(report: bytes, form: Format) -> bytes:
    """Write a SHACL report or a tombstone, given as N-Triples, in another format."""
    quads = list(pyoxigraph.parse(report, pyoxigraph.RdfFormat.N_TRIPLES))
    target = pyoxigraph.RdfFormat.from_media_type(form.media_type)
    written = pyoxigraph.serialize(quads, format=target, prefixes=used_prefixes(quads))
    assert written is not None
    return written
