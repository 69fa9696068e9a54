"""Validation reports in words and as a graph, the same each time, with the severities kept apart."""

from __future__ import annotations

import json

import pyoxigraph as ox
import pytest

from iprgraph.content.loader import Content, load
from iprgraph.errors import DataError
from iprgraph.namespaces import PREFIXES, SH
from iprgraph.rdf.canonical import dataset_hash
from iprgraph.release.release import Release
from iprgraph.shacl.report import Report, write_term
from iprgraph.shacl.validator import validate

HEAD = "".join(f"PREFIX {name}: <{iri}>\n" for name, iri in PREFIXES.items())

SHAPES = """
shape:confident a sh:NodeShape ; sh:targetClass ipr:Claim ;
  sh:property [ sh:path ipr:confidence ; sh:maxInclusive 1.0 ;
    sh:message "Give at most 1."@en , "最多为 1。"@zh ] ;
  sh:property [ sh:path ( ipr:evidence [ sh:inversePath oa:hasSource ] ) ; sh:minCount 1 ;
    sh:severity sh:Warning ; sh:message "Name the passage."@en ] ;
  sh:property [ sh:path [ sh:zeroOrMorePath skos:broader ] ; sh:nodeKind sh:Literal ;
    sh:severity sh:Info ; sh:message "Look again."@en ] .
shape:status a sh:NodeShape ; sh:targetClass ipr:Claim ;
  sh:sparql [ sh:message "Change {?value} of {$this}."@en , "请修改{?value}。"@zh ;
    sh:select '''SELECT $this ?value WHERE {
      $this <https://w3id.org/iprgraph/ontology#status> ?value . FILTER (?value = "odd") }''' ] .
"""
DATA = 'claim:a a ipr:Claim ; ipr:confidence 1.30 , 0.5 ; ipr:status "odd" .'
FILES = {
    f"{PREFIXES['shape']}confident": "shapes/a.ttl",
    f"{PREFIXES['shape']}status": "shapes/b.ttl",
}


def turtle(text: str) -> list[ox.Quad]:
    return list(ox.parse(HEAD + text, ox.RdfFormat.TURTLE))


@pytest.fixture(scope="module")
def report() -> Report:
    return validate(turtle(DATA), turtle(SHAPES), FILES)


def test_results_are_counted_by_severity(report: Report) -> None:
    counts = (len(report.violations), len(report.warnings), len(report.infos))
    assert counts == (2, 1, 1)
    assert not report.conforms
    assert report.summary() == "2 violations, 1 warning, 1 info"
    assert [r.severity for r in report.results] == ["Violation", "Violation", "Warning", "Info"]


def test_a_result_names_focus_path_value_message_and_file(report: Report) -> None:
    result = next(r for r in report.violations if r.path)
    assert (result.focus, result.path) == ("claim:a", "ipr:confidence")
    assert result.value == "1.30 (xsd:decimal)", "the value as it was written"
    assert dict(result.messages) == {"en": "Give at most 1.", "zh": "最多为 1。"}
    assert (result.shape, result.file) == ("shape:confident", "shapes/a.ttl")
    assert result.component == "sh:MaxInclusiveConstraintComponent"


def test_paths_are_written_as_in_sparql(report: Report) -> None:
    assert [r.path for r in report.warnings] == ["ipr:evidence / ^oa:hasSource"]
    assert [r.path for r in report.infos] == ["skos:broader*"]


def test_messages_of_queries_keep_their_language(report: Report) -> None:
    result = next(r for r in report.violations if not r.path)
    iri = "https://w3id.org/iprgraph/id/claim/a"
    assert dict(result.messages) == {"en": f"Change odd of {iri}.", "zh": "请修改odd。"}
    assert (result.shape, result.file) == ("shape:status", "shapes/b.ttl")


def test_text_is_in_one_language_or_in_all(report: Report) -> None:
    assert "Give at most 1." in report.text("en") and "最多为 1。" not in report.text("en")
    assert "最多为 1。" in report.text("zh") and "Give at most 1." not in report.text("zh")
    assert "Name the passage." in report.text("zh"), "English where there is no Chinese"
    assert "Give at most 1." in report.text() and "最多为 1。" in report.text()
    assert report.text().startswith("Violation: claim:a")
    assert "  shape: shape:confident in shapes/a.ttl" in report.text()


def test_the_report_is_the_same_each_time(report: Report) -> None:
    again = validate(reversed(turtle(DATA)), reversed(turtle(SHAPES)), FILES)
    assert again.turtle() == report.turtle()
    assert again.results == report.results


def test_the_report_is_a_shacl_report(report: Report) -> None:
    parsed = list(ox.parse(report.turtle(), ox.RdfFormat.TURTLE))
    assert dataset_hash(parsed) == dataset_hash(report.graph)
    assert sum(quad.predicate == SH.result for quad in parsed) == 4
    assert [str(q.object) for q in parsed if q.predicate == SH.conforms] == [
        '"false"^^<http://www.w3.org/2001/XMLSchema#boolean>'
    ]
    read = Report(parsed)
    assert len(read.violations) == 2, "a report can be read back"


def test_the_report_as_data(report: Report) -> None:
    document = json.loads(json.dumps(report.as_json()))
    assert (document["conforms"], document["violations"]) == (False, 2)
    assert len(document["results"]) == 4
    assert {"focus", "path", "value", "messages", "shape", "file"} <= document["results"][0].keys()


def test_data_without_faults_conform() -> None:
    found = validate(turtle("claim:a ipr:confidence 7 ."), turtle(SHAPES))
    assert found.conforms and found.text() == "" and found.results == []


def test_nothing_is_inferred_by_validation() -> None:
    data = turtle("claim:a a ipr:Odd ; ipr:confidence 7 . ipr:Odd owl:equivalentClass ipr:Claim .")
    assert validate(data, turtle(SHAPES)).conforms


def test_subclasses_are_targets_too() -> None:
    data = turtle("claim:a a ipr:Odd ; ipr:confidence 7 . ipr:Odd rdfs:subClassOf ipr:Claim .")
    assert len(validate(data, turtle(SHAPES)).violations) == 1


@pytest.mark.parametrize(
    "shape",
    [
        "shape:x a sh:PropertyShape ; sh:targetClass ipr:Claim ; sh:minCount 1 .",
        "shape:x a sh:NodeShape ; sh:targetClass ipr:Claim ; sh:minCount 1 .",
    ],
)
def test_a_malformed_shape_is_the_datas_fault(shape: str) -> None:
    with pytest.raises(DataError, match="the shapes cannot be used"):
        validate(turtle("claim:a a ipr:Claim ."), turtle(shape))


@pytest.mark.parametrize(
    ("term", "written"),
    [
        (ox.NamedNode(PREFIXES["claim"] + "x"), "claim:x"),
        (ox.NamedNode("https://other.example/x"), "<https://other.example/x>"),
        (ox.Literal("a"), '"a"'),
        (ox.Literal("a", language="en"), '"a"@en'),
        (ox.Literal(7), "7 (xsd:integer)"),
        (ox.Literal("x", datatype=ox.NamedNode("https://x.example/t")), '"x"^^<https://x.example/t>'),
        (None, ""),
    ],
)  # fmt: skip
def test_terms_are_written_for_people(term: object, written: str) -> None:
    assert write_term(term) == written


def test_the_bundled_graph_has_no_violation(release: Release) -> None:
    assert release.counts["violations"] == 0
    report = Report(ox.parse(path=release.dir / "report.ttl"))
    assert report.violations == []
    assert len(report.warnings) == release.counts["warnings"]
    assert len(report.infos) == release.counts["infos"]


def test_shapes_know_their_files() -> None:
    loaded = load(Content.bundled())
    assert len(loaded.shape_files) > 5
    for shape, name in loaded.shape_files.items():
        assert shape.startswith("https://w3id.org/iprgraph/")
        assert name.startswith("shapes/") and name.endswith(".ttl")
