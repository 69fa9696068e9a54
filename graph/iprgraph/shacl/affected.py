"""From the triples that changed back to the focus nodes whose validation reads them.

A shape's reads say where its validation looks, as paths from the focus node. Whatever differs for a
focus node, the first changed triple on the way there is found along unchanged ones; so it is enough
to walk each read backwards in the graph as it is now, from the triples added and those removed.
"""

from __future__ import annotations

from collections.abc import Iterable

import pyoxigraph as ox

from iprgraph.namespaces import RDF, RDFS
from iprgraph.shacl.compiled import Compiled
from iprgraph.shacl.reads import Read
from iprgraph.shacl.view import Data
from iprgraph.shacl.written import ESCAPE

_Triple = tuple[object, ox.NamedNode, object]


class Affected:
    """Find focus nodes for one change of one graph; what was found is remembered for other shapes."""

    def __init__(
        self, data: Data, added: Iterable[ox.Quad] = (), removed: Iterable[ox.Quad] = ()
    ) -> None:
        self._data = data
        removed = list(removed)
        changed = [q for q in (*added, *removed) if q.graph_name not in data.hidden]
        self._changed = _by_predicate((q.subject, q.predicate, q.object) for q in changed)
        self._lost = [q for q in removed if q.predicate == RDFS.subClassOf]
        self._below: dict[str, set[object]] = {}
        self._walked: dict[tuple[str, str, object], set[object]] = {}
        self._types: dict[object, set[object]] = {}
        self._hidden: dict[str, list[_Triple]] | None = None

    def focus(self, one: Compiled) -> set[object] | None:
        """Find the focus nodes of a shape that a change can reach; None where that is not known."""
        if not self._changed:
            return set()
        if one.unbounded or not one.targets:
            return None
        return {node for node in self.reached(one) if self._is_focus(one, node)}

    def reached(self, one: Compiled) -> set[object]:
        """Find the nodes that a change can reach, those among them that are no focus nodes now."""
        return self._reached(one, self._changed)

    def unsure(
        self, one: Compiled, predicates: frozenset[str | None], focus: set[object] | None
    ) -> set[object]:
        """Find focus nodes near triples that the store does not hold as the data have them.

        Literals written otherwise, and triples of hidden graphs, which queries see.
        """
        triples = self._otherwise()
        if None not in predicates:
            triples = {p: found for p, found in triples.items() if p in predicates}
        if not triples:
            return set()
        if one.unbounded:
            return focus if focus is not None else self._all(one)
        reached = self._reached(one, triples)
        if focus is not None:
            return reached & focus
        return {node for node in reached if self._is_focus(one, node)}

    def _all(self, one: Compiled) -> set[object]:
        text = f"SELECT DISTINCT ?this WHERE {{ {one.focus} }}"
        return {row["this"] for row in self._data.query(text)}

    def _otherwise(self) -> dict[str, list[_Triple]]:
        if self._hidden is None:
            self._hidden = _by_predicate(_hidden(self._data))
        return self._hidden

    def _reached(self, one: Compiled, changed: dict[str, list[_Triple]]) -> set[object]:
        found: set[object] = set()
        for read in one.reads:
            predicates = list(changed) if read.predicate is None else [read.predicate]
            for predicate in predicates:
                for triple in changed.get(predicate, ()):
                    found |= self._from(read, triple)
        return found

    def _from(self, read: Read, triple: _Triple) -> set[object]:
        """Walk a read backwards from a triple."""
        s, _, o = triple
        node, end = (o, s) if read.inverse else (s, o)
        if read.other is not None and end != read.other:
            return set()
        if read.cls is not None and end not in self._classes(read.cls):
            return set()
        if not read.pattern:
            return {node}
        key = (read.pattern, read.node, node)
        found = self._walked.get(key)
        if found is None:
            if read.node == "this":
                text = f"SELECT DISTINCT ?this WHERE {{ {read.pattern} }}"
            else:
                text = f"SELECT DISTINCT ?this ?{read.node} WHERE {{ {read.pattern} }}"
            rows = self._data.query(text, **{read.node: node})
            found = self._walked[key] = {row["this"] for row in rows}
        return found

    def _classes(self, cls: str) -> set[object]:
        """List a class and those below it, now or before the change."""
        found = self._below.get(cls)
        if found is None:
            found = {ox.NamedNode(cls)}
            waiting = list(found)
            while waiting:
                above = waiting.pop()
                below = {s for s, _, _ in self._data.triples(None, RDFS.subClassOf, above)}
                below |= {q.subject for q in self._lost if q.object == above}
                waiting += below - found
                found |= below
            self._below[cls] = found
        return found

    def _is_focus(self, one: Compiled, node: object) -> bool:
        if node in one.nodes:
            return True
        if one.classes and any(self._types_of(node) & self._classes(cls) for cls in one.classes):
            return True
        is_subject = not isinstance(node, ox.Literal) and any(
            self._has(node, ox.NamedNode(p), None) for p in one.subjects_of
        )
        return is_subject or any(self._has(None, ox.NamedNode(p), node) for p in one.objects_of)

    def _types_of(self, node: object) -> set[object]:
        found = self._types.get(node)
        if found is None:
            found = set()
            if not isinstance(node, ox.Literal):
                found = {o for _, _, o in self._data.triples(node, RDF.type, None)}
            self._types[node] = found
        return found

    def _has(self, s: object, p: object, o: object) -> bool:
        return next(self._data.triples(s, p, o), None) is not None


def _by_predicate(triples: Iterable[_Triple]) -> dict[str, list[_Triple]]:
    found: dict[str, list[_Triple]] = {}
    for triple in triples:
        found.setdefault(triple[1].value, []).append(triple)
    return found


def _hidden(data: Data) -> Iterable[_Triple]:
    """List triples of hidden graphs, and those whose literals were written otherwise."""
    if data.is_escaped:
        for quad in data.store.quads_for_pattern(None, None, None, ox.DefaultGraph()):
            term = quad.object
            if isinstance(term, ox.Literal) and term.datatype.value.startswith(ESCAPE):
                yield quad.subject, quad.predicate, term
        return
    yield from data.rewritten.of(None)  # type: ignore[misc]
    for graph in data.hidden:
        for quad in data.store.quads_for_pattern(None, None, None, graph):
            yield quad.subject, quad.predicate, quad.object
