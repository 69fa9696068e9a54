"""What a client returns: pages of a search, and SPARQL results as Python values and data frames."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

import pyoxigraph as ox

from iprgraph.rdf.query_results import Value, to_python

if TYPE_CHECKING:
    import pandas


@dataclass(frozen=True)
class SearchHit:
    """A thing that a search found; ``score`` is 0 to 100, ``matched`` the name that was found."""

    iri: str
    name: str
    names: dict[str, str]
    kind: str
    types: tuple[str, ...]
    description: str
    score: float
    matched: str
    release: str


class SearchPage(list[SearchHit]):
    """One page of a search; ``total`` counts the things on all pages."""

    def __init__(self, hits: Iterable[SearchHit], total: int) -> None:
        super().__init__(hits)
        self.total = total


class Rows(NamedTuple):
    """The answer to a SELECT: names of columns, and rows of values, where None is unbound."""

    columns: tuple[str, ...]
    rows: list[tuple[Value, ...]]

    def dicts(self) -> list[dict[str, Value]]:
        """Return each row by the names of its columns."""
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]


def read(body: bytes) -> Rows | bool:
    """Parse SPARQL results in JSON; the answer to an ASK is a bool."""
    answer = ox.parse_query_results(body, format=ox.QueryResultsFormat.JSON)
    if isinstance(answer, ox.QueryBoolean):
        return bool(answer)
    assert isinstance(answer, ox.QuerySolutions)
    columns = tuple(variable.value for variable in answer.variables)
    return Rows(columns, [tuple(map(to_python, solution)) for solution in answer])


def frame(answer: Rows) -> pandas.DataFrame:
    """Return a data frame whose columns have the types of their values; needs pandas."""
    import pandas

    columns = {
        name: pandas.Series([row[i] for row in answer.rows], dtype="object")
        for i, name in enumerate(answer.columns)
    }
    return pandas.DataFrame({name: _typed(column) for name, column in columns.items()})


def _typed(column: pandas.Series[Any]) -> pandas.Series[Any]:
    """Return a column with the type of its values; a mixed one stays as it is."""
    import pandas

    kinds = {type(value) for value in column if value is not None}
    if kinds == {bool}:
        return column.astype("boolean")
    if kinds == {int}:
        try:
            return column.astype("Int64")
        except OverflowError:
            return column
    if kinds and kinds <= {int, float, Decimal}:
        return column.map(float, na_action="ignore").astype("Float64")
    if kinds == {str}:
        return column.astype("string")
    if kinds == {datetime.date}:
        return pandas.to_datetime(column, errors="coerce") if _in_range(column) else column
    if kinds == {datetime.datetime}:
        zoned = {value.tzinfo is not None for value in column if value is not None}
        return pandas.to_datetime(column, utc=True) if zoned == {True} else column
    return column


def _in_range(column: pandas.Series[Any]) -> bool:
    return all(1678 <= value.year <= 2261 for value in column if value is not None)
