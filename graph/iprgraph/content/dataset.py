"""The dataset's description of itself: its title, version, publisher and license."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pyoxigraph as ox

from iprgraph.errors import DataError
from iprgraph.namespaces import DATASET, DCAT, DCTERMS, OWL, RDF


class DatasetDescription:
    """What graph/dataset states about the dataset itself; raises DataError for what it lacks."""

    def __init__(self, quads: Iterable[ox.Quad]) -> None:
        self.quads = [quad for quad in quads if quad.graph_name == DATASET]
        nodes = {
            quad.subject
            for quad in self.quads
            if quad.predicate == RDF.type
            and quad.object == DCAT.Dataset
            and isinstance(quad.subject, ox.NamedNode)
        }
        if len(nodes) != 1:
            raise DataError(
                "graph/data/dataset.trig must describe one dcat:Dataset in GRAPH graph:dataset; "
                f"it describes {len(nodes)}"
            )
        self.node = nodes.pop()
        self.version = self.text(DCAT.version, OWL.versionInfo)
        self.issued = self.text(DCTERMS.issued)
        self.title = self.text(DCTERMS.title)

    def text(self, *predicates: ox.NamedNode) -> str:
        """Return a literal of the dataset by the first predicate that has one, English first."""
        for predicate in predicates:
            texts = sorted(
                (o.language != "en", o.value)
                for o in self.objects(predicate)
                if isinstance(o, ox.Literal)
            )
            if texts:
                return texts[0][1]
        wanted = " or ".join(str(predicate) for predicate in predicates)
        raise DataError(f"graph/data/dataset.trig: {self.node} has no {wanted}")

    def objects(self, predicate: ox.NamedNode) -> list[Any]:
        """Return all values of a property of the dataset."""
        return [
            quad.object
            for quad in self.quads
            if quad.subject == self.node and quad.predicate == predicate
        ]
