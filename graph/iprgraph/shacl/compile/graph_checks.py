"""GraphChecks at a whole graph: what is known to hold of all nodes by how a property is used.

A look at a property, or a count of its triples, costs less than a look at each node.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from typing import Any, NamedTuple

import pyoxigraph as ox

from iprgraph.namespaces import RDF, RDFS
from iprgraph.rdf.lexical_forms import ESCAPE
from iprgraph.shacl.compile.data import Data
from iprgraph.shacl.compile.value_tests import plain

#: How instances of a class are found, whatever classes there are.
_OF_CLASS = re.compile(rf"{RDF.type}/{RDFS.subClassOf}\* <([^>]*)>")
_USE = "(COUNT(*) AS ?n) (COUNT(DISTINCT ?this) AS ?of)"
#: What a query selects, and a pattern that finds triples of any property.
_HEAD = re.compile(r"SELECT [^{]*")
_ANY_PROPERTY = re.compile(r"\?\w+ \?\w+ [?<\"]")


class EqualCounts(NamedTuple):
    """Two queries with the same answer only where all nodes conform; else nothing is known yet."""

    one: str
    other: str


class RequiredProperty(NamedTuple):
    """Say that all focus nodes, of a pattern, have values of a property."""

    focus: str
    property: str


class PropertyUse(NamedTuple):
    """Count values and the nodes that have them."""

    values: int
    nodes: int


#: PropertyUse by language: "" where a value has none, None where it cannot have one.
Languages = dict[str | None, PropertyUse]


class SingleValued(NamedTuple):
    """Say that no node has two values of a property."""

    property: str


class LanguageUse(NamedTuple):
    """Ask what the use of a property tells, by language and whole, where all focus nodes have it."""

    property: str
    tells: Callable[[Languages, PropertyUse], bool]
    #: The pattern of the focus nodes, where it matters whether all have values.
    focus: str | None = None


class Clause(NamedTuple):
    """Hold one of the conditions that focus nodes conform to."""

    ok: str
    #: A pattern that has no solution where all nodes conform to it.
    wrong: str | None
    known_by: EqualCounts | RequiredProperty | SingleValued | LanguageUse | None


class GraphChecks:
    """Look at a whole graph, at each thing once."""

    def __init__(self, data: Data, clauses: Iterable[Clause]) -> None:
        self._data = data
        self._rows = cache(self._ask)
        self._had = cache(self._look)
        self._use = cache(self._count)
        self._required: dict[str, dict[str, None]] = {}
        for clause in clauses:
            by = clause.known_by
            if isinstance(by, RequiredProperty | LanguageUse) and by.focus:
                self._required.setdefault(by.focus, {})[by.property] = None
        self._above = {above for _, _, above in data.triples(None, RDFS.subClassOf, None)}

    def query(self, text: str) -> Iterator[Any]:
        """Ask for solutions on shorter ways, where the data have them.

        To the instances of classes without classes below them, and to values that are as written.
        """
        text = _OF_CLASS.sub(self._directly, text)
        return self._data.query(plain(text) if self._is_plain(text) else text)

    def _is_plain(self, text: str) -> bool:
        """Tell that a query meets no literal under the escape."""
        named, escaped = f"^^<{ESCAPE}", self._data.escaped
        if escaped is None or named in text or _ANY_PROPERTY.search(_HEAD.sub("", text)):
            return False
        return not any(str(p) in text for p in escaped)

    def _directly(self, match: re.Match[str]) -> str:
        return match[0] if ox.NamedNode(match[1]) in self._above else f"{RDF.type} <{match[1]}>"

    def holds(self, clause: Clause) -> bool:
        """Tell whether a clause is known to hold of all nodes."""
        by, wrong = clause.known_by, clause.wrong
        if by and self._tells(by):
            return True
        return wrong is not None and not self._rows(f"SELECT ?this WHERE {{ {wrong} }} LIMIT 1")

    def _tells(self, by: EqualCounts | RequiredProperty | SingleValued | LanguageUse) -> bool:
        if isinstance(by, EqualCounts):
            return self._rows(by.one) == self._rows(by.other)
        use = self._use(by.property)
        if isinstance(by, SingleValued):
            return use.values == use.nodes
        if isinstance(by, LanguageUse) and not by.tells(self._languages(by.property), use):
            return False
        return by.focus is None or by.property in self._had(by.focus)

    def _look(self, focus: str) -> set[str]:
        """Find the properties that all focus nodes have: those of which no node is without one."""
        users = {p: self._use(p).nodes for p in self._required[focus]}
        # Mostly the same nodes have all of them, and then one look is enough.
        same = [p for p in users if users[p] == max(users.values(), key=[*users.values()].count)]
        if self._nodes(focus, *map(used, same)) != users[same[0]]:
            same = []
        others = users.keys() - set(same)
        return {*same, *(p for p in others if self._nodes(focus, used(p)) == users[p])}

    def _nodes(self, *patterns: str) -> int:
        ((nodes,),) = self._rows(count(*patterns))
        return int(nodes.value)

    def _count(self, p: str) -> PropertyUse:
        ((values, nodes),) = self._rows(f"SELECT {_USE} WHERE {{ {used(p)} }}")
        return PropertyUse(int(values.value), int(nodes.value))

    def _languages(self, p: str) -> Languages:
        table: Languages = {}
        by_tag = f"WHERE {{ {used(p)} }} GROUP BY (LANG(?v) AS ?in)"
        for tag, values, nodes in self._rows(f"SELECT ?in {_USE} {by_tag}"):
            table[tag and tag.value] = PropertyUse(int(values.value), int(nodes.value))
        return table

    def _ask(self, text: str) -> set[tuple[Any, ...]]:
        return {tuple(row) for row in self.query(text)}


def used(p: str) -> str:
    """Write the pattern of the nodes that have a property."""
    return f"?this {p} ?v"


def count(*patterns: str, of: str = "?this") -> str:
    """Write the query that counts the nodes of any of some patterns."""
    several = " UNION ".join(f"{{ {pattern} }}" for pattern in patterns)
    return f"SELECT (COUNT(DISTINCT {of}) AS ?n) WHERE {{ {several} }}"
