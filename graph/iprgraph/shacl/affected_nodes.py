"""From the triples that changed back to the focus nodes whose validation reads them.

A shape's reads say where its validation looks, as paths from the focus node. Whatever differs for a
focus node, the first changed triple on the way there is found along unchanged ones; so it is enough
to walk each read backwards in the graph as it is now, from the triples added and those removed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pyoxigraph as ox

from iprgraph.namespaces import RDF, RDFS
from iprgraph.rdf.lexical_forms import ESCAPE
from iprgraph.shacl.compile.data import Data
from iprgraph.shacl.compile.paths import Read
from iprgraph.shacl.compile.shapes import CompiledShape

_Triple = tuple[object, ox.NamedNode, object]

#: So many nodes are named in one query, and fewer not at all.
_CHUNK, _FEW = 500, 5


class AffectedNodes:
    """Find focus nodes for one change of one graph; what was found is remembered for other shapes."""

    def __init__(
        self, data: Data, added: Iterable[ox.Quad] = (), removed: Iterable[ox.Quad] = ()
    ) -> None:
        self._data = data
        removed = list(removed)
        changed = [q for q in (*added, *removed) if q.graph_name not in data.hidden]
        self._changed = _Triples((q.subject, q.predicate, q.object) for q in changed)
        self._lost = [q for q in removed if q.predicate == RDFS.subClassOf]
        self._below: dict[str, set[object]] = {}
        self._walked: dict[tuple[str, str], dict[object, set[object]]] = {}
        self._types: dict[object, set[object]] = {}
        self._hidden = _Triples(())
        self._seen: set[str | None] = set()

    def focus(self, one: CompiledShape) -> set[object] | None:
        """Find the focus nodes of a shape that a change can reach; None where that is not known."""
        if not self._changed.by_predicate:
            return set()
        if one.unbounded or not one.targets:
            return None
        return {node for node in self.reached(one) if self._is_focus(one, node)}

    def reached(self, one: CompiledShape) -> set[object]:
        """Find the nodes that a change can reach, those among them that are no focus nodes now."""
        return self._reached(one, self._changed)

    def unsure(
        self, one: CompiledShape, predicates: frozenset[str | None], focus: set[object] | None
    ) -> set[object]:
        """Find focus nodes near triples that the store does not hold as the data have them.

        Literals written otherwise, and triples of hidden graphs, which queries see.
        """
        if focus is not None and None not in predicates and not one.unbounded:
            return self._near(one, predicates, focus)
        triples = self._otherwise(predicates)
        if None not in predicates and triples.by_predicate.keys().isdisjoint(predicates):
            return set()
        if one.unbounded:
            return focus if focus is not None else self._all(one)
        wanted = None if None in predicates else predicates
        reached = self._reached(one, triples, wanted)
        if focus is not None:
            return reached & focus
        return {node for node in reached if self._is_focus(one, node)}

    def _near(
        self, one: CompiledShape, predicates: frozenset[str | None], focus: set[object]
    ) -> set[object]:
        """Find them from a few focus nodes: what was written otherwise may be much of the graph."""
        found: set[object] = set()
        for read in one.reads:
            if read.predicate not in predicates:
                continue
            p = ox.NamedNode(str(read.predicate))
            if not read.pattern and not read.inverse:
                found |= {node for node in focus if self._is_otherwise(node, p)}
            else:
                found |= self._reached_by(read, self._otherwise(frozenset([p.value])))
        return found & focus

    def _is_otherwise(self, node: object, p: ox.NamedNode) -> bool:
        data = self._data
        if isinstance(node, ox.Literal):
            return False
        if data.is_escaped:
            return any(
                isinstance(o, ox.Literal) and o.datatype.value.startswith(ESCAPE)
                for _, _, o in data.triples(node, p, None)
            )
        return data.rewritten.may_have(node, p) or any(
            next(data.store.quads_for_pattern(node, p, None, graph), None) is not None  # type: ignore[arg-type]
            for graph in data.hidden
        )

    def _all(self, one: CompiledShape) -> set[object]:
        text = f"SELECT DISTINCT ?this WHERE {{ {one.focus} }}"
        return {row["this"] for row in self._data.query(text)}

    def _otherwise(self, predicates: frozenset[str | None]) -> _Triples:
        """Give at least those of some predicates."""
        if None not in self._seen:
            if None in predicates:
                self._hidden = _Triples(_hidden(self._data, None))
            else:
                for p in predicates - self._seen:
                    self._hidden.add(_hidden(self._data, ox.NamedNode(str(p))))
            self._seen |= predicates
        return self._hidden

    def _reached(
        self,
        one: CompiledShape,
        changed: _Triples,
        wanted: frozenset[str | None] | None = None,
    ) -> set[object]:
        """Walk reads backwards from triples, those of wanted predicates."""
        found: set[object] = set()
        for read in one.reads:
            found |= self._reached_by(read, changed, wanted)
        return found

    def _reached_by(
        self, read: Read, changed: _Triples, wanted: frozenset[str | None] | None = None
    ) -> set[object]:
        found: set[object] = set()
        for predicate in changed.by_predicate if read.predicate is None else [read.predicate]:
            if wanted is None or predicate in wanted:
                starts = self._starts(read, changed, predicate)
                found.update(self._from(read, starts) if read.pattern else starts)
        return found

    def _starts(self, read: Read, changed: _Triples, predicate: str) -> Iterable[object]:
        """List the nodes at which a read meets triples."""
        ends = changed.ends(predicate, read.inverse)
        if not ends:
            return ()
        if read.other is not None:
            return ends.get(read.other, ())
        if read.cls is not None:
            classes = self._classes(read.cls)
            return {node for cls in classes for node in ends.get(cls, ())}
        return {node for nodes in ends.values() for node in nodes}

    def _from(self, read: Read, nodes: Iterable[object]) -> Iterator[object]:
        """Walk a read backwards from the nodes where it ends."""
        known = self._walked.setdefault((read.pattern, read.node), {})
        new = [node for node in nodes if node not in known]
        known |= {node: set() for node in new}
        start = "SELECT DISTINCT ?this" + (f" ?{read.node}" if read.node != "this" else "")
        # Blank nodes cannot be named in a query, and a few are found sooner one by one.
        alone = {node for node in new if len(new) < _FEW or isinstance(node, ox.BlankNode)}
        for node in alone:
            rows = self._data.query(f"{start} WHERE {{ {read.pattern} }}", **{read.node: node})
            known[node] = {row["this"] for row in rows}
        named = [node for node in new if node not in alone]
        for i in range(0, len(named), _CHUNK):
            given = f"VALUES ?{read.node} {{ {' '.join(map(str, named[i : i + _CHUNK]))} }}"
            for row in self._data.query(f"{start} WHERE {{ {given} {read.pattern} }}"):
                known[row[read.node]].add(row["this"])
        for node in nodes:
            yield from known[node]

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

    def _is_focus(self, one: CompiledShape, node: object) -> bool:
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


class _Triples:
    """Hold triples by predicate, and by their ends."""

    def __init__(self, triples: Iterable[_Triple]) -> None:
        self.by_predicate: dict[str, list[_Triple]] = {}
        self._ends: dict[tuple[str, bool], dict[object, set[object]]] = {}
        self.add(triples)

    def add(self, triples: Iterable[_Triple]) -> None:
        """Add triples of predicates whose ends were not asked for."""
        for triple in triples:
            self.by_predicate.setdefault(triple[1].value, []).append(triple)

    def ends(self, predicate: str, inverse: bool) -> dict[object, set[object]]:
        """Give the subjects by object, or where inverse the objects by subject."""
        found = self._ends.get((predicate, inverse))
        if found is None:
            found = self._ends[predicate, inverse] = {}
            for s, _, o in self.by_predicate.get(predicate, ()):
                node, end = (o, s) if inverse else (s, o)
                found.setdefault(end, set()).add(node)
        return found


def _hidden(data: Data, predicate: ox.NamedNode | None) -> Iterator[_Triple]:
    """List a predicate's triples of hidden graphs, and those whose literals were written otherwise."""
    if data.is_escaped:
        wanted: Iterable[ox.NamedNode | None] = [predicate]
        if data.escaped is not None:
            wanted = data.escaped if predicate is None else data.escaped & {predicate}
        is_escaped = f'FILTER (STRSTARTS(STR(DATATYPE(?o)), "{ESCAPE}"))'
        for p in wanted:
            for row in data.query(f"SELECT * WHERE {{ ?s {p or '?p'} ?o {is_escaped} }}"):
                yield row["s"], p or row["p"], row["o"]
        return
    yield from data.rewritten.triples(predicate)  # type: ignore[misc]
    for graph in data.hidden:
        for quad in data.store.quads_for_pattern(None, predicate, None, graph):
            yield quad.subject, quad.predicate, quad.object
