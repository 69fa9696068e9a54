"""SHACL property paths as SPARQL, and the triples that following them reads."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import rdflib
from rdflib.namespace import RDF
from rdflib.term import Node

SH = rdflib.Namespace("http://www.w3.org/ns/shacl#")

#: pySHACL refuses paths that are nested deeper; each step of a sequence counts.
_MAX_DEPTH = 8
_MARKS: dict[Node, str] = {SH.zeroOrMorePath: "*", SH.oneOrMorePath: "+", SH.zeroOrOnePath: "?"}


class NotCompiled(Exception):
    """Raised with the reason why something cannot be compiled."""


class PathStep(NamedTuple):
    """One triple that a path reads: the path before it, its predicate, and whether it is inverse."""

    before: str
    predicate: rdflib.URIRef
    inverse: bool


class Path(NamedTuple):
    """A path in SPARQL, whether a node can be its own value, and the triples that the path reads."""

    text: str
    nullable: bool
    steps: tuple[PathStep, ...]
    #: The elements of a sequence.
    parts: tuple[str, ...] = ()

    def after(self, prefix: str) -> str:
        """Return the path that follows a first one."""
        return f"{prefix}/{self.text}" if prefix else self.text

    def reads(self, prefix: str) -> Iterator[PathStep]:
        """Yield the triples that are read when the path follows a first one."""
        for step in self.steps:
            before = f"{prefix}/{step.before}" if prefix and step.before else prefix or step.before
            yield PathStep(before, step.predicate, step.inverse)


def iri(node: Node) -> str:
    """Return an IRI in SPARQL; raises NotCompiled for other terms."""
    if not isinstance(node, rdflib.URIRef) or any(c in str(node) for c in '<>"{}|^`\\ \n'):
        raise NotCompiled(f"{node!r} is not an IRI")
    return f"<{node}>"


def read_path(graph: rdflib.Graph, node: Node, depth: int = 0) -> Path:
    """Return a path of a shapes graph; raises NotCompiled where it is not supported."""
    if isinstance(node, rdflib.URIRef):
        return Path(iri(node), False, (PathStep("", node, False),))
    if depth > _MAX_DEPTH:
        raise NotCompiled("its path is too deep")
    properties = list(graph.predicate_objects(node))
    if len(properties) == 2 and {p for p, _ in properties} == {RDF.first, RDF.rest}:
        items = list(graph.items(node))
        if not 2 <= len(items) <= _MAX_DEPTH:
            raise NotCompiled("its path is a list of one, or of many")
        return sequence([read_path(graph, item, depth + 1 + i) for i, item in enumerate(items)])
    if len(properties) != 1:
        raise NotCompiled("its path is of several kinds")
    kind, inner = properties[0]
    if kind == SH.alternativePath:
        return alternatives([read_path(graph, item, depth + 1) for item in graph.items(inner)])
    if kind == SH.inversePath:
        if not isinstance(inner, rdflib.URIRef):
            # pySHACL turns the steps of such a path around, but not their order.
            raise NotCompiled("its path is the inverse of a path of several steps")
        return Path(f"^{iri(inner)}", False, (PathStep("", inner, True),))
    if kind not in _MARKS:
        raise NotCompiled("its path is of an unknown kind")
    return repeated(read_path(graph, inner, depth + 1), _MARKS[kind])


def repeated(inner: Path, mark: str) -> Path:
    """Return a path repeated any number of times (*), at least once (+) or at most once (?)."""
    steps = inner.steps if mark == "?" else tuple(inner.reads(f"({inner.text})*"))
    return Path(f"({inner.text}){mark}", mark != "+" or inner.nullable, steps)


def sequence(parts: list[Path]) -> Path:
    """Return the sequence of paths."""
    steps: list[PathStep] = []
    text = ""
    for part in parts:
        steps += part.reads(text)
        text = part.after(text)
    pieces = tuple(piece for part in parts for piece in part.parts or (part.text,))
    return Path(f"({text})", all(part.nullable for part in parts), tuple(steps), pieces)


def alternatives(parts: list[Path]) -> Path:
    """Return the alternative of paths; raises NotCompiled for fewer than two."""
    if len(parts) < 2:
        raise NotCompiled("its path has an alternative to nothing")
    return Path(
        "(" + "|".join(part.text for part in parts) + ")",
        any(part.nullable for part in parts),
        tuple(step for part in parts for step in part.steps),
    )


class Read(NamedTuple):
    """Triples that the validation of a focus node reads, and the pattern that leads to them.

    The pattern leads from ?this to the node that is the subject of the triple, or the object where
    `inverse`; it is empty where that is the focus node itself. The predicate is None for any.
    """

    pattern: str
    node: str
    predicate: str | None
    inverse: bool = False
    #: For rdf:type: only triples of this class or its subclasses count.
    cls: str | None = None
    #: The term that the other end of the triple must be.
    other: object = None

    @classmethod
    def along(
        cls, path: str, predicate: str | None, inverse: bool = False, of: str | None = None
    ) -> Read:
        """Return the read at the end of a path from the focus node."""
        if not path:
            return cls("", "this", predicate, inverse, of)
        return cls(f"?this {path} ?node .", "node", predicate, inverse, of)
