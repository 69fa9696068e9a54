"""An rdflib graph that reads the engine's store as it is asked, its literals as they were written.

pySHACL looks at a few focus nodes of a large graph: nothing is copied for them.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any

import pyoxigraph as ox
import rdflib
from rdflib.plugins.sparql import prepareQuery
from rdflib.plugins.sparql.sparql import Query
from rdflib.query import Result as QueryResult
from rdflib.store import Store as RdflibStore

from iprgraph.rdf.lexical_forms import LexicalForms, escaped, unescaped
from iprgraph.rdf.rdflib_bridge import Bridge

_Triple = tuple[Any, Any, Any]

#: What queries call the shapes graph, and its name.
SHAPES_VARIABLE = "iprgraphShapes"
_SHAPES = rdflib.URIRef("urn:x-iprgraph:shapes")


class Data:
    """The graph that is validated, in a store: the union of all its graphs but the hidden ones.

    Literals are kept under their escape (`EscapedLiterals`), or, in a store that answers queries
    too, as `rewritten` remembers. Raises nothing: what is not there is not found.
    """

    def __init__(
        self,
        store: ox.Store,
        hidden: Iterable[ox.NamedNode] = (),
        merged: ox.NamedNode | None = None,
        rewritten: LexicalForms | None = None,
        escaped: Iterable[ox.NamedNode] | None = None,
    ) -> None:
        self.store = store
        self.hidden = frozenset(hidden)
        #: A graph that holds the union of all, where there is one.
        self.merged = merged
        self.rewritten = rewritten or LexicalForms()
        self.is_escaped = rewritten is None
        #: Predicates that may have literals under the escape; None where that is not known.
        self.escaped = None if escaped is None else frozenset(escaped)
        self._only_default = rewritten is None and not self.hidden

    def triples(self, s: object, p: object, o: object) -> Iterator[_Triple]:
        """Find triples as they are stored, each once."""
        if self._only_default:
            for quad in self.store.quads_for_pattern(s, p, o, ox.DefaultGraph()):  # type: ignore[arg-type]
                yield quad.subject, quad.predicate, quad.object
            return
        seen = set()
        for quad in self.store.quads_for_pattern(s, p, o, None):  # type: ignore[arg-type]
            if quad.graph_name in self.hidden or quad.graph_name == self.merged:
                continue
            triple = (quad.subject, quad.predicate, quad.object)
            if triple not in seen:
                seen.add(triple)
                yield triple

    def query(self, text: str, **bound: object) -> Iterator[Any]:
        """Ask for solutions over the union; hidden graphs are seen too, which is allowed for."""
        options: dict[str, Any] = {}
        if self.merged is not None and self.store.contains_named_graph(self.merged):
            options["default_graph"] = [self.merged]
        elif not self._only_default:
            options["use_default_graph_as_union"] = True
        if bound:
            options["substitutions"] = {ox.Variable(name): term for name, term in bound.items()}
        return iter(self.store.query(text, **options))  # type: ignore[arg-type]

    def written(self, triple: _Triple) -> list[object]:
        """List the objects that a stored triple stands for."""
        forms = self.rewritten.of(*triple)
        return list(forms) if forms else [unescaped(triple[2])]


class RdflibView(RdflibStore):
    """rdflib's side of it; it says that it knows graphs, for pySHACL wraps it as if it had many."""

    context_aware = True
    graph_aware = True

    def __init__(self, data: Data, bridge: Bridge) -> None:
        super().__init__()
        self._data = data
        self._bridge = bridge
        #: The graph that everything is in.
        self.graph: rdflib.Graph | None = None

    def triples(self, triple_pattern: Any, context: Any = None) -> Iterator[Any]:  # noqa: ARG002
        """Find triples, their terms as pySHACL is to see them."""
        over, back = self._bridge.to_rdflib, self._bridge.to_oxigraph
        s, p, o = (None if term is None else back(term) for term in triple_pattern)
        # A literal or blank node there would be no triple.
        if isinstance(s, ox.Literal) or not (p is None or isinstance(p, ox.NamedNode)):
            return
        for wanted in self._stored(o):
            for triple in self._data.triples(s, p, wanted):
                for value in self._data.written(triple):
                    if o is None or value == o:
                        yield (over(triple[0]), over(triple[1]), over(value)), iter((self.graph,))

    def _stored(self, o: object) -> list[object]:
        """List the terms under which an object may be stored."""
        if not isinstance(o, ox.Literal):
            return [o]
        if self._data.is_escaped:
            return [o, escaped(o)]
        return [o, _rewritten(o)] if _rewritten(o) != o else [o]

    def __len__(self, context: Any = None) -> int:
        """Tell that there is something: pySHACL asks whether the graph is true."""
        return 1

    def bind(self, prefix: str, namespace: Any, override: bool = True) -> None:
        """Keep no prefixes."""

    def namespace(self, prefix: str) -> None:
        """Know no prefix."""

    def prefix(self, namespace: Any) -> None:
        """Know no namespace."""

    def namespaces(self) -> Iterator[Any]:
        """List no prefixes."""
        return iter(())


def _rewritten(literal: ox.Literal) -> object:
    store = ox.Store()
    node = ox.NamedNode("urn:x-iprgraph:node")
    store.add(ox.Quad(node, node, literal))
    return next(iter(store)).object


@lru_cache(512)
def prepared(text: str) -> Query:
    """Parse a query once: pySHACL asks the same one for every focus node, with other bindings."""
    return prepareQuery(text)


class PreparedGraph(rdflib.Graph):
    """Ask queries that are parsed once."""

    def __init__(self, store: Any = "default") -> None:
        super().__init__(store=store, bind_namespaces="none")
        #: What $shapesGraph is to be.
        self.shapes: rdflib.Graph | None = None

    def query(self, query_object: str | Query, *args: Any, **options: Any) -> QueryResult:
        if isinstance(query_object, str):
            query = prepared(query_object)
            if SHAPES_VARIABLE in query_object:
                # pySHACL gives what is bound in its place.
                return self._with_shapes(query, options.get("initBindings") or args[3])
            query_object = query
        return super().query(query_object, *args, **options)

    def _with_shapes(self, query: Query, bound: dict[str, Any]) -> QueryResult:
        """Ask a copy that has the shapes graph beside the data."""
        dataset = rdflib.Dataset()
        for triple in self:
            dataset.default_graph.add(triple)
        beside = dataset.graph(_SHAPES)
        for triple in self.shapes or ():
            beside.add(triple)
        with warnings.catch_warnings():
            # rdflib uses a name here that it has given up itself.
            warnings.simplefilter("ignore", DeprecationWarning)
            return dataset.query(query, initBindings={**bound, SHAPES_VARIABLE: _SHAPES})


def view(data: Data, bridge: Bridge, shapes: rdflib.Graph | None = None) -> rdflib.Graph:
    """Give the data as an rdflib graph."""
    store = RdflibView(data, bridge)
    store.graph = graph = PreparedGraph(store)
    graph.shapes = shapes
    return graph
