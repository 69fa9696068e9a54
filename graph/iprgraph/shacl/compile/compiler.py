"""Compile a shape to a condition on its focus nodes, with the triples that it reads.

pySHACL itself reads shapes and constraints, so that what it rejects is rejected here too; each
constraint then becomes a condition. The condition of a constraint that is not compiled is unknown:
all focus nodes of its shape are left to pySHACL.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import rdflib
from pyshacl.constraints import ALL_CONSTRAINT_PARAMETERS, CONSTRAINT_PARAMETERS_MAP
from pyshacl.errors import ConstraintLoadWarning
from pyshacl.shape import Shape
from rdflib.namespace import RDF, RDFS
from rdflib.term import Node

from iprgraph.shacl.compile.components import CONSTRAINTS
from iprgraph.shacl.compile.conditions import HOLDS, UNKNOWN, Condition
from iprgraph.shacl.compile.direct_results import CompiledConstraint
from iprgraph.shacl.compile.paths import SH, NotCompiled, Read, iri, read_path
from iprgraph.shacl.compile.scope import Scope
from iprgraph.shacl.compile.value_tests import term

#: pySHACL refuses shapes that are nested deeper.
_MAX_DEPTH = 10


class Compiler:
    """Compiler of one shape.

    It collects `uncompiled`, the reasons why parts were not compiled; `reads`, the triples that
    validation reads; and `unbounded`, the reasons why these are not known.
    """

    def __init__(self) -> None:
        self.uncompiled: list[str] = []
        self.reads: list[Read] = []
        self.unbounded: list[str] = []
        #: The constraints of the shape itself, without those of nested shapes.
        self.constraints: list[CompiledConstraint] = []
        self.value = "?this"
        self._count = 0

    def variable(self) -> str:
        """Return a new variable."""
        self._count += 1
        return f"?v{self._count}"

    def condition(
        self, shape: Shape, node: str, prefix: str, trail: tuple[Shape, ...] = ()
    ) -> Condition:
        """Return the condition that a node conforms to a shape; `prefix` is the path to it from the focus."""
        if shape.deactivated:
            return HOLDS
        try:
            if shape in trail:
                raise NotCompiled("it refers to itself")
            if len(trail) >= _MAX_DEPTH:
                raise NotCompiled("its shapes are nested too deep")
            is_property = shape.is_property_shape
            path = read_path(shape.sg.graph, shape.path()) if is_property else None
        except NotCompiled as reason:
            self.unbounded.append(str(reason))
            self.uncompiled.append(str(reason))
            return UNKNOWN
        scope = Scope(self, shape, node, prefix, path, (*trail, shape))
        whole = []
        for parameter, component in _components(shape):
            count_before = len(scope.each)
            whole.append(self._constraint(scope, parameter, component))
            if not trail:
                name = str(parameter).removeprefix(str(SH))
                self.constraints.append(
                    CompiledConstraint(name, component, tuple(scope.each[count_before:]), whole[-1])
                )
        self.value = scope.value
        return scope.complete(whole)

    def _constraint(self, scope: Scope, parameter: Node, component: Any) -> Condition:
        try:
            if isinstance(component, NotCompiled):
                raise component
            handler = CONSTRAINTS.get(str(parameter).removeprefix(str(SH)))
            if handler is None:
                scope.unbounded(f"{parameter} is not compiled")
                raise NotCompiled(f"{parameter} is not compiled")
            return handler(scope, component)
        except NotCompiled as reason:
            self.uncompiled.append(str(reason))
            if parameter in (SH.parameter, SH.expression):
                scope.unbounded(str(reason))
            return UNKNOWN


def _components(shape: Shape) -> Iterator[tuple[Node, Any]]:
    """Yield a shape's constraints as pySHACL reads them, or NotCompiled where it rejects one."""
    components = set()
    for parameter in sorted({p for p, _ in shape.sg.predicate_objects(shape.node)}):
        if parameter not in ALL_CONSTRAINT_PARAMETERS:
            continue
        component = CONSTRAINT_PARAMETERS_MAP[parameter]
        if component in components:
            continue
        components.add(component)
        try:
            yield parameter, component(shape)
        except ConstraintLoadWarning:
            continue  # pySHACL goes on without it
        except Exception as error:  # pySHACL will raise it again when it validates
            yield parameter, NotCompiled(f"pySHACL refuses it: {error}")
    if shape.find_custom_constraints():
        yield SH.parameter, NotCompiled("it uses a constraint component of its own")
    if set(shape.objects(SH.expression)):
        yield SH.expression, NotCompiled("sh:expression is not compiled")


def targets(shape: Shape, variable: str = "?this") -> Iterable[str]:
    """Yield the patterns of a shape's focus nodes; raises NotCompiled for targets of other kinds."""
    nodes, classes, implicit, objects_of, subjects_of = shape.target()
    if set(shape.objects(SH.target)):
        raise NotCompiled("its focus nodes are found by a query of its own")
    named = sorted(term(node) for node in set(nodes) if not isinstance(node, rdflib.BNode))
    if named:
        yield f"VALUES {variable} {{ {' '.join(named)} }}"
    for cls in sorted({*classes, *implicit}):
        if isinstance(cls, rdflib.BNode):
            raise NotCompiled("its target class has no name")
        yield f"{variable} <{RDF.type}>/<{RDFS.subClassOf}>* {iri(cls)}"
    for p in sorted(set(subjects_of)):
        yield f"{variable} {iri(p)} ?any"
    for p in sorted(set(objects_of)):
        yield f"?any {iri(p)} {variable}"
