"""CompiledShape shapes: for each shape with targets, the queries that find the focus nodes to look at."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import rdflib
from pyshacl.constraints.sparql.sparql_based_constraints import SPARQLBasedConstraint
from pyshacl.shape import Shape
from pyshacl.shapes_graph import ShapesGraph
from rdflib.namespace import RDF, RDFS

from iprgraph.shacl.compile.clauses import clauses
from iprgraph.shacl.compile.compiler import Compiler, targets
from iprgraph.shacl.compile.conditions import FALSE, TRUE, conjunction, negated
from iprgraph.shacl.compile.direct_results import DirectQuery, direct
from iprgraph.shacl.compile.graph_checks import Clause
from iprgraph.shacl.compile.paths import SH, NotCompiled, Read, iri
from iprgraph.shacl.compile.sparql_constraints import read_query, reads
from iprgraph.shacl.compile.value_tests import term_of

_SUBCLASSES = f"<{RDFS.subClassOf}>*"


@dataclass(frozen=True)
class SparqlConstraint:
    """Hold one query of the shape's own: whole, and what it reads (None: that is not bounded)."""

    text: str
    prefixes: str
    predicates: frozenset[str | None]


@dataclass(frozen=True)
class CompiledShape:
    """Hold what is known of one shape before there are data."""

    shape: Shape
    name: str
    #: Patterns that find the focus nodes; empty where pySHACL must find them itself.
    targets: tuple[str, ...]
    #: Classes, subjects-of and objects-of that make a node a focus node, and the nodes named.
    classes: tuple[str, ...]
    subjects_of: tuple[str, ...]
    objects_of: tuple[str, ...]
    nodes: tuple[object, ...]
    #: True of focus nodes that surely conform, but for what the constraints' queries find.
    ok: str
    #: The same in parts; none where it has but one.
    clauses: tuple[Clause, ...]
    constraints: tuple[SparqlConstraint, ...]
    #: How its results are written without pySHACL, where that can be.
    direct: DirectQuery | None
    #: Why parts are left to pySHACL; then all focus nodes are.
    missing: tuple[str, ...]
    reads: tuple[Read, ...]
    #: Why the focus nodes that a change can reach are not known; then all are looked at.
    unbounded: tuple[str, ...]

    @property
    def focus(self) -> str:
        """Write the pattern of all focus nodes."""
        return _union(self.targets)

    def candidates(self, holds: Callable[[Clause], bool] | None = None) -> str | None:
        """Write the query that finds the focus nodes to look at; None where there are none.

        What `holds` of all is left out: one look at a property costs less than one at each node.
        """
        ok = self.ok
        if holds and self.clauses:
            ok = conjunction(clause.ok for clause in self.clauses if not holds(clause))
        if ok == TRUE:
            return None
        # Several patterns may find a node again; one finds it again too seldom to look out for that.
        once = "DISTINCT " if len(self.targets) > 1 else ""
        return f"SELECT {once}?this WHERE {{\n  {self.focus}\n  FILTER ({negated(ok)})\n}}"

    def among(self, terms: list[str]) -> str:
        """Write the query that finds those to look at among some focus nodes."""
        values = " ".join(terms)
        return f"SELECT ?this WHERE {{ VALUES ?this {{ {values} }} FILTER ({negated(self.ok)}) }}"

    def by_constraint(self, constraint: SparqlConstraint) -> str:
        """Write the query that finds the focus nodes for which a constraint's query finds something."""
        return (
            f"{constraint.prefixes}SELECT DISTINCT ?this WHERE {{\n  {self.focus}\n"
            f"  {{ {constraint.text} }}\n}}"
        )

    def queries(self) -> Iterator[str]:
        """List all queries over the whole graph."""
        whole = self.candidates()
        if whole:
            yield whole
        for constraint in self.constraints:
            yield self.by_constraint(constraint)


def compile_shapes(shapes: ShapesGraph) -> list[CompiledShape]:
    """Compile every shape that has targets, sorted by name."""
    found = [_compile(shape) for shape in shapes.shapes if _is_aimed(shape)]
    return sorted(found, key=lambda one: one.name)


def _is_aimed(shape: Shape) -> bool:
    return not shape.deactivated and (
        any(list(part) for part in shape.target()) or bool(set(shape.objects(SH.target)))
    )


def _compile(shape: Shape) -> CompiledShape:
    nodes, classes, implicit, objects_of, subjects_of = (list(part) for part in shape.target())
    compiler = Compiler()
    patterns: list[str] = []
    try:
        patterns = list(targets(shape))
    except NotCompiled as reason:
        compiler.missing.append(str(reason))
        compiler.unbounded.append(str(reason))
    condition = compiler.condition(shape, "?this", "")
    known = len(compiler.missing)
    constraints = list(_constraints(shape, compiler))
    ok = condition.ok if len(compiler.missing) == known else FALSE
    for cls in {*classes, *implicit}:
        compiler.reads.append(Read("", "this", str(RDF.type), cls=str(cls)))
    for p in subjects_of:
        compiler.reads.append(Read("", "this", str(p)))
    for p in objects_of:
        compiler.reads.append(Read("", "this", str(p), inverse=True))
    return CompiledShape(
        shape=shape,
        name=str(shape.node),
        targets=tuple(patterns),
        classes=tuple(sorted({str(c) for c in (*classes, *implicit)})),
        subjects_of=tuple(sorted(map(str, subjects_of))),
        objects_of=tuple(sorted(map(str, objects_of))),
        nodes=tuple(term_of(node) for node in nodes),
        ok=ok,
        clauses=() if compiler.missing else tuple(clauses(shape, compiler, _union(patterns))),
        constraints=tuple(constraints),
        direct=None if compiler.missing else direct(shape, compiler.parts, compiler.value),
        missing=tuple(dict.fromkeys(compiler.missing)),
        reads=tuple(dict.fromkeys(_with_subclasses(compiler.reads))),
        unbounded=tuple(dict.fromkeys(compiler.unbounded)),
    )


def _union(patterns: Iterable[str]) -> str:
    return " UNION ".join(f"{{ {pattern} }}" for pattern in patterns)


def _with_subclasses(found: list[Read]) -> Iterator[Read]:
    """Add that an instance's class is read, and the classes above it."""
    for read in found:
        yield read
        if read.cls is not None:
            start = read.pattern or ""
            node = f"?{read.node}"
            leads = f"{start} {node} <{RDF.type}>/{_SUBCLASSES} ?class ."
            yield Read(leads.strip(), "class", str(RDFS.subClassOf), cls=read.cls)


def _constraints(shape: Shape, compiler: Compiler) -> Iterator[SparqlConstraint]:
    """Compile the queries that a shape has itself; what cannot be is noted as missing."""
    if not set(shape.objects(SH.sparql)):
        return
    try:
        component = SPARQLBasedConstraint(shape)
    except Exception as error:  # pySHACL will raise it again when it judges
        compiler.missing.append(f"pySHACL refuses its query: {error}")
        return
    for helper in sorted(component.sparql_constraints, key=lambda h: str(h.select_text)):
        if helper.deactivated:
            continue
        try:
            yield _constraint(helper, compiler)
        except NotCompiled as reason:
            compiler.missing.append(str(reason))
            compiler.unbounded.append(str(reason))


def _constraint(helper: Any, compiler: Compiler) -> SparqlConstraint:
    try:
        _, text = helper.pre_bind_variables(rdflib.URIRef("urn:x-iprgraph:node"))
    except Exception as error:  # pySHACL will raise it again when it judges
        raise NotCompiled(f"pySHACL refuses its query: {error}") from None
    if "currentShape" in text:
        raise NotCompiled("its query asks for $currentShape")
    pattern = read_query(helper.apply_prefixes(text))
    predicates: set[str | None] = set()
    try:
        found = reads(pattern)
        compiler.reads += found
        predicates = {read.predicate for read in found}
    except NotCompiled as reason:
        compiler.unbounded.append(str(reason))
        predicates = {None}
    prefixes = "".join(
        f"PREFIX {p}: {iri(rdflib.URIRef(ns))}\n" for p, ns in sorted(helper.prefixes.items())
    )
    return SparqlConstraint(text.strip(), prefixes, frozenset(predicates))
