"""What the validation of a focus node reads."""

from __future__ import annotations

from typing import NamedTuple


class Read(NamedTuple):
    """Triples that the validation of a focus node reads: how they are found from there.

    The pattern leads from ?this to the node that is the triple's subject, or its object where
    `inverse`; it is empty where that is the focus node itself. The predicate is None for any.
    """

    pattern: str
    node: str
    predicate: str | None
    inverse: bool = False
    #: A triple of rdf:type counts only if its class is this one or below it.
    cls: str | None = None
    #: The term that the triple's other end must be.
    other: object = None

    @classmethod
    def along(
        cls, path: str, predicate: str | None, inverse: bool = False, of: str | None = None
    ) -> Read:
        """Make a read at the end of a path from the focus node."""
        if not path:
            return cls("", "this", predicate, inverse, of)
        return cls(f"?this {path} ?node .", "node", predicate, inverse, of)
