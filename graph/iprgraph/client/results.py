"""SPARQL results as Python values and data frames."""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

from iprgraph.claims.model import Value
from iprgraph.namespaces import PREFIXES

if TYPE_CHECKING:
    import pandas

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


class Rows(NamedTuple):
    """The answer to a SELECT: names of columns, and rows of values; None is unbound."""

    columns: tuple[str, ...]
    rows: list[tuple[Value, ...]]

    def dicts(self) -> list[dict[str, Value]]:
        """Give each row by the names of its columns."""
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]


def read(body: bytes) -> Rows | bool:
    """Read SPARQL results in JSON."""
    document: dict[str, Any] = json.loads(body)
    if "boolean" in document:
        return bool(document["boolean"])
    columns = tuple(document["head"]["vars"])
    found = document["results"]["bindings"]
    return Rows(columns, [tuple(_value(row.get(name)) for name in columns) for row in found])


def _value(binding: dict[str, Any] | None) -> Value:
    """Give a term as Python has it; what a datatype cannot be read as stays text."""
    if binding is None:
        return None
    text = f"_:{binding['value']}" if binding["type"] == "bnode" else str(binding["value"])
    reader = _READERS.get(binding.get("datatype", ""))
    if reader is None:
        return text
    try:
        return reader(text)
    except (ValueError, ArithmeticError):
        # A year before 1 or with five digits, a date with a time zone, INF as an integer.
        return text


def frame(answer: Rows) -> pandas.DataFrame:
    """Make a data frame whose columns have the types of their values; needs pandas."""
    import pandas

    columns = {
        name: pandas.Series([row[i] for row in answer.rows], dtype="object")
        for i, name in enumerate(answer.columns)
    }
    return pandas.DataFrame({name: _typed(column) for name, column in columns.items()})


def _typed(column: pandas.Series[Any]) -> pandas.Series[Any]:
    """Give a column of one kind of value its type; a mixed one stays as it is."""
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
