"""Inference gives what OWL 2 RL entails, no more and no less, without the noise."""

from __future__ import annotations

import re

import owlrl
import pyoxigraph as ox
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iprgraph.bridge import Bridge
from iprgraph.content import ALIGNMENT, CONCEPTS, INFERRED, ONTOLOGY, Content, load
from iprgraph.errors import Inconsistency
from iprgraph.namespaces import PREFIXES
from iprgraph.reason import infer, is_noise
from iprgraph.release import Release

HEAD = "".join(f"PREFIX {name}: <{iri}>\n" for name, iri in PREFIXES.items())
HEAD += "PREFIX : <https://example.org/>\n"


def turtle(text: str) -> list[ox.Quad]:
    return list(ox.parse(HEAD + text, ox.RdfFormat.TURTLE))


def triples(quads: list[ox.Quad]) -> set[str]:
    return {str(quad.triple) for quad in quads}


#: Construct -> (axioms, data, all that follows).
CONSTRUCTS = {
    "rdfs:subClassOf": (":A rdfs:subClassOf :B . :B rdfs:subClassOf :C .", ":x a :A .", ":x a :B , :C . :A rdfs:subClassOf :C ."),
    "rdfs:subPropertyOf": (":p rdfs:subPropertyOf :q . :q rdfs:subPropertyOf :r .", ":x :p 1 .", ":x :q 1 ; :r 1 . :p rdfs:subPropertyOf :r ."),
    "rdfs:domain": (":p rdfs:domain :A .", ":x :p :y .", ":x a :A ."),
    "rdfs:range": (":p rdfs:range :A .", ":x :p :y .", ":y a :A ."),
    "owl:inverseOf": (":p owl:inverseOf :q .", ":x :p :y . :z :q :w .", ":y :q :x . :w :p :z ."),
    "owl:TransitiveProperty": (":p a owl:TransitiveProperty .", ":x :p :y . :y :p :z .", ":x :p :z ."),
    "owl:SymmetricProperty": (":p a owl:SymmetricProperty .", ":x :p :y .", ":y :p :x ."),
    "owl:propertyChainAxiom": (":r owl:propertyChainAxiom ( :p :q ) .", ":x :p :y . :y :q :z .", ":x :r :z ."),
    "owl:equivalentClass": (":A owl:equivalentClass :B .", ":x a :A . :y a :B .", ":x a :B . :y a :A . :A rdfs:subClassOf :B . :B rdfs:subClassOf :A ."),
    "owl:equivalentProperty": (":p owl:equivalentProperty :q .", ":x :p 1 . :y :q 2 .", ":x :q 1 . :y :p 2 . :p rdfs:subPropertyOf :q . :q rdfs:subPropertyOf :p ."),
    "owl:hasValue": (":A owl:equivalentClass [ owl:onProperty :p ; owl:hasValue :v ] .", ":x a :A . :y :p :v .", ":x :p :v . :y a :A ."),
    "owl:someValuesFrom": ("[ owl:onProperty :p ; owl:someValuesFrom :B ] rdfs:subClassOf :A .", ":x :p :y . :y a :B .", ":x a :A ."),
    "owl:unionOf": (":A owl:unionOf ( :B :C ) .", ":x a :B .", ":x a :A . :B rdfs:subClassOf :A . :C rdfs:subClassOf :A ."),
    "owl:sameAs": ("", ":x owl:sameAs :y ; :p 1 .", ":y owl:sameAs :x ; :p 1 ."),
    "owl:InverseFunctionalProperty": (":p a owl:InverseFunctionalProperty .", ":x :p :v . :y :p :v .", ":x owl:sameAs :y . :y owl:sameAs :x ."),
    "owl:FunctionalProperty": (":p a owl:FunctionalProperty .", ":x :p :v , :w .", ":v owl:sameAs :w . :w owl:sameAs :v ."),
}  # fmt: skip

#: Terms of RDFS and OWL that only say what a term is.
DECLARATIONS = {
    "owl:Class", "owl:DatatypeProperty", "owl:ObjectProperty", "owl:Ontology", "owl:versionIRI",
    "owl:versionInfo", "rdfs:isDefinedBy", "rdfs:label", "rdfs:seeAlso", "rdfs:comment",
}  # fmt: skip

#: Construct -> (axioms, data that contradict them, what the message says).
CONTRADICTIONS = {
    "owl:disjointWith": (":A owl:disjointWith :B .", ":x a :A , :B .", "Disjoint classes"),
    "owl:AllDisjointClasses": ("[ a owl:AllDisjointClasses ; owl:members ( :A :B :C ) ] .", ":x a :B , :C .", "Disjoint classes"),
    "owl:AsymmetricProperty": (":p a owl:AsymmetricProperty .", ":x :p :y . :y :p :x .", "asymmetric property"),
    "owl:IrreflexiveProperty": (":p a owl:IrreflexiveProperty .", ":x :p :x .", "Irreflexive property"),
    "owl:differentFrom": ("", ":x owl:sameAs :y ; owl:differentFrom :y .", "differentFrom"),
    "different from itself": ("", ":x owl:differentFrom :x .", "different from itself"),
    "owl:FunctionalProperty": (":p a owl:FunctionalProperty .", ":x :p 1 , 2 .", "two values of the functional property"),
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
    axioms, data, message = CONTRADICTIONS[construct]
    with pytest.raises(Inconsistency) as caught:
        infer(turtle(axioms + data))
    assert message in str(caught.value)
    assert "https://example.org/x" in str(caught.value)
    assert len(caught.value.problems) >= 1


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
    closed = {tuple(map(bridge.back, triple)) for triple in graph if not _errors(triple)}
    return {
        str(ox.Triple(*triple))  # type: ignore[arg-type]
        for triple in closed - given
        if not is_noise(*triple)
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


THINGS, CLASSES, PROPERTIES = ([f":{letter}{i}" for i in range(4)] for letter in ("t", "C", "p"))
AXIOMS = st.one_of(
    st.tuples(st.sampled_from(CLASSES), st.sampled_from(["rdfs:subClassOf", "owl:equivalentClass"]), st.sampled_from(CLASSES)),
    st.tuples(st.sampled_from(PROPERTIES), st.sampled_from(["rdfs:subPropertyOf", "owl:inverseOf", "owl:equivalentProperty"]), st.sampled_from(PROPERTIES)),
    st.tuples(st.sampled_from(PROPERTIES), st.sampled_from(["rdfs:domain", "rdfs:range"]), st.sampled_from(CLASSES)),
    st.tuples(st.sampled_from(PROPERTIES), st.just("a"), st.sampled_from(["owl:TransitiveProperty", "owl:SymmetricProperty", "owl:FunctionalProperty", "owl:ObjectProperty"])),
    st.tuples(st.sampled_from(PROPERTIES), st.just("owl:propertyChainAxiom"), st.sampled_from(["( :p0 :p1 )", "( :p2 :p3 :p0 )"])),
    st.tuples(st.sampled_from(CLASSES), st.just("a"), st.just("owl:Class")),
    st.tuples(st.just("owl:sameAs"), st.just("rdfs:subPropertyOf"), st.sampled_from(PROPERTIES)),
)  # fmt: skip
FACTS = st.one_of(
    st.tuples(st.sampled_from(THINGS), st.sampled_from(PROPERTIES), st.sampled_from(THINGS)),
    st.tuples(st.sampled_from(THINGS), st.just("a"), st.sampled_from(CLASSES)),
    st.tuples(st.sampled_from(THINGS), st.just("rdfs:label"), st.sampled_from(['"a"', '"b"@en'])),
    st.tuples(st.sampled_from(THINGS), st.just("owl:sameAs"), st.sampled_from(THINGS)),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.one_of(AXIOMS, FACTS), min_size=4, max_size=14))
def test_any_small_graph_closes_as_with_owlrl_itself(
    statements: list[tuple[str, str, str]],
) -> None:
    quads = turtle("".join(f"{' '.join(statement)} .\n" for statement in statements))
    assert triples(infer(quads)) == _by_owlrl(quads)


def test_the_release_has_no_noise(release: Release) -> None:
    quads = release.quads()
    inferred = [quad for quad in quads if quad.graph_name == INFERRED]
    assert len(inferred) == release.counts["inferred"] > 500
    asserted = {quad.triple for quad in quads if quad.graph_name != INFERRED}
    assert [q for q in inferred if q.triple in asserted] == []
    assert [q for q in inferred if is_noise(q.subject, q.predicate, q.object)] == []
