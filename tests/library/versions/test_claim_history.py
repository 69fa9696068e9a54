"""The history of a claim in the releases: date, speaker, modality, evidence, and its end."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest

from iprgraph.content.loader import Content
from iprgraph.namespaces import BASE, IPR
from iprgraph.release.build import build
from iprgraph.release.release import Release
from iprgraph.versions.timeline import Timeline
from iprgraph_server.models.claim_histories import ClaimHistories
from support.client import Client
from support.paths import SMALL_CONTENT
from support.serving import serving

CLAIM = f"{BASE}id/claim/school-opens"
PAGE = "/page/claim/school-opens"
ABOUT = '"一所学校开学。"@zh ;\n        ipr:source article:school-news ;\n'

#: What changes in each release after the first.
STEPS: tuple[tuple[tuple[str, str], ...], ...] = (
    (),
    ((f'{ABOUT}        ipr:saidOn "2021-11-09"', f'{ABOUT}        ipr:saidOn "2021-11-10"'),),
    ((ABOUT, f"{ABOUT}        ipr:attributedTo organization:school ;\n"),),
    (("        ipr:attributedTo organization:school ;\n", "        ipr:attributedTo organization:district ;\n"),
     (ABOUT, f"{ABOUT}        ipr:modality <{BASE}id/modality/plan> ;\n")),
    (("oa:end 30", "oa:end 29"), ("=Hill%20School,opened", "=Hill,opened")),
    # The claim that is told of stays the same.
    (('"042"', '"043"'),),
)  # fmt: skip

TOMBSTONE = f"""
<{BASE}graph/retired> {{ <{CLAIM}> <http://www.w3.org/2002/07/owl#deprecated> true ;
    <http://www.w3.org/2000/01/rdf-schema#comment> "The article says no such thing."@en . }}
"""


@pytest.fixture(scope="module")
def claim_releases(tmp_path_factory: pytest.TempPathFactory) -> list[Release]:
    """Build the releases, oldest first; the last of them retires the claim."""
    folder = tmp_path_factory.mktemp("told")
    content = shutil.copytree(SMALL_CONTENT, folder / "content")
    article = content / "graph/data/article/school-news.trig"
    dataset = content / "graph/data/dataset.trig"
    first = dataset.read_text("utf-8")
    releases = []
    for number, changes in enumerate((*STEPS, None), 1):
        text = article.read_text("utf-8")
        if changes is None:
            assertion, rest = text.index("claim:school-opens {"), text.index("claim:school-rooms {")
            about, end = (
                text.index("    claim:school-opens a"),
                text.index("    claim:school-rooms a"),
            )
            text = text[:assertion] + text[rest:about] + text[end:]
            (content / "graph/data/retired.trig").write_text(TOMBSTONE, encoding="utf-8")
        for before, after in changes or ():
            assert before in text, before
            text = text.replace(before, after, 1)
        article.write_text(text, "utf-8")
        issued = re.sub(r'(dcterms:issued) "[^"]*"', rf'\1 "2022-01-{number:02}"', first)
        dataset.write_text(issued, "utf-8")
        releases.append(build(Content.at(content), folder / "releases"))
    return releases


@pytest.fixture(scope="module")
def claim_client_and_folder(
    claim_releases: list[Release], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Client, Path]]:
    """Serve them, from a copy to which a release can be added."""
    folder = tmp_path_factory.mktemp("served")
    root = shutil.copytree(claim_releases[0].dir.parent, folder / "releases", symlinks=True)
    shutil.move(root / claim_releases[2].id, folder / claim_releases[2].id)
    with serving(root, folder, "--older-releases", "1", token="") as running:
        client = running.client()
        yield client, root
        client.close()


def steps_of(releases: list[Release], claim: str = CLAIM) -> list[tuple[str, int, list[str]]]:
    folder = releases[0].dir.parent
    ids = [release.id for release in releases]
    found = ClaimHistories().of(claim, Timeline(folder))
    return [
        (s.what, ids.index(s.release.id), [c.property.value.rsplit("#", 1)[-1] for c in s.changes])
        for s in found.steps
    ]


def test_each_change_is_told_in_its_release(claim_releases: list[Release]) -> None:
    assert steps_of(claim_releases) == [
        ("came", 0, []),
        ("told", 1, ["saidOn"]),
        ("told", 2, ["attributedTo"]),
        ("told", 3, ["attributedTo", "modality"]),
        ("told", 4, ["https://schema.org/url", "end"]),
        ("gone", 6, []),
    ]
    assert steps_of(claim_releases, f"{BASE}id/claim/school-rooms") == [
        ("came", 0, []),
        ("changed", 5, []),
    ]
    assert steps_of(claim_releases, f"{BASE}id/claim/never-was") == []
    steps = ClaimHistories().of(CLAIM, Timeline(claim_releases[0].dir.parent)).steps
    (change,) = steps[1].changes
    assert change.property == IPR.saidOn
    assert [t.value for t in (*change.before, *change.after)] == ["2021-11-09", "2021-11-10"]
    (change, _) = steps[3].changes
    assert [t.value.rsplit("/", 1)[-1] for t in (*change.before, *change.after)] == [
        "school", "district",
    ]  # fmt: skip


def test_histories_are_kept_and_dropped_when_a_release_is_added(
    claim_releases: list[Release],
) -> None:
    kept, folder = ClaimHistories(most=2), claim_releases[0].dir.parent
    timeline = Timeline(folder)
    first = kept.of(CLAIM, timeline)
    assert kept.of(CLAIM, timeline) is first
    for slug in ("school-rooms", "never-was", "school-part"):
        kept.of(f"{BASE}id/claim/{slug}", timeline)
    assert len(kept) == 2
    assert kept.of(CLAIM, timeline) is not first
    kept.of(CLAIM, Timeline(folder))
    assert len(kept) == 1


def test_a_retired_claim_tells_its_history(
    claim_client_and_folder: tuple[Client, Path], claim_releases: list[Release]
) -> None:
    client, _ = claim_client_and_folder
    reply = client.get(PAGE)
    assert reply.status == 410
    history = reply.json()["history"]
    assert [step["release"] for step in history] == [claim_releases[i].id for i in (0, 1, 3, 4, 6)]
    assert (history[0]["what"], history[-1]["what"]) == ("came", "gone")
    day = "<http://www.w3.org/2001/XMLSchema#date>"
    assert history[1]["changes"] == [
        {"property": IPR.saidOn.value, "removed": [f'"2021-11-09"^^{day}'],
         "added": [f'"2021-11-10"^^{day}']}
    ]  # fmt: skip
    for language, words in (
        ("en", ["first has this claim", "9 November 2021 → 10 November 2021", "no longer has"]),
        ("zh", ["首次收录该主张", "2021年11月9日 → 2021年11月10日", "不再收录"]),
    ):
        page = client.get(f"{PAGE}?lang={language}", "text/html")
        text = " ".join(unescape(re.sub(r"<[^>]*>", "", page.text)).split())
        assert page.status == 410 and [w for w in words if w not in text] == []
        assert f"/releases/{claim_releases[1].id}/diff/{claim_releases[3].id}" in page.text
    (last,) = re.findall(r'href="([^"]*)">该主张最后的内容', page.text)
    shown = client(
        "GET", client.get(last, "text/html").headers["location"], headers={"accept": "text/html"}
    )
    assert shown.status == 200 and "A school opens" in shown.text
    # What is retired and is no claim has none, nor has what a release for ever says.
    old = client.get(f"/releases/{claim_releases[0].id}{PAGE}", "text/html")
    assert old.status == 200 and claim_releases[1].id not in old.text


def test_a_release_that_is_added_is_told_of(
    claim_client_and_folder: tuple[Client, Path], claim_releases: list[Release]
) -> None:
    client, root = claim_client_and_folder
    before = [step["release"] for step in client.get(PAGE).json()["history"]]
    assert before == [claim_releases[i].id for i in (0, 1, 3, 4, 6)]
    shutil.copytree(claim_releases[2].dir, root / claim_releases[2].id)
    after = [step["release"] for step in client.get(PAGE).json()["history"]]
    assert after == [claim_releases[i].id for i in (0, 1, 2, 3, 4, 6)]
