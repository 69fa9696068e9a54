"""Search by name: JSON for programs, a page for people."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, json, request

from iprgraph.errors import ReleaseError, Text, UsageError
from iprgraph.search.document import search_document
from iprgraph_server.http.formats import HTML, JSON
from iprgraph_server.http.problems import BadRequest, NotFound
from iprgraph_server.i18n.language import choose
from iprgraph_server.linked_data.responses import pick
from iprgraph_server.models.listing import BROWSABLE
from iprgraph_server.models.page_context import page_context
from iprgraph_server.openapi.described import described
from iprgraph_server.presentation import pages

views = Blueprint("search", __name__)


@views.get("/search")
@described(
    "search",
    JSON,
    HTML,
    schema="Found",
    formats=(JSON, HTML),
    query=("q!", "type", "lang", "limit", "page"),
    refusals=(400, 404, 406),
)
def search() -> Response:
    """Find things by name; `q`, `type`, `lang`, `limit` and `page` say what and how many."""
    form = pick(request, (JSON, HTML), "a search")
    text = request.args.get("q", "").strip()
    if form is HTML:
        results = _results(text) if text else None
        response = pages.page(
            "search.html",
            results=results,
            text=text,
            kinds=BROWSABLE,
            kind=request.args.get("type"),
        )
    elif not text:
        raise BadRequest("q is missing: /search?q=patent", parameter="q")
    else:
        response = Response(json.dumps(_results(text)), content_type="application/json")
        response.vary.add("Accept-Language")
    response.vary.add("Accept")
    return response


def _results(text: str) -> dict[str, Any]:
    context = page_context()
    try:
        results = search_document(
            context.release.names,
            text,
            request.args.get("type") or None,
            choose(request),
            _number("limit", 20),
            _number("page", 1),
        )
    except UsageError as error:
        raise BadRequest(Text("{told}.", told=Text.of(error))) from None
    except ReleaseError as error:
        raise NotFound(Text("{told}.", told=Text.of(error))) from None
    # The index is the release's: what was written since is not in it, and the answer says so.
    root = request.script_root
    return results | {
        "results": [{**one, "url": root + one["url"]} for one in results["results"]],
        "release": context.release.id,
        "writes_since": int(context.graph.pool.status().get("generation", 0)),
    }


def _number(name: str, default: int) -> int:
    text = request.args.get(name, "")
    if not text:
        return default
    if not (text.isascii() and text.isdigit() and len(text) < 8):
        raise BadRequest(
            Text("{name}: {value} is not a number.", name=name, value=repr(text)), parameter=name
        )
    return int(text)
