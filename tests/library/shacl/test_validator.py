"""Compiled validation reports what pySHACL reports, triple by triple, and says what it leaves to it."""

from __future__ import annotations

import random

import pyoxigraph as ox
import pytest

from generate import generate
from iprgraph.content.loader import Content, load, parse_file
from iprgraph.errors import DataError
from iprgraph.namespaces import ALIGNMENT, CONCEPTS, ONTOLOGY, PREFIXES, SH, SHAPES
from iprgraph.rdf.canonical import canonical_quads
from iprgraph.shacl import Data, LexicalForms, Validator
from iprgraph.shacl.validator import validate
from support.paths import SHAPE_EXAMPLES
from support.shacl import ODD, Quads, reference, same, turtle

LOADED = load(Content.bundled())
WORLD = [*LOADED.graphs(ONTOLOGY, ALIGNMENT, CONCEPTS), *parse_file(SHAPE_EXAMPLES / "context.ttl")]


def examples(kind: str) -> Quads:
    return [q for path in sorted((SHAPE_EXAMPLES / kind).iterdir()) for q in parse_file(path)]


def test_all_shapes_of_the_project_are_compiled() -> None:
    validator = Validator(LOADED.shapes)
    kinds = (SH.NodeShape, SH.PropertyShape)
    named = {
        q.subject
        for q in LOADED.shapes
        if q.object in kinds and isinstance(q.subject, ox.NamedNode)
    }
    assert len(validator.compiled) == len(named) >= 129
    assert validator.uncompiled == ()
    assert [one.name for one in validator.compiled if one.unbounded] == []
    assert validate([], LOADED.shapes).uncompiled == ()


@pytest.mark.parametrize(("kinds", "least"), [("good", 0), ("bad", 129), ("good bad", 100)])
def test_examples(kinds: str, least: int) -> None:
    data = [*WORLD, *(quad for kind in kinds.split() for quad in examples(kind))]
    assert same(data, LOADED.shapes) >= least


def test_bundled_graph() -> None:
    assert same(LOADED.statements, LOADED.shapes) > 0


def test_generated_graph() -> None:
    data = list(ox.parse("".join(generate(3_000)), ox.RdfFormat.N_QUADS))
    assert same([*WORLD, *data], LOADED.shapes) > 200


def _has_blank(triple: ox.Triple) -> bool:
    return isinstance(triple.subject, ox.BlankNode) or isinstance(triple.object, ox.BlankNode)


@pytest.mark.parametrize("seed", range(3))
def test_random_graphs(seed: int) -> None:
    """Mix triples of the examples, of others' predicates and objects, and odd literals."""
    rng = random.Random(seed)
    known = [*parse_file(SHAPE_EXAMPLES / "context.ttl"), *examples("good"), *examples("bad")]
    pool = [t for t in dict.fromkeys(q.triple for q in known) if not _has_blank(t)]
    kept = rng.sample(pool, len(pool) // 3)
    objects = [t.object for t in pool] + [q.object for q in ODD] * 20
    mixed = [ox.Quad(t.subject, t.predicate, rng.choice(objects)) for t in rng.choices(pool, k=80)]
    kept += [quad.triple for quad in LOADED.graphs(ONTOLOGY)]
    same([*(ox.Quad(*triple) for triple in kept), *mixed], LOADED.shapes)


LEFT = """
shape:odd a sh:NodeShape ; sh:targetSubjectsOf ipr:confidence ;
  sh:property [ sh:path ipr:confidence ; sh:pattern "^0" ; sh:flags "i" ; sh:message "Odd."@en ] .
shape:even a sh:NodeShape ; sh:targetSubjectsOf ipr:confidence ;
  sh:sparql [ sh:message "Even."@en ; sh:select '''SELECT $this WHERE {
    $this <https://w3id.org/iprgraph/ontology#confidence> ?x } LIMIT 1''' ] .
"""


def test_what_is_not_compiled_is_left_to_pyshacl_and_named() -> None:
    data = turtle("claim:a ipr:confidence 1.5 . claim:b ipr:confidence 0.5 .")
    report = validate(data, turtle(LEFT))
    assert report.graph == reference(data, turtle(LEFT))
    assert [(r.focus, r.message("en")) for r in report.results] == [
        ("claim:a", "Even."),
        ("claim:a", "Odd."),
        ("claim:b", "Even."),
    ]
    shape = PREFIXES["shape"]
    assert report.uncompiled == (
        (f"{shape}even", "its query has a part (Slice) that needs $this to be given"),
        (f"{shape}odd", "flags of a pattern are not compiled"),
    )


def test_rules_are_left_to_pyshacl() -> None:
    shapes = turtle(
        """shape:r a sh:NodeShape ; sh:targetClass ipr:Claim ; sh:rule [ a sh:TripleRule ;
             sh:subject sh:this ; sh:predicate ipr:status ; sh:object "made" ] ;
             sh:property [ sh:path ipr:status ; sh:maxCount 0 ; sh:message "None."@en ] ."""
    )
    report = validate(turtle("claim:a a ipr:Claim ."), shapes)
    assert [r.message("en") for r in report.results] == ["None."]
    assert report.uncompiled[-1] == ("", "rules or functions of SHACL-AF are used")


def test_shapes_that_cannot_be_used_are_refused() -> None:
    shapes = turtle(
        "shape:a a sh:PropertyShape ; sh:targetClass ipr:Claim ; sh:path ipr:x , ipr:y ."
    )
    with pytest.raises(DataError, match="the shapes cannot be used"):
        Validator(shapes)


@pytest.mark.parametrize("merged", [True, False])
def test_a_store_that_answers_queries_is_validated_as_it_is(merged: bool) -> None:
    """With many graphs, shapes among them, shared triples, their union, and rewritten literals."""
    rng = random.Random(5)
    graphs = [ox.NamedNode(f"urn:g{n}") for n in range(9)]
    quads = [
        ox.Quad(*quad.triple, rng.choice(graphs))
        for quad in [*WORLD, *examples("bad"), *examples("good"), *LOADED.statements] * 2
    ]
    odd = turtle(
        "observation:odd a ipr:Observation ; ipr:value 1.50 ; ipr:rank '01'^^xsd:integer ."
    )
    quads += [ox.Quad(*quad.triple, graphs[0]) for quad in odd]
    store = ox.Store()
    store.extend([*quads, *LOADED.shapes])
    union = ox.NamedNode("urn:union")
    if merged:
        store.extend([ox.Quad(*quad.triple, union) for quad in store])
    data = Data(store, hidden=[SHAPES], merged=union, rewritten=LexicalForms(quads))
    report = Validator(LOADED.shapes).validate(data)
    expected = validate(quads, LOADED.shapes)
    assert report.graph == expected.graph
    assert len(report.results) > 100


def test_reports_are_canonical() -> None:
    report = validate([*WORLD, *examples("bad")], LOADED.shapes)
    assert report.graph == canonical_quads(report.graph)


def test_results_beyond_doubt_are_written_without_pyshacl(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two conditions of one component on one value have a result each; what is in doubt is judged."""
    shapes = turtle(
        """<urn:sure> a sh:PropertyShape ; sh:targetClass <urn:T> ; sh:path <urn:p> ; sh:minCount 1 ;
             sh:class <urn:C> , <urn:D> ; sh:severity sh:Warning ; sh:message "No"@en , "非"@zh .
           <urn:doubt> a sh:PropertyShape ; sh:targetClass <urn:T> ; sh:path <urn:q> ;
             sh:datatype xsd:double ; sh:message "Give a number" ."""
    )
    data = turtle("<urn:a> a <urn:T> ; <urn:p> <urn:b> , 'c' . <urn:d> a <urn:T> .")
    doubtful = [*data, *turtle("<urn:a> <urn:q> '1.5'^^xsd:double .")]
    assert same(data, shapes) == same(doubtful, shapes) == 5
    looked: list[str] = []
    monkeypatch.setattr(
        "iprgraph.shacl.pyshacl_adapter.FocusValidator.validate",
        lambda _, shape, focus: looked.append(str(shape.node)),
    )
    assert len(validate(data, shapes).results) == 5
    assert looked == []
    validate(doubtful, shapes)
    assert looked == ["urn:doubt"]


#: Shapes of which counts can tell that all is right, and data where it is.
COUNTED = """
<urn:shape-p> a sh:PropertyShape ; sh:targetClass <urn:C> ; sh:path <urn:p> ; sh:minCount 1 ; sh:message "p" .
<urn:shape-q> a sh:PropertyShape ; sh:targetClass <urn:C> ; sh:path <urn:q> ; sh:minCount 1 ; sh:maxCount 1 ;
    sh:message "q" .
<urn:shape-r> a sh:PropertyShape ; sh:targetSubjectsOf <urn:r> ; sh:path <urn:r> ; sh:class <urn:D> ; sh:message "r" .
<urn:shape-s> a sh:PropertyShape ; sh:targetClass <urn:C> ; sh:path <urn:s> ; sh:message "s" ;
    sh:or ( [ sh:class <urn:C> ] [ sh:class <urn:D> ] ) .
<urn:shape-l> a sh:PropertyShape ; sh:targetSubjectsOf <urn:l> ; sh:path <urn:l> ; sh:uniqueLang true ;
    sh:message "l" .
<urn:shape-m> a sh:PropertyShape ; sh:targetClass <urn:C> ; sh:path <urn:m> ; sh:message "m" ;
    sh:qualifiedValueShape [ sh:languageIn ( "en" ) ] ; sh:qualifiedMinCount 1 .
<urn:shape-n> a sh:PropertyShape ; sh:targetSubjectsOf <urn:n> ; sh:path <urn:n> ; sh:message "n" ;
    sh:datatype rdf:langString ; sh:minLength 1 .
<urn:shape-o> a sh:PropertyShape ; sh:targetSubjectsOf <urn:o> ; sh:path <urn:o> ; sh:lessThan <urn:q> ;
    sh:datatype xsd:integer ; sh:minInclusive -5 ; sh:message "o" .
"""
RIGHT = """
<urn:B> rdfs:subClassOf <urn:C> . <urn:d> a <urn:D> .
<urn:x> a <urn:C> ; <urn:p> 1 , 2 ; <urn:q> 1 ; <urn:r> <urn:d> ; <urn:s> <urn:y> ; <urn:l> "a"@en , "a"@zh ;
    <urn:m> "a"@en , "a" ; <urn:n> "a"@en , "a"@zh ; <urn:o> 0 , -1 .
<urn:y> a <urn:B> ; <urn:p> 3 ; <urn:q> 2 ; <urn:s> <urn:d> ; <urn:l> "b" , "c" , "b"@en ;
    <urn:m> "b"@en .
"""


@pytest.mark.parametrize(
    ("more", "results"),
    [
        ("", 0),
        # As many nodes have the properties as there are nodes, but not the same ones.
        ('<urn:z> a <urn:C> ; <urn:p> 1 ; <urn:m> "z"@en . <urn:other> <urn:q> 1 .', 1),
        ('<urn:z> a <urn:B> ; <urn:m> "z"@en . <urn:other> <urn:p> 1 ; <urn:q> 1 .', 2),
        ("<urn:other> <urn:p> 1 .", 0),
        ("<urn:x> <urn:q> 2 .", 1),
        ("<urn:other> <urn:q> 1 , 2 .", 0),
        ("<urn:y> <urn:r> <urn:x> .", 1),
        ("<urn:y> <urn:r> <urn:e> . <urn:e> a <urn:E> . <urn:E> rdfs:subClassOf <urn:D> .", 0),
        ("<urn:y> <urn:s> <urn:e> , 1 .", 2),
        ('<urn:y> <urn:l> "d"@en .', 1),
        ('<urn:y> <urn:l> "d"@zh , "d"@EN .', 1),
        ("<urn:y> <urn:l> <urn:x> , 1 .", 0),
        ('<urn:z> a <urn:B> ; <urn:p> 1 ; <urn:q> 1 ; <urn:m> "z"@EN-gb .', 0),
        ('<urn:z> a <urn:B> ; <urn:p> 1 ; <urn:q> 1 ; <urn:m> "z"@zh , "z" , 1 , <urn:x> .', 1),
        ('<urn:z> a <urn:B> ; <urn:p> 1 ; <urn:q> 1 . <urn:other> <urn:m> "o"@en .', 1),
        ('<urn:other> <urn:m> "o"@zh .', 0),
        ('<urn:x> <urn:n> "b" , <urn:x> , 1 , ""@en .', 4),
        ('<urn:x> <urn:n> "b" .', 1),
        ("<urn:x> <urn:n> <urn:x> .", 1),
        ("<urn:x> <urn:o> 1 .", 1),
        # What the engine would write otherwise is compared as it is written.
        ("<urn:y> <urn:o> 01 .", 0),
        ("<urn:y> <urn:o> 02 .", 1),
        ('<urn:y> <urn:o> "a"^^xsd:integer , 1.0 , "-9"^^xsd:integer , "-09"^^xsd:integer .', 6),
        ('<urn:x> <urn:q> "1"^^xsd:byte .', 1),
    ],
)
def test_counts_pass_over_nothing(more: str, results: int) -> None:
    assert same(turtle(RIGHT + more), turtle(COUNTED)) == results
