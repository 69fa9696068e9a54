"""The kinds of problems, each at the address that problem documents name as their type."""

from __future__ import annotations

from flask import Blueprint, Response

from iprgraph_server.http.formats import HTML
from iprgraph_server.http.problems import ALL, NotFound
from iprgraph_server.linked_data import responses
from iprgraph_server.openapi.described import described

views = Blueprint("problems", __name__)


@views.get("/problems/")
@described("pages", HTML, query=("lang",), refusals=())
def index() -> Response:
    """List the kinds of problems."""
    kinds = sorted(ALL.values(), key=lambda kind: (kind.status, kind.name))
    return responses.page("problems.html", kinds=kinds)


@views.get("/problems/<slug:name>")
@described("pages", HTML, query=("lang",), examples={"name": "not-found"})
def problem(name: str) -> Response:
    """Say what a kind of problem means, and what to do about it."""
    if name not in ALL:
        raise NotFound(f"There is no kind of problem {name}. /problems/ lists those there are.")
    return responses.page("problem.html", kind=ALL[name])
