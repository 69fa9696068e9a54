"""Each shape says what to do in both languages; its good example keeps it, its bad breaks it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import pyoxigraph as ox
import pytest

from iprgraph.content.loader import Content, parse_file
from iprgraph.namespaces import OWL, PREFIXES, RDF, SH
from iprgraph.reasoning.inference import infer
from iprgraph.shacl.report import ValidationResult, write_term
from iprgraph.shacl.validator import validate
from support.paths import SHAPE_EXAMPLES

CONTENT = Content.bundled()
SHAPE = "https://w3id.org/iprgraph/shape/"
SH_NS = PREFIXES["sh"]

#: How many shapes there are: a shape that is not collected is a shape that is not tested.
NUMBER = 145

#: What a message may begin with: it tells what to do.
IMPERATIVE = re.compile(
    "(Add|Check|Choose|Cite|Compare|Copy|Correct|Define|Give|Keep|Link|Name|Remove|Say|State|Write)"
    " "
)

Quads = list[ox.Quad]


def sh(name: str) -> ox.NamedNode:
    return ox.NamedNode(SH_NS + name)


@cache
def parsed(path: Path) -> Quads:
    return parse_file(path)


def folder(path: Path) -> Quads:
    return [quad for file in sorted(path.glob("*.ttl")) for quad in parsed(file)]


SHAPES = folder(CONTENT.shapes)
#: What every example may speak of: the ontology, and a small world that keeps every shape.
WORLD = [*folder(CONTENT.ontology), *parsed(SHAPE_EXAMPLES / "context.ttl")]
SLUGS = sorted(
    quad.subject.value.removeprefix(SHAPE)
    for quad in SHAPES
    if quad.predicate == RDF.type and quad.object in (SH.NodeShape, SH.PropertyShape)
    if isinstance(quad.subject, ox.NamedNode)
)
QUERIES = sorted(
    {
        quad.subject.value.removeprefix(SHAPE)
        for quad in SHAPES
        if quad.predicate == sh("sparql") and isinstance(quad.subject, ox.NamedNode)
    }
)


def example(kind: str, slug: str) -> Quads:
    return parsed(SHAPE_EXAMPLES / kind / f"{slug}.ttl")


def values(slug: str, predicate: ox.NamedNode) -> list[ox.Literal]:
    """Return a shape's values of one property."""
    subject = ox.NamedNode(SHAPE + slug)
    return [q.object for q in SHAPES if q.subject == subject and q.predicate == predicate]


def description(*start: object) -> Quads:
    """Return the triples about some nodes and about the blank nodes and declarations they lead to."""
    found: Quads = []
    waiting, seen = list(start), set(start)
    while waiting:
        node = waiting.pop()
        for quad in SHAPES:
            if quad.subject == node:
                found.append(quad)
                follow = isinstance(quad.object, ox.BlankNode) or quad.predicate == sh("prefixes")
                if follow and quad.object not in seen:
                    seen.add(quad.object)
                    waiting.append(quad.object)
    return found


def breaks(data: Iterable[ox.Quad], slug: str) -> list[ValidationResult]:
    """Validate against one shape alone."""
    results = validate(data, description(ox.NamedNode(SHAPE + slug))).results
    assert {result.shape for result in results} <= {f"shape:{slug}"}
    return results


def nodes(quads: Quads) -> set[str]:
    """Name the things that a graph speaks of."""
    terms = {term for quad in quads for term in (quad.subject, quad.object)}
    return {write_term(term) for term in terms if not isinstance(term, ox.Literal)}


def test_every_shape_is_collected() -> None:
    assert len(SLUGS) == NUMBER
    assert len(set(SLUGS)) == NUMBER
    assert len(QUERIES) == 17


def test_every_shape_has_its_pair_and_no_example_is_left_over() -> None:
    for kind in ("good", "bad"):
        files = sorted(path.stem for path in (SHAPE_EXAMPLES / kind).iterdir())
        assert files == SLUGS, kind


def test_every_shape_with_a_target_has_a_name() -> None:
    """Without an IRI it could not be named, documented or broken; the others are parts of one."""
    targets = {sh("targetClass"), sh("targetSubjectsOf"), sh("targetObjectsOf"), sh("targetNode")}
    aimed = {quad.subject for quad in SHAPES if quad.predicate in targets}
    assert aimed == {ox.NamedNode(SHAPE + slug) for slug in SLUGS}


@pytest.mark.parametrize("slug", SLUGS)
def test_shape_speaks_both_languages(slug: str) -> None:
    for predicate in (sh("name"), sh("description"), sh("message")):
        texts = {text.language: text.value for text in values(slug, predicate)}
        assert sorted(map(str, texts)) == ["en", "zh"]
        assert all(text.strip() == text and text for text in texts.values())
        assert re.search("[\u4e00-\u9fff]", texts["zh"]), "the Chinese text is not Chinese"


@pytest.mark.parametrize("slug", SLUGS)
def test_message_says_what_to_do(slug: str) -> None:
    texts = {text.language: text.value for text in values(slug, sh("message"))}
    assert IMPERATIVE.match(texts["en"])
    assert texts["en"].endswith(".")
    assert texts["zh"].startswith("请")
    assert texts["zh"].endswith("。")


@pytest.mark.parametrize("slug", SLUGS)
def test_shape_says_how_grave_a_result_is(slug: str) -> None:
    assert values(slug, sh("severity")) in ([SH.Violation], [SH.Warning], [SH.Info])


@pytest.mark.parametrize("slug", SLUGS)
def test_good_example_keeps_the_shape(slug: str) -> None:
    assert breaks([*WORLD, *example("good", slug)], slug) == []


@pytest.mark.parametrize("slug", SLUGS)
def test_bad_example_breaks_the_shape(slug: str) -> None:
    results = breaks([*WORLD, *example("bad", slug)], slug)
    assert results
    severity = values(slug, sh("severity"))[0].value.removeprefix(SH_NS)
    wanted = tuple(sorted((t.language, t.value) for t in values(slug, sh("message"))))
    for result in results:
        assert result.severity == severity
        assert result.messages == wanted


def test_good_examples_keep_every_shape() -> None:
    data = [*WORLD, *(quad for slug in SLUGS for quad in example("good", slug))]
    report = validate(data, SHAPES)
    assert report.text("en") == ""
    assert report.conforms


def test_bad_examples_break_no_other_shape() -> None:
    """Each bad example has things of its own, so that every result can be laid at its door."""
    world = nodes(WORLD)
    owner: dict[str, str] = {}
    for slug in SLUGS:
        for node in nodes(example("bad", slug)) - world:
            owner.setdefault(node, slug)
    data = [*WORLD, *(quad for slug in SLUGS for quad in example("bad", slug))]
    broken = {(owner[r.focus], r.shape) for r in validate(data, SHAPES).results}
    assert broken == {(slug, f"shape:{slug}") for slug in SLUGS}


@pytest.mark.parametrize("slug", QUERIES)
def test_query_finds_the_same_in_the_engine(slug: str) -> None:
    """A shape's query runs as it stands on a SPARQL engine, $this being found and not given."""
    (constraint,) = values(slug, sh("sparql"))
    (select,) = [q.object.value for q in description(constraint) if q.predicate == sh("select")]
    for kind in ("good", "bad"):
        store = ox.Store()
        data = [*WORLD, *example(kind, slug)]
        store.extend(ox.Quad(*quad.triple) for quad in data)
        found = {write_term(row["this"]) for row in store.query(select, prefixes=PREFIXES)}
        assert found == {result.focus for result in breaks(data, slug)}


def test_prefixes_of_queries_are_those_of_the_project() -> None:
    declared = {}
    for quad in SHAPES:
        if quad.predicate == sh("declare"):
            pair = {q.predicate: q.object.value for q in description(quad.object)}
            declared[pair[sh("prefix")]] = pair[sh("namespace")]
    assert len(declared) == 7
    assert declared.items() <= PREFIXES.items()


def test_patterns_use_what_every_engine_knows() -> None:
    patterns = [quad.object.value for quad in SHAPES if quad.predicate == sh("pattern")]
    assert len(patterns) == 32
    assert not [pattern for pattern in patterns if "(?" in pattern or "\\" in pattern]


@pytest.mark.parametrize(
    ("slug", "scheme"),
    [
        ("claim-basis", "basis"),
        ("claim-modality", "modality"),
        ("claim-status", "status"),
        ("check-verdict", "verdict"),
        ("observation-estimate", "estimate"),
    ],
)
def test_choices_are_the_concepts_of_the_scheme(slug: str, scheme: str) -> None:
    (head,) = values(slug, sh("in"))
    chosen = {quad.object for quad in description(head) if quad.predicate == RDF.first}
    in_scheme = ox.NamedNode(PREFIXES["skos"] + "inScheme")
    concepts = {
        quad.subject
        for quad in WORLD
        if quad.predicate == in_scheme and quad.object == ox.NamedNode(PREFIXES["scheme"] + scheme)
    }
    assert chosen == concepts


def test_every_class_of_the_ontology_has_a_shape() -> None:
    """A shape aims at each class, or at the class above it."""
    aimed = {quad.object for quad in SHAPES if quad.predicate == sh("targetClass")}
    ontology = parsed(CONTENT.ontology / "ipr.ttl")
    classes = {quad.subject for quad in ontology if quad.object == OWL.Class}
    covered = {quad.subject for quad in ontology if quad.object in aimed} | aimed
    assert len(classes) == 25
    assert classes <= covered


def test_a_kind_implied_by_a_property_is_found() -> None:
    """Reasoning calls whatever holds a post a person; its IRI tells that it is none."""
    data = [*WORLD, *example("good", "tenure-iri")]
    holder = ox.NamedNode(PREFIXES["ipr"] + "holder")
    topic = ox.NamedNode(PREFIXES["topic"] + "progress")
    for quad in example("good", "tenure-iri"):
        if quad.predicate == holder:
            data.remove(quad)
            data.append(ox.Quad(quad.subject, holder, topic))
    results = breaks([*data, *infer(data)], "person-iri")
    assert [result.focus for result in results] == ["topic:progress"]
