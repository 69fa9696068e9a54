"""Read-only queries of the graph."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import pyoxigraph as ox

from iprgraph.rdf.query_results import Row, parse_rows
from iprgraph_server.workers.jobs import Done, Job, Query


class Graph(Protocol):
    """The pool of query workers, as far as the pages need it."""

    def run(self, job: Job) -> Done:
        """Run a job; raises an errors.Problem."""
        ...

    def status(self) -> dict[str, Any]:
        """Return how it is: ready, size, running, waiting."""
        ...


@dataclass(frozen=True)
class GraphReader:
    """SPARQL queries by prefixed names, run in the pool."""

    pool: Graph

    def select(self, query: str) -> list[Row]:
        """Return the rows of a SELECT query; each row has the variables that are bound."""
        return parse_rows(self.pool.run(Query(query, format="json")).body)

    def ask(self, query: str) -> bool:
        """Return the answer to an ASK query."""
        answer = ox.parse_query_results(
            self.pool.run(Query(query, format="json")).body, format=ox.QueryResultsFormat.JSON
        )
        return bool(answer)
