"""`iprgraph shapes` tells people what must hold, and engines how to find what does not."""

from __future__ import annotations

from pathlib import Path

import pyoxigraph as ox
import pytest

from iprgraph.cli.main import main
from iprgraph.content.loader import Content, load
from iprgraph.shacl import Validator

SHAPES = load(Content.bundled()).shapes
COUNT = len(Validator(SHAPES).compiled)


def printed(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(["shapes", *arguments]) == 0
    return capsys.readouterr().out


def test_shapes_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    text = printed(capsys)
    assert (
        text.count(" (Violation): ") + text.count(" (Warning): ") + text.count(" (Info): ") == COUNT
    )
    assert (
        "shape:claim-about (Warning): Subject of a claim\n"
        "  A claim says what it is about, so that it is found with that thing.\n"
        "  Name what the claim is about with ipr:about.\n"
    ) in text
    assert "shape:claim-about (Warning): 主张的对象" in printed(capsys, "--lang", "zh")


def test_shapes_as_sparql_run_on_an_engine_as_they_stand(
    capsys: pytest.CaptureFixture[str],
) -> None:
    text = printed(capsys, "--as-sparql")
    assert "# Finds the focus nodes that may break it; pySHACL judges them.\nPREFIX ipr:" in text
    assert "Not compiled" not in text
    queries = [part.strip() for part in text.split("pySHACL judges them.\n")[1:]]
    wanted = sum(len(list(one.queries())) for one in Validator(SHAPES).compiled)
    assert len(queries) == wanted >= 129
    for query in queries:
        assert list(ox.Store().query(query.split("\n\n# ")[0])) == []  # type: ignore[call-overload]


def test_other_shapes_and_what_is_not_compiled(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "own.ttl"
    file.write_text(
        """@prefix sh: <http://www.w3.org/ns/shacl#> .
        <urn:own> a sh:PropertyShape ; sh:targetSubjectsOf <urn:p> ; sh:path <urn:p> ;
          sh:pattern "a" ; sh:flags "i" ; sh:message "Write an a."@en .""",
        "utf-8",
    )
    assert printed(capsys, "--shapes", str(file)) == "<urn:own> (Violation): \n  Write an a.\n"
    text = printed(capsys, "--shapes", str(file), "--as-sparql")
    assert "every focus node: flags of a pattern are not compiled." in text
    assert "FILTER (!(false))" in text or "FILTER (true)" in text
