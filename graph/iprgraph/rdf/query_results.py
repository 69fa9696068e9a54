"""Results of SPARQL queries as rows of terms and as Python values; terms as VALUES of a query."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import cast

import pyoxigraph as ox

from iprgraph.namespaces import PREFIXES

Term = ox.NamedNode | ox.BlankNode | ox.Literal
#: One row of a SELECT: its terms by the variables that are bound.
Row = dict[str, Term]
#: Answers a SELECT in which the project's prefixes are known.
Select = Callable[[str], list[Row]]
#: A value as Python has it: text and IRIs are str.
Value = (
    str | int | float | bool | Decimal | datetime.date | datetime.datetime | datetime.time | None
)

_XSD = PREFIXES["xsd"]
_INTEGERS = (
    "integer int long short byte nonNegativeInteger positiveInteger nonPositiveInteger "
    "negativeInteger unsignedLong unsignedInt unsignedShort unsignedByte"
)
_READERS: dict[str, Callable[[str], Value]] = {
    **{f"{_XSD}{name}": int for name in _INTEGERS.split()},
    f"{_XSD}decimal": Decimal,
    f"{_XSD}double": float,
    f"{_XSD}float": float,
    f"{_XSD}boolean": lambda text: text in {"true", "1"},
    f"{_XSD}date": datetime.date.fromisoformat,
    f"{_XSD}dateTime": datetime.datetime.fromisoformat,
    f"{_XSD}time": datetime.time.fromisoformat,
}


def parse_rows(body: bytes) -> list[Row]:
    """Parse the answer to a SELECT in JSON."""
    return rows_of(ox.parse_query_results(body, format=ox.QueryResultsFormat.JSON))


def rows_of(solutions: object) -> list[Row]:
    """Return the rows of a SELECT that pyoxigraph has answered or parsed."""
    assert isinstance(solutions, ox.QuerySolutions)
    names = [variable.value for variable in solutions.variables]
    rows = []
    for solution in solutions:
        bound = ((name, solution[name]) for name in names)
        rows.append({name: cast(Term, term) for name, term in bound if term is not None})
    return rows


def to_python(term: object) -> Value:
    """Return a term as a Python value; what its datatype does not allow stays text."""
    if term is None:
        return None
    if not isinstance(term, ox.NamedNode | ox.Literal):
        return str(term)
    reader = _READERS.get(term.datatype.value) if isinstance(term, ox.Literal) else None
    if reader is None:
        return term.value
    try:
        return reader(term.value)
    except (ValueError, ArithmeticError):
        # A year before 1 or with five digits, a date with a time zone, INF as an integer.
        return term.value


def values(variable: str, terms: Iterable[object]) -> str:
    """Return a VALUES block of terms, which are written in N-Triples, so that none can break out."""
    return f"VALUES ?{variable} {{ {' '.join(sorted(str(term) for term in terms))} }}"
