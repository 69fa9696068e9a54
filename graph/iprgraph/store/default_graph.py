"""Keep default graphs sets: a triple that several graphs hold is one triple of their merge.

SPARQL's default graph is the RDF merge of its graphs. The engine, given several default graphs or
the union of all, finds a shared triple once for each graph that holds it, so that rows and counts
come out too often. Only shared triples matter, so: as long as no two graphs share one, nothing is
done. Otherwise the union is kept as a graph of its own, MERGED, which queries use as their default
graph and never see as a named one.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

import pyoxigraph as ox

from iprgraph.namespaces import MERGED
from iprgraph.sparql.tree import Edits, Tree, parse

#: Where a query may look for the graphs themselves.
_GRAPH = re.compile(r"graph\s*+[?$#]", re.IGNORECASE)

#: The merge of the graphs that one query names.
_ASKED = ox.NamedNode("urn:x-iprgraph:merged-for-a-query")


class Merge:
    """The union of a store's graphs, kept as the store changes."""

    def __init__(self, store: ox.Store) -> None:
        self._store = store
        #: Graphs that hold a triple which another holds too.
        self.shared: set[Any] = set()
        # Hashes first, for they are small: two triples of one hash cost time only.
        hashes = sorted(array("q", (_hash(quad) for quad in store)))
        twice = {one for one, next_ in pairwise(hashes) if one == next_}
        del hashes
        first: dict[int, Any] = {}
        for quad in store if twice else ():
            if (key := _hash(quad)) in twice:
                other = first.setdefault(key, quad.graph_name)
                if other != quad.graph_name:
                    self.shared |= {other, quad.graph_name}
        if self.shared:
            self._fill(MERGED, store)

    def follow(self, removed: Iterable[ox.Quad], added: Iterable[ox.Quad]) -> None:
        """Bring the union up to date with a change that the store has made."""
        began = bool(self.shared)
        for quad in removed if began else ():
            if not self._holders(quad):
                self._store.remove(_within(quad, MERGED))
        for quad in added:
            holders = self._holders(quad)
            if len(holders) > 1:
                self.shared |= holders
            if began:
                self._store.add(_within(quad, MERGED))
        if self.shared and not began:
            self._fill(MERGED, list(self._store))

    def leave(self) -> None:
        """Take the union out of the store, for an update to find the graphs alone."""
        self._store.remove_graph(MERGED)
        self.shared = set()

    def of(self, graphs: Sequence[ox.NamedNode]) -> list[ox.NamedNode]:
        """Return graphs that stand for the merge of these; end their use with `done`."""
        if len(self.shared.intersection(graphs)) < 2:
            return list(graphs)
        for graph in graphs:
            self._fill(_ASKED, self._store.quads_for_pattern(None, None, None, graph))
        return [_ASKED]

    def done(self) -> None:
        """Forget the merge made for one query."""
        self._store.remove_graph(_ASKED)

    def _holders(self, quad: ox.Quad) -> set[Any]:
        quads = self._store.quads_for_pattern(quad.subject, quad.predicate, quad.object, None)
        return {q.graph_name for q in quads} - {MERGED}

    def _fill(self, graph: ox.NamedNode, quads: Iterable[ox.Quad]) -> None:
        self._store.extend(_within(quad, graph) for quad in list(quads))


def _hash(quad: ox.Quad) -> int:
    return hash((quad.subject, quad.predicate, quad.object))


def _within(quad: ox.Quad, graph: ox.NamedNode) -> ox.Quad:
    return ox.Quad(quad.subject, quad.predicate, quad.object, graph)


def hiding_merged(text: str) -> str:
    """Add a filter to each `GRAPH ?g {…}`, so that it does not find the union."""
    if not _GRAPH.search(text):
        return text
    tree = parse(text)
    edits = Edits(tree)
    for pattern in tree.find("GraphGraphPattern"):
        graph = pattern.children[1]
        if graph.kind == "variable":
            edits.after(pattern, f" FILTER({graph.text} != {MERGED})")
    return edits.text()


def dataset_of(
    tree: Tree, base: str | None
) -> tuple[list[ox.NamedNode], list[ox.NamedNode]] | None:
    """Return a query's FROM and FROM NAMED; None where an IRI is relative to nothing."""
    graphs: tuple[list[ox.NamedNode], list[ox.NamedNode]] = ([], [])
    for clause in tree.query.children:
        if clause.kind == "DatasetClause":
            graph = tree.resolve(clause.children[-1], base)
            if graph is None:
                return None
            graphs[len(clause.children) == 3].append(graph)
    return graphs
