"""What a write changes: the quads it removes and adds, found without keeping a second store."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import pyoxigraph as ox

from iprgraph.errors import SyntaxProblem
from iprgraph.rdf.syntax import SYNTAXES
from iprgraph.sparql import rewrite
from iprgraph.sparql.guard import Inspection
from iprgraph.sparql.tree import Tree
from iprgraph.store.engine import Engine

DEFAULT = ox.DefaultGraph()


class Change(NamedTuple):
    """The difference that a write makes: N-Quads lines, and graphs that come and go as such."""

    removed: bytes = b""
    added: bytes = b""
    dropped: tuple[str, ...] = ()
    created: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Check whether anything changes."""
        return any(self[:])

    @property
    def counts(self) -> tuple[int, int]:
        """Return how many quads are removed and added."""
        return self.removed.count(b"\n"), self.added.count(b"\n")

    def apply(self, store: ox.Store) -> None:
        """Make the change; making it twice is the same as once."""
        for name in self.dropped:
            store.remove_graph(ox.NamedNode(name))
        for quad in parse_quads(self.removed):
            store.remove(quad)
        store.extend(parse_quads(self.added))
        for name in self.created:
            store.add_graph(ox.NamedNode(name))


def parse_quads(lines: bytes) -> Iterable[ox.Quad]:
    """Read N-Quads that this module wrote; blank nodes keep their labels."""
    return ox.parse(lines, ox.RdfFormat.N_QUADS, lenient=True)


def written(quads: Iterable[ox.Quad]) -> bytes:
    """Write quads as a change holds them."""
    return ox.serialize(quads, format=ox.RdfFormat.N_QUADS) or b""


def by_update(
    engine: Engine,
    text: str,
    using: Sequence[str] | None = None,
    using_named: Sequence[str] | None = None,
    base: str | None = None,
) -> Change:
    """Find what an update changes; it is run on the engine's store, which is the new state then.

    Raises QuerySyntaxError and QueryRefused.
    """
    update = engine.checked_update(text)
    if using or using_named:
        text = rewrite.with_using(update.tree, using or (), using_named or ())
        update = engine.checked_update(text)
    kinds = {element.kind for element in update.tree.root.children}
    if "InsertData" in kinds and kinds <= {"InsertData", "Prologue", "mark"}:
        return _by_insert_data(engine, text, update, base)
    graphs = _touched(update.tree, base)
    before, names = _lines(engine.store, graphs), _names(engine.store, graphs)
    engine.run_update(text, update, base)
    after, new_names = _lines(engine.store, graphs), _names(engine.store, graphs)
    return Change(
        _join(before - after),
        _join(after - before),
        _sorted(names - new_names),
        _sorted(new_names - names),
    )


def by_graph_write(
    engine: Engine, name: str | None, method: str, body: bytes, format: str, base: str | None
) -> tuple[Change, bool]:
    """Find what replacing (PUT), extending (POST) or removing (DELETE) a graph changes, and make it.

    Also tells whether the graph is new. Raises KeyError where there is nothing to remove, and
    SyntaxProblem for a body that does not parse.
    """
    graph = DEFAULT if name is None else ox.NamedNode(name)
    store, known = engine.store, engine.store.contains_named_graph(graph)
    if method == "DELETE":
        if not known:
            raise KeyError(name)
        change = Change(_join(_lines(store, [graph])), b"", (name,) if name else ())
    else:
        new = _read(body, format, base, graph)
        old = _lines(store, [graph]) if method == "PUT" else set()
        lines = _lines(new, [graph])
        added = lines - old if method == "PUT" else {_line(q) for q in new if q not in store}
        change = Change(
            _join(old - lines), _join(added), (), (name,) if name is not None and not known else ()
        )
    change.apply(store)
    return change, not known and method != "DELETE"


def _by_insert_data(engine: Engine, text: str, update: Inspection, base: str | None) -> Change:
    """Run INSERT DATA beside the store, so that the cost is that of the data, not of the graph."""
    store, beside = engine.store, ox.Store()
    Engine(beside).run_update(text, update, base)
    new = [graph for graph in beside.named_graphs() if not store.contains_named_graph(graph)]
    change = Change(
        b"",
        _join(_line(quad) for quad in beside if quad not in store),
        (),
        _sorted(g.value for g in new),
    )
    change.apply(store)
    return change


def _read(body: bytes, format: str, base: str | None, graph: Any) -> ox.Store:
    """Read a document into a store of its own, where literals are written as all stores do."""
    store = ox.Store()
    try:
        quads = ox.parse(
            body,
            SYNTAXES[format].format,
            base_iri=base,
            without_named_graphs=True,
            rename_blank_nodes=True,
        )
        store.extend(ox.Quad(q.subject, q.predicate, q.object, graph) for q in quads)
    except SyntaxError as error:
        raise SyntaxProblem("the data", error.lineno or 1, error.offset or 1, error.msg) from None
    return store


def _lines(store: ox.Store, graphs: Iterable[Any] | None) -> set[bytes]:
    """Write graphs, or all of them, as a set of N-Quads lines."""
    if graphs is None:
        return set((store.dump(format=ox.RdfFormat.N_QUADS) or b"").splitlines())
    lines: set[bytes] = set()
    for graph in graphs:
        quads = store.quads_for_pattern(None, None, None, graph)
        lines.update((ox.serialize(quads, format=ox.RdfFormat.N_QUADS) or b"").splitlines())
    return lines


def _names(store: ox.Store, graphs: Iterable[Any] | None) -> set[str]:
    """List which of some graphs, or of all, exist."""
    if graphs is None:
        return {graph.value for graph in store.named_graphs()}
    return {g.value for g in graphs if g != DEFAULT and store.contains_named_graph(g)}


def _line(quad: ox.Quad) -> bytes:
    return (ox.serialize([quad], format=ox.RdfFormat.N_QUADS) or b"").rstrip(b"\n")


def _join(lines: Iterable[bytes]) -> bytes:
    return b"".join(line + b"\n" for line in sorted(lines))


def _sorted(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(names))


def _touched(tree: Tree, base: str | None) -> list[Any] | None:
    """List the graphs that an update can write to; None when that cannot be told from its text."""
    graphs: dict[Any, None] = {DEFAULT: None}
    for element in tree.root.walk({"Prologue", "GroupGraphPattern", "TriplesTemplate"}):
        if element.says("ALL") or (
            element.says("NAMED") and element.parent and element.parent.kind != "UsingClause"
        ):
            return None
        if element.kind == "variable":
            # What a template writes to is known from the data only.
            return None
        if element.kind in {"iri", "name"}:
            graph = tree.resolve(element, base)
            if graph is None:
                return None
            graphs[graph] = None
    return list(graphs)
