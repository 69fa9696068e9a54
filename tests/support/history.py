"""Three releases of the small content, as they might follow each other: what came, went, changed."""

from __future__ import annotations

import shutil
from pathlib import Path

from iprgraph.content.loader import Content
from iprgraph.release.build import build
from iprgraph.release.release import Release
from support.paths import SMALL_CONTENT

#: What changes from one release to the next, in the article's file.
STEPS: tuple[tuple[str, str, tuple[tuple[str, str], ...]], ...] = (
    ("1.2.3", "2021-11-30", ()),
    (
        "1.10.0",
        "2021-12-15",
        (
            ('"A school opens."@en', '"Hill School opens."@en'),
            ('"042"^^xsd:integer', '"043"^^xsd:integer'),
            (
                "claim:school-part {",
                'claim:school-pupils { organization:school schema:numberOfPupils 120 . }\n'
                "claim:school-part {",
            ),
            (
                "    claim:school-rooms a ipr:Claim ;",
                "    claim:school-pupils a ipr:Claim ;\n"
                '        skos:prefLabel "It has pupils."@en , "它有学生。"@zh ;\n'
                "        ipr:source article:school-news .\n"
                "    claim:school-rooms a ipr:Claim ;",
            ),
        ),
    ),
    (
        "1.11.0",
        "2022-01-20",
        (
            ("    organization:district ipr:city <https://sws.geonames.org/1816670/> .\n", ""),
            (
                'claim:school-pupils { organization:school schema:numberOfPupils 120 . }\n', ""
            ),
            (
                "    claim:school-pupils a ipr:Claim ;\n"
                '        skos:prefLabel "It has pupils."@en , "它有学生。"@zh ;\n'
                "        ipr:source article:school-news .\n",
                "",
            ),
        ),
    ),
)  # fmt: skip


def build_history(folder: Path, out: Path) -> list[Release]:
    """Build the releases, oldest first; the newest is the current one of `out`."""
    content = shutil.copytree(SMALL_CONTENT, folder / "content")
    article = content / "graph/data/article/school-news.trig"
    dataset = content / "graph/data/dataset.trig"
    shapes = content / "shapes/claims.ttl"
    releases = []
    for version, issued, changes in STEPS:
        _change(
            dataset,
            *(
                (dataset.read_text("utf-8").split(f'{property_} "')[1].split('"')[0], value)
                for property_, value in (("dcat:version", version), ("dcterms:issued", issued))
            ),
        )
        _change(article, *changes)
        if version == "1.10.0":
            # A message in a blank node: its graph changes, with all its blank nodes.
            _change(shapes, ("Name the source of the claim", "Say the source of the claim"))
        releases.append(build(Content.at(content), out))
    return releases


def _change(file: Path, *changes: tuple[str, str]) -> None:
    text = file.read_text("utf-8")
    for before, after in changes:
        assert before in text, before
        text = text.replace(before, after)
    file.write_text(text, "utf-8")
