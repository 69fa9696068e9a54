"""Results of a validation that are known without pySHACL: many, of few kinds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import pyoxigraph as ox

from iprgraph.namespaces import RDF, SH


class Kind(NamedTuple):
    """What results of one constraint of a shape have in common."""

    shape: ox.NamedNode
    component: ox.NamedNode
    severity: ox.NamedNode
    path: ox.NamedNode | None
    messages: tuple[ox.Literal, ...]


class Finding(NamedTuple):
    """Hold one result; its terms are as they were written."""

    kind: Kind
    focus: ox.NamedNode | ox.Literal
    #: None where the result is of all values together.
    value: ox.NamedNode | ox.Literal | None


def result_quads(report: object, findings: Iterable[Finding]) -> Iterator[ox.Quad]:
    """Write results as pySHACL does, as the report node's."""
    quad = ox.Quad
    for kind, focus, value in findings:
        node = ox.BlankNode()
        yield quad(report, SH.result, node)  # type: ignore[arg-type]
        yield quad(node, RDF.type, SH.ValidationResult)
        yield quad(node, SH.focusNode, focus)
        yield quad(node, SH.resultSeverity, kind.severity)
        yield quad(node, SH.sourceConstraintComponent, kind.component)
        yield quad(node, SH.sourceShape, kind.shape)
        if kind.path is not None:
            yield quad(node, SH.resultPath, kind.path)
        if value is not None:
            yield quad(node, SH.value, value)
        for message in kind.messages:
            yield quad(node, SH.resultMessage, message)
