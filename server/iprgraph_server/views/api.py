"""The description of the server's addresses, for programs and those who write them."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, jsonify

from iprgraph_server.http.formats import JSON
from iprgraph_server.models.page_context import page_context
from iprgraph_server.openapi.described import described
from iprgraph_server.openapi.document import describe

views = Blueprint("api", __name__)


@views.get("/openapi.json")
@described("operation", JSON, refusals=())
def description() -> Response:
    """Describe the addresses beyond SPARQL by OpenAPI 3.1."""
    return jsonify(describe(current_app, page_context().release))
