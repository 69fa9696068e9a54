"""One shape applied to one node: its values, and the conditions on each value and on all together."""

from __future__ import annotations

from typing import Protocol

from pyshacl.shape import Shape
from rdflib.term import Node

from iprgraph.shacl.compile.conditions import (
    FALSE,
    HOLDS,
    TRUE,
    Condition,
    conjunction,
    disjunction,
    every,
    exists,
    exists_where,
    negated,
)
from iprgraph.shacl.compile.paths import SH, NotCompiled, Path, Read

#: Highest number of values that is counted in a query; higher counts are left to pySHACL.
MAX_COUNT = 4


class ShapeCompiler(Protocol):
    """What a scope needs of the compiler of its shape."""

    reads: list[Read]
    unbounded: list[str]

    def variable(self) -> str:
        """Return a new variable."""
        ...

    def condition(
        self, shape: Shape, node: str, prefix: str, trail: tuple[Shape, ...]
    ) -> Condition:
        """Return the condition on which a node conforms to a shape."""
        ...


class Scope:
    """A shape, the variable of the node that it is applied to, and the path to it from the focus node."""

    def __init__(
        self,
        compiler: ShapeCompiler,
        shape: Shape,
        node: str,
        prefix: str,
        path: Path | None,
        trail: tuple[Shape, ...],
    ) -> None:
        self.shape = shape
        self.graph = shape.sg.graph
        self.node = node
        self.prefix = prefix
        self.path = path
        self.trail = trail
        self.value = compiler.variable() if path else node
        self.value_prefix = path.after(prefix) if path else prefix
        #: Conditions on each value; those on all values together are returned by the components.
        self.each: list[Condition] = []
        self._compiler = compiler
        for step in path.reads(prefix) if path else ():
            self.read(step.before, str(step.predicate), inverse=step.inverse)

    def variable(self) -> str:
        """Return a new variable."""
        return self._compiler.variable()

    def read(
        self, path: str, predicate: str | None, cls: str | None = None, *, inverse: bool = False
    ) -> None:
        """Record that triples at the end of a path are read."""
        self._compiler.reads.append(Read.along(path, predicate, inverse, cls))

    def unbounded(self, reason: str) -> None:
        """Record why it is not known what is read."""
        self._compiler.unbounded.append(reason)

    def nested(self, node: Node, link: Node | None = None) -> Condition:
        """Return the condition of another shape on the value; `link` is sh:node or sh:property."""
        shape = self.shape.get_other_shape(node)
        if shape is None or (link is not None and shape.is_property_shape != (link == SH.property)):
            raise NotCompiled("it refers to a shape that is none")
        return self._compiler.condition(shape, self.value, self.value_prefix, self.trail)

    def members(self, head: Node) -> list[Condition]:
        """Return the conditions of a list of shapes."""
        return [self.nested(item) for item in self.graph.items(head)]

    def values(self, variable: str) -> str:
        """Return the pattern of the values."""
        if self.path is None:
            raise NotCompiled("a constraint on all values of a node shape is not compiled")
        return f"{self.node} {self.path.text} {variable} ."

    def some(self, variable: str, expression: str) -> str:
        """Return the test for a value that an expression is true of.

        A sequence path becomes one pattern for each step, since the engine does not know that the
        node is bound and might start from the other end.
        """
        if expression == FALSE:
            return FALSE
        if self.path is None or not self.path.parts:
            return exists_where(self.values(variable), expression)
        *before, last = self.path.parts
        nodes = [self.node, *(self.variable() for _ in before)]
        test = exists_where(f"{nodes[-1]} {last} {variable} .", expression)
        for part, node, after in reversed(list(zip(before, nodes, nodes[1:], strict=False))):
            test = exists_where(f"{node} {part} {after} .", test)
        return test

    def at_least(self, number: int, ok: str, possible: str) -> Condition:
        """Return the condition that `ok` is true of at least `number` values, `{v}` being the value.

        `possible` is true of all values that may count.
        """
        if self.path is None:
            raise NotCompiled("a count on a node shape is not compiled")
        if number <= 0:
            return HOLDS
        if number > MAX_COUNT:
            raise NotCompiled("a count of many values is not compiled")
        names = [self.variable() for _ in range(number)]

        def where(expression: str) -> str:
            test = TRUE
            for i, name in reversed(list(enumerate(names))):
                apart = [f"!sameTerm({name}, {other})" for other in names[:i]]
                each = expression.replace("{v}", name)
                test = self.some(name, conjunction([*apart, each, test]))
            return test

        if ok == possible:
            return Condition.exactly(where(ok))
        return Condition(where(ok), negated(where(possible)))

    def complete(self, whole: list[Condition]) -> Condition:
        """Return the condition on the node, from those on each value and those on all values."""
        each = every(self.each)
        if self.path is None:
            return every([each, *whole])
        ok = negated(self.some(self.value, negated(each.ok)))
        bad = self.some(self.value, each.bad)
        condition = every([Condition(ok, bad, each.is_exact), *whole])
        if not self.path.nullable or condition == HOLDS:
            return condition
        # The engine does not return a node as its own value where the graph does not have the node.
        node = self.node
        is_in_graph = disjunction(
            [
                exists(f"{node} ?anyP ?anyO"),
                f"!isLiteral({node}) && EXISTS {{ ?anyS ?anyP {node} }}",
            ]
        )
        return Condition(
            conjunction([is_in_graph, condition.ok]), conjunction([is_in_graph, condition.bad])
        )
