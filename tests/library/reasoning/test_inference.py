"""Inference gives what OWL 2 RL entails, no more and no less, without the noise."""

from __future__ import annotations

import re

import owlrl
import pyoxigraph as ox
import pytest

from iprgraph.content.loader import Content, load
from iprgraph.errors import DataError, Inconsistency
from iprgraph.namespaces import ALIGNMENT, CONCEPTS, INFERRED, ONTOLOGY
from iprgraph.rdf.rdflib_bridge import Bridge
from iprgraph.reasoning.inference import infer, is_excluded
from iprgraph.release.release import Release
from support.owl_constructs import CONSTRUCTS, turtle


def triples(quads: list[ox.Quad]) -> set[str]:
    return {str(quad.triple) for quad in quads}


#: Terms of RDFS and OWL that only say what a term is.
DECLARATIONS = {
    "owl:Class", "owl:DatatypeProperty", "owl:ObjectProperty", "owl:Ontology", "owl:versionIRI",
    "owl:versionInfo", "rdfs:isDefinedBy", "rdfs:label", "rdfs:seeAlso", "rdfs:comment",
}  # fmt: skip

#: Construct -> (axioms, data that contradict them, the rule that finds it).
CONTRADICTIONS = {
    "owl:disjointWith": (":A owl:disjointWith :B .", ":x a :A , :B .", "cax-dw"),
    "owl:AllDisjointClasses": ("[ a owl:AllDisjointClasses ; owl:members ( :A :B :C ) ] .", ":x a :B , :C .", "cax-adc"),
    "owl:AllDisjointProperties": ("[ a owl:AllDisjointProperties ; owl:members ( :p :q :r ) ] .", ":x :q :y ; :r :y .", "prp-adp"),
    "owl:propertyDisjointWith": (":p owl:propertyDisjointWith :q .", ":x :p :y ; :q :y .", "prp-pdw"),
    "owl:AsymmetricProperty": (":p a owl:AsymmetricProperty .", ":x :p :y . :y :p :x .", "prp-asyp"),
    "owl:IrreflexiveProperty": (":p a owl:IrreflexiveProperty .", ":x :p :x .", "prp-irp"),
    "owl:complementOf": (":A owl:complementOf :B .", ":x a :A , :B .", "cls-com"),
    "owl:Nothing": (":A rdfs:subClassOf owl:Nothing .", ":x a :A .", "cls-nothing2"),
    "owl:maxCardinality": (":A rdfs:subClassOf [ owl:onProperty :p ; owl:maxCardinality 0 ] .", ":x a :A ; :p :y .", "cls-maxc1"),
    "owl:maxQualifiedCardinality": (":A rdfs:subClassOf [ owl:onProperty :p ; owl:maxQualifiedCardinality 0 ; owl:onClass :B ] .", ":x a :A ; :p :y . :y a :B .", "cls-maxqc1"),
    "owl:NegativePropertyAssertion": ("[ owl:sourceIndividual :x ; owl:assertionProperty :p ; owl:targetIndividual :y ] .", ":x :p :y .", "prp-npa1"),
    "owl:targetValue": ("[ owl:sourceIndividual :x ; owl:assertionProperty :p ; owl:targetValue 1 ] .", ":x :p 1 .", "prp-npa2"),
    "owl:differentFrom": ("", ":x owl:sameAs :y ; owl:differentFrom :y .", "eq-diff1"),
    "different from itself": ("", ":x owl:differentFrom :x .", "eq-diff1"),
    "owl:AllDifferent": ("[ a owl:AllDifferent ; owl:members ( :v :x :y ) ] .", ":x owl:sameAs :y .", "eq-diff2"),
    "owl:distinctMembers": ("[ a owl:AllDifferent ; owl:distinctMembers ( :v :x :y ) ] .", ":x owl:sameAs :y .", "eq-diff3"),
    "owl:FunctionalProperty": (":p a owl:FunctionalProperty .", ":x :p 1 , 2 .", "prp-fp"),
    "at most one": (":A rdfs:subClassOf [ owl:onProperty :p ; owl:maxCardinality 1 ] .", ':x a :A ; :p "a" , "b" .', "cls-maxc2"),
    "xsd:date": ("", ':x :p "2021-13-45"^^xsd:date .', "dt-not-type"),
}  # fmt: skip


def test_every_construct_of_the_ontology_is_among_the_examples() -> None:
    used: set[str] = set()
    for path in Content.bundled().ontology.glob("*.ttl"):
        text = re.sub(r'"[^"]*"|#.*$|<[^>]*>', "", path.read_text("utf-8"), flags=re.MULTILINE)
        used |= set(re.findall(r"\b(?:owl|rdfs):\w+", text))
    assert len(used) > 10
    assert used - DECLARATIONS <= CONSTRUCTS.keys() | CONTRADICTIONS.keys()


@pytest.mark.parametrize("construct", CONSTRUCTS)
def test_a_construct_gives_what_it_should(construct: str) -> None:
    axioms, data, expected = CONSTRUCTS[construct]
    found = infer(turtle(axioms + data))
    assert triples(found) == triples(turtle(expected))
    assert {quad.graph_name for quad in found} == {INFERRED}


@pytest.mark.parametrize("construct", CONTRADICTIONS)
def test_a_contradiction_is_named(construct: str) -> None:
    axioms, data, rule = CONTRADICTIONS[construct]
    with pytest.raises(Inconsistency) as caught:
        infer(turtle(axioms + data))
    assert f"({rule})" in str(caught.value)
    assert "https://example.org/x" in str(caught.value) or rule == "dt-not-type"
    assert len(caught.value.problems) >= 1


@pytest.mark.parametrize("construct", CONTRADICTIONS)
def test_axioms_without_the_data_are_no_contradiction(construct: str) -> None:
    assert infer(turtle(CONTRADICTIONS[construct][0] + ":z a :Z .")) is not None


@pytest.mark.parametrize(
    "axiom",
    [
        "owl:sameAs rdfs:subPropertyOf :p .",
        "rdf:type rdfs:domain :A .",
        ":p rdfs:subPropertyOf rdf:type .",
        "rdfs:subClassOf a owl:FunctionalProperty .",
        "rdfs:Class rdfs:subClassOf :A .",
        "[ owl:onProperty rdf:type ; owl:hasValue :A ] rdfs:subClassOf :B .",
    ],
)
def test_an_axiom_about_the_language_itself_is_refused(axiom: str) -> None:
    with pytest.raises(DataError, match="about a term of RDF, RDFS, OWL or XSD itself"):
        infer(turtle(axiom))


@pytest.mark.parametrize("rest", ["; rdf:rest _:l", ""])
def test_a_broken_list_is_refused(rest: str) -> None:
    with pytest.raises(DataError, match=r"write (it|its list) anew as \( … \)"):
        infer(turtle(f":r owl:propertyChainAxiom _:l . _:l rdf:first :p {rest} ."))


def test_equal_values_are_no_contradiction() -> None:
    found = infer(turtle(':p a owl:FunctionalProperty . :x :p 1.0 , 1.00 ; :q "a" .'))
    assert found == []


def test_a_literal_keeps_its_form() -> None:
    found = infer(turtle(':p rdfs:subPropertyOf :q . :x :p "007"^^xsd:integer , "é"@en-gb .'))
    assert [str(quad.object) for quad in found] == [
        '"007"^^<http://www.w3.org/2001/XMLSchema#integer>',
        '"é"@en-gb',
    ]


def _by_owlrl(quads: list[ox.Quad]) -> set[str]:
    """Close with owlrl as it comes, and take away what is said to be noise."""
    bridge = Bridge()
    graph = bridge.graph(quads)
    closure = owlrl.OWLRL_Semantics(graph, False, False)
    closure.closure()
    assert closure.error_messages == []
    given = {(quad.subject, quad.predicate, quad.object) for quad in quads}
    closed = {tuple(map(bridge.to_oxigraph, triple)) for triple in graph if not _errors(triple)}
    return {
        str(ox.Triple(*triple))  # type: ignore[arg-type]
        for triple in closed - given
        if not is_excluded(*triple)
    }


def _errors(triple: tuple[object, ...]) -> bool:
    return "daml.org" in str(triple[1])


def test_the_bundled_graph_closes_as_with_owlrl_itself() -> None:
    loaded = load(Content.bundled())
    claims = sorted(
        {quad.graph_name for quad in loaded.statements if "/id/claim/" in str(quad.graph_name)},
        key=str,
    )
    # owlrl alone is slow: the schema, and every eighth claim.
    sample = loaded.graphs(ONTOLOGY, ALIGNMENT, CONCEPTS, *claims[::8])  # type: ignore[arg-type]
    assert len(sample) > 700
    found = triples(infer(sample))
    assert len(found) > 30
    assert found == _by_owlrl(sample)


def test_the_release_has_no_noise(release: Release) -> None:
    quads = release.quads()
    inferred = [quad for quad in quads if quad.graph_name == INFERRED]
    assert len(inferred) == release.counts["inferred"] > 500
    asserted = {quad.triple for quad in quads if quad.graph_name != INFERRED}
    assert [q for q in inferred if q.triple in asserted] == []
    assert [q for q in inferred if is_excluded(q.subject, q.predicate, q.object)] == []
