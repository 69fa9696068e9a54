"""The ontology is small, documented in two languages, in order, and aligned."""

from __future__ import annotations

import json
import re

import pytest
from pyoxigraph import Literal, NamedNode, Quad, RdfFormat, parse

from iprgraph.content.loader import Content
from iprgraph.namespaces import IPR, OWL, PREFIXES, RDF, RDFS, SKOS

FOLDER = Content.bundled().ontology
OWN = IPR.iri


def quads(name: str) -> list[Quad]:
    return list(parse(path=FOLDER / name))


def terms(kind: NamedNode) -> set[str]:
    return {
        q.subject.value
        for q in quads("ipr.ttl")
        if q.predicate == RDF.type and q.object == kind and q.subject.value.startswith(OWN)
    }


CLASSES = terms(OWL.Class)
PROPERTIES = terms(OWL.ObjectProperty) | terms(OWL.DatatypeProperty)


def test_it_is_small() -> None:
    assert (len(CLASSES), len(PROPERTIES)) == (25, 39)


@pytest.mark.parametrize("term", sorted(CLASSES | PROPERTIES))
def test_a_term_is_documented_in_both_languages(term: str) -> None:
    about = [q for q in quads("ipr.ttl") if q.subject == NamedNode(term)]
    for predicate in (RDFS.label, SKOS.definition):
        languages = [
            q.object.language
            for q in about
            if q.predicate == predicate and isinstance(q.object, Literal)
        ]
        assert sorted(languages, key=str) == ["en", "zh"], predicate
    assert any(q.predicate == SKOS.example for q in about)
    assert any(q.predicate == RDFS.isDefinedBy for q in about)


@pytest.mark.parametrize("name", ["ipr.ttl", "alignment.ttl", "concepts.ttl"])
def test_prefixes_are_sorted_and_agree_with_the_project(name: str) -> None:
    declared = re.findall(
        r"^@prefix ([\w-]+): <(.+?)> \.$", (FOLDER / name).read_text("utf-8"), re.M
    )
    assert declared == sorted(declared) and len(declared) >= 5
    assert all(PREFIXES[prefix] == iri for prefix, iri in declared)


@pytest.mark.parametrize("heading", ["# Classes", "# Properties"])
def test_terms_are_sorted(heading: str) -> None:
    text = (FOLDER / "ipr.ttl").read_text("utf-8").split(heading)[1].split("# Properties")[0]
    found = re.findall(r"^ipr:(\w+) a ", text, re.M)
    assert found == sorted(found) and len(found) in (25, 39)


def test_every_class_is_aligned_with_a_standard_vocabulary() -> None:
    parents: dict[str, set[str]] = {}
    for name in ("ipr.ttl", "alignment.ttl"):
        for q in quads(name):
            if q.predicate == RDFS.subClassOf:
                parents.setdefault(q.subject.value, set()).add(q.object.value)

    def standard(term: str) -> bool:
        return any(not p.startswith(OWN) or standard(p) for p in parents.get(term, ()))

    assert {term for term in CLASSES if not standard(term)} == set()


def test_the_json_ld_context_knows_every_prefix_and_object_property() -> None:
    context = json.loads((FOLDER / "context.jsonld").read_text("utf-8"))["@context"]
    assert {k: v for k, v in context.items() if k in PREFIXES} == PREFIXES
    coerced = {k for k, v in context.items() if isinstance(v, dict)}
    assert coerced == {"ipr:" + term[len(OWN) :] for term in terms(OWL.ObjectProperty)}
    assert set(context) - coerced - set(PREFIXES) == {"@version", "id", "type"}


def test_examples_are_turtle_that_uses_the_term() -> None:
    prefixes = "".join(f"@prefix {name}: <{iri}> .\n" for name, iri in PREFIXES.items())
    examples = [q for q in quads("ipr.ttl") if q.predicate == SKOS.example]
    assert len(examples) == 64
    for q in examples:
        text = re.sub(r"\?(\w+)", r"_:\1", q.object.value).replace("GRAPH ", "")
        text = re.sub(r"(ipr:value \d+) }", r"\1 . }", text)
        assert list(parse(prefixes + text, format=RdfFormat.TRIG)), q.object.value
        if not q.subject.value[len(OWN)].isupper():
            assert "ipr:" + q.subject.value[len(OWN) :] in q.object.value
