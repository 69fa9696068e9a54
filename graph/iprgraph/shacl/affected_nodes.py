"""Find the focus nodes whose validation reads the triples of a change.

The reads of a shape are the triples that its validation reads, as paths from the focus node. On the
path to a changed triple, all triples before the first changed one are unchanged. So it is enough to
follow each read backwards in the present graph, from the triples added and those removed.
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

#: How many nodes are listed in one query; fewer than _FEW are queried one by one.
_CHUNK, _FEW = 500, 5


class AffectedNodes:
    """The focus nodes that one change of one graph affects; results are cached for other shapes."""

    def __init__(
        self, data: Data, added: Iterable[ox.Quad] = (), removed: Iterable[ox.Quad] = ()
    ) -> None:
        self._data = data
        removed = list(removed)
        changed = [q for q in (*added, *removed) if q.graph_name not in data.hidden]
        self._changed = _Triples((q.subject, q.predicate, q.object) for q in changed)
        self._removed_subclasses = [q for q in removed if q.predicate == RDFS.subClassOf]
        self._subclasses: dict[str, set[object]] = {}
        self._origins: dict[tuple[str, str], dict[object, set[object]]] = {}
        self._types: dict[object, set[object]] = {}
        self._different_triples = _Triples(())
        self._seen: set[str | None] = set()

    def focus_nodes(self, shape: CompiledShape) -> set[object] | None:
        """Return the focus nodes of a shape that the change affects; None where these are not known."""
        if not self._changed.by_predicate:
            return set()
        if shape.unbounded or not shape.targets:
            return None
        return {node for node in self.reached_nodes(shape) if self._is_focus(shape, node)}

    def reached_nodes(self, shape: CompiledShape) -> set[object]:
        """Return the nodes that the change affects, even where they are not focus nodes any more."""
        return self._reached(shape, self._changed)

    def uncertain_nodes(
        self, shape: CompiledShape, predicates: frozenset[str | None], focus: set[object] | None
    ) -> set[object]:
        """Return focus nodes whose validation reads triples that the store holds differently.

        These are literals that the store rewrites, and triples of hidden graphs, which queries see.
        """
        if focus is not None and None not in predicates and not shape.unbounded:
            return self._near(shape, predicates, focus)
        triples = self._different(predicates)
        if None not in predicates and triples.by_predicate.keys().isdisjoint(predicates):
            return set()
        if shape.unbounded:
            return focus if focus is not None else self._all_focus_nodes(shape)
        wanted = None if None in predicates else predicates
        reached = self._reached(shape, triples, wanted)
        if focus is not None:
            return reached & focus
        return {node for node in reached if self._is_focus(shape, node)}

    def _near(
        self, shape: CompiledShape, predicates: frozenset[str | None], focus: set[object]
    ) -> set[object]:
        """Return the uncertain nodes among a few focus nodes, since rewritten literals may be many."""
        nodes: set[object] = set()
        for read in shape.reads:
            if read.predicate not in predicates:
                continue
            p = ox.NamedNode(str(read.predicate))
            if not read.pattern and not read.inverse:
                nodes |= {node for node in focus if self._has_different(node, p)}
            else:
                nodes |= self._reached_by(read, self._different(frozenset([p.value])))
        return nodes & focus

    def _has_different(self, node: object, p: ox.NamedNode) -> bool:
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

    def _all_focus_nodes(self, shape: CompiledShape) -> set[object]:
        text = f"SELECT DISTINCT ?this WHERE {{ {shape.focus} }}"
        return {row["this"] for row in self._data.query(text)}

    def _different(self, predicates: frozenset[str | None]) -> _Triples:
        """Return triples that the store holds differently, at least those of some predicates."""
        if None not in self._seen:
            if None in predicates:
                self._different_triples = _Triples(_different_triples(self._data, None))
            else:
                for p in predicates - self._seen:
                    self._different_triples.add(
                        _different_triples(self._data, ox.NamedNode(str(p)))
                    )
            self._seen |= predicates
        return self._different_triples

    def _reached(
        self,
        shape: CompiledShape,
        changed: _Triples,
        wanted: frozenset[str | None] | None = None,
    ) -> set[object]:
        """Return the nodes whose reads meet triples, those of wanted predicates."""
        nodes: set[object] = set()
        for read in shape.reads:
            nodes |= self._reached_by(read, changed, wanted)
        return nodes

    def _reached_by(
        self, read: Read, changed: _Triples, wanted: frozenset[str | None] | None = None
    ) -> set[object]:
        nodes: set[object] = set()
        for predicate in changed.by_predicate if read.predicate is None else [read.predicate]:
            if wanted is None or predicate in wanted:
                starts = self._starts(read, changed, predicate)
                nodes.update(self._from(read, starts) if read.pattern else starts)
        return nodes

    def _starts(self, read: Read, changed: _Triples, predicate: str) -> Iterable[object]:
        """Return the nodes at which a read meets triples."""
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
        """Yield the focus nodes from which a read leads to nodes."""
        cached = self._origins.setdefault((read.pattern, read.node), {})
        new = [node for node in nodes if node not in cached]
        cached |= {node: set() for node in new}
        start = "SELECT DISTINCT ?this" + (f" ?{read.node}" if read.node != "this" else "")
        # Blank nodes cannot be listed in a query, and a few nodes are faster one by one.
        alone = {node for node in new if len(new) < _FEW or isinstance(node, ox.BlankNode)}
        for node in alone:
            rows = self._data.query(f"{start} WHERE {{ {read.pattern} }}", **{read.node: node})
            cached[node] = {row["this"] for row in rows}
        named = [node for node in new if node not in alone]
        for i in range(0, len(named), _CHUNK):
            values = f"VALUES ?{read.node} {{ {' '.join(map(str, named[i : i + _CHUNK]))} }}"
            for row in self._data.query(f"{start} WHERE {{ {values} {read.pattern} }}"):
                cached[row[read.node]].add(row["this"])
        for node in nodes:
            yield from cached[node]

    def _classes(self, cls: str) -> set[object]:
        """Return a class and its subclasses, now or before the change."""
        classes = self._subclasses.get(cls)
        if classes is None:
            classes = {ox.NamedNode(cls)}
            queue = list(classes)
            while queue:
                above = queue.pop()
                below = {s for s, _, _ in self._data.triples(None, RDFS.subClassOf, above)}
                below |= {q.subject for q in self._removed_subclasses if q.object == above}
                queue += below - classes
                classes |= below
            self._subclasses[cls] = classes
        return classes

    def _is_focus(self, shape: CompiledShape, node: object) -> bool:
        if node in shape.nodes:
            return True
        if shape.classes and any(
            self._types_of(node) & self._classes(cls) for cls in shape.classes
        ):
            return True
        is_subject = not isinstance(node, ox.Literal) and any(
            self._has(node, ox.NamedNode(p), None) for p in shape.subjects_of
        )
        return is_subject or any(self._has(None, ox.NamedNode(p), node) for p in shape.objects_of)

    def _types_of(self, node: object) -> set[object]:
        types = self._types.get(node)
        if types is None:
            types = set()
            if not isinstance(node, ox.Literal):
                types = {o for _, _, o in self._data.triples(node, RDF.type, None)}
            self._types[node] = types
        return types

    def _has(self, s: object, p: object, o: object) -> bool:
        return next(self._data.triples(s, p, o), None) is not None


class _Triples:
    """Triples by predicate, and by their ends."""

    def __init__(self, triples: Iterable[_Triple]) -> None:
        self.by_predicate: dict[str, list[_Triple]] = {}
        self._ends: dict[tuple[str, bool], dict[object, set[object]]] = {}
        self.add(triples)

    def add(self, triples: Iterable[_Triple]) -> None:
        """Add triples of predicates whose ends were not computed yet."""
        for triple in triples:
            self.by_predicate.setdefault(triple[1].value, []).append(triple)

    def ends(self, predicate: str, inverse: bool) -> dict[object, set[object]]:
        """Return the subjects by object, or the objects by subject where inverse."""
        ends = self._ends.get((predicate, inverse))
        if ends is None:
            ends = self._ends[predicate, inverse] = {}
            for s, _, o in self.by_predicate.get(predicate, ()):
                node, end = (o, s) if inverse else (s, o)
                ends.setdefault(end, set()).add(node)
        return ends


def _different_triples(data: Data, predicate: ox.NamedNode | None) -> Iterator[_Triple]:
    """Yield a predicate's triples of hidden graphs, and those whose literals the store rewrites."""
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
