"""Read the claims behind a row of an answer."""

from __future__ import annotations

from dataclasses import dataclass

import pyoxigraph as ox

from iprgraph.claims.model import Claim, terms_of
from iprgraph.claims.reader import read_claims
from iprgraph.claims.row_provenance import claims_behind
from iprgraph.errors import QuerySyntaxError, Text
from iprgraph.rdf.query_results import Row, rows_of
from iprgraph_server.errors import QuerySyntax
from iprgraph_server.http.problems import BadRequest
from iprgraph_server.models.graph_reader import GraphReader
from iprgraph_server.models.labels import Names, find_names
from iprgraph_server.workers.jobs import Query

#: Seconds that each search may take: somebody waits for it.
SECONDS = 5.0


@dataclass(frozen=True)
class RowClaims:
    """The claims behind a row; `how` is asserted, implied, about or, where there are none, none."""

    how: str
    claims: list[Claim]
    names: Names
    #: The triple that the row is, where it is one, for its proof.
    triple: dict[str, str]


def read_row(graph: GraphReader, query: str, written: str) -> RowClaims:
    """Return the claims behind a row, given as TSV results with that one row.

    Raises BadRequest, QuerySyntax, or what the search itself ends with.
    """
    row = _parse(written)
    try:
        searches = claims_behind(query, row)
    except QuerySyntaxError as error:
        raise QuerySyntax(error.message, line=error.line, column=error.column) from None
    for how, search in searches._asdict().items():
        if search and (iris := _search(graph, search)):
            claims = sorted(read_claims(graph.select, iris).values(), key=lambda one: one.place)
            return RowClaims(how, claims, find_names(graph, terms_of(claims)), _triple(row))
    return RowClaims("none", [], Names({}), _triple(row))


def _triple(row: Row) -> dict[str, str]:
    """Return the terms of a row that is a triple, as the proof of it takes them; else nothing."""
    if row.keys() != {"subject", "predicate", "object"}:
        return {}
    return {name: str(term) for name, term in row.items()}


def _search(graph: GraphReader, search: str) -> list[str]:
    done = graph.pool.run(Query(search, format="tsv", timeout=SECONDS))
    lines = done.body.decode().splitlines()[1:]
    return [line[1:-1] for line in lines if line.startswith("<")]


def _parse(written: str) -> Row:
    try:
        (row,) = rows_of(ox.parse_query_results(written.encode(), ox.QueryResultsFormat.TSV))
    except (SyntaxError, ValueError) as error:
        raise BadRequest(
            Text(
                "row is TSV results with one row, a line of variables above it: {told}",
                told=Text.of(error),
            ),
            parameter="row",
        ) from None
    return {name: term for name, term in row.items() if not isinstance(term, ox.Triple)}
