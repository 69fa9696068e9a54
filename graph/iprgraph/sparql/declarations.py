"""What the BASE and PREFIX declarations of a query or an update mean at each place."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

import pyoxigraph as ox

from iprgraph.sparql.nodes import Element, Node, Token
from iprgraph.sparql.tokens import unescaped


class Declarations:
    """The declarations of a text, which may be cut off; each holds from where it stands."""

    def __init__(self, root: Node) -> None:
        self._bases: list[Token] = []
        self._prefixes: dict[str, list[Token]] = {}
        for prologue in root.children:
            for declaration in prologue.children if prologue.kind == "Prologue" else ():
                match declaration.children:
                    case [_, Token(kind="iri") as base]:
                        self._bases.append(base)
                    case [_, Token() as name, Token() as namespace]:
                        self._prefixes.setdefault(name.text[:-1], []).append(namespace)

    def namespace(self, prefix: str, at: int) -> Token | None:
        """Return the IRI that is declared for a prefix, for use at an offset."""
        namespaces = _before(self._prefixes.get(prefix, ()), at)
        return namespaces[-1] if namespaces else None

    def resolve(self, iri: Element, base: str | None) -> ox.NamedNode | None:
        """Return an IRI, resolved against the bases declared before it, and first of all ``base``."""
        relative: list[Element] = [iri]
        for declared in reversed(_before(self._bases, iri.start)):
            relative.append(declared)
            if absolute(unescaped(declared.text[1:-1]), None):
                break
        node = None
        for token in reversed(relative):
            node = absolute(unescaped(token.text[1:-1]), base)
            base = node.value if node else base
        return node


def _before(tokens: Sequence[Token], at: int) -> Sequence[Token]:
    return tokens[: bisect_left(tokens, at, key=lambda token: token.start)]


def absolute(iri: str, base: str | None) -> ox.NamedNode | None:
    """Resolve an IRI as the engine does; None for what is none, or is relative without a base."""
    try:
        return ox.NamedNode(iri)
    except ValueError:
        if base is None:
            return None
    try:
        (triple,) = ox.parse(f"<{iri}> a <>.", ox.RdfFormat.TURTLE, base_iri=base)
    except (SyntaxError, ValueError):
        return None
    return triple.subject if isinstance(triple.subject, ox.NamedNode) else None
