"""Dumps keep every literal as it was written, and are bytes that never change without cause."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest
import rdflib
from hypothesis import given
from hypothesis import strategies as st

from iprgraph.content.loader import Content, load
from iprgraph.errors import DataError
from iprgraph.namespaces import PREFIXES, shorten
from iprgraph.rdf import jsonld
from iprgraph.rdf.canonical import canonical_quads, dataset_hash, nquads
from iprgraph.rdf.syntax import SYNTAXES, serialize, union, used_prefixes
from iprgraph.release.dumps import compress, dumps
from support.paths import SMALL_CONTENT

CONTENT = Content.at(SMALL_CONTENT)
QUADS = load(CONTENT).quads
CONTEXT = jsonld.read_context(CONTENT.context)

XSD = PREFIXES["xsd"]


def test_every_syntax_is_dumped_plain_and_gzipped() -> None:
    files = {file.name: file for file in dumps(QUADS, CONTEXT)}
    assert len(files) == 2 * len(SYNTAXES) == 12
    for syntax in SYNTAXES.values():
        plain = files[f"iprgraph.{syntax.extension}"]
        twin = files[f"iprgraph.{syntax.extension}.gz"]
        assert plain.media_type == syntax.media_type
        assert twin.media_type == "application/gzip"
        assert gzip.decompress(twin.content) == plain.content


def test_gzip_holds_no_time_and_no_name() -> None:
    header = compress(b"x" * 1000)[:10]
    assert header[:2] == b"\x1f\x8b"
    assert header[3] == 0, "no file name"
    assert header[4:8] == b"\0\0\0\0", "no time"


@pytest.mark.parametrize("name", SYNTAXES)
def test_a_syntax_reads_back_to_the_same_graph(name: str) -> None:
    syntax = SYNTAXES[name]
    again = list(ox.parse(serialize(QUADS, name), syntax.format))
    expected = QUADS if syntax.datasets else union(QUADS)
    assert len(again) == len(expected) > 50
    assert dataset_hash(again) == dataset_hash(expected)
    assert ox.RdfFormat.from_media_type(syntax.media_type) == syntax.format
    assert ox.RdfFormat.from_extension(syntax.extension) == syntax.format


@pytest.mark.parametrize("name", SYNTAXES)
def test_the_order_of_quads_does_not_matter(name: str) -> None:
    assert serialize(reversed(QUADS), name) == serialize(QUADS, name)


@pytest.mark.parametrize(
    "form",
    [
        '"042"^^xsd:integer',
        "1250.0",
        '"2021-11-09T18:03:00+08:00"^^xsd:dateTime',
        '"a\\n\\\\"@en-gb',
    ],
)
def test_a_literal_keeps_its_form_in_every_syntax(form: str) -> None:
    head = f"PREFIX xsd: <{XSD}> "
    (quad,) = ox.parse(f"{head} <urn:s> <urn:p/p> {form} .", ox.RdfFormat.TURTLE)
    for name, syntax in SYNTAXES.items():
        (again,) = ox.parse(serialize([quad], name), syntax.format)
        assert str(again.object) == str(quad.object), name
    (again,) = ox.parse(jsonld.write([quad], CONTEXT), ox.RdfFormat.JSON_LD)
    assert str(again.object) == str(quad.object)


def test_canonical_labels_do_not_depend_on_those_given() -> None:
    one = ox.parse(b"_:a <urn:p> _:b . _:b <urn:q> 1 .", ox.RdfFormat.TURTLE)
    two = ox.parse(b"_:z <urn:q> 1 . _:y <urn:p> _:z .", ox.RdfFormat.TURTLE)
    canonical = canonical_quads(one)
    assert nquads(canonical) == nquads(canonical_quads(two))
    assert b"_:c14n0 " in nquads(canonical)


def test_the_hash_is_that_of_rdfc_1_0() -> None:
    """The canonical form of the example in the specification's introduction to the algorithm."""
    text = b"_:e0 <urn:p> <urn:a> . _:e1 <urn:p> _:e0 ."
    quads = list(ox.parse(text, ox.RdfFormat.TURTLE))
    lines = sorted(nquads(canonical_quads(quads)).decode().splitlines())
    assert len(lines) == 2 and all(line.endswith(" .") for line in lines)
    assert dataset_hash(quads) == dataset_hash(reversed(quads))
    assert dataset_hash([]) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def test_only_prefixes_in_use_are_declared_and_in_order() -> None:
    text = serialize(QUADS, "turtle").decode()
    declared = [line.split()[1][:-1] for line in text.splitlines() if line.startswith("@prefix")]
    assert declared == sorted(declared) == list(used_prefixes(union(QUADS)))
    assert {"claim", "ipr", "owl", "xsd"} <= set(declared)
    assert not {"eli", "graph"} & set(declared)


def test_json_ld_is_compact_and_carries_its_context() -> None:
    document: dict[str, Any] = json.loads(jsonld.write(QUADS, CONTEXT))
    assert document["@context"].items() >= CONTEXT.items()
    assert document["@context"]["claim"] == PREFIXES["claim"]
    graphs = {graph["id"]: graph["@graph"] for graph in document["@graph"]}
    assert list(graphs) == sorted(graphs, key=lambda name: f"<{_expand(name)}>")
    nodes = {node["id"]: node for node in graphs["graph:article/school-news"]}
    claim = nodes["claim:school-opens"]
    assert claim["type"] == "ipr:Claim"
    assert claim["source"] == "article:school-news", "a term that coerces to an IRI"
    assert claim["saidOn"] == "2021-11-09", "a term that coerces to a datatype"
    assert claim["nameInChinese"] == "一所学校开学。", "a term that coerces to a language"
    assert claim["skos:prefLabel"] == {"@language": "en", "@value": "A school opens."}
    assert nodes["selector:opens"]["oa:start"] == {"@type": "xsd:integer", "@value": "11"}
    rooms = {node["id"]: node for node in graphs["claim:school-rooms"]}["organization:school"]
    assert rooms["schema:numberOfRooms"]["@value"] == "042"
    assert rooms["note"]["@language"] == "en-gb"


def _expand(name: str) -> str:
    prefix, _, rest = name.partition(":")
    return PREFIXES[prefix] + rest


@pytest.mark.filterwarnings("ignore::DeprecationWarning:rdflib")
def test_rdflib_reads_the_json_ld_too() -> None:
    dataset = rdflib.Dataset()
    dataset.parse(data=jsonld.write(QUADS, CONTEXT), format="json-ld")
    named = [graph for graph in dataset.graphs() if len(graph)]
    assert len(named) == len({quad.graph_name for quad in QUADS})
    assert sum(len(graph) for graph in named) == len(QUADS)


@pytest.mark.parametrize(
    "odd",
    [
        {"@language": "de"},
        {"@vocab": PREFIXES["ipr"]},
        {"note": {"@id": "skos:note", "@type": "xsd:date"}},
        {"note": {"@id": "skos:note", "@container": "@set"}},
        {"skos:note": {"@id": "skos:note", "@type": "@id"}},
        {"source": {"@reverse": "ipr:source"}},
    ],
)
def test_an_odd_context_does_not_change_the_data(odd: dict[str, Any]) -> None:
    assert len(list(dumps(QUADS, CONTEXT | odd))) == 12
    again = ox.parse(jsonld.write(QUADS, CONTEXT | odd), ox.RdfFormat.JSON_LD)
    assert dataset_hash(again) == dataset_hash(QUADS)


@pytest.mark.parametrize(
    "wrong",
    [{"ipr:saidOn": {"@id": "ipr:other"}}, {"note": {"@id": "skos:note", "@type": "no type"}}],
)
def test_a_context_that_cannot_be_used_stops_the_dump(wrong: dict[str, Any]) -> None:
    with pytest.raises(DataError, match=r"ontology/context\.jsonld"):
        list(dumps(QUADS, CONTEXT | wrong))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "line 1, column 2"),
        ("[]", "a context is an object"),
        ('{"@context": "x"}', "an object"),
    ],
)
def test_a_broken_context_is_named(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "context.jsonld"
    path.write_text(text)
    with pytest.raises(DataError, match=f"context.jsonld.*{message}"):
        jsonld.read_context(path)


IRIS = st.sampled_from(
    [PREFIXES["claim"] + "a", PREFIXES["ipr"] + "source", PREFIXES["ipr"] + "saidOn", PREFIXES["skos"] + "prefLabel",
     PREFIXES["skos"] + "note", "https://x.example//y", "urn:a:b", PREFIXES["claim"], PREFIXES["claim"] + "/x"]
)  # fmt: skip
NODES = IRIS.map(ox.NamedNode)
LITERALS = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=5).map(ox.Literal),
    st.builds(lambda v, t: ox.Literal(v, language=t), st.sampled_from(["", "a", "主"]), st.sampled_from(["en", "zh"])),
    st.builds(lambda v, t: ox.Literal(v, datatype=ox.NamedNode(XSD + t)), st.sampled_from(["1", "2021-11-09", "x"]), st.sampled_from(["date", "integer", "boolean", "string"])),
)  # fmt: skip
BLANK = st.sampled_from([ox.BlankNode("b0"), ox.BlankNode("b1")])
TYPE = ox.NamedNode(PREFIXES["rdf"] + "type")
RANDOM = st.builds(
    ox.Quad,
    st.one_of(NODES, BLANK),
    st.one_of(NODES, st.just(TYPE)),
    st.one_of(NODES, LITERALS, BLANK),
    st.one_of(NODES, st.just(ox.DefaultGraph())),
)


@given(st.lists(RANDOM, max_size=8))
def test_any_dataset_survives_json_ld(quads: list[ox.Quad]) -> None:
    quads = list(dict.fromkeys(quads))
    again = ox.parse(jsonld.write(quads, CONTEXT), ox.RdfFormat.JSON_LD)
    assert dataset_hash(again) == dataset_hash(quads)


@pytest.mark.parametrize(
    ("iri", "short"),
    [
        (PREFIXES["claim"] + "x", "claim:x"),
        (PREFIXES["claim"], f"<{PREFIXES['claim']}>"),
        ("https://w3id.org/iprgraph/graph/article/x", "graph:article/x"),
        ("https://other.example/", "<https://other.example/>"),
    ],
)
def test_iris_are_shortened(iri: str, short: str) -> None:
    assert shorten(iri) == short


def test_namespaces_end_where_names_begin() -> None:
    assert [namespace for namespace in PREFIXES.values() if namespace[-1] not in "/#"] == []
