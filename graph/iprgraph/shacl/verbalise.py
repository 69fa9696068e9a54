"""Shapes as text: in words, and as the queries that they are compiled to."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import pyoxigraph as ox

from iprgraph.namespaces import PREFIXES, SH, shorten
from iprgraph.shacl.compile.shapes import CompiledShape
from iprgraph.sparql.tree import Edits, parse

_NAMESPACE = PREFIXES["sh"]
_TEXT_PREDICATES = {
    name: ox.NamedNode(_NAMESPACE + name) for name in ("name", "description", "message")
}


class ShapeText(NamedTuple):
    """The texts of a shape: its name, what must hold, and what to do where it does not."""

    name: str
    severity: str
    title: str
    description: str
    message: str


def shape_texts(shapes: Iterable[ox.Quad], language: str = "en") -> dict[str, ShapeText]:
    """Return the texts of named shapes in a language, else in any, by the shape's IRI."""
    texts: dict[str, dict[str, str]] = {}
    for quad in shapes:
        if not isinstance(quad.subject, ox.NamedNode):
            continue
        values = texts.setdefault(quad.subject.value, {})
        term = quad.object
        if quad.predicate == SH.severity and isinstance(term, ox.NamedNode):
            values["severity"] = term.value.removeprefix(_NAMESPACE)
        for key, predicate in _TEXT_PREDICATES.items():
            is_text = quad.predicate == predicate and isinstance(term, ox.Literal)
            if is_text and (term.language == language or key not in values):  # type: ignore[union-attr]
                values[key] = term.value  # type: ignore[union-attr]
    return {
        iri: ShapeText(
            shorten(iri),
            values.get("severity", "Violation"),
            values.get("name", ""),
            values.get("description", ""),
            values.get("message", ""),
        )
        for iri, values in texts.items()
    }


def in_words(compiled: Iterable[CompiledShape], texts: dict[str, ShapeText]) -> str:
    """Return shapes in words: name, severity, what must hold, what to do."""
    parts = []
    for shape in compiled:
        shape_text = texts[shape.name]
        lines = [f"{shape_text.name} ({shape_text.severity}): {shape_text.title}"]
        lines += [f"  {text}" for text in (shape_text.description, shape_text.message) if text]
        parts.append("\n".join(lines) + "\n")
    return "\n".join(parts)


def as_sparql(compiled: Iterable[CompiledShape], texts: dict[str, ShapeText]) -> str:
    """Return the queries that shapes are compiled to, each with its purpose."""
    return "\n".join("\n".join(_queries(shape, texts[shape.name])) + "\n" for shape in compiled)


def _queries(shape: CompiledShape, shape_text: ShapeText) -> Iterator[str]:
    yield f"# {shape_text.name} ({shape_text.severity}): {shape_text.description}"
    for reason in shape.uncompiled:
        yield f"# Not compiled, so that pySHACL looks at every focus node: {reason}."
    for reason in shape.unbounded:
        yield f"# After a change it is asked whole: {reason}."
    texts = list(shape.queries())
    if not texts:
        yield "# Nothing can break it."
    for text in texts:
        yield "# Finds the focus nodes that may break it; pySHACL judges them."
        yield with_prefixes(text)


def with_prefixes(text: str) -> str:
    """Return a query with the project's prefixes, those that it uses declared."""
    tree = parse(text)
    edits = Edits(tree)
    for iri in tree.query.find("iri"):
        name = shorten(iri.text[1:-1])
        prefix, colon, local = name.partition(":")
        if colon and prefix in PREFIXES and re.fullmatch(r"[A-Za-z][\w-]*", local):
            edits.replace(iri, name)
    query = edits.text()
    return parse(query).missing_declarations() + query
