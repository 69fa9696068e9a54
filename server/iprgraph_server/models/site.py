"""What the views share: the release, the settings, and the graph behind the pool."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, cast

import pyoxigraph as ox
from flask import current_app

from iprgraph.content.questions import Question
from iprgraph.namespaces import PREFIXES
from iprgraph_server.workers.jobs import Done, Job, Query

if TYPE_CHECKING:
    from iprgraph.release.release import Release
    from iprgraph_server.graph_host.release_pool import Archive
    from iprgraph_server.models.text_store import Texts
    from iprgraph_server.settings import Settings

Term = ox.NamedNode | ox.BlankNode | ox.Literal
Row = dict[str, Term]


class Graph(Protocol):
    """The pool of query workers, as far as the pages need it."""

    def run(self, job: Job) -> Done:
        """Run a job; raises an errors.Problem."""
        ...

    def status(self) -> dict[str, Any]:
        """Tell how it is: ready, size, running, waiting."""
        ...


@dataclass(frozen=True)
class Site:
    """Hold what a request needs; one per app."""

    settings: Settings
    release: Release
    pool: Graph
    #: The example questions, read once.
    questions: list[Question]
    #: Articles' own texts that the operator has at hand.
    texts: Texts
    #: The releases beside this one.
    archive: Archive | None = None

    def select(self, query: str) -> list[Row]:
        """Ask a SELECT; each row has the variables that are bound."""
        return rows_of(self.pool.run(Query(query, format="json")).body)

    def ask(self, query: str) -> bool:
        """Ask an ASK."""
        answer = ox.parse_query_results(
            self.pool.run(Query(query, format="json")).body, format=ox.QueryResultsFormat.JSON
        )
        return bool(answer)


def rows_of(body: bytes) -> list[Row]:
    """Read the answer to a SELECT in JSON."""
    answer = ox.parse_query_results(body, format=ox.QueryResultsFormat.JSON)
    assert isinstance(answer, ox.QuerySolutions)
    names = [variable.value for variable in answer.variables]
    rows = []
    for solution in answer:
        bound = ((name, solution[name]) for name in names)
        rows.append({name: cast(Term, term) for name, term in bound if term is not None})
    return rows


def expand(compact: str) -> str:
    """Write a prefixed name in full."""
    prefix, _, local = compact.partition(":")
    return PREFIXES[prefix] + local


def site() -> Site:
    """Give the site of the app that answers."""
    return cast(Site, current_app.extensions["iprgraph"])


def values(variable: str, terms: Iterable[Any]) -> str:
    """Write a VALUES block; terms print themselves in N-Triples, so nothing can break out."""
    return f"VALUES ?{variable} {{ {' '.join(sorted(str(term) for term in terms))} }}"
