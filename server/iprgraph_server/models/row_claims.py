"""Find and read the claims behind a row of an answer."""

from __future__ import annotations

from dataclasses import dataclass

import pyoxigraph as ox

from iprgraph.claims.row_provenance import Term, claims_behind
from iprgraph.errors import QuerySyntaxError
from iprgraph_server.errors import QuerySyntax
from iprgraph_server.http.problems import BadRequest
from iprgraph_server.models.claims import Claim, read_claims, terms_of
from iprgraph_server.models.graph_reader import GraphReader
from iprgraph_server.models.labels import Names, find_names
from iprgraph_server.workers.jobs import Query

#: Seconds that each search may take: somebody waits for it.
SECONDS = 5.0


@dataclass(frozen=True)
class RowClaims:
    """What is behind a row: `how` is asserted, implied, about or, where nothing is found, none."""

    how: str
    claims: list[Claim]
    names: Names
    #: The triple that the row is, where it is one: what a proof is asked for.
    triple: dict[str, str]


def read_row(graph: GraphReader, query: str, written: str) -> RowClaims:
    """Read the claims behind a row, written as TSV results with that one row.

    Raises BadRequest, QuerySyntax, or what the search itself ends with.
    """
    row = _parse(written)
    try:
        searches = claims_behind(query, row)
    except QuerySyntaxError as error:
        raise QuerySyntax(error.message, line=error.line, column=error.column) from None
    for how, search in zip(searches._fields, searches, strict=True):
        if search and (found := _search(graph, search)):
            claims = read_claims(graph, found)
            names = find_names(graph, terms_of(claims))
            shown = sorted(claims.values(), key=lambda claim: claim.place)
            return RowClaims(how, shown, names, _triple(row))
    return RowClaims("none", [], Names({}), _triple(row))


def _triple(row: dict[str, Term]) -> dict[str, str]:
    """Write the terms of a row that is a triple, as a proof is asked for; nothing for others."""
    if row.keys() != {"subject", "predicate", "object"}:
        return {}
    return {name: str(term) for name, term in row.items()}


def _search(graph: GraphReader, search: str) -> list[str]:
    done = graph.pool.run(Query(search, format="tsv", timeout=SECONDS))
    lines = done.body.decode().splitlines()[1:]
    return [line[1:-1] for line in lines if line.startswith("<")]


def _parse(written: str) -> dict[str, Term]:
    try:
        found = ox.parse_query_results(written.encode(), ox.QueryResultsFormat.TSV)
        assert isinstance(found, ox.QuerySolutions)
        names = [variable.value for variable in found.variables]
        (solution,) = found
    except (SyntaxError, ValueError) as error:
        raise BadRequest(
            f"row is TSV results with one row, a line of variables above it: {error}",
            parameter="row",
        ) from None
    terms = ((name, solution[name]) for name in names)
    return {
        name: term for name, term in terms if term is not None and not isinstance(term, ox.Triple)
    }
