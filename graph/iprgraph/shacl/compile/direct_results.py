"""Validation results that are written without pySHACL, where every condition is certain.

The compiler has written for each constraint what certainly conforms and what certainly does not.
Where one of the two is true for each constraint and each value, the results are known: one for each
value that breaks a constraint on values, and one for each constraint on all values. Everything else is
left to pySHACL: uncertain conditions, blank nodes (whose descriptions pySHACL copies), and shapes
without messages of their own.
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

#: Constraints with one result for each value that breaks them.
_PER_VALUE = {
    *("and", "class", "datatype", "in", "languageIn", "maxExclusive", "maxInclusive", "maxLength"),
    *("minExclusive", "minInclusive", "minLength", "nodeKind", "not", "or", "pattern", "xone"),
}
#: Constraints with one result for all values.
_PER_NODE = {"maxCount", "minCount", "qualifiedMaxCount", "qualifiedMinCount"}
_CONFORMS, _VIOLATES = ox.Literal(0), ox.Literal(1)


class ResultTemplate(NamedTuple):
    """What all results of one constraint of a shape have in common."""

    shape: ox.NamedNode
    component: ox.NamedNode
    severity: ox.NamedNode
    path: ox.NamedNode | None
    messages: tuple[ox.Literal, ...]


class DirectResult(NamedTuple):
    """One result; its terms are as they were written."""

    template: ResultTemplate
    focus: ox.NamedNode | ox.Literal
    #: None where the result is for all values together.
    value: ox.NamedNode | ox.Literal | None


class CompiledConstraint(NamedTuple):
    """One constraint of a shape with its compiled conditions."""

    parameter: str
    component: Any
    #: Conditions on each value, and the condition on all values together.
    each: tuple[Condition, ...]
    whole: Condition


@dataclass(frozen=True)
class DirectQuery:
    """The query for the results of one shape, and the templates of these results."""

    #: The pattern of the values, and their variable, which is ?this for a node shape.
    pattern: str
    value: str
    each: tuple[tuple[Condition, ResultTemplate | None], ...]
    whole: tuple[tuple[Condition, ResultTemplate | None], ...]

    def query(self, focus: str) -> str:
        """Return the query whose rows `find` reads; `focus` is a query for the focus nodes."""
        conditions = [condition for condition, _ in (*self.each, *self.whole)]
        # `focus` has already excluded the nodes of which a single condition is certainly true.
        is_single = len(conditions) == 1 and (not self.pattern or not self.each)
        states = [
            ("1" if is_exact else f"IF({bad}, 1, 2)")
            if is_single
            else f"IF({ok}, 0, {'1' if is_exact else f'IF({bad}, 1, 2)'})"
            for ok, bad, is_exact in conditions
        ]
        names = " ".join(
            [*dict.fromkeys(["?this", self.value]), *map("?is{}".format, range(len(states)))]
        )
        value = f"OPTIONAL {{ {self.pattern} }}" if self.pattern else ""
        lines = "\n  ".join(f"BIND ({state} AS ?is{i})" for i, state in enumerate(states))
        return f"SELECT {names} WHERE {{\n  {{ {focus} }} {value}\n  {lines}\n}}"

    def find(self, checks: GraphChecks, focus: str) -> dict[object, list[DirectResult] | None]:
        """Return the results of focus nodes; None for a node where not everything is certain."""
        # By condition and value, since two conditions of one component give two results.
        results_by_node: dict[object, dict[tuple[int, object], DirectResult]] = {}
        uncertain: set[object] = set()
        value_column = 1 if self.pattern else 0
        columns = [
            (i, value_column + 1 + i, i < len(self.each), template)
            for i, (_, template) in enumerate((*self.each, *self.whole))
        ]
        for row in checks.query(self.query(focus)):
            this, value = row[0], row[value_column]
            results = results_by_node.setdefault(this, {})
            for i, place, of_value, template in columns:
                if of_value and value is None:
                    continue
                state = row[place]
                if state == _CONFORMS:
                    continue
                if state != _VIOLATES or template is None or isinstance(value, ox.BlankNode):
                    uncertain.add(this)
                    break
                written = unescaped(value) if of_value else None
                results[i, written] = DirectResult(template, unescaped(this), written)  # type: ignore[arg-type]
        return {
            this: None
            if this in uncertain or isinstance(this, ox.BlankNode)
            else list(results.values())
            for this, results in results_by_node.items()
        }


def direct_query(
    shape: Shape, constraints: Sequence[CompiledConstraint], value: str
) -> DirectQuery | None:
    """Return the query for a shape's results; None where pySHACL has to write them."""
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
    for constraint in constraints:
        if UNKNOWN in (constraint.whole, *constraint.each):
            return None
        template = ResultTemplate(
            ox.NamedNode(str(shape.node)),
            ox.NamedNode(_component_iri(constraint)),
            ox.NamedNode(str(shape.severity)),
            None if path is None else ox.NamedNode(str(path)),
            messages,  # type: ignore[arg-type]
        )
        bound_count = len(
            getattr(
                constraint.component, "min_vals", getattr(constraint.component, "max_vals", "1")
            )
        )
        has_template = constraint.parameter in _PER_VALUE and bound_count == 1
        each += [(condition, template if has_template else None) for condition in constraint.each]
        if constraint.whole != HOLDS:
            has_template = constraint.parameter in _PER_NODE and not _is_range(constraint)
            whole.append((constraint.whole, template if has_template else None))
    pattern = "" if path is None else f"?this {iri(path)} {value}"
    return DirectQuery(pattern, value, tuple(each), tuple(whole))


def _is_range(constraint: CompiledConstraint) -> bool:
    """Check whether a constraint has both a qualified minimum and maximum, which give two results."""
    c = constraint.component
    return constraint.parameter.startswith("qualified") and None not in (c.min_count, c.max_count)


def _component_iri(constraint: CompiledConstraint) -> str:
    if constraint.parameter.startswith("qualifiedM"):
        name = constraint.parameter.removeprefix("qualified")
        return f"{SH.iri}Qualified{name}ConstraintComponent"
    return str(constraint.component.shacl_constraint_component)


def result_quads(report: object, findings: Iterable[DirectResult]) -> Iterator[ox.Quad]:
    """Yield the triples of results of a report, as pySHACL writes them."""
    quad = ox.Quad
    for template, focus, value in findings:
        node = ox.BlankNode()
        yield quad(report, SH.result, node)  # type: ignore[arg-type]
        yield quad(node, RDF.type, SH.ValidationResult)
        yield quad(node, SH.focusNode, focus)
        yield quad(node, SH.resultSeverity, template.severity)
        yield quad(node, SH.sourceConstraintComponent, template.component)
        yield quad(node, SH.sourceShape, template.shape)
        if template.path is not None:
            yield quad(node, SH.resultPath, template.path)
        if value is not None:
            yield quad(node, SH.value, value)
        for message in template.messages:
            yield quad(node, SH.resultMessage, message)
