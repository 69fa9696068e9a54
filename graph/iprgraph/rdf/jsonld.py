"""JSON-LD with the project's context: compact, self-contained, and always the same bytes.

It is written here because the general serializers either expand everything, or look contexts up on the
Web, or order by hash. A dataset becomes `{"@context": …, "@graph": [graph, …]}`, a graph
`{"id": …, "@graph": [node, …]}`; values are always typed strings, so that lexical forms survive.
https://www.w3.org/TR/json-ld11/
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

import pyoxigraph as ox

from iprgraph.errors import DataError
from iprgraph.namespaces import PREFIXES, RDF, XSD
from iprgraph.rdf.syntax import reading_order

Context = dict[str, Any]


def read_context(path: Path) -> Context:
    """Parse a context document; raises DataError where it is not one."""
    try:
        document = json.loads(path.read_text("utf-8"))
    except json.JSONDecodeError as error:
        raise DataError(
            f"{path.name}, line {error.lineno}, column {error.colno}: {error.msg}"
        ) from error
    context = document.get("@context") if isinstance(document, dict) else None
    if not isinstance(context, dict):
        raise DataError(f'{path.name}: a context is an object {{"@context": {{…}}}}')
    return context


def write(quads: Iterable[ox.Quad], context: Context) -> bytes:
    """Return quads as compact JSON-LD with the context in it, graphs and nodes in reading order."""
    compact = Compactor(context)
    graphs: dict[str, dict[str, dict[str, Any]]] = {}
    for quad in sorted(quads, key=reading_order):
        plain = isinstance(quad.graph_name, ox.DefaultGraph)
        nodes = graphs.setdefault("" if plain else compact.reference(quad.graph_name), {})
        subject = compact.reference(quad.subject)
        node = nodes.setdefault(subject, {compact.id: subject})
        key, value = compact.entry(quad.predicate, quad.object)
        node.setdefault(key, []).append(value)
    content: list[Any] = []
    for name, nodes in graphs.items():
        listed = [{key: _single(value) for key, value in node.items()} for node in nodes.values()]
        content += [{compact.id: name, "@graph": listed}] if name else listed
    document = {"@context": compact.context, "@graph": content}
    return (json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode()


class Compactor:
    """Writes IRIs and values by a context: prefixes, and terms with a coerced type or language."""

    def __init__(self, context: Context) -> None:
        #: The context as written out: the given one, and the project's prefixes it leaves out.
        self.context = {**{k: v for k, v in PREFIXES.items() if k not in context}, **context}
        self.id = self._alias("@id")
        self.type = self._alias("@type")
        self._default_language = "@language" in context
        prefixes = {
            name: iri
            for name, iri in self.context.items()
            if isinstance(iri, str) and iri.endswith(("/", "#")) and not name.startswith("@")
        }
        # The longest first, for one prefix may begin another.
        self._prefixes = sorted(prefixes.items(), key=lambda item: (-len(item[1]), item[0]))
        self.shorten = cache(self._shorten)
        self._terms: dict[tuple[str, str], str] = {}
        for name, definition in sorted(self.context.items()):
            self._add_term(name, definition, prefixes)

    def _alias(self, keyword: str) -> str:
        names = sorted(name for name, value in self.context.items() if value == keyword)
        return names[0] if names else keyword

    def _add_term(self, name: str, definition: object, prefixes: dict[str, str]) -> None:
        """Register what a term can write: (predicate, coercion) -> term."""
        if isinstance(definition, str):
            definition = {"@id": definition}
        if name.startswith("@") or name in prefixes or not isinstance(definition, dict):
            return
        if not definition.keys() <= {"@id", "@type", "@language"}:
            return
        iri = _expand(str(definition.get("@id", name)), prefixes)
        coercion = "" if self._default_language else XSD.string.value
        if "@type" in definition:
            coercion = _expand(definition["@type"], prefixes)
        elif definition.get("@language"):
            coercion = "@" + definition["@language"]
        self._terms.setdefault((iri, coercion), name)

    def reference(self, term: object) -> str:
        """Return an IRI or blank node as a string."""
        return str(term) if isinstance(term, ox.BlankNode) else self.shorten(_iri(term))

    def _shorten(self, iri: str) -> str:
        """Return an IRI with a prefix of the context, where one fits."""
        for name, start in self._prefixes:
            rest = iri[len(start) :]
            # "//" after the colon would read as an absolute IRI.
            if iri.startswith(start) and rest and not rest.startswith("//"):
                return f"{name}:{rest}"
        return iri

    def entry(self, predicate: ox.NamedNode, value: object) -> tuple[str, Any]:
        """Return the key and value that write one triple of a node."""
        iri = predicate.value
        if predicate == RDF.type and isinstance(value, ox.NamedNode):
            return self.type, self.shorten(value.value)
        if not isinstance(value, ox.Literal):
            term = self._terms.get((iri, "@id"))
            reference = self.reference(value)
            return (term, reference) if term else (self._plain(iri), {self.id: reference})
        coercion = f"@{value.language}" if value.language else value.datatype.value
        term = self._terms.get((iri, coercion))
        if term:
            return term, value.value
        if value.language:
            return self._plain(iri), {"@language": value.language, "@value": value.value}
        if value.datatype == XSD.string:
            plain = self._default_language or self._coerced(iri)
            return self._plain(iri), {"@value": value.value} if plain else value.value
        return self._plain(iri), {
            "@type": self.shorten(value.datatype.value),
            "@value": value.value,
        }

    def _plain(self, iri: str) -> str:
        """Return the name of a predicate for a value that says its own type."""
        return self._terms.get((iri, XSD.string.value)) or self.shorten(iri)

    def _coerced(self, iri: str) -> bool:
        """Check whether the short name of a predicate is a term that coerces strings."""
        definition = self.context.get(self._plain(iri))
        return isinstance(definition, dict) and bool({"@type", "@language"} & definition.keys())


def _expand(name: str, prefixes: dict[str, str]) -> str:
    prefix, colon, rest = name.partition(":")
    return prefixes[prefix] + rest if colon and prefix in prefixes else name


def _iri(term: object) -> str:
    assert isinstance(term, ox.NamedNode), term
    return term.value


def _single(value: Any) -> Any:
    return value[0] if isinstance(value, list) and len(value) == 1 else value
