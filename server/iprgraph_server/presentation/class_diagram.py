"""Draw the ontology: classes as boxes, each of their properties leading to the class it names."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import pyoxigraph as ox

from iprgraph_server.models.vocabulary import VocabularyTerm

#: Sizes in the units of the drawing: a box, the room beside and below it, a line of text.
BOX, ASIDE, BELOW, HEAD, LINE = 190, 92, 22, 30, 20


@dataclass
class Box:
    """A class: its place, its properties that lead to other classes, and its subclasses."""

    entry: VocabularyTerm
    leads: list[tuple[VocabularyTerm, ox.NamedNode]] = field(default_factory=list)
    subclasses: list[VocabularyTerm] = field(default_factory=list)
    layer: int = 0
    x: int = 0
    y: int = 0

    @property
    def height(self) -> int:
        """Give how high the box is."""
        return HEAD + LINE * (len(self.leads) + bool(self.subclasses)) + 6


@dataclass(frozen=True)
class Edge:
    """A line from a property to the class it leads to."""

    x1: int
    y1: int
    x2: int
    y2: int
    #: Where it goes through a layer that it passes: left, right, and how high between two boxes.
    through: tuple[tuple[int, int, int], ...] = ()

    @property
    def path(self) -> str:
        """Give the curve as SVG has it."""
        x, y, written = self.x1, self.y1, f"M{self.x1} {self.y1}"
        for left, right, height in self.through:
            middle = (x + left) // 2
            written += f" C{middle} {y} {middle} {height} {left} {height} H{right}"
            x, y = right, height
        return f"{written} C{x + 55} {y} {self.x2 - 55} {self.y2} {self.x2 - 7} {self.y2}"


@dataclass(frozen=True)
class Diagram:
    """Boxes and lines, ready to be drawn."""

    boxes: list[Box]
    edges: list[Edge]
    width: int
    height: int


def draw(terms: Iterable[VocabularyTerm]) -> Diagram:
    """Lay out the classes in layers, so that properties lead from left to right."""
    terms = list(terms)
    classes = {term.iri: term for term in terms if term.is_class}
    above = {
        iri: parent
        for iri, term in classes.items()
        for parent in term.linked("rdfs:subClassOf")
        if parent in classes
    }

    def top(iri: ox.NamedNode) -> ox.NamedNode:
        seen = {iri}
        while iri in above and above[iri] not in seen:
            iri = above[iri]
            seen.add(iri)
        return iri

    boxes = {iri: Box(term) for iri, term in classes.items() if top(iri) == iri}
    for iri, term in classes.items():
        if top(iri) != iri:
            boxes[top(iri)].subclasses.append(term)
    for term in terms:
        for domain in term.linked("rdfs:domain"):
            for range_ in term.linked("rdfs:range"):
                if domain in classes and range_ in classes:
                    boxes[top(domain)].leads.append((term, top(range_)))
    _layer(boxes)
    return _placed(boxes)


def _layer(boxes: dict[ox.NamedNode, Box]) -> None:
    """Put each box right of those that lead to it; a circle of properties ends the search."""
    for _ in boxes:
        moved = False
        for iri, box in boxes.items():
            for _, target in box.leads:
                if target != iri and box.layer < len(boxes) > boxes[target].layer <= box.layer:
                    boxes[target].layer, moved = box.layer + 1, True
        if not moved:
            return


def _placed(boxes: dict[ox.NamedNode, Box]) -> Diagram:
    targets = {target for box in boxes.values() for _, target in box.leads}
    layers: dict[int, list[Box]] = {}
    last = max((box.layer for box in boxes.values()), default=0)
    for iri, box in boxes.items():
        if not box.leads and iri not in targets:
            box.layer = last
        layers.setdefault(box.layer, []).append(box)
    height = 0
    for layer, members in sorted(layers.items()):
        if layer:
            members.sort(key=lambda box: _wanted(box, boxes))
        y = 4
        for box in members:
            box.x, box.y = 4 + layer * (BOX + ASIDE), y
            y += box.height + BELOW
        height = max(height, y - BELOW + 4)

    def edge(box: Box, i: int, to: Box) -> Edge:
        y1, y2 = box.y + HEAD + LINE * i + 6, to.y + HEAD // 2
        passed = [layers[layer] for layer in range(box.layer + 1, to.layer)]
        return Edge(
            box.x + BOX, y1, to.x, y2, tuple(_gap(layer, (y1 + y2) // 2) for layer in passed)
        )

    edges = [
        edge(box, i, boxes[to])
        for box in boxes.values()
        for i, (_, to) in enumerate(box.leads)
        if boxes[to] is not box
    ]
    width = max((box.x for box in boxes.values()), default=0) + BOX + 4
    return Diagram(list(boxes.values()), edges, width, height)


def _gap(layer: list[Box], y: int) -> tuple[int, int, int]:
    """Find the room above, between or below the boxes of a layer that is nearest to a height."""
    rooms = [layer[0].y - BELOW // 2, *(box.y + box.height + BELOW // 2 for box in layer)]
    return layer[0].x - 12, layer[0].x + BOX + 12, min(rooms, key=lambda room: abs(room - y))


def _wanted(box: Box, boxes: dict[ox.NamedNode, Box]) -> float:
    """Give how high a box would stand level with what leads to it."""
    led = [b.y + HEAD + LINE * i for b in boxes.values() for i, (_, to) in enumerate(b.leads)
           if boxes[to] is box]  # fmt: skip
    return sum(led) / len(led) if led else float("inf")
