"""Literals as they were written: the engine's store rewrites some, and shapes look at how they are.

`"01"^^xsd:integer` comes back from a store as `"1"`, `"1.0"^^xsd:decimal` as `"1"`, and every derived
integer type as xsd:integer. A literal that would be rewritten is kept under an escape, a datatype of
our own that the store does not touch: then two terms are one in the store if and only if they are
one in the data.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import pyoxigraph as ox

from iprgraph.namespaces import PREFIXES

XSD = PREFIXES["xsd"]

#: Put before a datatype's IRI, it says: this literal as it was written.
ESCAPE = "urn:x-iprgraph:written:"

_PLAIN_INTEGER = re.compile(r"0|-?[1-9][0-9]{0,17}")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
#: Datatype -> lexical forms that are known to be kept; all others are tried out.
_KEPT = {
    f"{XSD}integer": _PLAIN_INTEGER,
    f"{XSD}decimal": re.compile(r"(0|-?[1-9][0-9]{0,11})(\.[0-9]{0,5}[1-9])?"),
    f"{XSD}boolean": re.compile("true|false"),
    f"{XSD}date": _DATE,
    f"{XSD}gYear": re.compile(r"[0-9]{4}"),
    f"{XSD}gYearMonth": re.compile(r"[0-9]{4}-[0-9]{2}"),
    f"{XSD}dateTime": re.compile(
        _DATE.pattern + r"T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](Z|[+-](0[1-9]|1[0-4]):00)?"
    ),
}
_STRING = f"{XSD}string"
#: Datatypes of words, which are kept as they are.
_WORDS = (ox.NamedNode(_STRING), ox.NamedNode(f"{PREFIXES['rdf']}langString"))
_LIMIT = 100_000


class Written:
    """Translate literals to terms that a store keeps, and back."""

    def __init__(self) -> None:
        self._scratch = ox.Store()
        self._tried: dict[ox.Literal, ox.Literal] = {}
        #: Predicates of the quads that have a literal under the escape.
        self.predicates: set[ox.NamedNode] = set()

    def stored(self, term: object) -> object:
        """Give a term to keep in a store for this one; the same one if the store keeps it as it is."""
        if not isinstance(term, ox.Literal):
            return term
        datatype = term.datatype
        if datatype in _WORDS:
            return term
        kept = self._tried.get(term)
        if kept is None:
            if len(self._tried) >= _LIMIT:
                self._tried.clear()
            is_kept = _is_surely_kept(term) or self._is_kept(term)
            kept = self._tried[term] = term if is_kept else escaped(term)
        # The same object where it is kept: that is how it is asked for.
        return term if kept == term else kept

    def quads(self, quads: Iterable[ox.Quad]) -> Iterable[ox.Quad]:
        """Give triples for a store's default graph."""
        stored, default = self.stored, ox.DefaultGraph()
        for quad in quads:
            term = quad.object
            kept = stored(term) if isinstance(term, ox.Literal) else term
            if kept is not term:
                self.predicates.add(quad.predicate)
            elif quad.graph_name == default:
                yield quad
                continue
            yield ox.Quad(quad.subject, quad.predicate, kept)  # type: ignore[arg-type]

    def _is_kept(self, literal: ox.Literal) -> bool:
        quad = ox.Quad(_NODE, _NODE, literal)
        self._scratch.add(quad)
        found = next(iter(self._scratch))
        self._scratch.remove(found)
        return bool(found.object == literal)


_NODE = ox.NamedNode("urn:x-iprgraph:node")


def _is_surely_kept(literal: ox.Literal) -> bool:
    """Tell what is known without trying."""
    datatype = literal.datatype.value
    known = _KEPT.get(datatype)
    return not datatype.startswith(XSD) or bool(known and known.fullmatch(literal.value))


def escaped(literal: ox.Literal) -> ox.Literal:
    """Write a literal under the escape."""
    return ox.Literal(literal.value, datatype=ox.NamedNode(ESCAPE + literal.datatype.value))


def original(term: object) -> object:
    """Give what a term from such a store stands for."""
    if isinstance(term, ox.Literal) and term.datatype.value.startswith(ESCAPE):
        return ox.Literal(
            term.value, datatype=ox.NamedNode(term.datatype.value.removeprefix(ESCAPE))
        )
    return term


class Rewritten:
    """Remember what a store holds otherwise than it was written, by the quad that the store holds.

    For a store that answers queries too, where an escape would be seen.
    """

    def __init__(self, quads: Iterable[ox.Quad] = ()) -> None:
        self._written = Written()
        self._by_triple: dict[tuple[object, object, object], list[ox.Literal]] = {}
        self._by_predicate: dict[ox.NamedNode, dict[tuple[object, object], None]] = {}
        #: What was forgotten may stay among them.
        self._subjects: dict[ox.NamedNode, set[object]] = {}
        self._scratch = ox.Store()
        kept: set[int] = set()
        for quad in quads:
            self._note(quad, kept)
        for key, forms in self._by_triple.items():
            # Written in both ways: the store has one triple for the two.
            if hash(key) in kept:
                forms.append(key[2])  # type: ignore[arg-type]

    def note(self, quad: ox.Quad) -> None:
        """Remember how a quad was written that a store is to hold."""
        self._note(quad, set())

    def _note(self, quad: ox.Quad, kept: set[int]) -> None:
        term = quad.object
        if not isinstance(term, ox.Literal):
            return
        if self._written.stored(term) is term:
            if not term.language and term.datatype.value != _STRING:
                kept.add(hash((quad.subject, quad.predicate, term)))
            return
        self._scratch.add(ox.Quad(_NODE, _NODE, term))
        (found,) = self._scratch
        self._scratch.remove(found)
        key = (quad.subject, quad.predicate, found.object)
        forms = self._by_triple.setdefault(key, [])
        if term not in forms:
            forms.append(term)
        pairs = self._by_predicate.setdefault(quad.predicate, {})
        pairs[quad.subject, found.object] = None
        self._subjects.setdefault(quad.predicate, set()).add(quad.subject)

    def forget(self, quads: Iterable[ox.Quad]) -> None:
        """Forget quads that the store no longer holds."""
        for quad in quads:
            self._by_triple.pop((quad.subject, quad.predicate, quad.object), None)
            self._by_predicate.get(quad.predicate, {}).pop((quad.subject, quad.object), None)

    def forms(self, s: object, p: object, o: object) -> list[ox.Literal]:
        """List how the object of a stored triple was written; nothing where as it is stored."""
        return self._by_triple.get((s, p, o), [])

    def about(self, s: object, predicate: ox.NamedNode) -> bool:
        """Tell whether a subject has an object of a predicate that was written otherwise."""
        return s in self._subjects.get(predicate, ())

    def of(self, predicate: ox.NamedNode | None) -> Iterable[tuple[object, object, object]]:
        """List the stored triples of a predicate, or all, whose objects were written otherwise."""
        if predicate is None:
            return list(self._by_triple)
        return [(s, predicate, o) for s, o in self._by_predicate.get(predicate, ())]
