"""Whether the server lives and can answer."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify

from iprgraph_server.http.formats import JSON
from iprgraph_server.models.page_context import page_context
from iprgraph_server.openapi.described import described

views = Blueprint("status", __name__)


@views.get("/health")
@described("operation", JSON, schema="Health", refusals=())
def health() -> Response:
    """Say which release is served and whether its graph can be asked: 200 when ready, else 503."""
    context = page_context()
    status = context.graph.pool.status()
    ready = bool(status["ready"])
    response = jsonify(
        status="ready" if ready else "not ready",
        ready=ready,
        release=context.release.id,
        workers={name: status.get(name, 0) for name in ("size", "running", "waiting")},
    )
    response.status_code = 200 if ready else 503
    response.headers["Cache-Control"] = "no-store"
    return response
