"""After a change, only what it can reach is validated: the same is found as by validating all."""

from __future__ import annotations

import random
from collections import Counter

import pyoxigraph as ox
import pytest

from iprgraph.content.loader import Content, load, parse_file
from iprgraph.namespaces import ALIGNMENT, CONCEPTS, ONTOLOGY, PREFIXES, SHAPES
from iprgraph.shacl import Data, EscapedLiterals, LexicalForms, Validator
from iprgraph.shacl.report import Report, ValidationResult, write_term
from support.paths import SHAPE_EXAMPLES

LOADED = load(Content.bundled())
VALIDATOR = Validator(LOADED.shapes)
POOL = list(
    dict.fromkeys(
        ox.Quad(*quad.triple)
        for quad in [
            *LOADED.graphs(ONTOLOGY, ALIGNMENT, CONCEPTS),
            *parse_file(SHAPE_EXAMPLES / "context.ttl"),
            *(q for path in sorted(SHAPE_EXAMPLES.glob("*/*.ttl")) for q in parse_file(path)),
        ]
    )
)


def results(report: Report) -> Counter[ValidationResult]:
    return Counter(report.results)


def a_change(rng: random.Random, present: list[ox.Quad]) -> tuple[list[ox.Quad], list[ox.Quad]]:
    """Make a change of a few triples: of the examples, and mixed ones."""
    added = []
    for _ in range(rng.randrange(6)):
        one, other = rng.choice(POOL), rng.choice(POOL)
        added.append(
            rng.choice(
                [
                    one,
                    ox.Quad(other.subject, one.predicate, one.object),
                    ox.Quad(one.subject, one.predicate, other.object),
                ]
            )
        )
    return added, rng.sample(present, rng.randrange(6))


@pytest.mark.parametrize("seed", range(4))
def test_a_change_is_validated_as_the_whole_is(seed: int) -> None:
    rng = random.Random(seed)
    base = rng.sample(POOL, len(POOL) * 4 // 5)
    store = ox.Store()
    if seed % 2:
        store.extend(EscapedLiterals().escape_quads(base))
        data = Data(store)
    else:
        store.extend([*base, *LOADED.shapes])
        data = Data(store, hidden=[SHAPES], rewritten=LexicalForms(base))
    before = results(VALIDATOR.validate(data))
    present = [quad for quad in store if quad.graph_name != SHAPES]
    for _ in range(3):
        added, removed = a_change(rng, present)
        beside = ox.Store()
        beside.extend(EscapedLiterals().escape_quads(added) if data.is_escaped else added)
        added = list(beside)
        for quad in removed:
            store.remove(quad)
        data.rewritten.remove(removed)
        store.extend(added)
        found = results(VALIDATOR.validate_change(data, added, removed))
        after = results(VALIDATOR.validate(data))
        reached = {
            (write_term(ox.NamedNode(name)), write_term(node))
            for name, nodes in VALIDATOR.affected_nodes(data, added, removed).items()
            for node in nodes or ()
        }
        for result in before | after | found:
            if (result.shape, result.focus) in reached:
                assert found[result] == after[result]
            else:
                assert found[result] == 0
                assert before[result] == after[result]
        before = after
        present = [quad for quad in store if quad.graph_name != SHAPES]


def turtle(text: str) -> list[ox.Quad]:
    head = "".join(f"PREFIX {name}: <{iri}>\n" for name, iri in PREFIXES.items())
    return list(ox.parse(head + text, ox.RdfFormat.TURTLE))


def shapes_reached(data: Data, added: list[ox.Quad]) -> set[str]:
    affected = VALIDATOR.affected_nodes(data, added)
    return {name.removeprefix(PREFIXES["shape"]) for name, nodes in affected.items() if nodes}


def test_a_change_reaches_along_paths_and_classes() -> None:
    store = ox.Store()
    store.extend(
        turtle("claim:a a ipr:Claim ; ipr:attributedTo person:b . person:b a ipr:Person .")
    )
    data = Data(store)
    label = turtle("person:b skos:prefLabel 'B'@en .")
    assert "claim-attribution" not in shapes_reached(data, label)
    kind = turtle("person:b a ipr:Person .")
    assert "claim-attribution" in shapes_reached(data, kind)
    below = turtle("ipr:Person rdfs:subClassOf ipr:Claim .")
    assert "claim-source" in shapes_reached(data, below)


def test_a_query_that_cannot_be_bounded_is_asked_whole() -> None:
    shapes = turtle(
        """shape:all a sh:NodeShape ; sh:targetClass ipr:Claim ; sh:sparql [ sh:message "No."@en ;
             sh:select '''SELECT $this WHERE { $this a ?any . ?x <urn:p> ?y }''' ] ."""
    )
    validator = Validator(shapes)
    (one,) = validator.compiled
    assert one.uncompiled == () and one.unbounded
    store = ox.Store()
    store.extend(turtle("claim:a a ipr:Claim . <urn:x> <urn:p> 1 ."))
    change = turtle("<urn:x> <urn:p> 1 .")
    assert validator.affected_nodes(Data(store), change) == {f"{PREFIXES['shape']}all": None}
    assert [r.focus for r in validator.validate_change(Data(store), change).results] == ["claim:a"]
