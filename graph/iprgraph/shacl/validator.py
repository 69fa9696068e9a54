"""Validate a graph in the engine against compiled shapes: all of it, or what a change affects."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import pyoxigraph as ox
from pyshacl.shapes_graph import ShapesGraph

from iprgraph.errors import DataError, Text
from iprgraph.rdf.lexical_forms import EscapedLiterals, unescaped
from iprgraph.rdf.rdflib_bridge import Bridge
from iprgraph.shacl.affected_nodes import AffectedNodes
from iprgraph.shacl.compile.data import Data, rdflib_view
from iprgraph.shacl.compile.direct_results import DirectResult
from iprgraph.shacl.compile.graph_checks import GraphChecks
from iprgraph.shacl.compile.shapes import CompiledShape, compile_shapes
from iprgraph.shacl.pyshacl_adapter import (
    REFUSALS,
    FocusValidator,
    adapted_shapes,
    conforming_report,
    needs_rules,
    restore_languages,
    validate_graph,
)
from iprgraph.shacl.report import Report

#: How many focus nodes are listed in one query.
_CHUNK = 500


class Validator:
    """Compiled shapes, against which any number of graphs can be validated one after the other."""

    def __init__(
        self, shapes: Iterable[ox.Quad], shape_files: Mapping[str, str] | None = None
    ) -> None:
        """Compile the shapes; raises DataError when one is malformed."""
        self._quads = list(shapes)
        self._files = shape_files or {}
        self._bridge = Bridge()
        graph = self._bridge.graph(adapted_shapes(self._quads))
        self._needs_rules = needs_rules(self._quads)
        try:
            self._shapes = ShapesGraph(graph, False, None)
            self.compiled = compile_shapes(self._shapes)
        except REFUSALS as error:
            raise DataError(
                Text("the shapes cannot be used: {told}", told=Text.of(error))
            ) from error
        #: (shape, reason) for shapes whose focus nodes are all validated by pySHACL.
        self.uncompiled = tuple(
            (shape.name, why) for shape in self.compiled for why in shape.uncompiled
        )
        if self._needs_rules:
            self.uncompiled = (*self.uncompiled, ("", "rules or functions of SHACL-AF are used"))

    def validate(self, data: Data) -> Report:
        """Return the report of all focus nodes."""
        if self._needs_rules:
            return self._report(
                validate_graph(rdflib_view(data, self._bridge), self._quads, self._bridge)
            )
        affected = AffectedNodes(data)
        checks = GraphChecks(data, (clause for shape in self.compiled for clause in shape.clauses))
        nodes_by_shape: dict[str, set[object] | None] = {}
        direct_results: list[DirectResult] = []
        for shape in self.compiled:
            nodes = self._uncompiled_nodes(shape, data)
            if nodes is not None:
                nodes |= self._uncertain_nodes(shape, data, affected, None)
                text = shape.candidates(checks.holds)
                if text and shape.direct_query:
                    for node, results in shape.direct_query.find(checks, text).items():
                        if results is None or node in nodes:
                            nodes.add(node)
                        else:
                            direct_results += results
                elif text:
                    nodes.update(row["this"] for row in checks.query(text))
            nodes_by_shape[shape.name] = nodes
        return self._validate_nodes(data, nodes_by_shape, direct_results)

    def validate_change(
        self, data: Data, added: Iterable[ox.Quad], removed: Iterable[ox.Quad] = ()
    ) -> Report:
        """Return the report of the focus nodes whose results a change may have altered."""
        if self._needs_rules:
            return self.validate(data)
        affected = AffectedNodes(data, added, removed)
        nodes_by_shape: dict[str, set[object] | None] = {}
        for shape in self.compiled:
            focus = affected.focus_nodes(shape)
            if focus is None:
                nodes, text = self._uncompiled_nodes(shape, data), shape.candidates()
                if nodes is not None and text:
                    nodes.update(row["this"] for row in data.query(text))
                nodes_by_shape[shape.name] = nodes
            elif focus:
                candidates = self._candidates_among(shape, data, focus)
                nodes_by_shape[shape.name] = candidates | self._uncertain_nodes(
                    shape, data, affected, focus
                )
        return self._validate_nodes(data, nodes_by_shape)

    def affected_nodes(
        self, data: Data, added: Iterable[ox.Quad], removed: Iterable[ox.Quad] = ()
    ) -> dict[str, set[object] | None]:
        """Return, by shape, the nodes whose results a change may have altered; None for all nodes.

        They include nodes that were focus nodes before the change and are none now.
        """
        affected = AffectedNodes(data, added, removed)
        return {
            shape.name: None
            if shape.unbounded or not shape.targets
            else affected.reached_nodes(shape)
            for shape in self.compiled
        }

    def _uncompiled_nodes(self, shape: CompiledShape, data: Data) -> set[object] | None:
        """Return the focus nodes that pySHACL must validate besides those of the shape's conditions.

        None where pySHACL finds the focus nodes itself.
        """
        if not shape.targets:
            return None
        nodes: set[object] = {node for node in shape.nodes if isinstance(node, ox.BlankNode)}
        for constraint in shape.constraints:
            nodes.update(row["this"] for row in data.query(shape.by_constraint(constraint)))
        return nodes

    def _candidates_among(
        self, shape: CompiledShape, data: Data, focus: set[object]
    ) -> set[object]:
        """Return those of some focus nodes that pySHACL must validate."""
        candidates: set[object] = {node for node in focus if isinstance(node, ox.BlankNode)}
        named = sorted(str(node) for node in focus - candidates)
        if shape.ok != "true":
            for i in range(0, len(named), _CHUNK):
                text = shape.among(named[i : i + _CHUNK])
                candidates.update(row["this"] for row in data.query(text))
        for constraint in shape.constraints:
            if len(focus) > _CHUNK:
                rows = data.query(shape.by_constraint(constraint))
                candidates |= focus.intersection(row["this"] for row in rows)
                continue
            text = constraint.prefixes + constraint.text
            for node in focus:
                if next(data.query(text, this=node), None) is not None:
                    candidates.add(node)
        return candidates

    def _uncertain_nodes(
        self, shape: CompiledShape, data: Data, affected: AffectedNodes, focus: set[object] | None
    ) -> set[object]:
        """Return the focus nodes with literals that the engine does not see as they were written."""
        if data.is_escaped:
            predicates: frozenset[str | None] = frozenset(
                p for constraint in shape.constraints for p in constraint.predicates
            )
        else:
            predicates = frozenset(read.predicate for read in shape.reads)
        if not predicates:
            return set()
        return affected.uncertain_nodes(shape, predicates, focus)

    def _validate_nodes(
        self,
        data: Data,
        nodes_by_shape: Mapping[str, set[object] | None],
        direct_results: Sequence[DirectResult] = (),
    ) -> Report:
        if not any(focus is None or focus for focus in nodes_by_shape.values()):
            return self._report(conforming_report(), direct_results)
        bridge = self._bridge
        validator = FocusValidator(
            self._shapes, rdflib_view(data, bridge, self._shapes.graph), bridge
        )
        for shape in self.compiled:
            if shape.name not in nodes_by_shape:
                continue
            focus = nodes_by_shape[shape.name]
            if focus is None:
                validator.validate(shape.source, None)
            elif focus:
                validator.validate(
                    shape.source, [bridge.to_rdflib(unescaped(node)) for node in focus]
                )
        return self._report(validator.report(), direct_results)

    def _report(self, graph: list[ox.Quad], direct_results: Sequence[DirectResult] = ()) -> Report:
        report = Report(
            restore_languages(graph, self._quads), self._quads, self._files, direct_results
        )
        report.uncompiled = self.uncompiled
        return report


def validate(
    data: Iterable[ox.Quad],
    shapes: Iterable[ox.Quad],
    shape_files: Mapping[str, str] | None = None,
) -> Report:
    """Return the report of the union of all graphs in data; nothing is inferred here.

    SHACL Core and SHACL-SPARQL are supported. shape_files has the file of each named shape. Raises
    DataError when a shape is malformed.
    """
    validator = Validator(shapes, shape_files)
    store = ox.Store()
    written = EscapedLiterals()
    store.bulk_extend(written.escape_quads(data))
    return validator.validate(Data(store, escaped=written.predicates))
