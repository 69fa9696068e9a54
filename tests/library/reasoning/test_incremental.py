"""After any change, graph/inferred is what a build from scratch would give."""

from __future__ import annotations

import pyoxigraph as ox
import pytest
from hypothesis import Phase, given, seed, settings
from hypothesis import strategies as st

from iprgraph.content.loader import Content, load
from iprgraph.errors import Inconsistency
from iprgraph.namespaces import INFERRED
from iprgraph.reasoning.incremental import Reasoner
from iprgraph.reasoning.inference import infer
from support.ontologies import CLASSES, FACTS, PROPERTIES, parse

GRAPHS = [ox.NamedNode(f"https://example.org/graph/{i}") for i in range(3)]

#: Ontologies with every kind of rule that the changes can meet.
ONTOLOGIES = {
    "hierarchies": ":C0 rdfs:subClassOf :C1 . :C1 rdfs:subClassOf :C2 . :p0 rdfs:subPropertyOf :p1 ; rdfs:domain :C0 ; rdfs:range :C3 . :p1 owl:inverseOf :p2 .",
    "circles": ":C0 owl:equivalentClass :C1 . :C1 rdfs:subClassOf :C2 . :C2 rdfs:subClassOf :C0 . :p0 a owl:SymmetricProperty , owl:TransitiveProperty . :p1 owl:inverseOf :p1 .",
    "joins": ":p0 a owl:TransitiveProperty . :p1 owl:propertyChainAxiom ( :p2 :p3 ) . :p1 rdfs:subPropertyOf :p0 . [ owl:onProperty :p0 ; owl:someValuesFrom :C0 ] rdfs:subClassOf :C1 . :C2 owl:intersectionOf ( :C0 :C1 ) . :C3 rdfs:subClassOf [ owl:onProperty :p2 ; owl:allValuesFrom :C0 ] .",
    "values": ":C0 owl:equivalentClass [ owl:onProperty :p0 ; owl:hasValue :t0 ] . :C0 rdfs:subClassOf :C1 . :C1 rdfs:subClassOf [ owl:onProperty :p1 ; owl:hasValue :t1 ] .",
    "sameness": ":p0 a owl:FunctionalProperty . :p1 a owl:InverseFunctionalProperty . :p2 rdfs:subPropertyOf owl:sameAs .",
}
CHANGES = st.lists(
    st.tuples(st.booleans(), st.sampled_from(GRAPHS), FACTS), min_size=3, max_size=12
)


def by_infer(store: ox.Store) -> set[str]:
    stated = [quad for quad in store if quad.graph_name != INFERRED]
    return {str(quad) for quad in infer(stated)}


def inferred(store: ox.Store) -> set[str]:
    return {str(quad) for quad in store.quads_for_pattern(None, None, None, INFERRED)}


@pytest.mark.parametrize("name", ONTOLOGIES)
@seed(9)
@settings(max_examples=14, database=None, phases=[Phase.explicit, Phase.generate])
@given(changes=CHANGES)
def test_any_sequence_of_changes_ends_as_a_rebuild(
    name: str, changes: list[tuple[bool, ox.NamedNode, str]]
) -> None:
    store = ox.Store()
    store.extend(ox.Quad(*quad.triple, GRAPHS[0]) for quad in parse(ONTOLOGIES[name]))
    store.extend(infer(list(store)))
    reasoner = Reasoner.of(store)
    held: list[ox.Quad] = []
    for adds, graph, fact in changes:
        if not adds and held:
            gone = [held.pop(len(fact) % len(held))]
            gone = [quad for quad in gone if quad not in held]
            new: list[ox.Quad] = []
        else:
            gone = []
            new = [ox.Quad(*quad.triple, graph) for quad in parse(fact)]
            held += new
        before = inferred(store)
        for quad in gone:
            store.remove(quad)
        store.extend(new)
        try:
            left, entered = reasoner.update_inferred(store, gone, new)
        except Inconsistency:
            with pytest.raises(Inconsistency):
                infer([quad for quad in store if quad.graph_name != INFERRED])
            return
        assert {*map(str, left)} == before - inferred(store)
        assert {*map(str, entered)} == inferred(store) - before
    assert inferred(store) == by_infer(store)


def test_the_names_are_those_of_the_ontologies() -> None:
    text = " ".join(ONTOLOGIES.values())
    assert all(name in text for name in (*CLASSES, *PROPERTIES))


@pytest.fixture(scope="module")
def bundled() -> tuple[ox.Store, Reasoner]:
    loaded = load(Content.bundled())
    store = ox.Store()
    store.extend(loaded.quads)
    store.extend(infer(loaded.statements))
    return store, Reasoner.of(store)


def test_a_claim_leaves_and_comes_back(bundled: tuple[ox.Store, Reasoner]) -> None:
    store, reasoner = bundled
    before = inferred(store)
    claims = [g for g in store.named_graphs() if "/id/claim/" in g.value]
    assert len(claims) > 100
    for claim in sorted(claims, key=str)[::9]:
        gone = [*store.quads_for_pattern(None, None, None, claim)]
        gone += [
            q for q in store.quads_for_pattern(claim, None, None, None) if q.graph_name != INFERRED
        ]
        for quad in gone:
            store.remove(quad)
        left, entered = reasoner.update_inferred(store, gone, [])
        assert len(left) > 5
        store.extend(gone)
        back = reasoner.update_inferred(store, [], gone)
        assert back == (entered, left)
        assert inferred(store) == before


def test_a_changed_axiom_is_followed(bundled: tuple[ox.Store, Reasoner]) -> None:
    store, reasoner = bundled
    before = inferred(store)
    new = [
        ox.Quad(*quad.triple, GRAPHS[0]) for quad in parse("ipr:Claim rdfs:subClassOf :Statement .")
    ]
    store.extend(new)
    left, entered = reasoner.update_inferred(store, [], new)
    assert left == []
    assert len(entered) > 150
    for quad in new:
        store.remove(quad)
    assert reasoner.update_inferred(store, new, []) == (entered, [])
    assert inferred(store) == before


def test_a_contradiction_is_found_where_it_arises(bundled: tuple[ox.Store, Reasoner]) -> None:
    store, reasoner = bundled
    new = [ox.Quad(*quad.triple, GRAPHS[0]) for quad in parse("organization:wipo a ipr:Person .")]
    store.extend(new)
    with pytest.raises(Inconsistency, match=r"organization:wipo: Nothing is both an? .*\(cax-dw\)"):
        reasoner.update_inferred(store, [], new)
    for quad in new:
        store.remove(quad)
