"""The syntax tree of a query or an update: what stands where, what its names mean, and edits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property

import pyoxigraph as ox

from iprgraph.namespaces import PREFIXES
from iprgraph.sparql.declarations import Declarations, absolute
from iprgraph.sparql.nodes import Element, Node, Token
from iprgraph.sparql.parser import OutsideGrammar, build
from iprgraph.sparql.syntax_hints import explain
from iprgraph.sparql.tokens import edit, place, tokenize


def parse(text: str, *, update: bool = False) -> Tree:
    """Parse a query or an update; raises QuerySyntaxError with a place and a hint."""
    tokens = tokenize(text)
    try:
        return Tree(text, tokens, build(tokens, update=update))
    except OutsideGrammar:
        raise explain(text, text, "", PREFIXES, update=update) from None


class Tree:
    """A text and the tree over its tokens; spaces and comments are the text between two tokens."""

    def __init__(self, text: str, tokens: Sequence[Token], root: Node) -> None:
        self.text = text
        self.tokens = tokens
        self.root = root

    def find(self, *kinds: str) -> Iterator[Element]:
        """Return the elements of these kinds, in the order of the text."""
        return self.root.find(*kinds)

    def text_of(self, element: Element) -> str:
        """Return an element as it is written."""
        return self.text[element.start : element.end]

    def place(self, element: Element) -> tuple[int, int]:
        """Return the line and column at which an element begins, both from 1."""
        return place(self.text, element.start)

    @property
    def form(self) -> str:
        """Return SELECT, ASK, CONSTRUCT, DESCRIBE or UPDATE."""
        return self.query.kind.removesuffix("Query").upper()

    @property
    def query(self) -> Element:
        """Return the SelectQuery, AskQuery, ConstructQuery or DescribeQuery; the root of an update."""
        forms = (element for element in self.root.children if element.kind.endswith("Query"))
        return next(forms, self.root)

    @property
    def prologue(self) -> str:
        """Return the text before the first query or operation: its BASE and PREFIX declarations."""
        body = next((element for element in self.root.children if element.kind != "Prologue"), None)
        return self.text[: body.start] if body else self.text

    @cached_property
    def declarations(self) -> Declarations:
        """Return what is declared where."""
        return Declarations(self.root)

    def resolve(
        self, iri: Element, base: str | None = None, prefixes: Mapping[str, str] = PREFIXES
    ) -> ox.NamedNode | None:
        """Return the IRI that an IRI or a prefixed name stands for; None where that is not declared.

        ``base`` and ``prefixes`` are what holds where the text itself declares nothing.
        """
        if iri.kind == "iri":
            return self.declarations.resolve(iri, base)
        prefix, _, local = iri.text.partition(":")
        start = prefixes.get(prefix)
        if declared := self.declarations.namespace(prefix, iri.start):
            namespace = self.declarations.resolve(declared, base)
            start = namespace.value if namespace else None
        return None if start is None else absolute(start + local.replace("\\", ""), None)

    def missing_declarations(self, element: Element | None = None) -> str:
        """Write declarations of the known prefixes that an element uses and nothing declares."""
        missing = set()
        for name in (element or self.root).walk({"Prologue"}):
            prefix = name.text.partition(":")[0] if name.kind == "name" else ""
            if prefix in PREFIXES and not self.declarations.namespace(prefix, name.start):
                missing.add(prefix)
        return "".join(f"PREFIX {prefix}: <{PREFIXES[prefix]}>\n" for prefix in sorted(missing))


class Edits:
    """Changes to the text of a tree; all that they do not touch stays as it is, byte by byte."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._edits: list[tuple[int, int, str]] = []

    def __bool__(self) -> bool:
        return bool(self._edits)

    def replace(self, element: Element, text: str) -> None:
        """Put a text in the place of an element."""
        self._edits.append((element.start, element.end, text))

    def before(self, element: Element, text: str) -> None:
        """Insert a text before an element."""
        self._edits.append((element.start, element.start, text))

    def after(self, element: Element, text: str) -> None:
        """Insert a text after an element."""
        self._edits.append((element.end, element.end, text))

    def within(self, start: int, end: int) -> str:
        """Return the changed text between two offsets."""
        inside = (
            (s - start, e - start, r)
            for s, e, r in sorted(self._edits, key=lambda one: one[:2])
            if start <= s and e <= end
        )
        return edit(self._tree.text[start:end], inside)

    def text(self) -> str:
        """Return the changed text."""
        return self.within(0, len(self._tree.text))
