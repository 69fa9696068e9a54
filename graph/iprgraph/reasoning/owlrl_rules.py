"""The instance rules of OWL 2 RL for a schema: one rule for each axiom, with the axiom filled in.

https://www.w3.org/TR/owl2-profiles/#Reasoning_in_OWL_2_RL_and_RDF_Graphs_using_Rules, tables 4 to 7.
A rule has the standard's name. LEFT_OUT lists what of the standard is missing here.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

import pyoxigraph as ox

from iprgraph.namespaces import OWL, RDF, RDFS
from iprgraph.rdf.query_results import Term
from iprgraph.reasoning.axioms import Schema, Triple
from iprgraph.reasoning.restrictions import unfold
from iprgraph.reasoning.rule import Atom, Rule, Var, substitute

LEFT_OUT = (
    "eq-ref, cls-thing, cls-nothing1, prp-ap: reflexive and axiomatic triples, which tell nothing",
    "dt-type1, dt-type2, dt-eq, dt-diff: statements about literals as subjects, which RDF does not have",
    "consequences that are drawn through a triple whose subject is a literal",
    "axioms about terms of RDF, RDFS, OWL and XSD themselves: a schema with one is refused",
)

#: Rules of equality, which apply where there are owl:sameAs statements.
EQUALITY = (
    Rule("eq-sym", ("y", OWL.sameAs, "x"), (("x", OWL.sameAs, "y"),)),
    Rule("eq-trans", ("x", OWL.sameAs, "z"), (("x", OWL.sameAs, "y"), ("y", OWL.sameAs, "z")), (), ("x", "z")),
    Rule("eq-rep-s", ("y", "p", "o"), (("x", OWL.sameAs, "y"), ("x", "p", "o")), (), ("x", "y")),
    Rule("eq-rep-p", ("s", "y", "o"), (("x", OWL.sameAs, "y"), ("s", "x", "o")), (), ("x", "y")),
    Rule("eq-rep-o", ("s", "p", "y"), (("x", OWL.sameAs, "y"), ("s", "p", "x")), (), ("x", "y")),
    Rule("eq-diff1", None, (("x", OWL.sameAs, "y"), ("x", OWL.differentFrom, "y"))),
    Rule("eq-diff1", None, (("x", OWL.differentFrom, "x"),)),
)  # fmt: skip


def rules_of(schema: Schema) -> list[Rule]:
    """Return the rules for a schema's axioms, those for stated axioms first.

    An inferred axiom adds no rule where other rules together give the same conclusion.
    """
    made: dict[tuple[object, ...], Rule] = {}
    for rule in (rule for make in _MAKERS for rule in make(schema)):
        if rule.head is None or rule.head not in rule.body:
            made.setdefault((rule.name, rule.head, rule.body), rule)
    stated = [rule for rule in made.values() if schema.stated.issuperset(rule.axioms)]
    reached = _ReachedHeads(stated)
    inferred = [rule for rule in made.values() if not schema.stated.issuperset(rule.axioms)]
    rules = stated + [rule for rule in inferred if reached.add(rule)]
    return unfold(rules) + list(EQUALITY)


class _ReachedHeads:
    """The conclusions that rules with one premise give together."""

    def __init__(self, rules: list[Rule]) -> None:
        self._steps: dict[Atom, set[Atom]] = {}
        for rule in rules:
            if rule.head is not None and len(rule.body) == 1:
                self._steps.setdefault(_normalised(rule.body[0]), set()).add(rule.head)

    def add(self, rule: Rule) -> bool:
        """Add a rule, and return whether it gives a conclusion that the others do not."""
        if rule.head is None or len(rule.body) != 1:
            return True
        start = _normalised(rule.body[0])
        seen, todo = {start}, [start]
        while todo:
            atom = todo.pop()
            for head in self._steps.get(_normalised(atom), ()):
                reached = _rename(head, atom)
                if reached not in seen:
                    seen.add(reached)
                    todo.append(reached)
        if rule.head in seen:
            return False
        self._steps.setdefault(start, set()).add(rule.head)
        return True


def _normalised(atom: Atom) -> Atom:
    """Return an atom with its variables named x and y by their positions."""
    s, p, o = atom
    return (
        "x" if isinstance(s, str) else s,
        p,
        ("x" if o == s else "y") if isinstance(o, str) else o,
    )


def _rename(head: Atom, atom: Atom) -> Atom:
    """Return the head of a rule in the variables of the atom that it is applied to."""
    conclusion: Atom = substitute(head, dict(zip(_normalised(atom), atom, strict=True)))
    return conclusion


def _is_a(x: Term | Var, c: Term) -> Atom:
    return (x, RDF.type, c)


def _properties(schema: Schema) -> Iterator[Rule]:
    for p, c in schema.pairs(RDFS.domain):
        yield Rule("prp-dom", _is_a("x", c), (("x", p, "y"),), ((p, RDFS.domain, c),))
    for p, c in schema.pairs(RDFS.range):
        yield Rule("prp-rng", _is_a("y", c), (("x", p, "y"),), ((p, RDFS.range, c),))
    for p, q in schema.pairs(RDFS.subPropertyOf):
        yield Rule("prp-spo1", ("x", q, "y"), (("x", p, "y"),), ((p, RDFS.subPropertyOf, q),))
    for p, q in schema.pairs(OWL.equivalentProperty):
        axiom = ((p, OWL.equivalentProperty, q),)
        yield Rule("prp-eqp1", ("x", q, "y"), (("x", p, "y"),), axiom)
        yield Rule("prp-eqp2", ("x", p, "y"), (("x", q, "y"),), axiom)
    for p, q in schema.pairs(OWL.inverseOf):
        axiom = ((p, OWL.inverseOf, q),)
        yield Rule("prp-inv1", ("y", q, "x"), (("x", p, "y"),), axiom)
        yield Rule("prp-inv2", ("y", p, "x"), (("x", q, "y"),), axiom)
    for p, q in schema.pairs(OWL.propertyDisjointWith):
        yield Rule(
            "prp-pdw", None, (("x", p, "y"), ("x", q, "y")), ((p, OWL.propertyDisjointWith, q),)
        )
    for p, chain in schema.pairs(OWL.propertyChainAxiom):
        steps = schema.list_items(chain)
        names = [f"u{i}" for i in range(len(steps) + 1)]
        body = tuple((names[i], q, names[i + 1]) for i, q in enumerate(steps))
        axioms = ((p, OWL.propertyChainAxiom, chain), *schema.list_triples(chain))
        if body:
            yield Rule("prp-spo2", (names[0], p, names[-1]), body, axioms)


#: Characteristic of a property p -> name, head, body and `differ` of its rule.
_KINDS: dict[ox.NamedNode, tuple[str, Atom | None, tuple[Atom, ...], tuple[Var, Var] | None]] = {
    OWL.FunctionalProperty: ("prp-fp", ("y1", OWL.sameAs, "y2"), (("x", "p", "y1"), ("x", "p", "y2")), ("y1", "y2")),
    OWL.InverseFunctionalProperty: ("prp-ifp", ("x1", OWL.sameAs, "x2"), (("x1", "p", "y"), ("x2", "p", "y")), ("x1", "x2")),
    OWL.IrreflexiveProperty: ("prp-irp", None, (("x", "p", "x"),), None),
    OWL.SymmetricProperty: ("prp-symp", ("y", "p", "x"), (("x", "p", "y"),), None),
    OWL.AsymmetricProperty: ("prp-asyp", None, (("x", "p", "y"), ("y", "p", "x")), None),
    OWL.TransitiveProperty: ("prp-trp", ("x", "p", "z"), (("x", "p", "y"), ("y", "p", "z")), None),
}  # fmt: skip


def _characteristics(schema: Schema) -> Iterator[Rule]:
    for kind, (name, head, body, differ) in _KINDS.items():
        for p in schema.instances(kind):

            def of(atom: Atom, p: Term = p) -> Atom:
                return (atom[0], p if atom[1] == "p" else atom[1], atom[2])

            axiom: Triple = (p, RDF.type, kind)
            yield Rule(name, head and of(head), tuple(map(of, body)), (axiom,), differ)


def _keys(schema: Schema) -> Iterator[Rule]:
    for c, listed in schema.pairs(OWL.hasKey):
        keys = schema.list_items(listed)
        same = tuple(a for i, p in enumerate(keys) for a in (("x", p, f"z{i}"), ("y", p, f"z{i}")))
        axioms = ((c, OWL.hasKey, listed), *schema.list_triples(listed))
        if keys:
            body = (_is_a("x", c), *same, _is_a("y", c))
            yield Rule("prp-key", ("x", OWL.sameAs, "y"), body, axioms, ("x", "y"))


def _negations(schema: Schema) -> Iterator[Rule]:
    for n, source in schema.pairs(OWL.sourceIndividual):
        for p in schema.objects(n, OWL.assertionProperty):
            for name, by in (("prp-npa1", OWL.targetIndividual), ("prp-npa2", OWL.targetValue)):
                for target in schema.objects(n, by):
                    axioms: tuple[Triple, ...] = (
                        (n, OWL.sourceIndividual, source),
                        (n, OWL.assertionProperty, p),
                        (n, by, target),
                    )
                    yield Rule(name, None, ((source, p, target),), axioms)


def _all_distinct(schema: Schema) -> Iterator[Rule]:
    for kind, name in (
        (OWL.AllDisjointProperties, "prp-adp"),
        (OWL.AllDisjointClasses, "cax-adc"),
        (OWL.AllDifferent, "eq-diff2"),
    ):
        for n in schema.instances(kind):
            for by in (OWL.members, OWL.distinctMembers):
                for listed in schema.objects(n, by):
                    axioms = ((n, RDF.type, kind), (n, by, listed), *schema.list_triples(listed))
                    for a, b in combinations(schema.list_items(listed), 2):
                        yield Rule(_DISTINCT.get((kind, by), name), None, _both(kind, a, b), axioms)


_DISTINCT = {(OWL.AllDifferent, OWL.distinctMembers): "eq-diff3"}


def _both(kind: ox.NamedNode, a: Term, b: Term) -> tuple[Atom, ...]:
    if kind == OWL.AllDisjointProperties:
        return (("x", a, "y"), ("x", b, "y"))
    return (
        (_is_a("x", a), _is_a("x", b)) if kind == OWL.AllDisjointClasses else ((a, OWL.sameAs, b),)
    )


def _class_axioms(schema: Schema) -> Iterator[Rule]:
    for c, d in schema.pairs(RDFS.subClassOf):
        yield Rule("cax-sco", _is_a("x", d), (_is_a("x", c),), ((c, RDFS.subClassOf, d),))
    for c, d in schema.pairs(OWL.equivalentClass):
        axiom = ((c, OWL.equivalentClass, d),)
        yield Rule("cax-eqc1", _is_a("x", d), (_is_a("x", c),), axiom)
        yield Rule("cax-eqc2", _is_a("x", c), (_is_a("x", d),), axiom)
    for c, d in schema.pairs(OWL.disjointWith):
        yield Rule("cax-dw", None, (_is_a("x", c), _is_a("x", d)), ((c, OWL.disjointWith, d),))
    for c, d in schema.pairs(OWL.complementOf):
        yield Rule("cls-com", None, (_is_a("x", c), _is_a("x", d)), ((c, OWL.complementOf, d),))
    yield Rule("cls-nothing2", None, (_is_a("x", OWL.Nothing),))


def _lists(schema: Schema) -> Iterator[Rule]:
    for c, listed in schema.pairs(OWL.intersectionOf):
        axioms = ((c, OWL.intersectionOf, listed), *schema.list_triples(listed))
        parts = schema.list_items(listed)
        if parts:
            yield Rule("cls-int1", _is_a("x", c), tuple(_is_a("x", d) for d in parts), axioms)
        for d in parts:
            yield Rule("cls-int2", _is_a("x", d), (_is_a("x", c),), axioms)
    for c, listed in schema.pairs(OWL.unionOf):
        for d in schema.list_items(listed):
            yield Rule(
                "cls-uni",
                _is_a("x", c),
                (_is_a("x", d),),
                ((c, OWL.unionOf, listed), *schema.list_triples(listed)),
            )
    for c, listed in schema.pairs(OWL.oneOf):
        for x in schema.list_items(listed):
            yield Rule(
                "cls-oo", _is_a(x, c), (), ((c, OWL.oneOf, listed), *schema.list_triples(listed))
            )


def _restrictions(schema: Schema) -> Iterator[Rule]:
    for r, p in schema.pairs(OWL.onProperty):
        on: Triple = (r, OWL.onProperty, p)
        for d in schema.objects(r, OWL.someValuesFrom):
            axioms = ((r, OWL.someValuesFrom, d), on)
            if d == OWL.Thing:
                yield Rule("cls-svf2", _is_a("x", r), (("x", p, "y"),), axioms)
            else:
                yield Rule("cls-svf1", _is_a("x", r), (("x", p, "y"), _is_a("y", d)), axioms)
        for d in schema.objects(r, OWL.allValuesFrom):
            axioms = ((r, OWL.allValuesFrom, d), on)
            yield Rule("cls-avf", _is_a("y", d), (_is_a("x", r), ("x", p, "y")), axioms)
        for v in schema.objects(r, OWL.hasValue):
            axioms = ((r, OWL.hasValue, v), on)
            yield Rule("cls-hv1", ("x", p, v), (_is_a("x", r),), axioms)
            yield Rule("cls-hv2", _is_a("x", r), (("x", p, v),), axioms)
        for n in schema.objects(r, OWL.maxCardinality):
            yield from _at_most(n, "cls-maxc", r, p, (), ((r, OWL.maxCardinality, n), on))
        for n in schema.objects(r, OWL.maxQualifiedCardinality):
            for d in schema.objects(r, OWL.onClass):
                qualified = ((r, OWL.maxQualifiedCardinality, n), on, (r, OWL.onClass, d))
                yield from _at_most(n, "cls-maxqc", r, p, () if d == OWL.Thing else (d,), qualified)


def _at_most(
    n: Term, name: str, r: Term, p: Term, of: tuple[Term, ...], axioms: tuple[Triple, ...]
) -> Iterator[Rule]:
    """Yield the rules for a maximum cardinality of 0 or 1; OWL 2 RL has no others."""
    qualified = name == "cls-maxqc"
    if n.value in {"0", "00"}:
        number = ("1" if of else "2") if qualified else "1"
        body = (_is_a("x", r), ("x", p, "y"), *(_is_a("y", d) for d in of))
        yield Rule(name + number, None, body, axioms)
    elif n.value in {"1", "01"}:
        number = ("3" if of else "4") if qualified else "2"
        others = tuple(_is_a(y, d) for d in of for y in ("y1", "y2"))
        body = (_is_a("x", r), ("x", p, "y1"), ("x", p, "y2"), *others)
        yield Rule(name + number, ("y1", OWL.sameAs, "y2"), body, axioms, ("y1", "y2"))


_MAKERS = (
    _class_axioms, _lists, _restrictions, _properties, _characteristics, _keys, _negations,
    _all_distinct,
)  # fmt: skip
