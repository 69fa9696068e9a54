"""The query page, and the claims behind a row of its answers."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request, url_for

from iprgraph.content.questions import TOPICS, Question
from iprgraph.errors import Text
from iprgraph.namespaces import BASE, PREFIXES
from iprgraph_server.http.formats import DOCUMENTS, HTML, RESULTS
from iprgraph_server.http.problems import BadRequest, NotFound
from iprgraph_server.i18n.catalogue import LANGUAGES, catalogue
from iprgraph_server.i18n.language import choose
from iprgraph_server.models.page_context import page_context
from iprgraph_server.models.row_claims import read_row
from iprgraph_server.openapi.described import described
from iprgraph_server.presentation import pages
from iprgraph_server.presentation.wording import Wording

views = Blueprint("query", __name__)

#: The query in the editor where the address has none.
FIRST = """SELECT ?claim ?speaker ?said WHERE {
  ?claim a ipr:Claim ;
    ipr:attributedTo ?speaker ;
    ipr:saidOn ?said .
}
ORDER BY DESC(?said)
LIMIT 100
"""


@views.get("/query")
@described("pages", HTML, query=("lang",))
def page() -> Response:
    """Show the editor with the query that the address names, and the example questions."""
    context, language = page_context(), choose(request)
    query = request.args.get("query")
    question = _question(context.questions, request.args.get("question"), query)
    text = query or (question.query_in(language) if question else FIRST)
    return pages.page(
        "query.html",
        text=text,
        question=question,
        topics={topic: [q for q in context.questions if q.topic == topic] for topic in TOPICS},
        config=_config(language, runs=bool(query or question)),
    )


@views.get("/query/claims")
def claims() -> Response:
    """Show the claims behind a row: the part of a page that the query page inserts."""
    query, row = request.args.get("query"), request.args.get("row")
    if not query or not row:
        raise BadRequest("Give query=… and row=…, one row of its answer as TSV.", parameter="row")
    row_claims = read_row(page_context().graph, query, row)
    words = Wording(choose(request), row_claims.names)
    return pages.page("row_claims.html", w=words, row=row_claims)


def _question(questions: list[Question], slug: str | None, query: str | None) -> Question | None:
    """Return the example that the address names or repeats; raises NotFound for an unknown name."""
    if not slug:
        # Links and the browser's own form differ in line ends.
        words = (query or "").split()
        same = (q for q in questions for tag in LANGUAGES if q.query_in(tag).split() == words)
        return next(same, None)
    for question in questions:
        if question.slug == slug:
            return question
    raise NotFound(
        Text("There is no example {name}. /query lists those that there are.", name=repr(slug))
    )


def _config(language: str, runs: bool) -> dict[str, Any]:
    """Return what the script of the page needs: addresses, prefixes, formats, words."""
    root = request.script_root
    return {
        "endpoint": f"{root}/sparql",
        "url": f"{request.host_url.rstrip('/')}{root}/sparql",
        "claims": url_for(".claims"),
        "cite": url_for("cite.cite"),
        "root": root,
        "base": BASE,
        "prefixes": PREFIXES,
        "language": language,
        "languages": list(LANGUAGES),
        "runs": runs,
        "formats": {
            "rows": [form.name for form in RESULTS if form is not HTML],
            "triples": [form.name for form in DOCUMENTS],
        },
        "words": _section("query", language),
        "names": _section("formats", language),
        "terms": _section("terms", language),
    }


def _section(name: str, language: str) -> dict[str, str]:
    """Return a section of the catalogue in one language."""
    start = f"{name}."
    return {
        key.removeprefix(start): texts[language]
        for key, texts in catalogue().items()
        if key.startswith(start)
    }
