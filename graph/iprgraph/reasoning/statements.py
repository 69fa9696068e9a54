"""Statements in a store: the union of its graphs, less those that hold none."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pyoxigraph as ox

from iprgraph.namespaces import INFERRED, OWL, RDF
from iprgraph.rdf.rdflib_bridge import Term
from iprgraph.reasoning.axioms import Triple, named, unnamed
from iprgraph.reasoning.rule import Atom, Var
from iprgraph.reasoning.sparql_plan import OUTSIDE

Terms = dict[Var, Term]


class Statements:
    """Look at a store's statements; blank nodes of the schema go by their names."""

    def __init__(self, store: ox.Store, more: frozenset[Triple] = frozenset()) -> None:
        self.store = store
        #: Triples that count as statements besides the store's.
        self._more = more

    def with_more(self, triples: Iterable[Triple]) -> Statements:
        """Give the same statements and some more."""
        return Statements(self.store, frozenset(triples))

    def graphs(self, triple: Triple) -> list[ox.NamedNode]:
        """Give the graphs that hold a triple."""
        s, p, o = (unnamed(term) for term in triple)
        if isinstance(s, ox.Literal) or not isinstance(p, ox.NamedNode):
            return []
        quads = self.store.quads_for_pattern(s, p, o, None)
        return [q.graph_name for q in quads if q.graph_name not in OUTSIDE]  # type: ignore[misc]

    def holds(self, triple: Triple) -> bool:
        """Tell whether a triple is stated or inferred."""
        return bool(self.graphs(triple))

    def is_stated(self, triple: Triple) -> bool:
        """Tell whether a graph other than graph/inferred holds a triple."""
        return any(graph != INFERRED for graph in self.graphs(triple))

    def solve(
        self, atoms: tuple[Atom, ...], terms: Terms
    ) -> Iterator[tuple[Terms, tuple[Triple, ...]]]:
        """Give what the variables stand for where all atoms hold, and the triples that show it."""
        if not atoms:
            yield terms, ()
            return
        place = 0
        if len(atoms) > 1:  # the atom with the fewest open places is the quickest to look up
            place = min(range(len(atoms)), key=lambda i: _bound(atoms[i], terms).count(None))
        first, rest = atoms[place], atoms[:place] + atoms[place + 1 :]
        for triple in self._match(first, terms):
            extended = unify(first, triple, terms)
            if extended is not None:
                for found, shown in self.solve(rest, extended):
                    yield found, (*shown[:place], triple, *shown[place:])

    def _match(self, atom: Atom, terms: Terms) -> Iterator[Triple]:
        s, p, o = _bound(atom, terms)
        if isinstance(s, ox.Literal) or not isinstance(p, ox.NamedNode | None):
            return
        seen = set()
        for other in self._more:
            if p in (None, other[1]) and s in (None, other[0]) and o in (None, other[2]):
                seen.add(other)
                yield other
        for quad in self.store.quads_for_pattern(unnamed(s), p, unnamed(o), None):
            triple: Triple = (named(quad.subject), quad.predicate, named(quad.object))
            if quad.graph_name not in OUTSIDE and triple not in seen:
                # A triple that is wholly known can only be found again.
                if s and o and p:
                    yield triple
                    return
                seen.add(triple)
                yield triple


def any_same(facts: Statements) -> bool:
    """Tell whether anything is the same as something: if not, the rules of equality rest."""
    return next(facts.solve((("x", OWL.sameAs, "y"),), {}), None) is not None


def unify(atom: Atom, triple: Triple, terms: Terms) -> Terms | None:
    """Extend what variables stand for so that an atom is a triple; None where it cannot be."""
    found = terms
    for place, term in zip(atom, triple, strict=True):
        if not isinstance(place, str):
            if place != term:
                return None
        elif place not in found:
            found = {**found, place: term}
        elif found[place] != term:
            return None
    return found


def put(atom: Atom, terms: Terms) -> Triple:
    """Write an atom with its variables' terms."""
    return tuple(terms[t] if isinstance(t, str) else t for t in atom)  # type: ignore[return-value]


def key(atom: Atom) -> tuple[object, object] | None:
    """Say by what a rule is found for a triple: its property and, of a membership, its class."""
    _, p, o = atom
    if isinstance(p, str):
        return None
    return (p, o if p == RDF.type and not isinstance(o, str) else None)


def _bound(atom: Atom, terms: Terms) -> tuple[Term | None, ...]:
    s, p, o = atom
    return (
        terms.get(s) if isinstance(s, str) else s,
        terms.get(p) if isinstance(p, str) else p,
        terms.get(o) if isinstance(o, str) else o,
    )
