"""Keep counts for the next question: how often each value stands at one place of a pattern.

"Which classes are there, and how many of each?" is what explorers ask first, and again and again. To
count reads every triple that matches; the counts stay the same for as long as the store does. So
they are kept by pattern, and put into the query as its data: what the query does with them (order,
limit) is the engine's as before.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pyoxigraph as ox

#: Patterns whose counts are kept, and the most values that one may have.
MOST_PATTERNS = 64
MOST_VALUES = 500

#: Each text is taken by these in one way only, so that a long one which does not fit is soon known.
_SPACE = r"(?:\s|\#[^\n]*\n)"
_NAME = r"(?:[A-Za-z][\w-]*)?:[\w-]*"
#: One triple pattern, grouped by a variable and counted; where more is said, the engine is asked.
_FACET = re.compile(
    rf"""{_SPACE}*
    (?P<prologue>(?:PREFIX\s+(?:[A-Za-z][\w-]*)?:\s*<[^<>"\\\s]*>{_SPACE}*)*)
    (?P<counted>SELECT\s+(?P<value>\?\w+)\s*
        \(\s*COUNT\s*\(\s*(?:\*|(?:DISTINCT\s*)?\?\w+)\s*\)\s*AS\s+(?P<count>\?\w+)\s*\)\s*
        (?:WHERE\s*)?\{{\s*
        \?\w+\s+(?:a|{_NAME}|<[^<>"\\\s]*>|\?\w+)\s+\?\w+\s*(?:\.\s*)?
        \}}\s*GROUP\s+BY\s+(?P=value))
    (?P<rest>(?:\s+ORDER\s+BY(?:\s*(?:ASC|DESC)\s*\(\s*\?\w+\s*\)|\s+\?\w+)+)?
        (?:\s+LIMIT\s+\d{{1,18}})?(?:\s+OFFSET\s+\d{{1,18}})?)
    {_SPACE}*(?:\#[^\n]*)?\Z""",
    re.IGNORECASE | re.VERBOSE,
)
_VARIABLE = re.compile(r"\?\w+")


class Facets:
    """Hold the counts of one store; whoever changes the store drops them."""

    def __init__(self) -> None:
        self._rows: dict[str, str | None] = {}

    def put(self, query: str, run: Callable[[str], Any]) -> str:
        """Give the query with its counts in it, or as it is where it asks for something else.

        ``run`` evaluates a query; what it raises is left to whoever evaluates the query itself.
        """
        # Most queries group nothing: to see that costs a tenth of the pattern.
        found = _FACET.match(query) if "group" in query.lower() else None
        if not found:
            return query
        columns = found["value"], found["count"]
        # Whatever else it might be ordered by is the engine's to refuse.
        if columns[0] == columns[1] or not set(_VARIABLE.findall(found["rest"])) <= {*columns}:
            return query
        counted = found["prologue"] + found["counted"]
        if counted not in self._rows:
            if len(self._rows) >= MOST_PATTERNS:
                del self._rows[next(iter(self._rows))]
            try:
                self._rows[counted] = _rows(run(counted))
            except (SyntaxError, RuntimeError):
                return query
        rows = self._rows[counted]
        if rows is None:
            return query
        named = " ".join(columns)
        return f"SELECT {named} {{ VALUES ({named}) {{ {rows} }} }}{found['rest']}"


def _rows(solutions: Any) -> str | None:
    """Write counts as VALUES has them; None where there are too many, or one cannot be named."""
    rows: list[str] = []
    for value, count in solutions:
        named = isinstance(value, ox.NamedNode | ox.Literal)
        if not (named or value is None) or len(rows) == MOST_VALUES:
            return None
        rows.append(f"({'UNDEF' if value is None else value} {count})")
    return " ".join(rows)
