"""Conditions: what surely holds and what surely does not, as SPARQL expressions.

pySHACL is the judge. A compiled query only has to let no violation pass, so each constraint becomes
two expressions: `ok` is true only of what pySHACL finds right, `bad` only of what it finds wrong.
Where the engine and pySHACL might see a case differently, both are false, and pySHACL looks at it.
Neither ever ends in an error.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

TRUE, FALSE = "true", "false"


class Condition(NamedTuple):
    """Two expressions on the variables of a node and its focus."""

    ok: str
    bad: str
    #: Whether always one or the other is true.
    is_exact: bool = False

    @classmethod
    def exactly(cls, ok: str) -> Condition:
        """Make a condition of an expression that says all there is to say."""
        return cls(ok, negated(ok), True)


def safe(expression: str) -> str:
    """Take an error for false."""
    return f"COALESCE({expression}, false)"


def exists(pattern: str) -> str:
    return f"EXISTS {{ {pattern} }}"


def exists_where(pattern: str, expression: str) -> str:
    """Ask for a solution that an expression is true of."""
    if expression == FALSE:
        return FALSE
    return exists(pattern if expression == TRUE else f"{pattern} FILTER ({expression})")


def negated(expression: str) -> str:
    if expression in (TRUE, FALSE):
        return FALSE if expression == TRUE else TRUE
    if expression.startswith("EXISTS "):
        return f"NOT {expression}"
    if expression.startswith("NOT EXISTS "):
        return expression.removeprefix("NOT ")
    return f"!({expression})"


HOLDS = Condition.exactly(TRUE)
UNKNOWN = Condition(FALSE, FALSE)


def conjunction(expressions: Iterable[str]) -> str:
    """Join by and."""
    parts = sorted((part for part in dict.fromkeys(expressions) if part != TRUE), key=_cost)
    if FALSE in parts:
        return FALSE
    return " && ".join(f"({part})" for part in parts) or TRUE if len(parts) != 1 else parts[0]


def disjunction(expressions: Iterable[str]) -> str:
    """Join by or."""
    parts = sorted((part for part in dict.fromkeys(expressions) if part != FALSE), key=_cost)
    if TRUE in parts:
        return TRUE
    return " || ".join(f"({part})" for part in parts) or FALSE if len(parts) != 1 else parts[0]


def _cost(expression: str) -> tuple[int, int, int]:
    """Tell what comes first, for the engine may stop there.

    Few looks at the graph, then few at how a value is written, then few words.
    """
    looks = expression.count("EXISTS") + expression.count("*")
    return looks, expression.count("STR("), len(expression)


def every(conditions: Iterable[Condition]) -> Condition:
    """Hold where all hold."""
    found = list(conditions)
    ok, bad = conjunction(c.ok for c in found), disjunction(c.bad for c in found)
    return Condition(ok, bad, all(c.is_exact for c in found))


def some(conditions: Iterable[Condition]) -> Condition:
    """Hold where one holds."""
    found = list(conditions)
    ok, bad = disjunction(c.ok for c in found), conjunction(c.bad for c in found)
    return Condition(ok, bad, all(c.is_exact for c in found))


def opposite(condition: Condition) -> Condition:
    """Hold where another does not."""
    return Condition(condition.bad, condition.ok, condition.is_exact)
