"""What the parameters of a request say: the query or the update, its dataset, the format."""

from __future__ import annotations

import re
from typing import NamedTuple

from iprgraph_server.http.formats import Format
from iprgraph_server.http.messages import Params, Request, decode, iris, parse_form, single
from iprgraph_server.http.negotiation import named, negotiate
from iprgraph_server.http.problems import BadRequest, NotAcceptable

FORM = "application/x-www-form-urlencoded"
QUERY = "application/sparql-query"
UPDATE = "application/sparql-update"

_VOLATILE = re.compile(r"\b(?:NOW|RAND|UUID|STRUUID|BNODE)\b", re.IGNORECASE)


class SparqlRequest(NamedTuple):
    """A query or an update with its parameters, from the address or from the body."""

    text: str
    params: Params
    is_update: bool


def is_dated(request: Request) -> bool:
    """Check whether a request asks for a moment of the past."""
    return "HTTP_ACCEPT_DATETIME" in request.environ


def is_volatile(text: str) -> bool:
    """Check whether an answer may differ each time: it is neither kept nor tagged then.

    That a name may stand in a string or a comment costs no more than a place in the cache.
    """
    if "(" in text and _VOLATILE.search(text):
        return True
    return "service" in text.lower()


def choose_format(
    request: Request, params: Params, formats: tuple[Format, ...], what: str
) -> Format:
    """Return the format chosen by `format=`, else by the Accept header; raises NotAcceptable."""
    name = single(params, "format")
    form = named(name, formats) if name else negotiate(request.accept, formats)
    if form is None:
        asked = f"format={name}" if name else f"Accept: {request.accept}"
        raise NotAcceptable(asked, formats, what)
    return form


def graphs_of(
    params: Params, default: str, named_: str
) -> tuple[tuple[str, ...] | None, tuple[str, ...] | None]:
    """Return a pair of dataset parameters; one that is not given is empty beside one that is."""
    default_graphs, named_graphs = iris(params, default), iris(params, named_)
    return (default_graphs, named_graphs) if default_graphs or named_graphs else (None, None)


def request_by_url(params: Params) -> SparqlRequest:
    """Return the query in an address; raises BadRequest."""
    if "update" in params:
        raise BadRequest("An update is sent by POST, never by GET.", parameter="update")
    query = single(params, "query")
    assert query is not None
    return SparqlRequest(query, params, is_update=False)


def request_by_body(params: Params, media_type: str, body: bytes) -> SparqlRequest:
    """Return the one query or update in a body; dataset parameters may stand in the URL too."""
    if media_type == FORM:
        more = parse_form(body, "The body")
    else:
        more = {"query" if media_type == QUERY else "update": [decode(body, "The body")]}
    params = {name: params.get(name, []) + more.get(name, []) for name in {**params, **more}}
    query, update = single(params, "query"), single(params, "update")
    if (query is None) == (update is None):
        raise BadRequest("Give one query=… or one update=….")
    text = query if query is not None else update
    assert text is not None
    return SparqlRequest(text, params, is_update=query is None)
