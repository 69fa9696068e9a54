"""The data in the engine's store, and an rdflib graph that reads them on demand for pySHACL.

pySHACL validates a few focus nodes of a large graph, so nothing is copied for them. Literals have the
lexical forms in which they were written.
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

#: The variable for $shapesGraph in queries, and the IRI of that graph.
SHAPES_VARIABLE = "iprgraphShapes"
_SHAPES = rdflib.URIRef("urn:x-iprgraph:shapes")


class Data:
    """The graph that is validated: the union of all graphs of a store except the hidden ones.

    Literals are kept under their escape (`EscapedLiterals`), or, in a store that answers queries
    too, as `rewritten` has them.
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
        #: A graph that holds the union of all graphs, where there is one.
        self.merged = merged
        self.rewritten = rewritten or LexicalForms()
        self.is_escaped = rewritten is None
        #: Predicates that may have escaped literals; None where these are not known.
        self.escaped = None if escaped is None else frozenset(escaped)
        self._only_default = rewritten is None and not self.hidden

    def triples(self, s: object, p: object, o: object) -> Iterator[_Triple]:
        """Yield the triples of a pattern as they are stored, each once."""
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
        """Return the solutions of a query over all graphs, the hidden ones included."""
        options: dict[str, Any] = {}
        if self.merged is not None and self.store.contains_named_graph(self.merged):
            options["default_graph"] = [self.merged]
        elif not self._only_default:
            options["use_default_graph_as_union"] = True
        if bound:
            options["substitutions"] = {ox.Variable(name): term for name, term in bound.items()}
        return iter(self.store.query(text, **options))  # type: ignore[arg-type]

    def written(self, triple: _Triple) -> list[object]:
        """Return the objects that a stored triple stands for, as they were written."""
        forms = self.rewritten.of(*triple)
        return list(forms) if forms else [unescaped(triple[2])]


class RdflibView(RdflibStore):
    """Read-only rdflib store over the data; context-aware, since pySHACL expects several graphs."""

    context_aware = True
    graph_aware = True

    def __init__(self, data: Data, bridge: Bridge) -> None:
        super().__init__()
        self._data = data
        self._bridge = bridge
        #: The only graph.
        self.graph: rdflib.Graph | None = None

    def triples(self, triple_pattern: Any, context: Any = None) -> Iterator[Any]:  # noqa: ARG002
        """Yield the triples of a pattern in rdflib's terms, with literals as they were written."""
        over, back = self._bridge.to_rdflib, self._bridge.to_oxigraph
        s, p, o = (None if term is None else back(term) for term in triple_pattern)
        # There are no triples with a literal as subject or with another term than an IRI as predicate.
        if isinstance(s, ox.Literal) or not (p is None or isinstance(p, ox.NamedNode)):
            return
        for stored in self._stored(o):
            for triple in self._data.triples(s, p, stored):
                for value in self._data.written(triple):
                    if o is None or value == o:
                        yield (over(triple[0]), over(triple[1]), over(value)), iter((self.graph,))

    def _stored(self, o: object) -> list[object]:
        """Return the terms as which an object may be stored."""
        if not isinstance(o, ox.Literal):
            return [o]
        if self._data.is_escaped:
            return [o, escaped(o)]
        return [o, _rewritten(o)] if _rewritten(o) != o else [o]

    def __len__(self, context: Any = None) -> int:
        """Return 1: pySHACL tests whether the graph is true."""
        return 1

    def bind(self, prefix: str, namespace: Any, override: bool = True) -> None:
        """Do nothing: there are no prefixes."""

    def namespace(self, prefix: str) -> None:
        """Return None: there are no prefixes."""

    def prefix(self, namespace: Any) -> None:
        """Return None: there are no prefixes."""

    def namespaces(self) -> Iterator[Any]:
        """Return nothing: there are no prefixes."""
        return iter(())


def _rewritten(literal: ox.Literal) -> object:
    store = ox.Store()
    node = ox.NamedNode("urn:x-iprgraph:node")
    store.add(ox.Quad(node, node, literal))
    return next(iter(store)).object


@lru_cache(512)
def parsed_query(text: str) -> Query:
    """Return the parsed query. It is cached: pySHACL runs one query for every focus node."""
    return prepareQuery(text)


class PreparedGraph(rdflib.Graph):
    """An rdflib graph that parses each query only once."""

    def __init__(self, store: Any = "default") -> None:
        super().__init__(store=store, bind_namespaces="none")
        #: The value of $shapesGraph.
        self.shapes: rdflib.Graph | None = None

    def query(self, query_object: str | Query, *args: Any, **options: Any) -> QueryResult:
        if isinstance(query_object, str):
            query = parsed_query(query_object)
            if SHAPES_VARIABLE in query_object:
                # pySHACL passes the bindings by position.
                return self._with_shapes(query, options.get("initBindings") or args[3])
            query_object = query
        return super().query(query_object, *args, **options)

    def _with_shapes(self, query: Query, bound: dict[str, Any]) -> QueryResult:
        """Return the result of a query on a copy of the data with the shapes graph as a named graph."""
        dataset = rdflib.Dataset()
        for triple in self:
            dataset.default_graph.add(triple)
        shapes_graph = dataset.graph(_SHAPES)
        for triple in self.shapes or ():
            shapes_graph.add(triple)
        with warnings.catch_warnings():
            # rdflib itself uses a deprecated name here.
            warnings.simplefilter("ignore", DeprecationWarning)
            return dataset.query(query, initBindings={**bound, SHAPES_VARIABLE: _SHAPES})


def rdflib_view(data: Data, bridge: Bridge, shapes: rdflib.Graph | None = None) -> rdflib.Graph:
    """Return the data as an rdflib graph."""
    store = RdflibView(data, bridge)
    store.graph = graph = PreparedGraph(store)
    graph.shapes = shapes
    return graph
