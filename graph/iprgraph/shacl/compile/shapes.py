"""Compiled shapes: the queries that find the focus nodes which may violate a shape."""

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
from iprgraph.shacl.compile.direct_results import DirectQuery, direct_query
from iprgraph.shacl.compile.graph_checks import Clause
from iprgraph.shacl.compile.paths import SH, NotCompiled, Read, iri
from iprgraph.shacl.compile.sparql_constraints import read_query, reads
from iprgraph.shacl.compile.value_tests import term_of

_SUPERCLASS_PATH = f"<{RDFS.subClassOf}>*"


@dataclass(frozen=True)
class SparqlConstraint:
    """A query of the shape's own, and the predicates that it reads; None among them is any predicate."""

    text: str
    prefixes: str
    predicates: frozenset[str | None]


@dataclass(frozen=True)
class CompiledShape:
    """What is known of one shape before there are data."""

    source: Shape
    name: str
    #: Patterns of the focus nodes; empty where pySHACL must find them.
    targets: tuple[str, ...]
    #: Classes, subjects-of and objects-of that make a node a focus node, and the nodes named.
    classes: tuple[str, ...]
    subjects_of: tuple[str, ...]
    objects_of: tuple[str, ...]
    nodes: tuple[object, ...]
    #: True of focus nodes that certainly conform, apart from SPARQL constraints.
    ok: str
    #: Its parts; empty where it was not divided.
    clauses: tuple[Clause, ...]
    constraints: tuple[SparqlConstraint, ...]
    #: The query for its results, where they can be written without pySHACL.
    direct_query: DirectQuery | None
    #: Why parts are not compiled; if any, all focus nodes are left to pySHACL.
    uncompiled: tuple[str, ...]
    reads: tuple[Read, ...]
    #: Why it is not known which focus nodes a change can affect; if any, all are validated.
    unbounded: tuple[str, ...]

    @property
    def focus(self) -> str:
        """The pattern of all focus nodes."""
        return _union(self.targets)

    def candidates(self, holds: Callable[[Clause], bool] | None = None) -> str | None:
        """Return the query for the focus nodes that may not conform; None where all conform.

        Clauses of which `holds` is true are known to hold for all nodes, and are left out.
        """
        ok = self.ok
        if holds and self.clauses:
            ok = conjunction(clause.ok for clause in self.clauses if not holds(clause))
        if ok == TRUE:
            return None
        # Only several patterns return so many duplicates that removing them is worth its cost.
        distinct = "DISTINCT " if len(self.targets) > 1 else ""
        return f"SELECT {distinct}?this WHERE {{\n  {self.focus}\n  FILTER ({negated(ok)})\n}}"

    def among(self, terms: list[str]) -> str:
        """Return the query for those of some focus nodes that may not conform."""
        values = " ".join(terms)
        return f"SELECT ?this WHERE {{ VALUES ?this {{ {values} }} FILTER ({negated(self.ok)}) }}"

    def by_constraint(self, constraint: SparqlConstraint) -> str:
        """Return the query for the focus nodes that violate a SPARQL constraint."""
        return (
            f"{constraint.prefixes}SELECT DISTINCT ?this WHERE {{\n  {self.focus}\n"
            f"  {{ {constraint.text} }}\n}}"
        )

    def queries(self) -> Iterator[str]:
        """Yield all queries over the whole graph."""
        whole = self.candidates()
        if whole:
            yield whole
        for constraint in self.constraints:
            yield self.by_constraint(constraint)


def compile_shapes(shapes: ShapesGraph) -> list[CompiledShape]:
    """Return every shape that has targets, compiled and sorted by name."""
    compiled = [_compile(shape) for shape in shapes.shapes if _has_targets(shape)]
    return sorted(compiled, key=lambda shape: shape.name)


def _has_targets(shape: Shape) -> bool:
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
        compiler.uncompiled.append(str(reason))
        compiler.unbounded.append(str(reason))
    condition = compiler.condition(shape, "?this", "")
    count_before = len(compiler.uncompiled)
    constraints = list(_constraints(shape, compiler))
    ok = condition.ok if len(compiler.uncompiled) == count_before else FALSE
    for cls in {*classes, *implicit}:
        compiler.reads.append(Read("", "this", str(RDF.type), cls=str(cls)))
    for p in subjects_of:
        compiler.reads.append(Read("", "this", str(p)))
    for p in objects_of:
        compiler.reads.append(Read("", "this", str(p), inverse=True))
    return CompiledShape(
        source=shape,
        name=str(shape.node),
        targets=tuple(patterns),
        classes=tuple(sorted({str(c) for c in (*classes, *implicit)})),
        subjects_of=tuple(sorted(map(str, subjects_of))),
        objects_of=tuple(sorted(map(str, objects_of))),
        nodes=tuple(term_of(node) for node in nodes),
        ok=ok,
        clauses=() if compiler.uncompiled else tuple(clauses(shape, compiler, _union(patterns))),
        constraints=tuple(constraints),
        direct_query=None
        if compiler.uncompiled
        else direct_query(shape, compiler.constraints, compiler.value),
        uncompiled=tuple(dict.fromkeys(compiler.uncompiled)),
        reads=tuple(dict.fromkeys(_with_subclasses(compiler.reads))),
        unbounded=tuple(dict.fromkeys(compiler.unbounded)),
    )


def _union(patterns: Iterable[str]) -> str:
    return " UNION ".join(f"{{ {pattern} }}" for pattern in patterns)


def _with_subclasses(reads: list[Read]) -> Iterator[Read]:
    """Yield the reads, and for a class also the reads of its superclasses."""
    for read in reads:
        yield read
        if read.cls is not None:
            start = read.pattern or ""
            node = f"?{read.node}"
            pattern_ = f"{start} {node} <{RDF.type}>/{_SUPERCLASS_PATH} ?class ."
            yield Read(pattern_.strip(), "class", str(RDFS.subClassOf), cls=read.cls)


def _constraints(shape: Shape, compiler: Compiler) -> Iterator[SparqlConstraint]:
    """Yield the SPARQL constraints of a shape; what cannot be compiled is recorded in the compiler."""
    if not set(shape.objects(SH.sparql)):
        return
    try:
        component = SPARQLBasedConstraint(shape)
    except Exception as error:  # pySHACL will raise it again when it validates
        compiler.uncompiled.append(f"pySHACL refuses its query: {error}")
        return
    for helper in sorted(component.sparql_constraints, key=lambda h: str(h.select_text)):
        if helper.deactivated:
            continue
        try:
            yield _constraint(helper, compiler)
        except NotCompiled as reason:
            compiler.uncompiled.append(str(reason))
            compiler.unbounded.append(str(reason))


def _constraint(helper: Any, compiler: Compiler) -> SparqlConstraint:
    try:
        _, text = helper.pre_bind_variables(rdflib.URIRef("urn:x-iprgraph:node"))
    except Exception as error:  # pySHACL will raise it again when it validates
        raise NotCompiled(f"pySHACL refuses its query: {error}") from None
    if "currentShape" in text:
        raise NotCompiled("its query asks for $currentShape")
    pattern = read_query(helper.apply_prefixes(text))
    predicates: set[str | None] = set()
    try:
        query_reads = reads(pattern)
        compiler.reads += query_reads
        predicates = {read.predicate for read in query_reads}
    except NotCompiled as reason:
        compiler.unbounded.append(str(reason))
        predicates = {None}
    prefixes = "".join(
        f"PREFIX {p}: {iri(rdflib.URIRef(ns))}\n" for p, ns in sorted(helper.prefixes.items())
    )
    return SparqlConstraint(text.strip(), prefixes, frozenset(predicates))
