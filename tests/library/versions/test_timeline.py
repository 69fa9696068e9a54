"""Releases in time: their order, which was current when, what each says of a thing, and the difference."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pyoxigraph as ox
import pytest
import rdflib

from iprgraph.errors import ReleaseError
from iprgraph.namespaces import BASE
from iprgraph.rdf.canonical import dataset_hash
from iprgraph.rdf.sorted_nquads import is_asserted, names_of, quads_of
from iprgraph.release.release import Release
from iprgraph.versions.diff import diff, diff_text
from iprgraph.versions.rdf_patch import compare
from iprgraph.versions.timeline import Timeline, at
from support.commands import Command

SCHOOL = f"{BASE}id/organization/school"


@pytest.fixture(scope="session")
def timeline(history: list[Release]) -> Timeline:
    return Timeline(history[0].dir.parent)


def test_releases_are_in_the_order_of_their_dates_then_versions(
    timeline: Timeline, history: list[Release], tmp_path: Path
) -> None:
    assert [release.id for release in timeline] == [release.id for release in history]
    for release in history[:2]:
        copy = shutil.copytree(release.dir, tmp_path / release.id)
        manifest = json.loads((copy / "manifest.json").read_text()) | {"issued": "2021-12-15"}
        (copy / "manifest.json").write_text(json.dumps(manifest))
    assert [r.manifest["version"] for r in Timeline(tmp_path)] == ["1.2.3", "1.10.0"]
    # The one that is served counts as the last of its day.
    served = Release(tmp_path / history[0].id)
    assert [r.manifest["version"] for r in Timeline(tmp_path, served)] == ["1.10.0", "1.2.3"]


def test_what_is_no_release_is_passed_over(history: list[Release], tmp_path: Path) -> None:
    renamed = tmp_path / "9.9.9-0123456789ab"
    shutil.copytree(history[0].dir, renamed)
    (tmp_path / "8.8.8-0123456789ab").mkdir()
    (tmp_path / "notes").mkdir()
    assert len(Timeline(tmp_path)) == 0


@pytest.mark.parametrize(
    ("moment", "expected"),
    [("2000-01-01", 0), ("2021-11-30", 0), ("2021-12-14", 0), ("2021-12-15", 1), ("2022-01-19", 1),
     ("2022-01-20", 2), ("2030-01-01", 2)],
)  # fmt: skip
def test_a_moment_chooses_the_release_that_was_current_then(
    history: list[Release], moment: str, expected: int
) -> None:
    asked = datetime.fromisoformat(moment).replace(tzinfo=UTC)
    assert at(history, asked) is history[expected]


def test_around_a_release_are_its_neighbours(timeline: Timeline, history: list[Release]) -> None:
    ids = [release.id for release in history]
    around = timeline.around(history[1])
    assert [r.id for r in around if r] == [ids[0], ids[0], ids[2], ids[2]]
    assert timeline.around(history[0]).previous is None
    assert timeline.around(history[2]).next is None


def test_a_dump_is_asked_without_loading_it(release: Release, history: list[Release]) -> None:
    for shown in (release, history[0]):
        dump = shown.dir / "iprgraph.nq"
        quads = shown.quads()
        subjects = {q.subject.value for q in quads if isinstance(q.subject, ox.NamedNode)}
        assert len(subjects) >= 20
        for subject in sorted(subjects)[:: max(1, len(subjects) // 40)]:
            expected = {q for q in quads if str(q.subject) == f"<{subject}>"}
            assert set(quads_of(dump, subject)) == expected
        for unknown in ("urn:a", f"{BASE}id/organization/scho", f"{BASE}zzz", "zzz:z"):
            assert quads_of(dump, unknown) == []
    first = history[0].dir / "iprgraph.nq"
    assert names_of(first, [SCHOOL]) == {SCHOOL: {"en": "Hill School", "zh": "山坡学校"}}


def test_what_is_only_inferred_is_not_asserted(history: list[Release]) -> None:
    dump = history[0].dir / "iprgraph.nq"
    inferred = {
        str(q.subject)[1:-1] for q in history[0].quads() if str(q.graph_name).endswith("/inferred>")
    }
    asserted = {
        str(q.subject)[1:-1]
        for q in history[0].quads()
        if not str(q.graph_name).endswith("/inferred>")
    }
    assert inferred - asserted
    assert not any(is_asserted(dump, iri) for iri in inferred - asserted)
    assert is_asserted(dump, SCHOOL)


def test_claims_that_came_went_and_changed_are_told(history: list[Release]) -> None:
    found = diff(history[0], history[1])
    assert [claim.slug for claim in found.added] == ["school-pupils"]
    assert found.removed == []
    assert [claim.slug for claim in found.changed] == ["school-opens", "school-rooms"]
    assert f"{BASE}graph/shapes" in found.graphs
    back = diff(history[1], history[0])
    assert [claim.slug for claim in back.removed] == ["school-pupils"]
    assert [c.removed for c in back.changed] == [c.added for c in found.changed]
    told = diff_text(found, "en")
    assert "Claims: 1 added, 0 removed, 2 changed." in told
    assert "A school opens. → Hill School opens." in told
    assert "of Hill School: 042 → 043" in told
    assert "It has pupils.  [claim:school-pupils]" in told
    told = diff_text(found, "zh")
    assert "新增的主张" in told and "它有学生。" in told and "山坡学校的" in told
    assert "say the same" in diff_text(diff(history[0], history[0]))


def test_a_difference_in_json_counts_what_it_lists(history: list[Release]) -> None:
    document = diff(history[0], history[2]).as_json()
    assert (document["from"], document["to"]) == (history[0].id, history[2].id)
    for name in ("added", "removed", "changed"):
        assert document["counts"][f"claims_{name}"] == len(document[name])
    assert document["changed"][0]["id"] == f"{BASE}id/claim/school-opens"
    assert json.loads(json.dumps(document)) == document


PAIRS = [(0, 1), (1, 0), (0, 2), (2, 1), (1, 1)]


@pytest.mark.parametrize(("old", "new"), PAIRS)
def test_the_patch_makes_the_one_release_the_other(
    history: list[Release], old: int, new: int
) -> None:
    patch = compare(history[old], history[new])
    assert bool(patch.removed) == bool(patch.added) == (old != new)
    quads = set(history[old].quads())
    assert set(patch.removed) <= quads and not set(patch.added) & quads
    changed = (quads - set(patch.removed)) | set(patch.added)
    assert dataset_hash(changed) == history[new].manifest["dataset_hash"]


@pytest.mark.filterwarnings("ignore:Dataset:DeprecationWarning")
def test_another_program_applies_the_patch(
    history: list[Release], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rdflib, "NORMALIZE_LITERALS", False)
    old, new = history[0], history[1]
    dataset = rdflib.Dataset()
    dataset.parse(data=_lines(old), format="nquads")
    written = compare(old, new).write(old.id, new.id).decode()
    # Blank nodes get other labels in rdflib, so the lines that name them are compared alone.
    lines = [line for line in written.splitlines() if " _:" not in line[2:]]
    assert 5 < len(lines) < len(written.splitlines())
    dataset.parse(data="\n".join(lines) + "\n", format="patch")
    made = {str(quad) for quad in dataset.quads() if not _is_blank(quad[:3])}
    expected = rdflib.Dataset()
    expected.parse(data=_lines(new), format="nquads")
    assert made == {str(quad) for quad in expected.quads() if not _is_blank(quad[:3])}


def _lines(release: Release) -> str:
    return (release.dir / "iprgraph.nq").read_text("utf-8")


def _is_blank(terms: tuple[object, ...]) -> bool:
    return any(isinstance(term, rdflib.BNode) for term in terms)


def test_a_dump_that_is_not_sorted_is_refused(history: list[Release], tmp_path: Path) -> None:
    copy = shutil.copytree(history[0].dir, tmp_path / history[0].id)
    lines = (copy / "iprgraph.nq").read_text("utf-8").splitlines(keepends=True)
    (copy / "iprgraph.nq").write_text("".join(reversed(lines)), "utf-8")
    with pytest.raises(ReleaseError, match="not sorted"):
        compare(Release(copy), history[1])


def test_the_command_tells_the_difference(iprgraph: Command, history: list[Release]) -> None:
    folder = history[0].dir.parent
    ids = history[0].id, history[1].id
    told = iprgraph("diff", *ids, "--releases", folder, "--language", "zh")
    assert told.returncode == 0 and "新增的主张" in told.stdout
    as_json = json.loads(iprgraph("diff", *ids, "--releases", folder, "--format", "json").stdout)
    assert as_json["counts"]["claims_added"] == 1
    patch = iprgraph("diff", history[0].dir, folder, "--format", "patch").stdout
    assert patch.startswith("H id <") and patch.rstrip().endswith("TC .")
    wrong = iprgraph("diff", "1.0.0-000000000000", ids[1], "--releases", folder)
    assert wrong.returncode == 1 and ids[0] in wrong.stderr
