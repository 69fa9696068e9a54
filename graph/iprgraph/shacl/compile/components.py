"""The constraint components of SHACL Core, each as a condition.

Each function takes the scope of its shape and pySHACL's component, which has read the parameters. It
adds conditions on each value to the scope, and returns the condition on all values together.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import rdflib
from rdflib.namespace import RDF, RDFS
from rdflib.term import Node

from iprgraph.shacl.compile import value_tests
from iprgraph.shacl.compile.conditions import (
    HOLDS,
    TRUE,
    UNKNOWN,
    Condition,
    conjunction,
    disjunction,
    every,
    exists,
    exists_where,
    negated,
    opposite,
    some,
)
from iprgraph.shacl.compile.paths import SH, NotCompiled, iri
from iprgraph.shacl.compile.scope import MAX_COUNT, Scope
from iprgraph.shacl.compile.value_tests import term

Handler = Callable[[Scope, Any], Condition]


def _class(scope: Scope, c: Any) -> Condition:
    for cls in c.class_rules:
        scope.each.append(value_tests.of_class(scope.value, cls))
        scope.read(scope.value_prefix, str(RDF.type), cls=str(cls))
    return HOLDS


def _datatype(scope: Scope, c: Any) -> Condition:
    scope.each.append(value_tests.datatype(scope.value, c.datatype_rule))
    return HOLDS


def _node_kind(scope: Scope, c: Any) -> Condition:
    scope.each.append(value_tests.node_kind(scope.value, c.nodekind_rule))
    return HOLDS


def _in(scope: Scope, c: Any) -> Condition:
    scope.each.append(value_tests.one_of(scope.value, sorted(c.in_vals)))
    return HOLDS


def _bound(sign: str, attribute: str) -> Handler:
    def handler(scope: Scope, c: Any) -> Condition:
        scope.each.append(value_tests.bounded(scope.value, sign, getattr(c, attribute)))
        return HOLDS

    return handler


def _min_length(scope: Scope, c: Any) -> Condition:
    if (least := int(c.string_rules[0].value)) > 0:  # where it is 0, blank nodes conform too
        scope.each.append(value_tests.length(scope.value, ">=", least))
    return HOLDS


def _max_length(scope: Scope, c: Any) -> Condition:
    scope.each.append(value_tests.length(scope.value, "<=", int(c.string_rules[0].value)))
    return HOLDS


def _pattern(scope: Scope, c: Any) -> Condition:
    if c.flags:
        raise NotCompiled("flags of a pattern are not compiled")
    scope.each += [value_tests.pattern(scope.value, str(p)) for p in sorted(c.string_rules)]
    return HOLDS


def _language_in(scope: Scope, c: Any) -> Condition:
    for head in c.string_rules:
        tags = [str(tag) for tag in scope.graph.items(head)]
        scope.each.append(value_tests.language_in(scope.value, tags))
    return HOLDS


def _unique_lang(scope: Scope, c: Any) -> Condition:
    if c.string_rules != {True}:
        return HOLDS
    one, two = scope.variable(), scope.variable()
    same = f'LANG({one}) != "" && LANG({one}) = LANG({two}) && !sameTerm({one}, {two})'
    return opposite(Condition.exactly(scope.some(one, scope.some(two, same))))


def _closed(scope: Scope, c: Any) -> Condition:
    if not c.is_closed:
        return HOLDS
    scope.read(scope.value_prefix, None)
    listed = set(c.ignored_props)
    for node in c.property_shapes:
        shape = scope.shape.get_other_shape(node)
        if shape is None or not shape.is_property_shape:
            raise NotCompiled("it refers to a property shape that is none")
        listed.add(shape.path())
    p, o = scope.variable(), scope.variable()
    names = ", ".join(sorted(iri(n) for n in listed if isinstance(n, rdflib.URIRef)))
    other = f"{p} NOT IN ({names}) && " if names else ""
    other += f"!({p} = <{RDF.type}> && sameTerm({o}, <{RDFS.Resource}>))"
    scope.each.append(opposite(Condition.exactly(exists_where(f"{scope.value} {p} {o} .", other))))
    return HOLDS


def _not(scope: Scope, c: Any) -> Condition:
    scope.each += [opposite(scope.nested(node)) for node in c.not_list]
    return HOLDS


def _and(scope: Scope, c: Any) -> Condition:
    scope.each += [every(scope.members(head)) for head in c.and_list]
    return HOLDS


def _or(scope: Scope, c: Any) -> Condition:
    scope.each += [some(scope.members(head)) for head in c.or_list]
    return HOLDS


def _xone(scope: Scope, c: Any) -> Condition:
    scope.each += [_one(scope.members(head)) for head in c.xone_nodes]
    return HOLDS


def _one(conditions: list[Condition]) -> Condition:
    """Return the condition that exactly one condition holds."""
    if len(conditions) > MAX_COUNT:
        return UNKNOWN
    ok = [
        conjunction([one.ok, *(c.bad for j, c in enumerate(conditions) if j != i)])
        for i, one in enumerate(conditions)
    ]
    two = [conjunction([a.ok, b.ok]) for i, a in enumerate(conditions) for b in conditions[:i]]
    none = conjunction(c.bad for c in conditions)
    return Condition(disjunction(ok), disjunction([none, *two]))


def _node(scope: Scope, c: Any) -> Condition:
    scope.each += [scope.nested(node, SH.node) for node in sorted(c.node_shapes)]
    return HOLDS


def _property(scope: Scope, c: Any) -> Condition:
    scope.each += [scope.nested(node, SH.property) for node in sorted(c.property_shapes)]
    return HOLDS


def _min_count(scope: Scope, c: Any) -> Condition:
    return scope.at_least(int(c.min_count.value), TRUE, TRUE)


def _max_count(scope: Scope, c: Any) -> Condition:
    return opposite(scope.at_least(int(c.max_count.value) + 1, TRUE, TRUE))


def _has_value(scope: Scope, c: Any) -> Condition:
    wanted = [term(t) for t in sorted(c.has_value_set)]
    if scope.path is None:
        return Condition.exactly(conjunction(f"sameTerm({scope.node}, {t})" for t in wanted))
    v = scope.variable()
    tests = [
        scope.some(v, f"sameTerm({v}, {t})") if scope.path.parts else exists(scope.values(t))
        for t in wanted
    ]
    return Condition.exactly(conjunction(tests))


def _equals(scope: Scope, c: Any) -> Condition:
    return every(_equal(scope, p) for p in sorted(c.property_compare_set))


def _equal(scope: Scope, p: Node) -> Condition:
    scope.read(scope.prefix, iri(p)[1:-1])
    node, value = scope.node, scope.variable()
    theirs = f"{node} {iri(p)} {value} ."
    if scope.path is None:
        itself, other = exists(f"{node} {iri(p)} {node}"), f"!sameTerm({value}, {node})"
        return Condition.exactly(conjunction([itself, negated(exists_where(theirs, other))]))
    ours = scope.some(value, TRUE) if scope.path.parts else exists(scope.values(value))
    missing = scope.some(value, negated(exists(theirs)))
    return Condition.exactly(
        conjunction([negated(missing), negated(exists_where(theirs, negated(ours)))])
    )


def _disjoint(scope: Scope, c: Any) -> Condition:
    return every(_apart(scope, p) for p in sorted(c.property_compare_set))


def _apart(scope: Scope, p: Node) -> Condition:
    scope.read(scope.prefix, iri(p)[1:-1])
    if scope.path is None:
        return Condition.exactly(negated(exists(f"{scope.node} {iri(p)} {scope.node}")))
    value = scope.variable()
    return Condition.exactly(negated(scope.some(value, exists(f"{scope.node} {iri(p)} {value}"))))


def _less(sign: str) -> Handler:
    def handler(scope: Scope, c: Any) -> Condition:
        return every(_smaller(scope, sign, p) for p in sorted(c.property_compare_set))

    return handler


def _smaller(scope: Scope, sign: str, p: Node) -> Condition:
    scope.read(scope.prefix, iri(p)[1:-1])
    one, two = scope.variable(), scope.variable()
    theirs = f"{scope.node} {iri(p)} {two} ."
    compared = value_tests.comparison(one, sign, two)
    # pySHACL rejects blank nodes among the values in every comparison.
    unsure = disjunction([f"isBlank({one})", exists_where(theirs, negated(compared.ok))])
    return Condition(
        negated(scope.some(one, unsure)), scope.some(one, exists_where(theirs, compared.bad))
    )


def _qualified(scope: Scope, c: Any) -> Condition:
    if scope.path is None or len(c.value_shapes) != 1:
        raise NotCompiled("it has several qualified value shapes, or no path")
    (wanted,) = c.value_shapes
    siblings: set[Node] = set()
    if c.is_disjoint:
        sg = scope.shape.sg
        for parent in set(sg.subjects(SH.property, scope.shape.node)):
            for other in set(sg.objects(parent, SH.property)):
                siblings |= set(sg.objects(other, SH.qualifiedValueShape))
    value, scope.value = scope.value, "{v}"
    others = sorted(siblings - {wanted}, key=str)
    counts = every([scope.nested(wanted), *(opposite(scope.nested(node)) for node in others)])
    scope.value = value
    possible = counts.ok if counts.is_exact else negated(counts.bad)
    conditions = []
    if c.min_count is not None:
        conditions.append(scope.at_least(c.min_count, counts.ok, possible))
    if c.max_count is not None:
        conditions.append(opposite(scope.at_least(c.max_count + 1, counts.ok, possible)))
    return every(conditions)


def _sparql(scope: Scope, _: Any) -> Condition:
    if scope.trail[1:]:
        scope.unbounded("it has a query in a shape within it")
        raise NotCompiled("a query in a shape within it is not compiled")
    return HOLDS  # compiled as a query of its own, in shapes.py


#: Local name of a parameter -> function that compiles its constraint.
CONSTRAINTS: dict[str, Handler] = {
    "and": _and,
    "class": _class,
    "closed": _closed,
    "datatype": _datatype,
    "disjoint": _disjoint,
    "equals": _equals,
    "hasValue": _has_value,
    "ignoredProperties": _closed,
    "in": _in,
    "languageIn": _language_in,
    "lessThan": _less("<"),
    "lessThanOrEquals": _less("<="),
    "maxCount": _max_count,
    "maxExclusive": _bound("<", "max_vals"),
    "maxInclusive": _bound("<=", "max_vals"),
    "maxLength": _max_length,
    "minCount": _min_count,
    "minExclusive": _bound(">", "min_vals"),
    "minInclusive": _bound(">=", "min_vals"),
    "minLength": _min_length,
    "node": _node,
    "nodeKind": _node_kind,
    "not": _not,
    "or": _or,
    "pattern": _pattern,
    "property": _property,
    "qualifiedMaxCount": _qualified,
    "qualifiedMinCount": _qualified,
    "qualifiedValueShape": _qualified,
    "qualifiedValueShapesDisjoint": _qualified,
    "sparql": _sparql,
    "uniqueLang": _unique_lang,
    "xone": _xone,
}
