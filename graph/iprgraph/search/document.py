"""The answer to a search as a document, the same for the command line and for HTTP."""

from __future__ import annotations

from typing import Any

from iprgraph.errors import Text, UsageError
from iprgraph.namespaces import BASE
from iprgraph.search.index import Index, SearchResult

#: Most results to a page.
MOST = 100


def search_document(
    index: Index, text: str, type: str | None, language: str, limit: int = 20, page: int = 1
) -> dict[str, Any]:
    """Return one page of the things that suit by name; raises UsageError for a page out of range.

    `url` of a result is the path of its page.
    """
    if not 1 <= limit <= MOST:
        raise UsageError(
            Text("limit: {value} is out of range; give 1 to {most}", value=limit, most=MOST)
        )
    if page < 1:
        raise UsageError(Text("page: {value} is out of range; pages count from 1", value=page))
    total, results = index.search(text, type, limit, page)
    return {
        "query": text,
        "total": total,
        "page": page,
        "pages": -(-total // limit),
        "results": [result_document(result, language) for result in results],
    }


def result_document(result: SearchResult, language: str) -> dict[str, Any]:
    """Return a result in one language."""
    return {
        "id": result.iri,
        "name": result.name(language),
        "names": result.names,
        "kind": result.kind,
        "types": list(result.types),
        "description": result.description(language),
        "score": result.score,
        "matched": result.matched,
        "field": result.field,
        "url": result.iri.replace(f"{BASE}id/", "/page/", 1),
    }
