"""Read where a query calls a SERVICE: its pattern, and what of the query is joined with it.

What is not understood is left out, which costs a larger answer of the peer and changes no result.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from iprgraph.sparql.nodes import Element
from iprgraph.sparql.rewrite import variables
from iprgraph.sparql.tree import Tree

#: Parts of a group whose solutions are joined with those of the others.
_JOINED = {
    "TriplesSameSubject", "InlineData", "GraphGraphPattern", "GroupGraphPattern", "GroupOrUnionGraphPattern",
}  # fmt: skip


class ServiceCall(NamedTuple):
    """One SERVICE, with the token that names its endpoint, and its group.

    ``sure`` are the variables that every solution of its pattern binds; ``beside`` the parts of the
    query with which those solutions are joined, SERVICEs that come earlier among them.
    """

    pattern: Element
    endpoint: Element
    group: Element
    silent: bool
    sure: frozenset[str]
    beside: tuple[Element, ...]


def service_calls(tree: Tree) -> list[ServiceCall]:
    """Find what each SERVICE asks, and beside what; one within another is the other's to call."""
    calls = []
    for pattern in tree.find("ServiceGraphPattern"):
        if any(node.kind == "ServiceGraphPattern" for node in pattern.ancestors()):
            continue
        *words, endpoint, group = pattern.children
        sure = frozenset(
            name
            for part in _parts(group)
            if part.kind == "TriplesSameSubject"
            for name in variables(part)
        )
        beside = tuple(_beside(pattern))
        calls.append(ServiceCall(pattern, endpoint, group, len(words) == 2, sure, beside))
    return calls


def tied(parts: Iterable[Element]) -> list[list[Element]]:
    """Sort parts into heaps that share no variable with one another."""
    heaps: list[tuple[set[str], list[Element]]] = []
    for part in parts:
        ties, heap = _ties(part), [part]
        apart = []
        for other in heaps:
            if other[0] & ties:
                ties |= other[0]
                heap = other[1] + heap
            else:
                apart.append(other)
        heaps = [*apart, (ties, heap)]
    return [sorted(heap, key=lambda part: part.start) for _, heap in heaps]


def _ties(part: Element) -> set[str]:
    """List what ties parts together: variables, and blank nodes with a label."""
    return {t.text.replace("$", "?") for t in part.find("variable", "blank")}


def _parts(group: Element) -> list[Element]:
    """Split a group into its parts; a subquery has none."""
    parts: list[Element] = []
    for element in group.children:
        if element.kind == "SubSelect":
            return []
        parts += element.children if element.kind == "TriplesBlock" else [element]
    return [part for part in parts if part.children]


def _beside(service: Element) -> list[Element]:
    """Find the parts joined with a SERVICE: of its own group, and of the one that this extends."""
    group = service.parent
    if group is None or _is_strange(group):
        return []
    joined = [part for part in _parts(group) if part is not service and _is_joined(part, service)]
    extension = group.parent
    if extension and extension.kind.endswith("ExistsFunc"):
        extension = extension.parent
    outer = extension.parent if extension else None
    if (
        extension is None
        or outer is None
        or outer.kind != "GroupGraphPattern"
        or _is_strange(outer)
    ):
        return joined
    if extension.kind in {"OptionalGraphPattern", "MinusGraphPattern"}:
        # What comes later in the outer group meets rows without this one's solutions, too.
        others = [part for part in _parts(outer) if part.start < extension.start]
    elif extension.kind == "Filter":
        others = [part for part in _parts(outer) if part is not extension]
    else:
        return joined
    return [part for part in others if _is_joined(part, service)] + joined


def _is_joined(part: Element, service: Element) -> bool:
    """Check whether a part may be evaluated by itself, to be joined."""
    if part.kind == "ServiceGraphPattern":
        return part.start < service.start
    return part.kind in _JOINED and not any(part.find("ServiceGraphPattern"))


def _is_strange(group: Element) -> bool:
    """Check whether parts of a group mean something else by themselves: in a GRAPH, with LATERAL."""
    return group.child("LateralGraphPattern") is not None or any(
        node.kind in {"GraphGraphPattern", "LateralGraphPattern"} for node in group.ancestors()
    )
