"""Draw the neighbourhood of a thing: what points to it, and where it points."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import pyoxigraph as ox

from iprgraph.namespaces import expand
from iprgraph_server.models.thing import Links, PropertyValues


@dataclass
class Neighbour:
    """A neighbour, with the height of its name in the drawing."""

    term: ox.NamedNode
    y: int


@dataclass
class NeighbourGroup:
    """Neighbours by one property, with the height of its name in the drawing."""

    predicate: ox.NamedNode
    neighbours: list[Neighbour]
    more: int
    y: int


@dataclass
class Neighbourhood:
    """What is next to a thing, ready to be drawn: what points here, and where it points."""

    into: list[NeighbourGroup]
    out: list[NeighbourGroup]
    height: int


#: Properties whose values are categories, not neighbours.
_CATEGORIES = {
    expand(name)
    for name in ("ipr:basis", "ipr:estimate", "ipr:evidence", "ipr:modality", "ipr:status",
                 "ipr:verdict", "skos:inScheme")
}  # fmt: skip

#: How many properties a side of the drawing shows, how many things of each, and a line's height.
GROUPS_SHOWN, NEIGHBOURS_SHOWN, ROW = 6, 4, 26


def draw_neighbourhood(
    thing: ox.NamedNode, facts: Iterable[PropertyValues], links: Iterable[Links]
) -> Neighbourhood | None:
    """Return the neighbourhood of a thing; None when nothing is next to it."""
    outward = []
    for fact in (fact for fact in facts if fact.predicate.value not in _CATEGORIES):
        terms = [v.term for v in fact.values if isinstance(v.term, ox.NamedNode)]
        own = [term for term in terms if "/iprgraph/id/" in term.value and term != thing]
        if own:
            outward.append((fact.predicate, own, fact.total - (len(terms) - len(own))))
    inward = [(link.predicate, link.things, link.total) for link in links]
    into, left_height = _placed(inward)
    out, right_height = _placed(outward)
    return (
        Neighbourhood(into, out, max(left_height, right_height, 3 * ROW)) if into or out else None
    )


def _placed(
    links: list[tuple[ox.NamedNode, list[ox.NamedNode], int]],
) -> tuple[list[NeighbourGroup], int]:
    groups, y = [], ROW
    for predicate, things, total in links[:GROUPS_SHOWN]:
        neighbours = [
            Neighbour(term, y + ROW * (i + 1)) for i, term in enumerate(things[:NEIGHBOURS_SHOWN])
        ]
        more = total - len(neighbours)
        groups.append(NeighbourGroup(predicate, neighbours, more, y))
        y += ROW * (len(neighbours) + bool(more > 0) + 1) + ROW // 2
    return groups, y - ROW // 2
