"""Shapes graphs as pySHACL is to read them: where it departs from the standard, they are mended."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import pyoxigraph as ox
import rdflib
from rdflib.namespace import RDF

from iprgraph.namespaces import OWL
from iprgraph.shacl.compile.data import SHAPES_VARIABLE
from iprgraph.shacl.compile.paths import SH

_UNIQUE, _DECLARE, _PREFIXES, _SELECT = (
    ox.NamedNode(str(SH[name])) for name in ("uniqueLang", "declare", "prefixes", "select")
)
_SHAPES_GRAPH = re.compile(r"[$?]shapesGraph\b")


def mended(shapes: Iterable[ox.Quad]) -> list[ox.Quad]:
    """Have pySHACL read shapes as the standard does.

    1. sh:uniqueLang holds where it is `true`; "1" is another literal, which is not heeded.
    2. Prefixes are those that `sh:prefixes/owl:imports*` declares.
    3. $shapesGraph is given to queries, which it refuses; so it gets another name (see `view`).
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
    """Give what sh:prefixes declares by import, as if it declared it itself."""
    imports: dict[object, list[object]] = {}
    for quad in quads:
        if quad.predicate == OWL.imports:
            imports.setdefault(quad.subject, []).append(quad.object)
    for start in {quad.object for quad in quads if imports and quad.predicate == _PREFIXES}:
        seen: set[object] = set()
        waiting: list[object] = [start]
        while waiting:
            seen.add(node := waiting.pop())
            waiting += [n for n in imports.get(node, ()) if n not in seen]
        for quad in quads:
            if quad.predicate == _DECLARE and quad.subject in seen - {start}:
                yield ox.Quad(start, _DECLARE, quad.object)  # type: ignore[arg-type]


def needs_rules(graph: rdflib.Graph) -> bool:
    """Tell whether shapes make triples or define functions, which is SHACL-AF's, not SHACL's."""
    kinds = (SH.SPARQLFunction, SH.JSFunction, SH.SPARQLTargetType)
    has_rules = next(graph.subject_objects(SH.rule), None) is not None
    return has_rules or any((None, RDF.type, kind) in graph for kind in kinds)
