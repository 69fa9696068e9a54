"""Draw the ontology: classes as boxes, each of their properties leading to the class it names."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import pyoxigraph as ox

from iprgraph_server.models.vocabulary import VocabularyTerm

#: Sizes in the units of the drawing: a box, the room beside and below it, a line of text.
BOX, ASIDE, BELOW, HEAD, LINE = 190, 92, 22, 30, 20


@dataclass
class ClassBox:
    """A class: its place, its properties that lead to other classes, and its subclasses."""

    term: VocabularyTerm
    properties: list[tuple[VocabularyTerm, ox.NamedNode]] = field(default_factory=list)
    subclasses: list[VocabularyTerm] = field(default_factory=list)
    layer: int = 0
    x: int = 0
    y: int = 0

    @property
    def height(self) -> int:
        """Return the height of the box."""
        return HEAD + LINE * (len(self.properties) + bool(self.subclasses)) + 6


@dataclass(frozen=True)
class PropertyEdge:
    """A line from a property to its range."""

    x1: int
    y1: int
    x2: int
    y2: int
    #: The gap in each layer that it passes: left, right and height.
    through: tuple[tuple[int, int, int], ...] = ()

    @property
    def path(self) -> str:
        """Return the curve as SVG path data."""
        x, y, path = self.x1, self.y1, f"M{self.x1} {self.y1}"
        for left, right, height in self.through:
            middle = (x + left) // 2
            path += f" C{middle} {y} {middle} {height} {left} {height} H{right}"
            x, y = right, height
        return f"{path} C{x + 55} {y} {self.x2 - 55} {self.y2} {self.x2 - 7} {self.y2}"


@dataclass(frozen=True)
class ClassDiagram:
    """Boxes and lines, ready to be drawn."""

    boxes: list[ClassBox]
    edges: list[PropertyEdge]
    width: int
    height: int


def draw_classes(terms: Iterable[VocabularyTerm]) -> ClassDiagram:
    """Return the classes in layers, so that properties lead from left to right."""
    terms = list(terms)
    classes = {term.iri: term for term in terms if term.is_class}
    above = {
        iri: parent
        for iri, term in classes.items()
        for parent in term.linked("rdfs:subClassOf")
        if parent in classes
    }

    def top(iri: ox.NamedNode) -> ox.NamedNode:
        visited = {iri}
        while iri in above and above[iri] not in visited:
            iri = above[iri]
            visited.add(iri)
        return iri

    boxes = {iri: ClassBox(term) for iri, term in classes.items() if top(iri) == iri}
    for iri, term in classes.items():
        if top(iri) != iri:
            boxes[top(iri)].subclasses.append(term)
    for term in terms:
        for domain in term.linked("rdfs:domain"):
            for range_ in term.linked("rdfs:range"):
                if domain in classes and range_ in classes:
                    boxes[top(domain)].properties.append((term, top(range_)))
    _assign_layers(boxes)
    return _place(boxes)


def _assign_layers(boxes: dict[ox.NamedNode, ClassBox]) -> None:
    """Assign layers, so that each box is right of those that lead to it; circles end the search."""
    for _ in boxes:
        moved = False
        for iri, box in boxes.items():
            for _, target in box.properties:
                if target != iri and box.layer < len(boxes) > boxes[target].layer <= box.layer:
                    boxes[target].layer, moved = box.layer + 1, True
        if not moved:
            return


def _place(boxes: dict[ox.NamedNode, ClassBox]) -> ClassDiagram:
    targets = {target for box in boxes.values() for _, target in box.properties}
    layers: dict[int, list[ClassBox]] = {}
    last = max((box.layer for box in boxes.values()), default=0)
    for iri, box in boxes.items():
        if not box.properties and iri not in targets:
            box.layer = last
        layers.setdefault(box.layer, []).append(box)
    height = 0
    for layer, members in sorted(layers.items()):
        if layer:
            members.sort(key=lambda box: _level(box, boxes))
        y = 4
        for box in members:
            box.x, box.y = 4 + layer * (BOX + ASIDE), y
            y += box.height + BELOW
        height = max(height, y - BELOW + 4)

    def edge(box: ClassBox, i: int, to: ClassBox) -> PropertyEdge:
        y1, y2 = box.y + HEAD + LINE * i + 6, to.y + HEAD // 2
        passed = [layers[layer] for layer in range(box.layer + 1, to.layer)]
        return PropertyEdge(
            box.x + BOX,
            y1,
            to.x,
            y2,
            tuple(_nearest_gap(layer, (y1 + y2) // 2) for layer in passed),
        )

    edges = [
        edge(box, i, boxes[to])
        for box in boxes.values()
        for i, (_, to) in enumerate(box.properties)
        if boxes[to] is not box
    ]
    width = max((box.x for box in boxes.values()), default=0) + BOX + 4
    return ClassDiagram(list(boxes.values()), edges, width, height)


def _nearest_gap(layer: list[ClassBox], y: int) -> tuple[int, int, int]:
    """Return the gap above, between or below the boxes of a layer that is nearest to a height."""
    gaps = [layer[0].y - BELOW // 2, *(box.y + box.height + BELOW // 2 for box in layer)]
    return layer[0].x - 12, layer[0].x + BOX + 12, min(gaps, key=lambda gap: abs(gap - y))


def _level(box: ClassBox, boxes: dict[ox.NamedNode, ClassBox]) -> float:
    """Return the mean height of the properties that lead to a box."""
    heights = [b.y + HEAD + LINE * i for b in boxes.values() for i, (_, to) in enumerate(b.properties)
           if boxes[to] is box]  # fmt: skip
    return sum(heights) / len(heights) if heights else float("inf")
