"""Checks of a whole graph: whether all nodes conform to a clause, by how a property is used.

One count of the triples of a property costs less than testing each node.
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
from iprgraph.shacl.compile.value_tests import without_escapes

#: The path to the instances of a class and of its subclasses.
_OF_CLASS = re.compile(rf"{RDF.type}/{RDFS.subClassOf}\* <([^>]*)>")
_USE = "(COUNT(*) AS ?n) (COUNT(DISTINCT ?this) AS ?of)"
#: The SELECT clause of a query, and a triple pattern with a variable as predicate.
_HEAD = re.compile(r"SELECT [^{]*")
_ANY_PROPERTY = re.compile(r"\?\w+ \?\w+ [?<\"]")


class EqualCounts(NamedTuple):
    """Two counts that are equal where all nodes conform; otherwise nothing is known."""

    first: str
    second: str


class RequiredProperty(NamedTuple):
    """The check that all focus nodes have a value of a property."""

    focus: str
    property: str


class PropertyUse(NamedTuple):
    """The number of values of a property, and of the nodes that have them."""

    values: int
    nodes: int


#: Use of a property by language: "" for a literal without one, None for other terms.
Languages = dict[str | None, PropertyUse]


class SingleValued(NamedTuple):
    """The check that no node has two values of a property."""

    property: str


class LanguageUse(NamedTuple):
    """A check of the use of a property by language, and of its total use."""

    property: str
    test: Callable[[Languages, PropertyUse], bool]
    #: The pattern of the focus nodes, where all of them must have values.
    focus: str | None = None


class Clause(NamedTuple):
    """One of the conditions that focus nodes must fulfil."""

    ok: str
    #: A pattern without solutions where all nodes conform.
    violation: str | None
    check: EqualCounts | RequiredProperty | SingleValued | LanguageUse | None


class GraphChecks:
    """Checks of one graph; each result is cached."""

    def __init__(self, data: Data, clauses: Iterable[Clause]) -> None:
        self._data = data
        self._rows = cache(self._select)
        self._complete = cache(self._complete_properties)
        self._use = cache(self._count_use)
        self._required: dict[str, dict[str, None]] = {}
        for clause in clauses:
            check = clause.check
            if isinstance(check, RequiredProperty | LanguageUse) and check.focus:
                self._required.setdefault(check.focus, {})[check.property] = None
        self._superclasses = {cls for _, _, cls in data.triples(None, RDFS.subClassOf, None)}

    def query(self, text: str) -> Iterator[Any]:
        """Return the solutions of a query, simplified where the data allow it.

        Classes without subclasses need no path, and values that are not escaped need no conversion.
        """
        text = _OF_CLASS.sub(self._without_subclasses, text)
        return self._data.query(without_escapes(text) if self._meets_no_escape(text) else text)

    def _meets_no_escape(self, text: str) -> bool:
        """Check whether a query meets no escaped literal."""
        escaped_datatype, escaped = f"^^<{ESCAPE}", self._data.escaped
        if escaped is None or escaped_datatype in text or _ANY_PROPERTY.search(_HEAD.sub("", text)):
            return False
        return not any(str(p) in text for p in escaped)

    def _without_subclasses(self, match: re.Match[str]) -> str:
        return (
            match[0] if ox.NamedNode(match[1]) in self._superclasses else f"{RDF.type} <{match[1]}>"
        )

    def holds(self, clause: Clause) -> bool:
        """Check whether all nodes are known to conform to a clause."""
        check, violation = clause.check, clause.violation
        if check and self._passes(check):
            return True
        if violation is None:
            return False
        return not self._rows(f"SELECT ?this WHERE {{ {violation} }} LIMIT 1")

    def _passes(self, check: EqualCounts | RequiredProperty | SingleValued | LanguageUse) -> bool:
        if isinstance(check, EqualCounts):
            return self._rows(check.first) == self._rows(check.second)
        use = self._use(check.property)
        if isinstance(check, SingleValued):
            return use.values == use.nodes
        if isinstance(check, LanguageUse) and not check.test(self._languages(check.property), use):
            return False
        return check.focus is None or check.property in self._complete(check.focus)

    def _complete_properties(self, focus: str) -> set[str]:
        """Return the properties that all focus nodes have."""
        users = {p: self._use(p).nodes for p in self._required[focus]}
        # Mostly the same nodes have all of them; then one query is enough.
        same = [p for p in users if users[p] == max(users.values(), key=[*users.values()].count)]
        if self._nodes(focus, *map(used, same)) != users[same[0]]:
            same = []
        others = users.keys() - set(same)
        return {*same, *(p for p in others if self._nodes(focus, used(p)) == users[p])}

    def _nodes(self, *patterns: str) -> int:
        ((nodes,),) = self._rows(count(*patterns))
        return int(nodes.value)

    def _count_use(self, p: str) -> PropertyUse:
        ((values, nodes),) = self._rows(f"SELECT {_USE} WHERE {{ {used(p)} }}")
        return PropertyUse(int(values.value), int(nodes.value))

    def _languages(self, p: str) -> Languages:
        table: Languages = {}
        by_tag = f"WHERE {{ {used(p)} }} GROUP BY (LANG(?v) AS ?in)"
        for tag, values, nodes in self._rows(f"SELECT ?in {_USE} {by_tag}"):
            table[tag and tag.value] = PropertyUse(int(values.value), int(nodes.value))
        return table

    def _select(self, text: str) -> set[tuple[Any, ...]]:
        return {tuple(row) for row in self.query(text)}


def used(p: str) -> str:
    """Return the pattern of the nodes that have a property."""
    return f"?this {p} ?v"


def count(*patterns: str, of: str = "?this") -> str:
    """Return the query that counts the nodes of any of some patterns."""
    union = " UNION ".join(f"{{ {pattern} }}" for pattern in patterns)
    return f"SELECT (COUNT(DISTINCT {of}) AS ?n) WHERE {{ {union} }}"
