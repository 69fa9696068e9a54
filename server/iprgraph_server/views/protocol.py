"""The protocol endpoints within Flask: a request becomes the endpoints' own, their answer a response."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any, cast

from flask import Blueprint, Response, current_app, request
from flask.blueprints import BlueprintSetupState
from werkzeug.routing import Rule
from werkzeug.wsgi import get_input_stream

from iprgraph_server.endpoints import graph_store, reconcile, validate
from iprgraph_server.endpoints.router import BlockingRouter
from iprgraph_server.http.messages import BODY, Answer, Headers

views = Blueprint("protocol", __name__)

#: Bytes of a body that are read at a time.
_CHUNK = 256 * 1024

_PATHS = (
    "/sparql",
    "/sparql/",
    graph_store.ROOT,
    f"{graph_store.ROOT}/<path:below>",
    f"{graph_store.ROOT}/",
    reconcile.ROOT,
    f"{reconcile.ROOT}/",
    f"{reconcile.ROOT}/<path:below>",
    validate.ROOT,
    "/metrics",
    "/settings",
)


class Verbatim(Response):
    """A response with the headers of an answer and no others."""

    default_mimetype = None
    autocorrect_location_header = False
    automatically_set_content_length = False


@views.record
def add_rules(state: BlueprintSetupState) -> None:
    """Send every method of the protocol paths to the endpoints, which refuse those they do not take."""
    for path in _PATHS:
        rule = Rule(path, endpoint="protocol", strict_slashes=True, merge_slashes=False)
        state.app.url_map.add(rule)
    state.app.view_functions["protocol"] = answer


def answer(**_below: str) -> Response:
    """Answer a protocol request by its endpoint."""
    endpoints = cast(BlockingRouter, current_app.extensions["endpoints"])
    request.environ[BODY] = _parts(get_input_stream(request.environ))
    return respond(*endpoints.answer(request.environ))


def respond(reply: Answer, headers: Headers) -> Response:
    """Return the response that sends an answer."""
    return Verbatim(reply.body, reply.status, headers)


async def _parts(stream: Any) -> AsyncIterator[bytes]:
    """Return the body's parts; a thread waits for them."""
    loop = asyncio.get_running_loop()
    while part := await loop.run_in_executor(None, stream.read, _CHUNK):
        yield part
