"""Looks at a whole graph: what is known to hold of all nodes by how a property is used.

A look at a property, or a count of its triples, costs less than a look at each node.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any, NamedTuple

import pyoxigraph as ox

from iprgraph.namespaces import RDF, RDFS
from iprgraph.shacl.view import Data

#: How instances of a class are found, whatever classes there are.
_OF_CLASS = re.compile(rf"{RDF.type}/{RDFS.subClassOf}\* <([^>]*)>")


class Tally(NamedTuple):
    """Two queries with the same answer only where all nodes conform; else nothing is known yet.

    Without another, one has no answer only then.
    """

    one: str
    other: str | None


class Required(NamedTuple):
    """Say that all focus nodes, of a pattern, have values of a property."""

    focus: str
    property: str


class Clause(NamedTuple):
    """Hold one of the conditions that focus nodes conform to."""

    ok: str
    #: A pattern that has no solution where all nodes conform to it.
    wrong: str | None
    known_by: Tally | Required | None


class Looks:
    """Look at a whole graph, at each thing once."""

    def __init__(self, data: Data, clauses: Iterable[Clause]) -> None:
        self._data = data
        self._rows = cache(self._ask)
        self._had = cache(self._look)
        self._required: dict[str, dict[str, None]] = {}
        for clause in clauses:
            if isinstance(clause.known_by, Required):
                focus, p = clause.known_by
                self._required.setdefault(focus, {})[p] = None
        self._above = {above for _, _, above in data.triples(None, RDFS.subClassOf, None)}

    def query(self, text: str) -> Iterator[Any]:
        """Ask for solutions; classes without classes below them are found on a shorter way."""
        return self._data.query(_OF_CLASS.sub(self._directly, text))

    def _directly(self, match: re.Match[str]) -> str:
        return match[0] if ox.NamedNode(match[1]) in self._above else f"{RDF.type} <{match[1]}>"

    def holds(self, clause: Clause) -> bool:
        """Tell whether a clause is known to hold of all nodes."""
        by, wrong = clause.known_by, clause.wrong
        if isinstance(by, Tally):
            expected = self._rows(by.other) if by.other else set()
            if self._rows(by.one) == expected:
                return True
        if isinstance(by, Required) and by.property in self._had(by.focus):
            return True
        return wrong is not None and not self._rows(f"SELECT ?this WHERE {{ {wrong} }} LIMIT 1")

    def _look(self, focus: str) -> set[str]:
        """Find the properties that all focus nodes have: those of which no node is without one."""
        users = {p: self._rows(count(used(p))) for p in self._required[focus]}
        # Mostly the same nodes have all of them, and then one look is enough.
        same = [p for p in users if users[p] == max(users.values(), key=[*users.values()].count)]
        if self._rows(count(focus, *map(used, same))) != users[same[0]]:
            same = []
        others = users.keys() - set(same)
        return {*same, *(p for p in others if self._rows(count(focus, used(p))) == users[p])}

    def _ask(self, text: str) -> set[tuple[object, ...]]:
        return {tuple(row) for row in self.query(text)}


def used(p: str) -> str:
    """Write the pattern of the nodes that have a property."""
    return f"?this {p} ?v"


def count(*patterns: str, of: str = "?this") -> str:
    """Write the query that counts the nodes of any of some patterns."""
    several = " UNION ".join(f"{{ {pattern} }}" for pattern in patterns)
    return f"SELECT (COUNT(DISTINCT {of}) AS ?n) WHERE {{ {several} }}"
