"""Lexical forms of literals, some of which a store rewrites.

`"01"^^xsd:integer` comes back from a store as `"1"`, `"1.0"^^xsd:decimal` as `"1"`, and every derived
integer type as xsd:integer. `EscapedLiterals` puts a literal that would be rewritten under an escape,
a datatype of our own that the store does not touch: then two terms are one in the store if and only
if they are one in the data. `LexicalForms` remembers the literals of a store that answers queries
too, where an escape would be seen.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import pyoxigraph as ox

from iprgraph.namespaces import PREFIXES

XSD = PREFIXES["xsd"]

#: Begins the datatype of an escaped literal; its own datatype follows.
ESCAPE = "urn:x-iprgraph:written:"

_PLAIN_INTEGER = re.compile(r"0|-?[1-9][0-9]{0,17}")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
#: Datatype -> lexical forms that a store surely returns as they are; all others are tried out.
_UNALTERED = {
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
#: Datatypes of texts, which no store alters.
_TEXTS = (ox.NamedNode(_STRING), ox.NamedNode(f"{PREFIXES['rdf']}langString"))
#: Literals whose escape is remembered.
_MOST_REMEMBERED = 100_000


_NODE = ox.NamedNode("urn:x-iprgraph:node")


class _Scratch:
    """A store to try out what becomes of a literal."""

    def __init__(self) -> None:
        self._store = ox.Store()

    def rewritten(self, literal: ox.Literal) -> object:
        """Return a literal as a store has it."""
        self._store.add(ox.Quad(_NODE, _NODE, literal))
        (quad,) = self._store
        self._store.remove(quad)
        return quad.object


class EscapedLiterals:
    """Escapes literals that a store would rewrite, and remembers the predicates of these."""

    def __init__(self) -> None:
        self._scratch = _Scratch()
        self._stored: dict[ox.Literal, ox.Literal] = {}
        #: Predicates of the quads whose object is escaped.
        self.predicates: set[ox.NamedNode] = set()

    def escape(self, term: object) -> object:
        """Return the term to store for one; the very same object where no escape is needed."""
        if not isinstance(term, ox.Literal) or term.datatype in _TEXTS:
            return term
        stored = self._stored.get(term)
        if stored is None:
            if len(self._stored) >= _MOST_REMEMBERED:
                self._stored.clear()
            unaltered = _is_unaltered(term) or self._scratch.rewritten(term) == term
            stored = self._stored[term] = term if unaltered else escaped(term)
        return term if stored == term else stored

    def escape_quads(self, quads: Iterable[ox.Quad]) -> Iterable[ox.Quad]:
        """Yield the triples of quads for a store's default graph."""
        default = ox.DefaultGraph()
        for quad in quads:
            term = quad.object
            stored = self.escape(term) if isinstance(term, ox.Literal) else term
            if stored is not term:
                self.predicates.add(quad.predicate)
            elif quad.graph_name == default:
                yield quad
                continue
            yield ox.Quad(quad.subject, quad.predicate, stored)  # type: ignore[arg-type]


def _is_unaltered(literal: ox.Literal) -> bool:
    """Check without trying whether a store surely returns a literal as it is."""
    datatype = literal.datatype.value
    forms = _UNALTERED.get(datatype)
    return not datatype.startswith(XSD) or bool(forms and forms.fullmatch(literal.value))


def escaped(literal: ox.Literal) -> ox.Literal:
    """Return a literal under the escape."""
    return ox.Literal(literal.value, datatype=ox.NamedNode(ESCAPE + literal.datatype.value))


def unescaped(term: object) -> object:
    """Return the term that a stored one stands for."""
    if isinstance(term, ox.Literal) and term.datatype.value.startswith(ESCAPE):
        datatype = term.datatype.value.removeprefix(ESCAPE)
        return ox.Literal(term.value, datatype=ox.NamedNode(datatype))
    return term


class LexicalForms:
    """How the literals were written that a store has rewritten, by the triple that it has."""

    def __init__(self, quads: Iterable[ox.Quad] = ()) -> None:
        self._escapes = EscapedLiterals()
        self._scratch = _Scratch()
        self._by_triple: dict[tuple[object, object, object], list[ox.Literal]] = {}
        self._by_predicate: dict[ox.NamedNode, dict[tuple[object, object], None]] = {}
        #: Subjects of removed quads may stay among them.
        self._subjects: dict[ox.NamedNode, set[object]] = {}
        unaltered: set[int] = set()
        for quad in quads:
            self._add(quad, unaltered)
        for key, forms in self._by_triple.items():
            # Written in both ways: the store has one triple for the two.
            if hash(key) in unaltered:
                forms.append(key[2])  # type: ignore[arg-type]

    def add(self, quad: ox.Quad) -> None:
        """Remember how a quad was written that the store is to hold."""
        self._add(quad, set())

    def _add(self, quad: ox.Quad, unaltered: set[int]) -> None:
        """Remember a quad, or note the hash of a triple that the store has as it was written."""
        term = quad.object
        if not isinstance(term, ox.Literal):
            return
        if self._escapes.escape(term) is term:
            if not term.language and term.datatype.value != _STRING:
                unaltered.add(hash((quad.subject, quad.predicate, term)))
            return
        stored = self._scratch.rewritten(term)
        forms = self._by_triple.setdefault((quad.subject, quad.predicate, stored), [])
        if term not in forms:
            forms.append(term)
        self._by_predicate.setdefault(quad.predicate, {})[quad.subject, stored] = None
        self._subjects.setdefault(quad.predicate, set()).add(quad.subject)

    def remove(self, quads: Iterable[ox.Quad]) -> None:
        """Forget quads that the store no longer holds."""
        for quad in quads:
            self._by_triple.pop((quad.subject, quad.predicate, quad.object), None)
            self._by_predicate.get(quad.predicate, {}).pop((quad.subject, quad.object), None)

    def of(self, s: object, p: object, o: object) -> list[ox.Literal]:
        """Return how the object of a stored triple was written; nothing where it was not rewritten."""
        return self._by_triple.get((s, p, o), [])

    def may_have(self, s: object, predicate: ox.NamedNode) -> bool:
        """Check whether a subject may have an object of a predicate that was rewritten."""
        return s in self._subjects.get(predicate, ())

    def triples(self, predicate: ox.NamedNode | None) -> list[tuple[object, object, object]]:
        """Return the stored triples of a predicate, or all, whose objects were rewritten."""
        if predicate is None:
            return list(self._by_triple)
        return [(s, predicate, o) for s, o in self._by_predicate.get(predicate, ())]
