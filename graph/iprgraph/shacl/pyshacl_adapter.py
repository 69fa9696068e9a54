"""pySHACL adapted to the standard: shapes as it is to read them, its validation, and its reports."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

import pyoxigraph as ox
import pyshacl
import pyshacl.validator
import rdflib
from pyshacl.errors import (
    ConstraintLoadError,
    ReportableRuntimeError,
    ShapeLoadError,
    ValidationFailure,
)
from pyshacl.graph_abstraction import DataGraph
from pyshacl.shape import Shape
from pyshacl.shapes_graph import ShapesGraph

from iprgraph.errors import DataError, Text
from iprgraph.namespaces import OWL, RDF, SH
from iprgraph.rdf.rdflib_bridge import Bridge
from iprgraph.shacl.compile.data import SHAPES_VARIABLE, PreparedGraph

_OPTIONS: dict[str, Any] = {"inference": "none", "advanced": True, "inplace": True}
REFUSALS = (
    ConstraintLoadError,
    RuntimeError,
    ReportableRuntimeError,
    ShapeLoadError,
    TypeError,  # of values that cannot be compared
    ValidationFailure,
)
_UNIQUE, _DECLARE, _PREFIXES, _SELECT = (
    ox.NamedNode(SH.iri + name) for name in ("uniqueLang", "declare", "prefixes", "select")
)
_SHAPES_GRAPH = re.compile(r"[$?]shapesGraph\b")


_RULE = ox.NamedNode(f"{SH.iri}rule")
_FUNCTION_TYPES = tuple(
    ox.NamedNode(SH.iri + name) for name in ("SPARQLFunction", "JSFunction", "SPARQLTargetType")
)


def adapted_shapes(shapes: Iterable[ox.Quad]) -> list[ox.Quad]:
    """Return shapes changed so that pySHACL reads them as the standard does.

    1. sh:uniqueLang applies where it is `true`; "1" is another literal, which is ignored.
    2. Prefixes are those that `sh:prefixes/owl:imports*` declares.
    3. pySHACL rejects $shapesGraph in queries, so the variable is renamed (see `PreparedGraph`).
    """
    quads = []
    for quad in shapes:
        value = getattr(quad.object, "value", "")
        if quad.predicate == _UNIQUE and value == "1":
            continue
        if quad.predicate == _SELECT and "shapesGraph" in value:
            text = ox.Literal(_SHAPES_GRAPH.sub(f"?{SHAPES_VARIABLE}", value))
            quad = ox.Quad(quad.subject, quad.predicate, text)
        quads.append(quad)
    return [*quads, *_imported(quads)]


def _imported(quads: list[ox.Quad]) -> Iterator[ox.Quad]:
    """Yield the prefix declarations that sh:prefixes imports, as its own."""
    imports: dict[object, list[object]] = {}
    for quad in quads:
        if quad.predicate == OWL.imports:
            imports.setdefault(quad.subject, []).append(quad.object)
    for start in {quad.object for quad in quads if imports and quad.predicate == _PREFIXES}:
        seen: set[object] = set()
        queue: list[object] = [start]
        while queue:
            seen.add(node := queue.pop())
            queue += [n for n in imports.get(node, ()) if n not in seen]
        for quad in quads:
            if quad.predicate == _DECLARE and quad.subject in seen - {start}:
                yield ox.Quad(start, _DECLARE, quad.object)  # type: ignore[arg-type]


def needs_rules(shapes: Iterable[ox.Quad]) -> bool:
    """Check whether shapes make triples or define functions, which is SHACL-AF, not SHACL."""
    return any(
        quad.predicate == _RULE or (quad.predicate == RDF.type and quad.object in _FUNCTION_TYPES)
        for quad in shapes
    )


class FocusValidator:
    """Validate focus nodes with pySHACL, and collect the results."""

    def __init__(self, shapes: ShapesGraph, graph: rdflib.Graph, bridge: Bridge) -> None:
        self._shapes = shapes
        self._bridge = bridge
        self._validator = pyshacl.validator.Validator(
            DataGraph.from_rdflib_graph(graph),
            shacl_graph=rdflib.Graph(),
            options=dict(_OPTIONS),
        )
        self._executor = self._validator.make_executor()
        self._results: list[Any] = []
        self._conforms = True

    def validate(self, shape: Shape, focus: Iterable[Any] | None) -> None:
        """Validate focus nodes against a shape, or all of its targets; raises DataError."""
        shape.set_advanced(True)
        try:
            conforms, results = shape.validate(
                self._executor,
                self._validator.data_graph,
                focus=None if focus is None else list(focus),
            )
        except REFUSALS as error:
            raise DataError(
                Text("the shapes cannot be used: {told}", told=Text.of(error))
            ) from error
        self._conforms = self._conforms and conforms
        self._results += results

    def report(self) -> list[ox.Quad]:
        """Return the report of all results."""
        graph, _ = self._validator.create_validation_report(
            self._shapes, self._conforms, self._results
        )
        return _report_quads(graph, self._bridge)


def conforming_report() -> list[ox.Quad]:
    """Return a report without results."""
    node = ox.BlankNode()
    return [
        ox.Quad(node, RDF.type, SH.ValidationReport),
        ox.Quad(node, SH.conforms, ox.Literal(True)),
    ]


def validate_graph(graph: rdflib.Graph, shapes: Iterable[ox.Quad], bridge: Bridge) -> list[ox.Quad]:
    """Return pySHACL's report of a copy of a whole graph; raises DataError."""
    copy = PreparedGraph()
    for triple in graph:
        copy.add(triple)
    try:
        _, report, text = pyshacl.validate(copy, shacl_graph=bridge.graph(shapes), **_OPTIONS)
    except REFUSALS as error:
        raise DataError(Text("the shapes cannot be used: {told}", told=Text.of(error))) from error
    if not isinstance(report, rdflib.Graph):
        raise DataError(Text("the shapes cannot be used: {told}", told=Text.of(text)))
    return _report_quads(report, bridge)


def _report_quads(graph: rdflib.Graph, bridge: Bridge) -> list[ox.Quad]:
    """Return a report in the engine's terms."""
    back = bridge.to_oxigraph
    return [ox.Quad(back(s), back(p), back(o)) for s, p, o in graph]  # type: ignore[arg-type]


def restore_languages(report: list[ox.Quad], shapes: list[ox.Quad]) -> list[ox.Quad]:
    """Return a report with the language tags that pySHACL drops where it fills in a query's variables."""
    if not any(quad.predicate == SH.resultMessage for quad in report):
        return report
    patterns: dict[object, list[tuple[re.Pattern[str], str]]] = {}
    for quad in shapes:
        message = quad.object
        if quad.predicate == SH.message and isinstance(message, ox.Literal) and message.language:
            parts = re.split(r"\{[?$]\w+\}", message.value)
            pattern = re.compile(".*".join(map(re.escape, parts)), re.DOTALL)
            patterns.setdefault(quad.subject, []).append((pattern, message.language))
    templates: dict[object, list[tuple[re.Pattern[str], str]]] = {}
    for quad in report:
        if quad.predicate in (SH.sourceConstraint, SH.sourceShape):
            templates.setdefault(quad.subject, []).extend(patterns.get(quad.object, []))
    restored = []
    for quad in report:
        message = quad.object
        if (
            quad.predicate == SH.resultMessage
            and isinstance(message, ox.Literal)
            and not message.language
        ):
            for pattern, language in templates.get(quad.subject, []):
                if pattern.fullmatch(message.value):
                    tagged = ox.Literal(message.value, language=language)
                    quad = ox.Quad(quad.subject, quad.predicate, tagged)
                    break
        restored.append(quad)
    return restored
