"""Find the triple patterns that a query asks for, path steps written out.

What a solution does not need is left out: FILTER, MINUS and SERVICE, and paths whose length or
direction is open, which stay one step that no single triple stands for.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import count
from typing import NamedTuple

from iprgraph.sparql.guard import inspect
from iprgraph.sparql.nodes import Element, Node, Token
from iprgraph.sparql.rewrite import variables

#: Parts of a query that have no pattern of its solutions.
_WITHOUT = frozenset({
    "Filter", "MinusGraphPattern", "ServiceGraphPattern", "Bind", "InlineData", "SelectClause",
    "GroupClause", "HavingClause", "OrderClause",
})  # fmt: skip


@dataclass(frozen=True)
class Pattern:
    """One triple pattern, its terms as they are written; `open` when its predicate is a path."""

    subject: str
    predicate: str
    object: str
    open: bool = False

    def __str__(self) -> str:
        return f"{self.subject} {self.predicate} {self.object} ."


@dataclass
class PatternQuestion:
    """What a query asks: its declarations and its WHERE group as text, and its patterns by statement."""

    prologue: str
    group: str
    statements: list[list[Pattern]] = field(default_factory=list)
    variables: set[str] = field(default_factory=set)


def find_patterns(query: str) -> PatternQuestion | None:
    """Find the patterns of a query; None where it has no WHERE group.

    Raises QuerySyntaxError and QueryRefused.
    """
    tree = inspect(query).tree
    where = tree.query.child("WhereClause")
    group = where.children[-1] if where else tree.query.child("ConstructTemplate")
    if group is None:
        return None
    statements = []
    fresh = count(1)
    for element in group.walk(_WITHOUT):
        if element.kind == "TriplesSameSubject":
            statement = _Statement(fresh)
            subject = statement.node(element.children[0])
            if len(element.children) == 2:
                statement.properties(subject, element.children[1])
            if statement.patterns:
                statements.append(statement.patterns)
    return PatternQuestion(tree.prologue, tree.text_of(group), statements, set(variables(group)))


class _Step(NamedTuple):
    """One step of a path."""

    text: str
    inverse: bool = False
    open: bool = False


class _Statement:
    """The patterns of one subject with its predicates and objects."""

    def __init__(self, fresh: Iterable[int]) -> None:
        self.patterns: list[Pattern] = []
        self._fresh = iter(fresh)

    def properties(self, subject: str | None, properties: Element) -> None:
        """Read predicates with their objects."""
        steps: list[_Step] = []
        for element in properties.children:
            if element.kind != "ObjectList":
                steps = _steps(element)
                continue
            for term in element.children:
                node = self.node(term)
                if subject is not None and node is not None:
                    self._chain(subject, steps, node)

    def _chain(self, subject: str, steps: list[_Step], node: str) -> None:
        for i, step in enumerate(steps):
            to = node if i == len(steps) - 1 else f"?__{next(self._fresh)}"
            ends = (to, subject) if step.inverse else (subject, to)
            self.patterns.append(Pattern(ends[0], step.text, ends[1], step.open))
            subject = to

    def node(self, element: Element) -> str | None:
        """Return a term as it is written; None for one that no pattern here can hold."""
        if element.kind == "AnnotatedObject":
            element = element.children[0]
        if element.kind in {"Anon", "BlankNodePropertyList"}:
            node = f"?__{next(self._fresh)}"
            if inner := element.child("PropertyList"):
                self.properties(node, inner)
            return node
        if element.kind in {"RDFLiteral", "NumericLiteral"} or (
            isinstance(element, Token) and element.kind not in {"blank", "mark"}
        ):
            return _text(element)
        return None


def _steps(path: Element) -> list[_Step]:
    """Read a predicate as steps; one that stays open is a single step."""
    steps = []
    for step in path.children if path.kind == "PathSequence" else (path,):
        if step.kind == "PathInverse" and isinstance(step.children[1], Token):
            steps.append(_Step(_text(step.children[1]), inverse=True))
        elif isinstance(step, Node):
            steps.append(_Step(_text(step), open=True))
        elif step.kind != "mark":
            steps.append(_Step(_text(step)))
    return steps


def _text(element: Element) -> str:
    return "".join(token.text for token in element.walk())
