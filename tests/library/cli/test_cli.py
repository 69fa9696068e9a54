"""The command line: each command has help with an example, and exits 0, 1 or 2 with good reason."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pyoxigraph as ox
import pytest

from iprgraph import __version__
from iprgraph.cli.main import COMMANDS, main
from iprgraph.cli.tables import results_table, table, width
from iprgraph.release.release import Release
from support.paths import SMALL_CONTENT

Run = Callable[..., subprocess.CompletedProcess[str]]


def test_the_commands_are_these() -> None:
    assert [command.name for command in COMMANDS] == [
        "build", "serve", "query", "search", "link", "why", "rules", "stats", "diff", "validate", "shapes", "keygen", "sign", "verify", "evidence", "mcp"
    ]  # fmt: skip


def test_version_and_help(iprgraph: Run) -> None:
    assert iprgraph("--version").stdout == f"iprgraph {__version__}\n"
    shown = iprgraph("--help")
    assert shown.returncode == 0
    for command in COMMANDS:
        assert re.search(rf"^    {command.name} +{command.help[:20]}", shown.stdout, re.MULTILINE)
    assert "exit codes: 0 done, 1 the data are at fault, 2 the call is" in shown.stdout


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_a_commands_help_has_an_example(
    command: object, capsys: pytest.CaptureFixture[str]
) -> None:
    name, example = command.name, command.example  # type: ignore[attr-defined]
    with pytest.raises(SystemExit) as ended:
        main([name, "--help"])
    assert ended.value.code == 0
    shown = capsys.readouterr().out
    assert "example: iprgraph " in shown
    assert " ".join(example.split()) in " ".join(shown.split())
    options = re.findall(r"^  (--[a-z-]+)[^\n]*", shown, re.MULTILINE)
    described = re.findall(r"^  (--[a-z-]+)(?:,? [^\n]*?)?(?:  +|\n {10,})\S", shown, re.MULTILINE)
    assert options == described, "every option says what it is for"


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["publish"],
        ["build", "--nowhere"],
        ["query"],
        ["query", "ASK {}", "--file", "q.rq"],
        ["query", "--file", "absent.rq"],
        ["query", "ASK {}", "--format", "pdf"],
        ["validate"],
        ["validate", "absent.ttl"],
        ["validate", "notes.txt"],
        ["evidence", "--text", "absent.txt"],
        ["build", "--content", "."],
        ["verify", "http://127.0.0.1:9/"],
        ["serve", "--token-file", "absent"],
        ["serve", "--timeout", "soon"],
    ],
)
def test_a_wrong_call_exits_2(iprgraph: Run, small_releases: Path, arguments: list[str]) -> None:
    if arguments[:1] == ["query"]:
        arguments = [*arguments, "--release", str(small_releases)]
    failed = iprgraph(*arguments)
    assert failed.returncode == 2, failed
    assert failed.stderr and "Traceback" not in failed.stderr


@pytest.mark.parametrize("arguments", [["verify"], ["stats"], ["query", "ASK {}"]])
def test_a_missing_release_exits_1_and_says_how_to_make_one(
    iprgraph: Run, arguments: list[str]
) -> None:
    failed = iprgraph(*arguments)
    assert failed.returncode == 1
    assert "releases" in failed.stderr and "Traceback" not in failed.stderr


def test_build_shows_its_steps_and_a_summary(iprgraph: Run, tmp_path: Path) -> None:
    made = iprgraph("build", "--content", SMALL_CONTENT)
    assert made.returncode == 0
    release = Release.open(tmp_path / "releases")
    steps = made.stderr.splitlines()
    assert [line.split()[2] for line in steps] == [
        "parsing", "inferring", "validating", "writing", "indexing", "describing"
    ]  # fmt: skip
    first, *rest = made.stdout.splitlines()
    assert re.fullmatch(rf"release {release.id} built in \d+\.\d s", first)
    assert [line.split()[0] for line in rest] == ["claims", "triples", "report", "folder"]
    assert "74 asserted, 23 inferred" in made.stdout
    assert "0 violations, 0 warnings, 0 infos" in made.stdout
    again = iprgraph("build", "--content", SMALL_CONTENT, "--quiet")
    assert (again.returncode, again.stderr) == (0, "")
    assert "is there already" in again.stdout


def test_verify_says_what_it_found(iprgraph: Run, tmp_path: Path) -> None:
    iprgraph("build", "--content", SMALL_CONTENT, "--quiet")
    good = iprgraph("verify")
    assert (good.returncode, good.stderr) == (0, "")
    assert "24 files and 9 graphs are what the manifest says" in good.stdout
    (Release.open(tmp_path / "releases").dir / "iprgraph.nt").unlink()
    bad = iprgraph("verify", "releases")
    assert bad.returncode == 1
    assert "iprgraph.nt is missing" in bad.stdout and "NOT what its manifest says" in bad.stdout


def test_stats_counts(iprgraph: Run, small_releases: Path) -> None:
    shown = iprgraph("stats", "--release", small_releases)
    assert shown.returncode == 0
    for section in ("in all", "things by class", "claims by source", "links by target"):
        assert re.search(rf"^{section} +count$", shown.stdout, re.MULTILINE)
    assert re.search(r"^Claim +3$", shown.stdout, re.MULTILINE)
    assert re.search(r"^Wikidata +1$", shown.stdout, re.MULTILINE)
    found = json.loads(iprgraph("stats", "--format", "json", "--release", small_releases).stdout)
    assert found["counts"]["claims"] == found["things by class"]["Claim"] == 3


def test_validate_tells_good_from_bad(iprgraph: Run, tmp_path: Path) -> None:
    head = "PREFIX ipr: <https://w3id.org/iprgraph/ontology#> PREFIX claim: <https://w3id.org/iprgraph/id/claim/> "
    (tmp_path / "good.ttl").write_text(head + "claim:a a ipr:Claim ; ipr:source <s> .")
    (tmp_path / "bad.ttl").write_text(head + "claim:b a ipr:Claim .")
    (tmp_path / "broken.ttl").write_text(head + "claim:b a")
    good = iprgraph("validate", "good.ttl", "--content", SMALL_CONTENT)
    assert (good.returncode, good.stdout) == (0, "0 violations, 0 warnings, 0 infos\n")
    bad = iprgraph("validate", "good.ttl", "bad.ttl", "--content", SMALL_CONTENT)
    assert bad.returncode == 1
    assert "Violation: claim:b" in bad.stdout and "claim:a" not in bad.stdout
    assert (
        "请用 ipr:source" in bad.stdout and "shape:claim-source in shapes/claims.ttl" in bad.stdout
    )
    found = json.loads(
        iprgraph("validate", "bad.ttl", "--content", SMALL_CONTENT, "--format", "json").stdout
    )
    assert (found["conforms"], found["violations"]) == (False, 1)
    turtle = iprgraph(
        "validate", "bad.ttl", "--content", SMALL_CONTENT, "--format", "turtle"
    ).stdout
    assert list(ox.parse(turtle, ox.RdfFormat.TURTLE))
    broken = iprgraph("validate", "broken.ttl", "--content", SMALL_CONTENT)
    assert broken.returncode == 1 and "broken.ttl, line 1, column" in broken.stderr


def test_validate_takes_other_shapes_and_the_projects_data(iprgraph: Run, tmp_path: Path) -> None:
    (tmp_path / "a.ttl").write_text("<https://x.example/a> a <https://x.example/T> .")
    (tmp_path / "shape.ttl").write_text(
        "PREFIX sh: <http://www.w3.org/ns/shacl#> <https://x.example/S> a sh:NodeShape ; "
        "sh:targetClass <https://x.example/T> , <https://w3id.org/iprgraph/ontology#Claim> ; "
        "sh:property [ sh:path <https://x.example/p> ; sh:minCount 1 ; sh:message 'no p' ] ."
    )
    alone = iprgraph("validate", "a.ttl", "--shapes", "shape.ttl", "--content", SMALL_CONTENT)
    assert alone.returncode == 1 and "1 violation," in alone.stdout
    assert "shape: <https://x.example/S> in shape.ttl" in alone.stdout
    more = iprgraph(
        "validate", "a.ttl", "--shapes", "shape.ttl", "--content", SMALL_CONTENT, "--with-data"
    )
    assert more.returncode == 1 and "4 violations" in more.stdout


def test_evidence_shows_claims_beside_their_passages(iprgraph: Run, small_content: Path) -> None:
    good = iprgraph("evidence", "--text", small_content / "text.txt", "--content", small_content)
    assert good.returncode == 0
    assert "claim:school-opens  [11-30]\n  A school opens.\n  | Hill  School opened" in good.stdout
    assert good.stdout.endswith("1 passages, 1 as the graph says, 0 not\n")
    news = small_content / "graph/data/article/school-news.trig"
    news.write_text(news.read_text("utf-8").replace("oa:start 11", "oa:start 13"), "utf-8")
    wrong = iprgraph("evidence", "--text", small_content / "text.txt", "--content", small_content)
    assert wrong.returncode == 1 and "WRONG: " in wrong.stdout
    other = iprgraph("evidence", "--text", news, "--content", small_content)
    assert other.returncode == 1 and "of no article" in other.stderr


def test_light_commands_load_no_heavy_library() -> None:
    code = (
        "import sys; from iprgraph.cli.main import main\n"
        "try: main(['query', '--help'])\nexcept SystemExit: pass\n"
        "print([m for m in ('flask', 'uvloop', 'iprgraph_server', 'owlrl') if m in sys.modules])"
    )
    made = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=os.environ
    )
    assert made.stdout.splitlines()[-1] == "[]"


def test_tables_line_up_with_chinese() -> None:
    lines = table(("name", "n"), [("学校", "1"), ("school", "22"), ("two\nlines", "3")]).split("\n")
    assert lines == [
        "name       n",
        "---------  --",
        "学校       1",
        "school     22",
        "two lines  3",
    ]
    assert width("学校é") == 5
    assert results_table(b'{"head":{"vars":["a"]},"results":{"bindings":[]}}') == "a\n-\n0 rows"
