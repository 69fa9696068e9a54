"""Carry literals through an engine's store unaltered: one that it would rewrite goes under an escape."""

from __future__ import annotations

from collections.abc import Iterable

import pyoxigraph as ox

#: Datatype of an escaped literal: this and its own datatype, or @ and its language.
_ESCAPE = "urn:x-iprgraph:written:"
_ANY = ox.NamedNode("urn:x-iprgraph:any")


class Escapes:
    """Know which literals a store would rewrite."""

    def __init__(self, quads: Iterable[ox.Quad]) -> None:
        self._escaped: dict[object, ox.Literal] = {}
        self.typed = {
            q.object
            for q in quads
            if isinstance(q.object, ox.Literal) and (q.object.language or not _is_plain(q.object))
        }
        for literal in self.typed - _unaltered(self.typed):
            kind = f"@{literal.language}" if literal.language else literal.datatype.value
            self._escaped[literal] = ox.Literal(
                literal.value, datatype=ox.NamedNode(_ESCAPE + kind)
            )

    def over(self, term: object) -> object:
        """Give what stands for a term in the store."""
        return self._escaped.get(term, term)


def unescaped(term: object) -> object:
    """Give the term that another stands for."""
    if isinstance(term, ox.Literal) and term.datatype.value.startswith(_ESCAPE):
        kind = term.datatype.value.removeprefix(_ESCAPE)
        if kind.startswith("@"):
            return ox.Literal(term.value, language=kind[1:])
        return ox.Literal(term.value, datatype=ox.NamedNode(kind))
    return term


def _is_plain(literal: ox.Literal) -> bool:
    return literal.datatype.value.endswith("XMLSchema#string")


def _unaltered(literals: Iterable[ox.Literal]) -> set[object]:
    """Find which literals come out of a store as they went in."""
    store = ox.Store()
    store.extend(ox.Quad(_ANY, _ANY, literal) for literal in literals)
    return {quad.object for quad in store}
