"""RDF syntaxes: one table of them, and one way to write quads so that the bytes are always the same."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import pyoxigraph as ox

from iprgraph.namespaces import PREFIXES, RDF


class Syntax(NamedTuple):
    """One syntax; `datasets` is true where it keeps named graphs."""

    name: str
    extension: str
    media_type: str
    datasets: bool
    format: ox.RdfFormat


SYNTAXES = {
    syntax.name: syntax
    for syntax in (
        Syntax("turtle", "ttl", "text/turtle", False, ox.RdfFormat.TURTLE),
        Syntax("ntriples", "nt", "application/n-triples", False, ox.RdfFormat.N_TRIPLES),
        Syntax("rdfxml", "rdf", "application/rdf+xml", False, ox.RdfFormat.RDF_XML),
        Syntax("trig", "trig", "application/trig", True, ox.RdfFormat.TRIG),
        Syntax("nquads", "nq", "application/n-quads", True, ox.RdfFormat.N_QUADS),
        Syntax("jsonld", "jsonld", "application/ld+json", True, ox.RdfFormat.JSON_LD),
    )
}


def serialize(quads: Iterable[ox.Quad], syntax: str) -> bytes:
    """Return quads in one of SYNTAXES, in an order made for reading, with the prefixes they use.

    The syntaxes of a single graph get the union of all graphs. JSON-LD is expanded here;
    `jsonld.write` writes it with a context.
    """
    kind = SYNTAXES[syntax]
    quads = list(quads) if kind.datasets else union(quads)
    if syntax in ("ntriples", "nquads"):
        # Canonical: sorted lines, no prefixes.
        return ox.serialize(sorted(quads, key=str), format=kind.format) or b""
    quads.sort(key=reading_order)
    prefixes = used_prefixes(quads)
    body = ox.serialize(quads, format=kind.format, prefixes=prefixes) or b""
    return _sort_header(body) if syntax in ("turtle", "trig") else body


def union(quads: Iterable[ox.Quad]) -> list[ox.Quad]:
    """Return the triples of all graphs as one graph, each once."""
    return list(dict.fromkeys(ox.Quad(quad.subject, quad.predicate, quad.object) for quad in quads))


def reading_order(quad: ox.Quad) -> tuple[str, bool, str, bool, str, str]:
    """Return a key that sorts by graph, then named things before blank nodes, types first."""
    return (
        str(quad.graph_name),
        isinstance(quad.subject, ox.BlankNode),
        str(quad.subject),
        quad.predicate != RDF.type,
        quad.predicate.value,
        str(quad.object),
    )


def used_prefixes(quads: Iterable[ox.Quad]) -> dict[str, str]:
    """Return the project's prefixes that stand for an IRI in the quads."""
    iris: set[str] = set()
    for quad in quads:
        for term in (*quad.triple, quad.graph_name):
            if isinstance(term, ox.NamedNode):
                iris.add(term.value)
            elif isinstance(term, ox.Literal):
                iris.add(term.datatype.value)
    namespaces = {iri[: max(iri.rfind("/"), iri.rfind("#")) + 1] for iri in iris}
    return {name: iri for name, iri in sorted(PREFIXES.items()) if iri in namespaces}


def _sort_header(body: bytes) -> bytes:
    """Sort the @prefix lines by name; the serializer has them by the length of their IRI."""
    lines = body.split(b"\n")
    count = next((i for i, line in enumerate(lines) if not line.startswith(b"@prefix")), len(lines))
    return b"\n".join([*sorted(lines[:count]), *([b""] if count else []), *lines[count:]])
