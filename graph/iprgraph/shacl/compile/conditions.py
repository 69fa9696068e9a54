"""Conditions: what certainly conforms and what certainly does not, as SPARQL expressions.

pySHACL decides. A compiled query must not miss a violation, so each constraint becomes two
expressions: `ok` is true only where pySHACL finds that a value conforms, `bad` only where it finds
that it does not. Where the engine and pySHACL may differ, both are false, and pySHACL validates the
node. Neither expression ever ends in an error.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

TRUE, FALSE = "true", "false"


class Condition(NamedTuple):
    """Two expressions on the variables of a node and its focus node."""

    ok: str
    bad: str
    #: Whether one of the two is always true.
    is_exact: bool = False

    @classmethod
    def exactly(cls, ok: str) -> Condition:
        """Return the condition of an expression that is true exactly where a value conforms."""
        return cls(ok, negated(ok), True)


def safe(expression: str) -> str:
    """Return an expression that is false where another ends in an error."""
    return f"COALESCE({expression}, false)"


def exists(pattern: str) -> str:
    return f"EXISTS {{ {pattern} }}"


def exists_where(pattern: str, expression: str) -> str:
    """Return the test for a solution that an expression is true of."""
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
    """Return expressions joined by and."""
    parts = sorted((part for part in dict.fromkeys(expressions) if part != TRUE), key=_cost)
    if FALSE in parts:
        return FALSE
    return " && ".join(f"({part})" for part in parts) or TRUE if len(parts) != 1 else parts[0]


def disjunction(expressions: Iterable[str]) -> str:
    """Return expressions joined by or."""
    parts = sorted((part for part in dict.fromkeys(expressions) if part != FALSE), key=_cost)
    if TRUE in parts:
        return TRUE
    return " || ".join(f"({part})" for part in parts) or FALSE if len(parts) != 1 else parts[0]


def _cost(expression: str) -> tuple[int, int, int]:
    """Return the sort key of an expression: cheap ones come first, since the engine may stop there.

    Few patterns, then few tests of lexical forms, then short text.
    """
    patterns = expression.count("EXISTS") + expression.count("*")
    return patterns, expression.count("STR("), len(expression)


def every(conditions: Iterable[Condition]) -> Condition:
    """Return the condition that all conditions hold."""
    parts = list(conditions)
    ok, bad = conjunction(c.ok for c in parts), disjunction(c.bad for c in parts)
    return Condition(ok, bad, all(c.is_exact for c in parts))


def some(conditions: Iterable[Condition]) -> Condition:
    """Return the condition that at least one condition holds."""
    parts = list(conditions)
    ok, bad = disjunction(c.ok for c in parts), conjunction(c.bad for c in parts)
    return Condition(ok, bad, all(c.is_exact for c in parts))


def opposite(condition: Condition) -> Condition:
    """Return the negation of a condition."""
    return Condition(condition.bad, condition.ok, condition.is_exact)
