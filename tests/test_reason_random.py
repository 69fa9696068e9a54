"""Whatever the ontology, our rules give what owlrl gives, and contradict where it does."""

from __future__ import annotations

import owlrl
import pyoxigraph as ox
import pytest
import rdflib
from hypothesis import Phase, given, seed, settings
from hypothesis import strategies as st

from iprgraph.errors import Inconsistency
from iprgraph.namespaces import PREFIXES
from iprgraph.rdf.rdflib_bridge import Bridge
from iprgraph.reasoning.inference import infer, is_noise

HEAD = "".join(f"PREFIX {name}: <{iri}>\n" for name, iri in PREFIXES.items())
HEAD += "PREFIX : <https://example.org/>\n"

THINGS, CLASSES, PROPERTIES = ([f":{letter}{i}" for i in range(4)] for letter in ("t", "C", "p"))
thing, cls, prop = map(st.sampled_from, (THINGS, CLASSES, PROPERTIES))
plain_class = cls
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
FACTS = st.one_of(
    st.builds("{} {} {} .".format, thing, prop, thing),
    st.builds("{} {} {} .".format, thing, prop, thing),
    st.builds("{} a {} .".format, thing, cls),
    st.builds("{} a {} .".format, thing, cls),
    st.builds("{} rdfs:label {} .".format, thing, st.sampled_from(['"a"', '"b"@en'])),
    st.builds("{} {} {} .".format, thing, st.sampled_from(["owl:sameAs", "owl:differentFrom"]), thing),
)  # fmt: skip
ONTOLOGIES = st.tuples(
    st.lists(AXIOMS, min_size=2, max_size=8), st.lists(FACTS, min_size=3, max_size=10)
)

#: How often owlrl and the rules agreed on a closure, and on a contradiction.
AGREED = {"closure": 0, "contradiction": 0}


def parse(text: str) -> list[ox.Quad]:
    """Read Turtle; unnamed classes get names, so that their members are compared too."""
    return [
        ox.Quad(*(named(term) for term in (quad.subject, quad.predicate, quad.object)))  # type: ignore[arg-type]
        for quad in ox.parse(HEAD + text, ox.RdfFormat.TURTLE)
    ]


def named(term: object) -> object:
    return (
        ox.NamedNode(f"https://example.org/blank/{term.value}")
        if isinstance(term, ox.BlankNode)
        else term
    )


def by_owlrl(quads: list[ox.Quad]) -> set[str] | None:
    """Close with owlrl as it comes, less what is said to be noise; None for a contradiction."""
    bridge = Bridge()
    graph = bridge.graph(quads)
    closure = owlrl.OWLRL_Semantics(graph, False, False)
    closure.closure()
    if closure.error_messages or _misses(graph):
        return None
    given = {(quad.subject, quad.predicate, quad.object) for quad in quads}
    closed = {tuple(map(bridge.back, triple)) for triple in graph}
    return {str(ox.Triple(*t)) for t in closed - given if not is_noise(*t)}  # type: ignore[arg-type]


def _misses(graph: rdflib.Graph) -> bool:
    """Find what owlrl overlooks: a thing that is different from itself, by rule eq-diff1."""
    owl = rdflib.OWL
    return any((s, owl.sameAs, o) in graph for s, o in graph.subject_objects(owl.differentFrom))


def by_rules(quads: list[ox.Quad]) -> set[str] | None:
    try:
        return {str(quad.triple) for quad in infer(quads)}
    except Inconsistency:
        return None


@seed(20211109)
@settings(max_examples=220, deadline=None, database=None, phases=[Phase.explicit, Phase.generate])
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
