"""A release describes itself truly, and verification names whatever is not as it was made."""

from __future__ import annotations

import hashlib
import json
import subprocess
import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pyoxigraph as ox
import pytest
import rdflib
from rdflib import XSD
from rdflib.compare import isomorphic

import iprgraph
from iprgraph.content.loader import Content
from iprgraph.errors import ReleaseError, UsageError
from iprgraph.namespaces import DCAT, DOWNLOADS, RDF, SPDX, VOID
from iprgraph.rdf.canonical import dataset_hash, graph_hashes
from iprgraph.rdf.rdflib_bridge import Bridge
from iprgraph.rdf.syntax import union
from iprgraph.release.build import build
from iprgraph.release.release import Release
from iprgraph.release.verify import verify
from iprgraph_server.workers.jobs import Query
from support.hosting import pool


@pytest.fixture
def small_release(small_content: Path, tmp_path: Path) -> Release:
    """Return a release of the small content, to be changed at will."""
    return build(Content.at(small_content), tmp_path / "out")


@pytest.fixture
def downloads_url(small_release: Release) -> Iterator[str]:
    """Serve the small release as a publisher does, under /downloads/."""
    web = small_release.dir.parents[1] / "web"
    web.mkdir()
    (web / "downloads").symlink_to(small_release.dir)

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(web)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_fresh_release_is_what_its_manifest_says(release: Release) -> None:
    found = verify(release.dir)
    assert (found.problems, found.ok) == ([], True)
    assert (found.release_id, found.files) == (release.id, 48)
    assert found.graphs == release.counts["graphs"] == len(release.manifest["graphs"])
    assert verify(release.dir.parent).ok, "a folder of releases stands for its current one"


def test_the_checksums_are_those_of_common_tools(release: Release) -> None:
    checked = subprocess.run(
        ["sha256sum", "--check", "--strict", "SHA256SUMS"], cwd=release.dir, capture_output=True, text=True
    )  # fmt: skip
    assert checked.returncode == 0
    assert checked.stdout.count(": OK\n") == 49


def test_a_release_of_a_former_version_is_read_verified_and_served(small_release: Release) -> None:
    """Such a release has a folder of the engine beside its files."""
    store = ox.Store(small_release.dir / "store")
    store.bulk_extend(small_release.quads())
    store.flush()
    del store
    assert verify(small_release.dir).problems == []
    assert len(Release.open(small_release.dir).quads()) == small_release.counts["quads"]
    count = "SELECT (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } }"
    assert (
        iprgraph.open(small_release.dir).select(count).rows[0][0] == small_release.counts["quads"]
    )
    with pool(small_release.dir) as served:
        answer = served.run(Query(count, format="csv")).body
    assert int(answer.split()[1]) == small_release.counts["quads"]


def _append(name: str) -> Callable[[Path], object]:
    def spoil(folder: Path) -> None:
        with (folder / name).open("ab") as file:
            file.write(b"\n")

    return spoil


def _rewrite(name: str, old: str, new: str) -> Callable[[Path], object]:
    def spoil(folder: Path) -> None:
        text = (folder / name).read_text("utf-8")
        assert old in text
        (folder / name).write_text(text.replace(old, new), "utf-8")

    return spoil


ALTERATIONS = {
    "altered": (_append("iprgraph.ttl"), ["iprgraph.ttl was altered"]),
    "missing": (lambda folder: (folder / "void.ttl").unlink(), ["void.ttl is missing"]),
    "added": (lambda folder: (folder / "extra.txt").write_text(""), ["extra.txt was added"]),
    "no sums": (lambda folder: (folder / "SHA256SUMS").unlink(), ["SHA256SUMS is missing"]),
    "sums": (_append("SHA256SUMS"), ["SHA256SUMS and manifest.json do not agree"]),
    "manifest": (
        _rewrite("manifest.json", "A dataset for tests", "Another dataset"),
        ["SHA256SUMS and manifest.json do not agree"],
    ),
    "one graph": (
        _rewrite("iprgraph.nq", '"It has rooms."@en', '"It has no rooms."@en'),
        [
            "iprgraph.nq was altered",
            "the dataset does not have the hash",
            "the graph graph:article/school-news was altered",
            "the graph graph:inferred was altered",
        ],
    ),
    "not readable": (
        lambda folder: (folder / "iprgraph.nq").write_text("nonsense"),
        ["iprgraph.nq was altered", "iprgraph.nq cannot be read"],
    ),
    "id": (
        _rewrite("manifest.json", '"id": "1.2.3-', '"id": "1.2.4-'),
        ["SHA256SUMS and manifest.json do not agree", "the id 1.2.4-"],
    ),
}


@pytest.mark.parametrize("name", ALTERATIONS)
def test_verification_names_what_was_altered(small_release: Release, name: str) -> None:
    spoil, expected = ALTERATIONS[name]
    spoil(small_release.dir)
    problems = verify(small_release.dir).problems
    if name == "one graph":
        problems = [p for p in problems if "inferred" not in p] + [
            p for p in problems if "inferred" in p
        ]
        expected = [e for e in expected if "inferred" not in e] + [
            e for e in expected if "inferred" in e
        ]
    assert len(problems) == len(expected), problems
    for problem, start in zip(problems, expected, strict=True):
        assert problem.startswith(start)


def test_a_release_is_verified_over_http(small_release: Release, downloads_url: str) -> None:
    for address in (
        downloads_url,
        f"{downloads_url}/",
        f"{downloads_url}/downloads",
        f"{downloads_url}/downloads/manifest.json",
    ):
        found = verify(address)
        assert (found.problems, found.release_id, found.files) == ([], small_release.id, 24)
    (small_release.dir / "iprgraph.rdf").unlink()
    _append("report.ttl")(small_release.dir)
    assert verify(downloads_url).problems == ["iprgraph.rdf is missing", "report.ttl was altered"]
    (small_release.dir / "manifest.json").unlink()
    with pytest.raises(ReleaseError, match="offers no release"):
        verify(downloads_url)


def test_an_address_that_does_not_answer_is_the_callers_mistake() -> None:
    with pytest.raises(UsageError, match=r"cannot fetch http://127\.0\.0\.1:9/"):
        verify("http://127.0.0.1:9/")


def test_a_folder_without_a_release_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(ReleaseError, match="iprgraph build --out"):
        Release.open(tmp_path)
    with pytest.raises(ReleaseError, match="is not a release"):
        verify(tmp_path)
    (tmp_path / "manifest.json").write_text("{}")
    with pytest.raises(ReleaseError, match=r"no readable manifest\.json"):
        Release.open(tmp_path)
    with pytest.raises(ReleaseError, match="is not that of a release"):
        verify(tmp_path)


def test_the_manifest_has_the_hash_of_every_graph(release: Release) -> None:
    quads = release.quads()
    assert dataset_hash(quads) == release.manifest["dataset_hash"]
    given = {n: (g["hash"], g["triples"]) for n, g in release.manifest["graphs"].items()}
    assert given == graph_hashes(quads)


def test_the_datasets_syntaxes_all_hold_the_same_dataset(release: Release) -> None:
    hashes = {
        extension: dataset_hash(ox.parse(path=release.dir / f"iprgraph.{extension}"))
        for extension in ("trig", "nq", "jsonld")
    }
    assert set(hashes.values()) == {release.manifest["dataset_hash"]}, hashes


def test_the_graph_syntaxes_all_hold_the_union(release: Release) -> None:
    expected = dataset_hash(union(release.quads()))
    for extension in ("ttl", "nt", "rdf"):
        assert dataset_hash(ox.parse(path=release.dir / f"iprgraph.{extension}")) == expected


def test_the_turtle_is_the_same_graph_for_rdflib_and_oxigraph(
    release: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rdflib, "NORMALIZE_LITERALS", False)
    path = release.dir / "iprgraph.ttl"
    by_rdflib = rdflib.Graph().parse(path, format="turtle")
    by_oxigraph = Bridge().graph(ox.parse(path=path))
    assert len(by_rdflib) == len(by_oxigraph) > 1000
    assert isomorphic(by_rdflib, by_oxigraph)


def test_void_describes_the_dumps_truly(release: Release) -> None:
    graph = rdflib.Graph().parse(release.dir / "void.ttl", format="turtle")

    def iri(term: ox.NamedNode) -> rdflib.URIRef:
        return rdflib.URIRef(term.value)

    (dataset,) = graph.subjects(iri(RDF.type), iri(DCAT.Dataset))
    assert str(dataset) == release.manifest["dataset"]
    files = release.manifest["files"]
    dumps = {name for name in files if name.startswith("iprgraph.")}
    assert len(dumps) == 12
    assert set(graph.objects(dataset, iri(DCAT.distribution))) == {iri(DOWNLOADS[n]) for n in dumps}
    assert set(graph.objects(dataset, iri(VOID.dataDump))) == {iri(DOWNLOADS[n]) for n in dumps}
    for name in dumps:
        size = graph.value(iri(DOWNLOADS[name]), iri(DCAT.byteSize))
        assert size.datatype == XSD.nonNegativeInteger  # type: ignore[union-attr]
        assert int(size) == files[name]["bytes"] == (release.dir / name).stat().st_size  # type: ignore[arg-type]
        checksum = graph.value(iri(DOWNLOADS[name]), iri(SPDX.checksum))
        value = str(graph.value(checksum, iri(SPDX.checksumValue)))
        assert value == hashlib.sha256((release.dir / name).read_bytes()).hexdigest()


def test_void_counts_are_those_of_queries(release: Release) -> None:
    void = ox.Store()
    void.bulk_load(path=release.dir / "void.ttl")
    data = ox.Store()
    data.bulk_load(path=release.dir / "iprgraph.ttl")

    def rows(store: ox.Store, query: str) -> set[tuple[str, ...]]:
        prefix = "PREFIX void: <http://rdfs.org/ns/void#> "
        return {tuple(str(term) for term in row) for row in store.query(prefix + query)}  # type: ignore[union-attr]

    counted = rows(data, "SELECT ?c (COUNT(DISTINCT ?s) AS ?n) { ?s a ?c } GROUP BY ?c")
    assert rows(void, "SELECT ?c ?n { ?part void:class ?c ; void:entities ?n }") == counted
    counted = rows(data, "SELECT ?p (COUNT(*) AS ?n) { ?s ?p ?o } GROUP BY ?p")
    assert (
        rows(
            void,
            "SELECT ?p ?n { ?d void:properties ?all ; void:propertyPartition ?part . "
            "?part void:property ?p ; void:triples ?n }",
        )
        == counted
    )
    assert len(counted) > 50
    (total,) = rows(void, "SELECT ?n { ?d void:triples ?n ; void:classes ?c }")
    assert total == (str(ox.Literal(len(data))),)


def test_search_engines_get_a_dataset(release: Release) -> None:
    document = json.loads((release.dir / "dataset.jsonld").read_text("utf-8"))
    assert (document["@type"], document["@context"]) == ("Dataset", "https://schema.org/")
    assert {name["@language"] for name in document["name"]} == {"en", "zh"}
    assert document["version"] == release.manifest["version"]
    assert len(document["distribution"]) == 12
    assert document["license"] and document["description"]


def test_ontology_and_shapes_come_as_files(release: Release) -> None:
    quads = release.quads()
    for name, graphs in (
        ("ontology.ttl", ("ontology", "alignment", "concepts")),
        ("shapes.ttl", ("shapes",)),
    ):
        part = [q for q in quads if q.graph_name.value.rsplit("/graph/")[-1] in graphs]  # type: ignore[union-attr]
        assert part
        assert dataset_hash(ox.parse(path=release.dir / name)) == dataset_hash(union(part))
