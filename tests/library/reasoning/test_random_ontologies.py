"""Whatever the ontology, our rules give what owlrl gives, and contradict where it does."""

from __future__ import annotations

import pytest
from hypothesis import Phase, given, seed, settings
from hypothesis import strategies as st

from support.ontologies import CLASSES, FACTS, PROPERTIES, THINGS, by_owlrl, by_rules, parse

thing, cls, prop = map(st.sampled_from, (THINGS, CLASSES, PROPERTIES))
restriction = st.one_of(
    st.builds("[ owl:onProperty {} ; owl:someValuesFrom {} ]".format, prop, st.one_of(cls, st.just("owl:Thing"))),
    st.builds("[ owl:onProperty {} ; owl:allValuesFrom {} ]".format, prop, cls),
    st.builds("[ owl:onProperty {} ; owl:hasValue {} ]".format, prop, thing),
    st.builds("[ owl:onProperty {} ; owl:maxCardinality 1 ]".format, prop),
    st.builds("[ owl:onProperty {} ; owl:maxQualifiedCardinality 1 ; owl:onClass {} ]".format, prop, cls),
    st.builds("[ owl:onProperty {} ; owl:maxCardinality 0 ]".format, prop),
)  # fmt: skip
made = st.one_of(
    restriction,
    st.builds("[ owl:unionOf ( {} {} ) ]".format, cls, st.one_of(cls, restriction)),
    st.builds("[ owl:intersectionOf ( {} {} ) ]".format, cls, st.one_of(cls, restriction)),
)
AXIOMS = st.one_of(
    st.builds("{} rdfs:subClassOf {} .".format, cls, st.one_of(cls, made)),
    st.builds("{} rdfs:subClassOf {} .".format, made, cls),
    st.builds("{} owl:equivalentClass {} .".format, cls, st.one_of(cls, made)),
    st.builds("{} rdfs:subPropertyOf {} .".format, prop, prop),
    st.builds("{} owl:equivalentProperty {} .".format, prop, prop),
    st.builds("{} owl:inverseOf {} .".format, prop, prop),
    st.builds("{} {} {} .".format, prop, st.sampled_from(["rdfs:domain", "rdfs:range"]), cls),
    st.builds("{} a owl:{} .".format, prop, st.sampled_from(["TransitiveProperty", "SymmetricProperty", "FunctionalProperty", "InverseFunctionalProperty", "ObjectProperty", "IrreflexiveProperty", "AsymmetricProperty"])),
    st.builds("{} owl:propertyChainAxiom ( {} {} ) .".format, prop, prop, prop),
    st.builds("{} owl:propertyDisjointWith {} .".format, prop, prop),
    st.builds("{} owl:{} {} .".format, cls, st.sampled_from(["disjointWith", "complementOf"]), cls),
    st.builds("{} a owl:Class .".format, cls),
    st.builds("{} owl:oneOf ( {} {} ) .".format, cls, thing, thing),
)  # fmt: skip
ONTOLOGIES = st.tuples(
    st.lists(AXIOMS, min_size=2, max_size=8), st.lists(FACTS, min_size=3, max_size=10)
)

#: How often owlrl and the rules agreed on a closure, and on a contradiction.
AGREED = {"closure": 0, "contradiction": 0}


@seed(20211109)
@settings(max_examples=220, database=None, phases=[Phase.explicit, Phase.generate])
@given(ONTOLOGIES)
def test_a_random_ontology_closes_as_with_owlrl(ontology: tuple[list[str], list[str]]) -> None:
    quads = parse("\n".join(ontology[0] + ontology[1]))
    expected = by_owlrl(quads)
    assert by_rules(quads) == expected
    AGREED["contradiction" if expected is None else "closure"] += 1


def test_enough_of_them_were_closed_and_enough_contradicted() -> None:
    if not sum(AGREED.values()):
        pytest.skip("the random ontologies were not run")
    assert sum(AGREED.values()) >= 200
    assert AGREED["closure"] >= 100
    assert AGREED["contradiction"] >= 20
