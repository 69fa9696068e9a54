"""The shapes as documents: in words, and as the queries that they are compiled to."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import pyoxigraph as ox

from iprgraph.namespaces import PREFIXES, SH, shorten
from iprgraph.shacl.compile.shapes import CompiledShape

_NAMESPACE = PREFIXES["sh"]
_SPOKEN = {name: ox.NamedNode(_NAMESPACE + name) for name in ("name", "description", "message")}
_IRI = re.compile(r"<([^<>\s]*)>")


class ShapeText(NamedTuple):
    """What a shape says of itself: its name, what must hold, and what to do where it does not."""

    name: str
    severity: str
    title: str
    description: str
    message: str


def shape_texts(shapes: Iterable[ox.Quad], language: str = "en") -> dict[str, ShapeText]:
    """Read what named shapes say in a language, else in any, by the shape's IRI."""
    told: dict[str, dict[str, str]] = {}
    for quad in shapes:
        if not isinstance(quad.subject, ox.NamedNode):
            continue
        known = told.setdefault(quad.subject.value, {})
        term = quad.object
        if quad.predicate == SH.severity and isinstance(term, ox.NamedNode):
            known["severity"] = term.value.removeprefix(_NAMESPACE)
        for key, predicate in _SPOKEN.items():
            is_told = quad.predicate == predicate and isinstance(term, ox.Literal)
            if is_told and (term.language == language or key not in known):  # type: ignore[union-attr]
                known[key] = term.value  # type: ignore[union-attr]
    return {
        iri: ShapeText(
            shorten(iri),
            known.get("severity", "Violation"),
            known.get("name", ""),
            known.get("description", ""),
            known.get("message", ""),
        )
        for iri, known in told.items()
    }


def in_words(compiled: Iterable[CompiledShape], told: dict[str, ShapeText]) -> str:
    """List shapes: name, severity, what must hold, what to do."""
    parts = []
    for one in compiled:
        found = told[one.name]
        lines = [f"{found.name} ({found.severity}): {found.title}"]
        lines += [f"  {text}" for text in (found.description, found.message) if text]
        parts.append("\n".join(lines) + "\n")
    return "\n".join(parts)


def as_sparql(compiled: Iterable[CompiledShape], told: dict[str, ShapeText]) -> str:
    """Print the queries that shapes are compiled to, each with what it is for."""
    return "\n".join("\n".join(_queries(one, told[one.name])) + "\n" for one in compiled)


def _queries(one: CompiledShape, found: ShapeText) -> Iterator[str]:
    yield f"# {found.name} ({found.severity}): {found.description}"
    for reason in one.missing:
        yield f"# Not compiled, so that pySHACL looks at every focus node: {reason}."
    for reason in one.unbounded:
        yield f"# After a change it is asked whole: {reason}."
    texts = list(one.queries())
    if not texts:
        yield "# Nothing can break it."
    for text in texts:
        yield "# Finds the focus nodes that may break it; pySHACL judges them."
        yield with_prefixes(text)


def with_prefixes(text: str) -> str:
    """Write a query with the project's prefixes, those that it uses declared."""
    used: set[str] = set()

    def short(match: re.Match[str]) -> str:
        name = shorten(match[1])
        prefix, colon, local = name.partition(":")
        if not colon or prefix not in PREFIXES or not re.fullmatch(r"[A-Za-z][\w-]*", local):
            return match[0]
        used.add(prefix)
        return name

    head, _, body = text.rpartition("SELECT DISTINCT ?this") if "PREFIX" in text else ("", "", "")
    declared = set(re.findall(r"PREFIX ([\w-]+):", head))
    body = f"SELECT DISTINCT ?this{body}" if head else text
    body = _IRI.sub(short, body)
    lines = [f"PREFIX {prefix}: <{PREFIXES[prefix]}>" for prefix in sorted(used - declared)]
    return "\n".join([*lines, *head.strip().splitlines(), body])
