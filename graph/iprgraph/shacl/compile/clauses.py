"""The clauses of shapes, with the checks of a whole graph that show that all nodes conform."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import rdflib
from pyshacl.shape import Shape
from rdflib.namespace import RDF, RDFS

from iprgraph.shacl.compile.compiler import Compiler
from iprgraph.shacl.compile.conditions import FALSE, TRUE, disjunction, exists_where, negated
from iprgraph.shacl.compile.direct_results import CompiledConstraint
from iprgraph.shacl.compile.graph_checks import (
    Clause,
    EqualCounts,
    LanguageUse,
    PropertyUse,
    RequiredProperty,
    SingleValued,
    count,
    used,
)
from iprgraph.shacl.compile.paths import SH, iri

#: A disjunction that starts with having a property; the cheapest condition comes first.
_CHOICE = re.compile(r"\(EXISTS \{ \?this (<[^<>]*>) \?v\d+ \. \}\) \|\| ")


def clauses(shape: Shape, compiler: Compiler, focus: str) -> Iterator[Clause]:
    """Yield the clauses of a node shape or of a shape of one property; `focus` is the pattern of its nodes."""
    if not shape.is_property_shape:
        for constraint in compiler.constraints:
            for condition in (*constraint.each, constraint.whole):
                yield Clause(condition.ok, None, _required_choice(condition.ok, focus))
        return
    path = shape.path()
    if not isinstance(path, rdflib.URIRef):
        return
    value, p = compiler.value, iri(path)
    pattern = f"?this {p} {value} ."
    unchecked: list[str] = []
    for constraint in compiler.constraints:
        for condition, check in zip(
            constraint.each, _value_checks(shape, constraint, p), strict=True
        ):
            if check:
                yield _value_clause(pattern, value, negated(condition.ok), check)
            else:
                unchecked.append(negated(condition.ok))
        # A violation of all values together is one of a single value, or that there is no value.
        ok = constraint.whole.ok
        is_of_value = ok.startswith(f"NOT EXISTS {{ ?this {p} ?")
        violation = ok.removeprefix("NOT EXISTS ") if is_of_value else None
        yield Clause(ok, violation, _node_check(shape, constraint, p, focus))
    yield _value_clause(pattern, value, disjunction(unchecked), None)


def _value_clause(
    pattern: str, value: str, bad: str, check: EqualCounts | LanguageUse | None
) -> Clause:
    """Return the clause that no value is bad; an expensive test is made once for each distinct value."""
    if bad == FALSE:
        return Clause(TRUE, None, None)
    values = pattern
    if "?this" not in bad and "REGEX" in bad:
        # The engine would move the test into a SELECT DISTINCT, but not into a GROUP BY.
        values = f"{{ SELECT {value} WHERE {{ {pattern} }} GROUP BY {value} }}"
    return Clause(negated(exists_where(pattern, bad)), f"{values} FILTER ({bad})", check)


def _required_choice(ok: str, focus: str) -> RequiredProperty | None:
    """Return the check of the property that is enough to conform to a disjunction, where there is one."""
    match = _CHOICE.match(ok)
    return RequiredProperty(focus, match[1]) if match else None


def _value_checks(
    shape: Shape, constraint: CompiledConstraint, p: str
) -> list[EqualCounts | LanguageUse | None]:
    """Return the check of each condition that a constraint puts on values."""
    checks: list[EqualCounts | LanguageUse | None] = []
    if constraint.parameter == "class":
        checks = [_within(p, [cls]) for cls in constraint.component.class_rules]
    elif (
        constraint.parameter == "datatype" and constraint.component.datatype_rule == RDF.langString
    ):
        checks = [LanguageUse(p, lambda languages, _: not {"", None} & languages.keys())]
    elif constraint.parameter == "or":
        checks = [_of_classes(shape, p, head) for head in constraint.component.or_list]
    return checks if len(checks) == len(constraint.each) else [None] * len(constraint.each)


def _node_check(
    shape: Shape, constraint: CompiledConstraint, p: str, focus: str
) -> RequiredProperty | SingleValued | LanguageUse | None:
    """Return the check of the condition that a constraint puts on all values together."""
    if constraint.parameter == "maxCount" and int(constraint.component.max_count.value) == 1:
        return SingleValued(p)
    if constraint.parameter == "minCount" and int(constraint.component.min_count.value) == 1:
        return RequiredProperty(focus, p)
    if constraint.parameter == "uniqueLang":
        return LanguageUse(
            p,
            lambda languages, _: all(
                tag in ("", None) or n == of for tag, (n, of) in languages.items()
            ),
        )
    language = _language(shape, constraint)
    if language:
        return LanguageUse(
            p,
            lambda languages, whole: (
                languages.get(language, PropertyUse(0, 0)).nodes == whole.nodes
            ),
            focus,
        )
    return None


def _language(shape: Shape, constraint: CompiledConstraint) -> str | None:
    """Return the language of which a constraint requires a value, if that is all it requires."""
    c = constraint.component
    if not constraint.parameter.startswith("qualified") or c.is_disjoint or c.max_count is not None:
        return None
    (wanted,) = c.value_shapes
    predicates = [p for p, _ in shape.sg.predicate_objects(wanted)]
    heads = list(shape.sg.objects(wanted, SH.languageIn))
    if c.min_count != 1 or predicates != [SH.languageIn] or len(heads) != 1:
        return None
    tags = [str(tag).lower() for tag in shape.sg.graph.items(heads[0])]
    return tags[0] if len(tags) == 1 else None


def _of_classes(shape: Shape, p: str, head: rdflib.term.Node) -> EqualCounts | None:
    """Return the check of a disjunction of classes; None for other shapes in it."""
    classes = []
    for node in shape.sg.graph.items(head):
        properties = list(shape.sg.predicate_objects(node))
        if len(properties) != 1 or properties[0][0] != SH["class"]:
            return None
        classes.append(properties[0][1])
    return _within(p, classes)


def _within(p: str, classes: Iterable[rdflib.term.Node]) -> EqualCounts:
    """Return the check that all values of a property are instances of classes."""
    instances = [f"?v <{RDF.type}>/<{RDFS.subClassOf}>* {iri(cls)}" for cls in classes]
    return EqualCounts(count(*instances, used(p), of="?v"), count(*instances, of="?v"))
