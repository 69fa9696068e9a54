"""Read-only queries of the graph, and the helpers to write them and to read their rows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Protocol, cast

import pyoxigraph as ox

from iprgraph.namespaces import PREFIXES
from iprgraph_server.workers.jobs import Done, Job, Query

Term = ox.NamedNode | ox.BlankNode | ox.Literal
Row = dict[str, Term]


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
        return rows_of(self.pool.run(Query(query, format="json")).body)

    def ask(self, query: str) -> bool:
        """Return the answer to an ASK query."""
        answer = ox.parse_query_results(
            self.pool.run(Query(query, format="json")).body, format=ox.QueryResultsFormat.JSON
        )
        return bool(answer)


def rows_of(body: bytes) -> list[Row]:
    """Parse the answer to a SELECT query in JSON."""
    answer = ox.parse_query_results(body, format=ox.QueryResultsFormat.JSON)
    assert isinstance(answer, ox.QuerySolutions)
    names = [variable.value for variable in answer.variables]
    rows = []
    for solution in answer:
        bound = ((name, solution[name]) for name in names)
        rows.append({name: cast(Term, term) for name, term in bound if term is not None})
    return rows


def expand(compact: str) -> str:
    """Return the IRI of a prefixed name."""
    prefix, _, local = compact.partition(":")
    return PREFIXES[prefix] + local


def values(variable: str, terms: Iterable[Any]) -> str:
    """Write a VALUES block; terms print themselves in N-Triples, so nothing can break out."""
    return f"VALUES ?{variable} {{ {' '.join(sorted(str(term) for term in terms))} }}"
