"""Validation: what the shapes say about the data, by pySHACL, as a report that is always the same."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

import pyoxigraph as ox
import pyshacl
import rdflib
from pyshacl.errors import ReportableRuntimeError
from rdflib.plugins.sparql import prepareQuery
from rdflib.plugins.sparql.sparql import Query
from rdflib.query import Result as QueryResult

from iprgraph.bridge import Bridge
from iprgraph.errors import DataError
from iprgraph.namespaces import SH
from iprgraph.report import Report, Result

__all__ = ["Report", "Result", "validate"]


def validate(
    data: Iterable[ox.Quad],
    shapes: Iterable[ox.Quad],
    shape_files: Mapping[str, str] | None = None,
) -> Report:
    """Validate the union of all graphs in data against shapes; nothing is inferred here.

    SHACL Core and SHACL-SPARQL. shape_files tells where each named shape is written. Raises
    DataError when a shape is malformed.
    """
    shapes = list(shapes)
    bridge = Bridge()
    try:
        _, graph, text = pyshacl.validate(
            bridge.graph(data, into=_Queried()),
            shacl_graph=bridge.graph(shapes),
            inference="none",
            advanced=True,
            inplace=True,
        )
    except ReportableRuntimeError as error:
        raise DataError(f"the shapes cannot be used: {error}") from error
    if not isinstance(graph, rdflib.Graph):
        raise DataError(f"the shapes cannot be used: {text}")
    quads = [
        ox.Quad(bridge.back(s), bridge.back(p), bridge.back(o))  # type: ignore[arg-type]
        for s, p, o in graph
    ]
    return Report(_with_languages(quads, shapes), shapes, shape_files)


class _Queried(rdflib.Graph):
    """Parse each query once: pySHACL asks the same one for every focus node, with other bindings."""

    def __init__(self) -> None:
        super().__init__(bind_namespaces="none")
        self._prepared: dict[str, Query] = {}

    def query(self, query_object: str | Query, *args: Any, **options: Any) -> QueryResult:
        if isinstance(query_object, str):
            prepared = self._prepared.get(query_object)
            if prepared is None:
                prepared = prepareQuery(query_object, initNs=dict(self.namespaces()))
                self._prepared[query_object] = prepared
            query_object = prepared
        return super().query(query_object, *args, **options)


def _with_languages(report: list[ox.Quad], shapes: list[ox.Quad]) -> list[ox.Quad]:
    """Give messages back the language that pySHACL drops where it fills in a query's variables."""
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
    mended = []
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
        mended.append(quad)
    return mended
