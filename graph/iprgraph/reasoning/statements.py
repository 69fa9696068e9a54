"""Statements in a store: the union of its graphs without the excluded ones."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pyoxigraph as ox

from iprgraph.namespaces import INFERRED, OWL, RDF
from iprgraph.rdf.query_results import Term
from iprgraph.reasoning.axioms import EXCLUDED_GRAPHS, Triple, deskolemise, skolemise
from iprgraph.reasoning.rule import Atom, Bindings


class Statements:
    """The statements of a store; blank nodes of the schema are skolemised."""

    def __init__(self, store: ox.Store, extra: frozenset[Triple] = frozenset()) -> None:
        self.store = store
        #: Triples that count as statements in addition to those of the store.
        self._extra = extra

    def with_triples(self, triples: Iterable[Triple]) -> Statements:
        """Return these statements with some triples added."""
        return Statements(self.store, frozenset(triples))

    def graphs(self, triple: Triple) -> list[ox.NamedNode]:
        """Return the graphs that hold a triple."""
        s, p, o = (deskolemise(term) for term in triple)
        if isinstance(s, ox.Literal) or not isinstance(p, ox.NamedNode):
            return []
        quads = self.store.quads_for_pattern(s, p, o, None)
        return [q.graph_name for q in quads if q.graph_name not in EXCLUDED_GRAPHS]  # type: ignore[misc]

    def holds(self, triple: Triple) -> bool:
        """Check whether a triple is stated or inferred."""
        return bool(self.graphs(triple))

    def is_stated(self, triple: Triple) -> bool:
        """Check whether a graph other than graph/inferred holds a triple."""
        return any(graph != INFERRED for graph in self.graphs(triple))

    def solve(
        self, atoms: tuple[Atom, ...], bindings: Bindings
    ) -> Iterator[tuple[Bindings, tuple[Triple, ...]]]:
        """Yield the bindings with which all atoms hold, and the triples that match them."""
        if not atoms:
            yield bindings, ()
            return
        place = 0
        if len(atoms) > 1:  # the atom with the fewest unbound terms is the fastest to look up
            place = min(range(len(atoms)), key=lambda i: _bound(atoms[i], bindings).count(None))
        first, rest = atoms[place], atoms[:place] + atoms[place + 1 :]
        for triple in self._match(first, bindings):
            extended = unify(first, triple, bindings)
            if extended is not None:
                for solution, matched in self.solve(rest, extended):
                    yield solution, (*matched[:place], triple, *matched[place:])

    def _match(self, atom: Atom, bindings: Bindings) -> Iterator[Triple]:
        s, p, o = _bound(atom, bindings)
        if isinstance(s, ox.Literal) or not isinstance(p, ox.NamedNode | None):
            return
        seen = set()
        for other in self._extra:
            if p in (None, other[1]) and s in (None, other[0]) and o in (None, other[2]):
                seen.add(other)
                yield other
        for quad in self.store.quads_for_pattern(deskolemise(s), p, deskolemise(o), None):
            triple: Triple = (skolemise(quad.subject), quad.predicate, skolemise(quad.object))
            if quad.graph_name not in EXCLUDED_GRAPHS and triple not in seen:
                # A pattern without variables matches only once.
                if s and o and p:
                    yield triple
                    return
                seen.add(triple)
                yield triple


def has_same_as(statements: Statements) -> bool:
    """Check whether there is any owl:sameAs statement; without one, no rule of equality applies."""
    return next(statements.solve((("x", OWL.sameAs, "y"),), {}), None) is not None


def unify(atom: Atom, triple: Triple, bindings: Bindings) -> Bindings | None:
    """Return bindings extended so that an atom matches a triple; None where it does not."""
    extended = bindings
    for place, term in zip(atom, triple, strict=True):
        if not isinstance(place, str):
            if place != term:
                return None
        elif place not in extended:
            extended = {**extended, place: term}
        elif extended[place] != term:
            return None
    return extended


def index_key(atom: Atom) -> tuple[object, object] | None:
    """Return the key by which rules are indexed: the predicate and, for rdf:type, the class.

    None where the predicate is a variable.
    """
    _, p, o = atom
    if isinstance(p, str):
        return None
    return (p, o if p == RDF.type and not isinstance(o, str) else None)


def _bound(atom: Atom, bindings: Bindings) -> tuple[Term | None, ...]:
    s, p, o = atom
    return (
        bindings.get(s) if isinstance(s, str) else s,
        bindings.get(p) if isinstance(p, str) else p,
        bindings.get(o) if isinstance(o, str) else o,
    )
