"""Linksets: every asserted link out, with how it was found, how sure it is, and who says so."""

from __future__ import annotations

import re
import warnings
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest

from iprgraph.namespaces import BASE, CLAIMS, IPR, OWL, RDF, RDFS, VOID
from iprgraph.release.link_targets import target_of
from iprgraph.release.linksets import LINKS, LINKSETS, SSSOM
from iprgraph.release.release import Release
from iprgraph.store.engine import Engine
from support.links import NUMBERS
from support.paths import DOCS

#: What has no verified identifier in these, and must have no link there.
NO_WIKIDATA = (
    "organization/ministry-of-foreign-affairs", "organization/global-times",
    "organization/china-media-group", "organization/vcg", "organization/cnipa",
    "person/wang-wenbin", "person/daren-tang", "indicator/global-innovation-index",
    "treaty/", "law/", "plan/",
)  # fmt: skip


def triples(release: Release, slug: str) -> set[ox.Triple]:
    return {quad.triple for quad in ox.parse(path=release.dir / f"linkset-{slug}.ttl")}


def rows(path: Path) -> list[dict[str, str]]:
    """Read a table: what follows the metadata."""
    lines = [line for line in path.read_text("utf-8").splitlines() if not line.startswith("#")]
    head, *body = (line.split("\t") for line in lines)
    return [dict(zip(head, row, strict=True)) for row in body]


def local(term: Any) -> str:
    return term.value.rsplit("/")[-1].rsplit("#")[-1]  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
def sssom() -> Iterator[Any]:
    """Import the reference library, which warns of a pandas option that it sets itself."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import sssom.parsers
        import sssom.validators

        yield sssom


def test_there_is_a_linkset_for_each_dataset_with_all_its_links(release: Release) -> None:
    asserted = {
        quad.triple
        for quad in release.quads()
        if quad.predicate in LINKS
        and (
            quad.graph_name.value.startswith(CLAIMS)  # type: ignore[union-attr]
            or (quad.graph_name.value.endswith("/alignment") and "Match" in quad.predicate.value)  # type: ignore[union-attr]
        )
        and not quad.object.value.startswith(BASE)  # type: ignore[union-attr]
    }
    found = set()
    for slug, numbers in NUMBERS.items():
        held = {
            triple
            for triple in triples(release, slug)
            if triple.predicate in LINKS and triple.subject not in LINKSETS
        }
        assert Counter(local(triple.predicate) for triple in held) == numbers, slug
        assert {target_of(triple.object.value).slug for triple in held} == {slug}  # type: ignore[union-attr]
        found |= held
    assert found == asserted and len(found) == sum(sum(n.values()) for n in NUMBERS.values())
    files = {name for name in release.manifest["files"] if name.startswith("linkset-")}
    assert files == {f"linkset-{slug}{end}" for slug in NUMBERS for end in (".ttl", ".sssom.tsv")}


def test_each_link_tells_method_confidence_source_and_claim(release: Release) -> None:
    store = ox.Store()
    store.bulk_extend(release.quads())
    count = 0
    for slug in NUMBERS:
        told: dict[object, dict[str, object]] = {}
        for triple in triples(release, slug):
            told.setdefault(triple.subject, {})[local(triple.predicate)] = triple.object
        for node, about in told.items():
            if about.get("type") != ox.NamedNode(f"{OWL.iri}Axiom"):
                continue
            count += 1
            assert node in LINKSETS
            assert 0 < float(about["confidence"].value) <= 1  # type: ignore[attr-defined]
            claim = about.get("seeAlso")
            if claim is None:
                assert about["mapping_source"] == ox.NamedNode(f"{BASE}ontology")
                continue
            link = [about[f"annotated{part}"] for part in ("Source", "Property", "Target")]
            assert ox.Quad(*link, claim) in store  # type: ignore[arg-type]
            (source,) = (q.object for q in store.quads_for_pattern(claim, IPR.source, None))  # type: ignore[arg-type]
            (basis,) = (q.object for q in store.quads_for_pattern(claim, IPR.basis, None))  # type: ignore[arg-type]
            assert about["mapping_source"] == source
            derived = basis.value.endswith("/inferred")  # type: ignore[union-attr]
            assert local(about["mapping_justification"]) == (
                "MappingChaining" if derived else "ManualMappingCuration"
            )
            if derived:
                assert about["annotatedProperty"] == RDFS.seeAlso
    assert count == 72


def test_identity_is_never_claimed_and_no_unverified_link_is_made(release: Release) -> None:
    table = rows(release.dir / "linksets.sssom.tsv")
    assert {row["predicate_id"] for row in table} == {
        "skos:exactMatch", "skos:closeMatch", "rdfs:seeAlso", "foaf:isPrimaryTopicOf"
    }  # fmt: skip
    linked = {
        row["subject_id"].replace(":", "/") for row in table if row["object_id"].startswith("wd:")
    }
    assert len(linked) == 16
    assert [name for name in linked for bad in NO_WIKIDATA if name.startswith(bad)] == []
    assert not [row for row in table if row["object_id"].startswith(("viaf", "gnd"))]


def test_void_describes_each_linkset_with_its_count(release: Release) -> None:
    store = ox.Store()
    store.bulk_load(path=release.dir / "void.ttl")
    for slug, numbers in NUMBERS.items():
        node = LINKSETS[slug]
        assert ox.Quad(node, RDF.type, VOID.Linkset) in store, slug
        assert ox.Quad(node, VOID.triples, ox.Literal(sum(numbers.values()))) in store
        assert list(store.quads_for_pattern(None, VOID.subset, node))
        parts = [q.object for q in store.quads_for_pattern(node, VOID.subset, None)]
        given = {}
        for part in parts or [node]:
            (predicate,) = (
                q.object for q in store.quads_for_pattern(part, VOID.linkPredicate, None)
            )  # type: ignore[arg-type]
            (total,) = (q.object for q in store.quads_for_pattern(part, VOID.triples, None))  # type: ignore[arg-type]
            given[local(predicate)] = int(total.value)  # type: ignore[union-attr]
        assert given == numbers


@pytest.mark.parametrize("slug", [*NUMBERS, ""])
def test_each_table_is_valid_sssom(release: Release, sssom: Any, slug: str) -> None:
    kinds = sssom.constants.SchemaValidationType
    name = f"linkset-{slug}.sssom.tsv" if slug else "linksets.sssom.tsv"
    path = release.dir / name
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        read = sssom.parsers.parse_sssom_table(path)
        reports = sssom.validators.validate(
            read, [kinds.JsonSchema, kinds.PrefixMapCompleteness, kinds.StrictCurieFormat]
        )
    assert [report.results for report in reports.values()] == [[], [], []]
    assert len(read.df) == len(rows(path))
    assert read.metadata["mapping_set_id"] == f"{LINKSETS.iri}{slug}#mappings"
    assert read.metadata["license"] == "https://creativecommons.org/licenses/by/4.0/"
    assert list(read.df["mapping_justification"].isna()) == [False] * len(read.df)


def test_a_table_that_lacks_a_justification_is_not_valid(
    release: Release, sssom: Any, tmp_path: Path
) -> None:
    text = (release.dir / "linkset-ror.sssom.tsv").read_text("utf-8")
    broken = tmp_path / "broken.sssom.tsv"
    broken.write_text(text.replace("semapv:ManualMappingCuration", "semapv:Guessing"), "utf-8")
    kinds = sssom.constants.SchemaValidationType
    with warnings.catch_warnings(), pytest.raises(Exception, match="validation error"):
        warnings.simplefilter("ignore")
        sssom.validators.validate(sssom.parsers.parse_sssom_table(broken), [kinds.JsonSchema])


@pytest.mark.parametrize("slug", ["dbpedia", "wikidata-properties"])
def test_the_rdf_says_what_the_table_says(release: Release, sssom: Any, slug: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from_rdf = sssom.parsers.parse_sssom_rdf(str(release.dir / f"linkset-{slug}.ttl"))
    columns = ["predicate_id", "mapping_justification"]
    table = rows(release.dir / f"linkset-{slug}.sssom.tsv")
    assert Counter(map(tuple, from_rdf.df[columns].values.tolist())) == Counter(
        tuple(row[column] for column in columns) for row in table
    )
    assert sorted(from_rdf.df["confidence"]) == sorted(float(row["confidence"]) for row in table)


def test_links_are_named_apart(release: Release) -> None:
    mappings = [
        triple.object
        for slug in NUMBERS
        for triple in triples(release, slug)
        if triple.predicate == SSSOM["mappings"]
    ]
    assert len(mappings) == len(set(mappings)) == 72


def test_a_query_is_carried_over_to_wikidata_by_the_linksets(release: Release) -> None:
    """Put into the first query of the document what the linksets have; the second comes out."""
    text = (DOCS / "linked-data.md").read_text("utf-8")
    ours, theirs = re.findall(r"```sparql\n(.*?)```", text, re.S)
    table = rows(release.dir / "linksets.sssom.tsv")
    pairs = {
        row["subject_id"]: row["object_id"]
        for row in table
        if row["object_id"].startswith(("wd:", "wdt:"))
    }
    carried = re.sub(r"[\w-]+:[\w-]+", lambda name: pairs.get(name[0], name[0]), ours)
    assert carried == theirs != ours
    found = Engine.load(release.dir / "iprgraph.nq").query(ours, format="csv").body.decode()
    assert f"{BASE}id/organization/cnipa" in found


def test_targets_name_the_property_that_has_their_identifiers(release: Release) -> None:
    named = {
        slug: [t.object.value.rpartition("/")[2] for t in triples(release, slug)
               if t.subject == LINKSETS[f"{slug}#target"] and t.predicate == RDFS.seeAlso]
        for slug in ("geonames", "ror", "isni", "eurovoc", "dbpedia")
    }  # fmt: skip
    assert named == {
        "geonames": ["P1566"], "ror": ["P6782"], "isni": ["P213"], "eurovoc": ["P5437"],
        "dbpedia": [],
    }  # fmt: skip
