"""The elements of a syntax tree: tokens, and nodes that hold elements."""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence


class Element:
    """A token or a node. No method recurses, so that no depth of nesting is too much."""

    __slots__ = ("kind", "parent")

    #: As written; empty for a node, which has its text from the tree.
    text: str = ""
    #: Where the element begins in the text, and where it ends.
    start: int
    end: int
    children: Sequence[Element] = ()

    def __init__(self, kind: str, parent: Node | None = None) -> None:
        #: A token: the group of the token pattern that matched. A node: the rule of the grammar.
        self.kind = kind
        self.parent = parent

    def says(self, *words: str) -> bool:
        """Check whether this is one of these keywords, in whatever case."""
        return self.kind == "word" and self.text.upper() in words

    def walk(self, without: Container[str] = ()) -> Iterator[Element]:
        """Return this element and all within it in the order of the text, less those of some kinds."""
        elements: list[Element] = [self]
        while elements:
            element = elements.pop()
            if element.kind not in without:
                yield element
                elements.extend(reversed(element.children))

    def find(self, *kinds: str) -> Iterator[Element]:
        """Return the elements of these kinds within this one, in the order of the text."""
        return (element for element in self.walk() if element.kind in kinds)

    def child(self, *kinds: str) -> Element | None:
        """Return the first child of one of these kinds."""
        return next((element for element in self.children if element.kind in kinds), None)

    def ancestors(self) -> Iterator[Node]:
        """Return the nodes around this element, innermost first."""
        node = self.parent
        while node is not None:
            yield node
            node = node.parent


class Token(Element):
    """One token: its kind, text and offset."""

    __slots__ = ("start", "text")

    def __init__(self, kind: str, text: str, start: int) -> None:
        self.kind = kind
        self.parent = None
        self.text = text
        self.start = start

    def __repr__(self) -> str:
        return f"Token({self.kind!r}, {self.text!r}, {self.start})"

    @property
    def end(self) -> int:  # type: ignore[override]
        """Return the offset after the token."""
        return self.start + len(self.text)


class Node(Element):
    """What one rule of the grammar covers: at least one token, but for an update that is empty."""

    __slots__ = ("children",)

    def __init__(self, kind: str, parent: Node | None = None) -> None:
        self.kind = kind
        self.parent = parent
        self.children: list[Element] = []

    def __repr__(self) -> str:
        return f"Node({self.kind!r}, {len(self.children)} children)"

    @property
    def start(self) -> int:  # type: ignore[override]
        """Return the offset of the first token."""
        element: Element = self
        while element.children:
            element = element.children[0]
        return element.start if element.text else 0

    @property
    def end(self) -> int:  # type: ignore[override]
        """Return the offset after the last token."""
        element: Element = self
        while element.children:
            element = element.children[-1]
        return element.end if element.text else 0
