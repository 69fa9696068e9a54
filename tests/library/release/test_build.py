"""A build makes a whole release or none, and the same content always makes the same bytes."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from iprgraph.content.loader import Content, load
from iprgraph.errors import DataError, Inconsistency, ShapesViolated, SyntaxProblem
from iprgraph.release.build import build
from iprgraph.release.release import Release

FILES = [
    "SHA256SUMS", "context.jsonld", "dataset.jsonld",
    "iprgraph.jsonld", "iprgraph.jsonld.gz", "iprgraph.nq", "iprgraph.nq.gz",
    "iprgraph.nt", "iprgraph.nt.gz", "iprgraph.rdf", "iprgraph.rdf.gz",
    "iprgraph.trig", "iprgraph.trig.gz", "iprgraph.ttl", "iprgraph.ttl.gz",
    "linksets.sssom.tsv",
    "manifest.json", "nanopubs.trig", "nanopubs.trig.gz", "ontology.ttl", "report.ttl", "search.db",
    "shapes.ttl", "void.ttl",
]  # fmt: skip

#: The linkset of the small content, whose one asserted link leads to Wikidata.
LINKSET = ["linkset-wikidata.sssom.tsv", "linkset-wikidata.ttl"]

NEWS = "graph/data/article/school-news.trig"


def spoil(content: Path, name: str, old: str, new: str) -> None:
    """Replace a text that is in a file of the content."""
    path = content / name
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


def names(out: Path) -> list[str]:
    return sorted(path.name for path in out.iterdir())


def test_a_release_has_its_files_and_its_manifest(small_content: Path, tmp_path: Path) -> None:
    steps: list[str] = []
    release = build(Content.at(small_content), tmp_path / "out", steps.append)
    assert names(release.dir) == sorted([*FILES, *LINKSET])
    assert [step.split()[0] for step in steps] == [
        "parsing", "inferring", "validating", "writing", "indexing", "describing"
    ]  # fmt: skip
    manifest = release.manifest
    assert manifest["id"] == f"1.2.3-{manifest['dataset_hash'][:12]}" == release.id
    assert (manifest["version"], manifest["issued"]) == ("1.2.3", "2021-11-30")
    assert manifest["title"] == "A dataset for tests"
    assert set(manifest["files"]) == {*FILES, *LINKSET} - {"SHA256SUMS", "manifest.json"}
    counts = manifest["counts"]
    assert (counts["claims"], counts["violations"], counts["warnings"]) == (3, 0, 0)
    assert counts["asserted"] + counts["inferred"] == counts["quads"] == len(release.quads())
    assert counts["quads"] == sum(graph["triples"] for graph in manifest["graphs"].values())
    assert counts["graphs"] == len(manifest["graphs"]) == 9
    assert (tmp_path / "out/current").resolve() == release.dir.resolve()


def test_the_bundled_content_builds_the_same_bytes_anywhere(
    release: Release, tmp_path: Path
) -> None:
    """Two more builds, in other folders, processes, locales, time zones and hash orders."""
    surroundings = (
        {"PYTHONHASHSEED": "1", "LC_ALL": "C", "TZ": "Asia/Shanghai"},
        {"PYTHONHASHSEED": "2", "LC_ALL": "C.UTF-8", "TZ": "America/New_York"},
    )
    for i, environment in enumerate(surroundings):
        out = tmp_path / f"folder {i}"
        made = subprocess.run(
            [sys.executable, "-m", "iprgraph", "build", "--quiet", "--out", str(out)],
            env={"PATH": "/usr/bin:/bin", "PYTHONPATH": ":".join(sys.path), **environment},
            capture_output=True,
            text=True,
            encoding="utf-8",
        )
        assert made.returncode == 0, made.stderr
        other = Release.open(out)
        assert other.id == release.id
        assert names(other.dir) == names(release.dir)
        assert {*FILES, *LINKSET} <= set(names(release.dir))
        for name in names(release.dir):
            assert (other.dir / name).read_bytes() == (release.dir / name).read_bytes(), name


def test_building_again_finds_the_release_there(small_content: Path, tmp_path: Path) -> None:
    first = build(Content.at(small_content), tmp_path / "out")
    before = (first.dir / "manifest.json").stat().st_mtime_ns
    again = build(Content.at(small_content), tmp_path / "out")
    assert (first.existed, again.existed) == (False, True)
    assert again.id == first.id
    assert (again.dir / "manifest.json").stat().st_mtime_ns == before


def test_a_release_that_was_altered_is_not_taken_for_built(
    small_content: Path, tmp_path: Path
) -> None:
    release = build(Content.at(small_content), tmp_path / "out")
    (release.dir / "iprgraph.ttl").write_text("# nothing\n")
    with pytest.raises(DataError, match=r"iprgraph\.ttl was altered.*Remove the folder"):
        build(Content.at(small_content), tmp_path / "out")


def test_a_new_release_becomes_current_beside_the_old(small_content: Path, tmp_path: Path) -> None:
    first = build(Content.at(small_content), tmp_path / "out")
    spoil(small_content, NEWS, '"A school opens."', '"A school opens its doors."')
    second = build(Content.at(small_content), tmp_path / "out")
    assert names(tmp_path / "out") == sorted([first.id, second.id, "current"])
    assert Release.open(tmp_path / "out").id == second.id != first.id
    assert build(Content.at(small_content), tmp_path / "out").id == second.id


@pytest.mark.parametrize(
    ("old", "new", "line", "column", "expected"),
    [
        ("a ipr:Organization ;", "a extra:Organization ;", 15, 27, "an @prefix line for it was expected"),
        ('"Hill School"@en ,', '"Hill School"@en "x" ,', 16, 41, "';' or ','"),
        ("claim:school-opens {", "claim:school-opens ", 15, 25, "an object was expected"),
        ("@en-GB .\n}", "@en-GB .\n", 24, 19, "a predicate was expected"),
    ],
)  # fmt: skip
def test_a_syntax_error_is_shown_at_its_place(
    small_content: Path, tmp_path: Path, old: str, new: str, line: int, column: int, expected: str
) -> None:
    spoil(small_content, NEWS, old, new)
    with pytest.raises(SyntaxProblem) as caught:
        build(Content.at(small_content), tmp_path / "out")
    error = caught.value
    assert (error.file, error.line, error.column) == (NEWS, line, column), str(error)
    assert expected in error.expected and error.expected
    shown, caret = str(error).split("\n")[1:]
    assert shown.strip() == (small_content / NEWS).read_text("utf-8").split("\n")[line - 1].strip()
    assert caret.index("^") == 4 + column - 1


def test_the_old_release_stays_when_a_file_is_broken(
    small_content: Path, tmp_path: Path, iprgraph: object
) -> None:
    out = tmp_path / "out"
    release = build(Content.at(small_content), out)
    spoil(small_content, "ontology/alignment.ttl", "prov:Agent .", "prov:Agent")
    failed = iprgraph("build", "--content", small_content, "--out", out)  # type: ignore[operator]
    assert failed.returncode == 1
    assert "ontology/alignment.ttl, line 8, column" in failed.stderr
    assert "Traceback" not in failed.stderr
    assert names(out) == sorted([release.id, "current"])
    assert Release.open(out).id == release.id


def test_a_violation_stops_the_build_and_is_told_in_words(
    small_content: Path, tmp_path: Path
) -> None:
    spoil(
        small_content,
        NEWS,
        "ipr:source article:school-news ;\n        ipr:attributedTo",
        "ipr:attributedTo",
    )
    with pytest.raises(ShapesViolated) as caught:
        build(Content.at(small_content), tmp_path / "out")
    text = str(caught.value)
    for part in (
        "1 violation",
        "claim:school-part",
        "ipr:source",
        "Name the source of the claim",
        "请用 ipr:source",
        "shape:claim-source in shapes/claims.ttl",
    ):
        assert part in text, part
    assert not (tmp_path / "out").exists()


def test_a_warning_is_kept_in_the_report(small_content: Path, tmp_path: Path) -> None:
    spoil(small_content, NEWS, '        skos:prefLabel "It has rooms."@en ;\n', "")
    release = build(Content.at(small_content), tmp_path / "out")
    assert release.counts["warnings"] == 1
    report = (release.dir / "report.ttl").read_text("utf-8")
    assert "sh:conforms false" in report
    assert "should have a label, for it says 2021-11-09" in report


def test_a_contradiction_stops_the_build(small_content: Path, tmp_path: Path) -> None:
    spoil(small_content, NEWS, "a ipr:Organization ;", "a ipr:Organization , ipr:Person ;")
    with pytest.raises(Inconsistency) as caught:
        build(Content.at(small_content), tmp_path / "out")
    assert "Nothing is both an ipr:Organization and an ipr:Person. (cax-dw)" in str(caught.value)
    assert "organization:school" in str(caught.value)
    assert "claim:school-opens" in str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("ipr:partOf organization:district ;", "ipr:partOf [ ] ;", "blank node"),
        ("claim:school-opens {", "claim:School {", "cannot name a graph"),
        ("claim:school-opens {", "<https://other.example/> {", "cannot name a graph"),
        ("claim:school-opens {", "claim:a skos:note 'x' . claim:school-opens {", "in no graph"),
    ],
)
def test_data_out_of_place_is_refused(
    small_content: Path, old: str, new: str, message: str
) -> None:
    spoil(small_content, NEWS, old, new)
    with pytest.raises(DataError, match=message) as caught:
        load(Content.at(small_content))
    assert NEWS in str(caught.value)


def test_a_dataset_without_a_version_is_refused(small_content: Path, tmp_path: Path) -> None:
    spoil(small_content, "graph/data/dataset.trig", 'dcat:version "1.2.3" ', "")
    with pytest.raises(DataError, match=r"dataset\.trig.*dcat#version"):
        build(Content.at(small_content), tmp_path / "out")


def build_command(content: Path, out: Path) -> list[str]:
    """Return the command that builds a release in a process of its own."""
    return [
        sys.executable,
        *["-m", "iprgraph", "build", "--content"],
        str(content),
        "--out",
        str(out),
    ]


def test_builders_at_the_same_time_make_one_release(small_content: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    with ThreadPoolExecutor(3) as pool:
        made = list(
            pool.map(
                lambda _: subprocess.run(
                    build_command(small_content, out), capture_output=True, text=True
                ),
                range(3),
            )
        )
    assert [one.returncode for one in made] == [0, 0, 0], [one.stderr for one in made]
    assert len({one.stdout.split()[1] for one in made}) == 1
    release = Release.open(out)
    assert names(out) == sorted([release.id, "current"])
    assert len(release.quads()) == release.counts["quads"]


def test_a_killed_build_leaves_nothing_to_be_seen(small_content: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    with subprocess.Popen(
        build_command(small_content, out), stderr=subprocess.PIPE, text=True
    ) as builder:
        assert builder.stderr is not None
        for line in builder.stderr:
            if "writing dumps" in line:
                builder.send_signal(signal.SIGKILL)
                break
    assert builder.returncode == -signal.SIGKILL
    assert [name for name in names(out) if not name.startswith(".")] == []
    assert build(Content.at(small_content), out).counts["claims"] == 3


def test_the_manifest_says_nothing_of_when_or_where_it_was_made(release: Release) -> None:
    text = (release.dir / "manifest.json").read_text("utf-8")
    assert str(release.dir.parent) not in text
    assert set(json.loads(text)) == {
        "creators", "id", "version", "issued", "title", "dataset", "dataset_hash", "counts",
        "graphs", "files",
    }  # fmt: skip
