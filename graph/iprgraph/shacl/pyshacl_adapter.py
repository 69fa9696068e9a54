"""pySHACL's judgement of some focus nodes, as the standard's report."""

from __future__ import annotations

from collections.abc import Iterable
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

from iprgraph.errors import DataError
from iprgraph.namespaces import RDF, SH
from iprgraph.rdf.rdflib_bridge import Bridge
from iprgraph.shacl.compile.data import Queried

_OPTIONS: dict[str, Any] = {"inference": "none", "advanced": True, "inplace": True}
REFUSALS = (
    ConstraintLoadError,
    RuntimeError,
    ReportableRuntimeError,
    ShapeLoadError,
    TypeError,  # of values that cannot be compared
    ValidationFailure,
)


class Judge:
    """Look at focus nodes one after the other, and keep what is found."""

    def __init__(self, shapes: ShapesGraph, graph: rdflib.Graph, bridge: Bridge) -> None:
        self._shapes = shapes
        self._bridge = bridge
        self._validator = pyshacl.validator.Validator(
            DataGraph.from_rdflib_graph(graph),
            shacl_graph=rdflib.Graph(),
            options=dict(_OPTIONS),
        )
        self._executor = self._validator.make_executor()
        self._found: list[Any] = []
        self._conforms = True

    def look(self, shape: Shape, focus: Iterable[Any] | None) -> None:
        """Validate focus nodes against a shape, or all that the shape aims at; raises DataError."""
        shape.set_advanced(True)
        try:
            conforms, found = shape.validate(
                self._executor,
                self._validator.data_graph,
                focus=None if focus is None else list(focus),
            )
        except REFUSALS as error:
            raise DataError(f"the shapes cannot be used: {error}") from error
        self._conforms = self._conforms and conforms
        self._found += found

    def report(self) -> list[ox.Quad]:
        """Write the report of all that was found."""
        graph, _ = self._validator.create_validation_report(
            self._shapes, self._conforms, self._found
        )
        return quads(graph, self._bridge)


def conforming() -> list[ox.Quad]:
    """Write the report of nothing found."""
    node = ox.BlankNode()
    return [
        ox.Quad(node, RDF.type, SH.ValidationReport),
        ox.Quad(node, SH.conforms, ox.Literal(True)),
    ]


def everything(graph: rdflib.Graph, shapes: Iterable[ox.Quad], bridge: Bridge) -> list[ox.Quad]:
    """Have pySHACL validate a copy of a whole graph; raises DataError."""
    copy = Queried()
    for triple in graph:
        copy.add(triple)
    try:
        _, report, text = pyshacl.validate(copy, shacl_graph=bridge.graph(shapes), **_OPTIONS)
    except REFUSALS as error:
        raise DataError(f"the shapes cannot be used: {error}") from error
    if not isinstance(report, rdflib.Graph):
        raise DataError(f"the shapes cannot be used: {text}")
    return quads(report, bridge)


def quads(graph: rdflib.Graph, bridge: Bridge) -> list[ox.Quad]:
    """Bring a report back to the engine's terms."""
    back = bridge.back
    return [ox.Quad(back(s), back(p), back(o)) for s, p, o in graph]  # type: ignore[arg-type]
