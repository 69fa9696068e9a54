"""Validate a graph in the engine against compiled shapes, whole or where a change can reach."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import pyoxigraph as ox
from pyshacl.shapes_graph import ShapesGraph

from iprgraph.errors import DataError, Text
from iprgraph.rdf.lexical_forms import EscapedLiterals, unescaped
from iprgraph.rdf.rdflib_bridge import Bridge
from iprgraph.shacl.affected_nodes import AffectedNodes
from iprgraph.shacl.compile.data import Data, view
from iprgraph.shacl.compile.direct_results import DirectResult
from iprgraph.shacl.compile.graph_checks import GraphChecks
from iprgraph.shacl.compile.shapes import CompiledShape, compile_shapes
from iprgraph.shacl.pyshacl_adapter import (
    REFUSALS,
    FocusValidator,
    conforming,
    everything,
    mended,
    needs_rules,
    with_languages,
)
from iprgraph.shacl.report import Report

#: So many focus nodes are named in one query.
_CHUNK = 500


class Validator:
    """Hold compiled shapes; one serves any number of graphs, one after the other."""

    def __init__(
        self, shapes: Iterable[ox.Quad], shape_files: Mapping[str, str] | None = None
    ) -> None:
        """Compile shapes; raises DataError when one is malformed."""
        self._quads = list(shapes)
        self._files = shape_files or {}
        self._bridge = Bridge()
        graph = self._bridge.graph(mended(self._quads))
        self._needs_rules = needs_rules(self._quads)
        try:
            self._shapes = ShapesGraph(graph, False, None)
            self.compiled = compile_shapes(self._shapes)
        except REFUSALS as error:
            raise DataError(
                Text("the shapes cannot be used: {told}", told=Text.of(error))
            ) from error
        #: (shape, why): whose focus nodes pySHACL looks at one and all.
        self.left = tuple((one.name, why) for one in self.compiled for why in one.missing)
        if self._needs_rules:
            self.left = (*self.left, ("", "rules or functions of SHACL-AF are used"))

    def whole(self, data: Data) -> Report:
        """Validate everything."""
        if self._needs_rules:
            return self._report(everything(view(data, self._bridge), self._quads, self._bridge))
        affected = AffectedNodes(data)
        looks = GraphChecks(data, (clause for one in self.compiled for clause in one.clauses))
        found: dict[str, set[object] | None] = {}
        findings: list[DirectResult] = []
        for one in self.compiled:
            others = self._beside(one, data)
            if others is not None:
                others |= self._unsure(one, data, affected, None)
                text = one.candidates(looks.holds)
                if text and one.direct:
                    for node, results in one.direct.find(looks, text).items():
                        if results is None or node in others:
                            others.add(node)
                        else:
                            findings += results
                elif text:
                    others.update(row["this"] for row in looks.query(text))
            found[one.name] = others
        return self._judge(data, found, findings)

    def changed(
        self, data: Data, added: Iterable[ox.Quad], removed: Iterable[ox.Quad] = ()
    ) -> Report:
        """Validate the focus nodes whose results a change can have altered."""
        if self._needs_rules:
            return self.whole(data)
        affected = AffectedNodes(data, added, removed)
        found: dict[str, set[object] | None] = {}
        for one in self.compiled:
            focus = affected.focus(one)
            if focus is None:
                others, text = self._beside(one, data), one.candidates()
                if others is not None and text:
                    others.update(row["this"] for row in data.query(text))
                found[one.name] = others
            elif focus:
                candidates = self._among(one, data, focus)
                found[one.name] = candidates | self._unsure(one, data, affected, focus)
        return self._judge(data, found)

    def affected(
        self, data: Data, added: Iterable[ox.Quad], removed: Iterable[ox.Quad] = ()
    ) -> dict[str, set[object] | None]:
        """Give, by shape, the nodes whose results a change can have altered; None for all.

        Among them are nodes that were focus nodes before, and have no results now.
        """
        affected = AffectedNodes(data, added, removed)
        return {
            one.name: None if one.unbounded or not one.targets else affected.reached(one)
            for one in self.compiled
        }

    def _beside(self, one: CompiledShape, data: Data) -> set[object] | None:
        """Find the focus nodes to look at in the whole graph but for the shape's conditions.

        None where pySHACL finds them all itself.
        """
        if not one.targets:
            return None
        others: set[object] = {node for node in one.nodes if isinstance(node, ox.BlankNode)}
        for constraint in one.constraints:
            others.update(row["this"] for row in data.query(one.by_constraint(constraint)))
        return others

    def _among(self, one: CompiledShape, data: Data, focus: set[object]) -> set[object]:
        """Find those to look at among some focus nodes."""
        found: set[object] = {node for node in focus if isinstance(node, ox.BlankNode)}
        named = sorted(str(node) for node in focus - found)
        if one.ok != "true":
            for i in range(0, len(named), _CHUNK):
                text = one.among(named[i : i + _CHUNK])
                found.update(row["this"] for row in data.query(text))
        for constraint in one.constraints:
            if len(focus) > _CHUNK:
                rows = data.query(one.by_constraint(constraint))
                found |= focus.intersection(row["this"] for row in rows)
                continue
            text = constraint.prefixes + constraint.text
            for node in focus:
                if next(data.query(text, this=node), None) is not None:
                    found.add(node)
        return found

    def _unsure(
        self, one: CompiledShape, data: Data, affected: AffectedNodes, focus: set[object] | None
    ) -> set[object]:
        """Find the focus nodes of whose literals the engine knows less than is written."""
        if data.is_escaped:
            wanted: frozenset[str | None] = frozenset(
                p for constraint in one.constraints for p in constraint.predicates
            )
        else:
            wanted = frozenset(read.predicate for read in one.reads)
        if not wanted:
            return set()
        return affected.unsure(one, wanted, focus)

    def _judge(
        self,
        data: Data,
        found: Mapping[str, set[object] | None],
        findings: Sequence[DirectResult] = (),
    ) -> Report:
        if not any(focus is None or focus for focus in found.values()):
            return self._report(conforming(), findings)
        bridge = self._bridge
        judge = FocusValidator(self._shapes, view(data, bridge, self._shapes.graph), bridge)
        for one in self.compiled:
            if one.name not in found:
                continue
            focus = found[one.name]
            if focus is None:
                judge.look(one.shape, None)
            elif focus:
                judge.look(one.shape, [bridge.to_rdflib(unescaped(node)) for node in focus])
        return self._report(judge.report(), findings)

    def _report(self, graph: list[ox.Quad], findings: Sequence[DirectResult] = ()) -> Report:
        report = Report(with_languages(graph, self._quads), self._quads, self._files, findings)
        report.left = self.left
        return report


def validate(
    data: Iterable[ox.Quad],
    shapes: Iterable[ox.Quad],
    shape_files: Mapping[str, str] | None = None,
) -> Report:
    """Validate the union of all graphs in data against shapes; nothing is inferred here.

    SHACL Core and SHACL-SPARQL. shape_files tells where each named shape is written. Raises
    DataError when a shape is malformed.
    """
    validator = Validator(shapes, shape_files)
    store = ox.Store()
    written = EscapedLiterals()
    store.bulk_extend(written.escape_quads(data))
    return validator.whole(Data(store, escaped=written.predicates))
