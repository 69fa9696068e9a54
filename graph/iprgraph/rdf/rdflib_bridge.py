"""Translate quads between pyoxigraph and rdflib without altering a term."""

from __future__ import annotations

from collections.abc import Iterable

import pyoxigraph as ox
import rdflib
from rdflib.term import Node

from iprgraph.rdf.query_results import Term

_STRING = "http://www.w3.org/2001/XMLSchema#string"


class Bridge:
    """Translates terms both ways and remembers each, so that a term comes back as it was.

    rdflib compares literals by value in places and would write some anew; the memory keeps their
    lexical forms.
    """

    def __init__(self) -> None:
        self._nodes: dict[object, Node] = {}
        self._terms: dict[Node, Term] = {}

    def graph(self, quads: Iterable[ox.Quad], into: rdflib.Graph | None = None) -> rdflib.Graph:
        """Return the union of the quads' graphs as one rdflib graph, a new one unless one is given."""
        graph = rdflib.Graph(bind_namespaces="none") if into is None else into
        for quad in quads:
            graph.add(
                (
                    self.to_rdflib(quad.subject),
                    self.to_rdflib(quad.predicate),
                    self.to_rdflib(quad.object),
                )
            )
        return graph

    def to_rdflib(self, term: object) -> Node:
        """Return the rdflib term of a pyoxigraph term."""
        node = self._nodes.get(term)
        if node is None:
            node = self._nodes[term] = _to_rdflib(term)
            self._terms.setdefault(node, term)  # type: ignore[arg-type]
        return node

    def to_oxigraph(self, node: Node) -> Term:
        """Return the pyoxigraph term of an rdflib term."""
        term = self._terms.get(node)
        if term is None:
            term = self._terms[node] = _to_oxigraph(node)
        return term


def _to_rdflib(term: object) -> Node:
    if isinstance(term, ox.NamedNode):
        return rdflib.URIRef(term.value)
    if isinstance(term, ox.BlankNode):
        return rdflib.BNode(term.value)
    if isinstance(term, ox.Literal):
        if term.language:
            return rdflib.Literal(term.value, lang=term.language)
        # rdflib's own parsers leave plain strings untyped; its SPARQL matches only like with like.
        datatype = None if term.datatype.value == _STRING else rdflib.URIRef(term.datatype.value)
        return rdflib.Literal(term.value, datatype=datatype, normalize=False)
    raise TypeError(f"{term!r} has no counterpart in rdflib: quoted triples are not used here")


def _to_oxigraph(node: Node) -> Term:
    if isinstance(node, rdflib.URIRef):
        return ox.NamedNode(str(node))
    if isinstance(node, rdflib.BNode):
        return ox.BlankNode(str(node))
    if isinstance(node, rdflib.Literal):
        if node.language:
            return ox.Literal(str(node), language=node.language)
        datatype = ox.NamedNode(str(node.datatype)) if node.datatype else None
        return ox.Literal(str(node), datatype=datatype)
    raise TypeError(f"{node!r} has no counterpart in pyoxigraph")
