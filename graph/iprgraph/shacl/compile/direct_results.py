"""Results that the engine can tell by itself: every condition of the focus node is surely so.

For each constraint of a shape the compiler has said what surely holds and what surely does not. Where
one or the other is true of each constraint and each value, the results are known too: one for each
value that a constraint on values finds wrong, one for a constraint on all of them. Whatever is not
sure, has blank nodes (whose descriptions pySHACL copies), or has messages that pySHACL words, is left
to pySHACL.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import pyoxigraph as ox
import rdflib
from pyshacl.shape import Shape

from iprgraph.namespaces import RDF, SH
from iprgraph.rdf.lexical_forms import unescaped
from iprgraph.shacl.compile.conditions import HOLDS, UNKNOWN, Condition
from iprgraph.shacl.compile.graph_checks import GraphChecks
from iprgraph.shacl.compile.paths import iri
from iprgraph.shacl.compile.value_tests import term_of

#: Constraints with one result for each value that is wrong.
_EACH = {
    *("and", "class", "datatype", "in", "languageIn", "maxExclusive", "maxInclusive", "maxLength"),
    *("minExclusive", "minInclusive", "minLength", "nodeKind", "not", "or", "pattern", "xone"),
}
#: Constraints with one result for all values.
_ALL = {"maxCount", "minCount", "qualifiedMaxCount", "qualifiedMinCount"}
_RIGHT, _WRONG = ox.Literal(0), ox.Literal(1)


class ResultTemplate(NamedTuple):
    """What results of one constraint of a shape have in common."""

    shape: ox.NamedNode
    component: ox.NamedNode
    severity: ox.NamedNode
    path: ox.NamedNode | None
    messages: tuple[ox.Literal, ...]


class DirectResult(NamedTuple):
    """Hold one result; its terms are as they were written."""

    kind: ResultTemplate
    focus: ox.NamedNode | ox.Literal
    #: None where the result is of all values together.
    value: ox.NamedNode | ox.Literal | None


class CompiledConstraint(NamedTuple):
    """What the compiler says of one constraint of a shape."""

    parameter: str
    component: Any
    #: Conditions on each value, and the one on all together.
    each: tuple[Condition, ...]
    whole: Condition


@dataclass(frozen=True)
class DirectQuery:
    """Hold how the results of one shape are found, and what they say."""

    #: The pattern of the value, and its variable, which is ?this for a node shape.
    pattern: str
    value: str
    each: tuple[tuple[Condition, ResultTemplate | None], ...]
    whole: tuple[tuple[Condition, ResultTemplate | None], ...]

    def query(self, focus: str) -> str:
        """Write the query for the rows that `find` reads; `focus` is a query for the focus nodes."""
        conditions = [condition for condition, _ in (*self.each, *self.whole)]
        # Of a lone condition on the focus node it is known already that it is not surely right.
        is_lone = len(conditions) == 1 and (not self.pattern or not self.each)
        told = [
            ("1" if is_exact else f"IF({bad}, 1, 2)")
            if is_lone
            else f"IF({ok}, 0, {'1' if is_exact else f'IF({bad}, 1, 2)'})"
            for ok, bad, is_exact in conditions
        ]
        names = " ".join(
            [*dict.fromkeys(["?this", self.value]), *map("?is{}".format, range(len(told)))]
        )
        value = f"OPTIONAL {{ {self.pattern} }}" if self.pattern else ""
        lines = "\n  ".join(f"BIND ({state} AS ?is{i})" for i, state in enumerate(told))
        return f"SELECT {names} WHERE {{\n  {{ {focus} }} {value}\n  {lines}\n}}"

    def find(self, looks: GraphChecks, focus: str) -> dict[object, list[DirectResult] | None]:
        """Find the results of focus nodes; None where not everything is sure."""
        # By condition and value: two conditions of one component have two results.
        found: dict[object, dict[tuple[int, object], DirectResult]] = {}
        unsure: set[object] = set()
        at = 1 if self.pattern else 0
        kinds = [
            (i, at + 1 + i, i < len(self.each), kind)
            for i, (_, kind) in enumerate((*self.each, *self.whole))
        ]
        for row in looks.query(self.query(focus)):
            this, value = row[0], row[at]
            results = found.setdefault(this, {})
            for i, place, of_value, kind in kinds:
                if of_value and value is None:
                    continue
                state = row[place]
                if state == _RIGHT:
                    continue
                if state != _WRONG or kind is None or isinstance(value, ox.BlankNode):
                    unsure.add(this)
                    break
                told = unescaped(value) if of_value else None
                results[i, told] = DirectResult(kind, unescaped(this), told)  # type: ignore[arg-type]
        return {
            this: None
            if this in unsure or isinstance(this, ox.BlankNode)
            else list(results.values())
            for this, results in found.items()
        }


def direct(shape: Shape, parts: Sequence[CompiledConstraint], value: str) -> DirectQuery | None:
    """Prepare to write a shape's results; None where they could not be."""
    path = shape.path() if shape.is_property_shape else None
    messages = tuple(term_of(m) for m in shape.message)
    if not (
        isinstance(shape.node, rdflib.URIRef)
        and (path is None or isinstance(path, rdflib.URIRef))
        and messages
        and all(isinstance(m, ox.Literal) for m in messages)
    ):
        return None
    each: list[tuple[Condition, ResultTemplate | None]] = []
    whole: list[tuple[Condition, ResultTemplate | None]] = []
    for part in parts:
        if UNKNOWN in (part.whole, *part.each):
            return None
        kind = ResultTemplate(
            ox.NamedNode(str(shape.node)),
            ox.NamedNode(_component(part)),
            ox.NamedNode(str(shape.severity)),
            None if path is None else ox.NamedNode(str(path)),
            messages,  # type: ignore[arg-type]
        )
        several = len(getattr(part.component, "min_vals", getattr(part.component, "max_vals", "1")))
        known = part.parameter in _EACH and several == 1
        each += [(condition, kind if known else None) for condition in part.each]
        if part.whole != HOLDS:
            known = part.parameter in _ALL and not _is_range(part)
            whole.append((part.whole, kind if known else None))
    pattern = "" if path is None else f"?this {iri(path)} {value}"
    return DirectQuery(pattern, value, tuple(each), tuple(whole))


def _is_range(part: CompiledConstraint) -> bool:
    """Tell whether it is a count of qualified values from both sides, which has two results."""
    c = part.component
    return part.parameter.startswith("qualified") and None not in (c.min_count, c.max_count)


def _component(part: CompiledConstraint) -> str:
    if part.parameter.startswith("qualifiedM"):
        name = part.parameter.removeprefix("qualified")
        return f"{SH.iri}Qualified{name}ConstraintComponent"
    return str(part.component.shacl_constraint_component)


def result_quads(report: object, findings: Iterable[DirectResult]) -> Iterator[ox.Quad]:
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
