"""The description of the server's addresses, for programs and those who write them."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, jsonify

from iprgraph_server.api.document import describe
from iprgraph_server.site import site

views = Blueprint("api", __name__)


@views.get("/openapi.json")
def description() -> Response:
    """Describe the addresses beyond SPARQL by OpenAPI 3.1."""
    return jsonify(describe(current_app, site().release))
