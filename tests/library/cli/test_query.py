"""iprgraph query: tables and other formats, from a file or standard input, and errors at their place."""

from __future__ import annotations

import csv
import io
import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pyoxigraph as ox

from iprgraph.release.release import Release

Run = Callable[..., subprocess.CompletedProcess[str]]


SELECT = "SELECT ?thing ?name { ?thing a ipr:Organization ; skos:prefLabel ?name } ORDER BY ?name"


def test_query_answers_with_a_table(iprgraph: Run, small_releases: Path) -> None:
    answer = iprgraph("query", SELECT, "--release", small_releases)
    assert (answer.returncode, answer.stderr) == (0, "")
    lines = answer.stdout.splitlines()
    assert lines[0].split() == ["thing", "name"]
    assert lines[-1] == "4 rows"
    assert "organization:school" in answer.stdout and "山坡学校@zh" in answer.stdout
    assert (
        iprgraph("query", "ASK { ?s a ipr:Claim }", "--release", small_releases).stdout == "true\n"
    )
    assert (
        iprgraph("query", "ASK { ?s a ipr:Nothing }", "--release", small_releases).stdout
        == "false\n"
    )


def test_query_answers_in_other_formats(
    iprgraph: Run, small_releases: Path, tmp_path: Path
) -> None:
    (tmp_path / "q.rq").write_text(SELECT, "utf-8")
    rows = list(csv.reader(io.StringIO(
        iprgraph("query", "--file", "q.rq", "--format", "csv", "--release", small_releases).stdout
    )))  # fmt: skip
    assert rows[0] == ["thing", "name"] and len(rows) == 5
    found = json.loads(
        iprgraph("query", SELECT, "--format", "json", "--release", small_releases).stdout
    )
    assert len(found["results"]["bindings"]) == 4
    construct = "CONSTRUCT WHERE { organization:school ?p ?o }"
    turtle = iprgraph("query", construct, "--release", small_releases).stdout
    lines = iprgraph("query", construct, "--format", "ntriples", "--release", small_releases).stdout
    parsed = {str(q) for q in ox.parse(turtle, ox.RdfFormat.TURTLE)}
    assert len(parsed) > 5
    assert parsed == {str(q) for q in ox.parse(lines, ox.RdfFormat.N_TRIPLES)}


def test_query_reads_standard_input(small_releases: Path) -> None:
    answer = subprocess.run(
        [sys.executable, "-m", "iprgraph", "query", "-", "--release", str(small_releases)],
        input="ASK {}", capture_output=True, text=True,
    )  # fmt: skip
    assert (answer.returncode, answer.stdout) == (0, "true\n")


def test_a_query_that_does_not_parse_is_shown_at_its_place(
    iprgraph: Run, small_releases: Path
) -> None:
    failed = iprgraph("query", "SELECT ?x {\n  ?x a ipr:Claim ; }}", "--release", small_releases)
    assert failed.returncode == 2
    assert "line 2, column" in failed.stderr
    *_, shown, caret = failed.stderr.rstrip("\n").split("\n")
    assert shown == "      ?x a ipr:Claim ; }}"
    column = int(re.search(r"line 2, column (\d+)", failed.stderr)[1])  # type: ignore[index]
    assert caret.index("^") == 4 + column - 1


def test_a_format_that_does_not_fit_is_refused(iprgraph: Run, small_releases: Path) -> None:
    failed = iprgraph("query", "ASK {}", "--format", "turtle", "--release", small_releases)
    assert failed.returncode == 2 and "turtle" in failed.stderr


def test_output_that_no_one_reads_is_no_failure(release: Release) -> None:
    command = [
        sys.executable,
        "-m",
        "iprgraph",
        "query",
        "SELECT * { ?s ?p ?o }",
        "--release",
        str(release.dir),
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as asked:
        assert asked.stdout and asked.stderr
        asked.stdout.readline()
        asked.stdout.close()
        assert asked.stderr.read() == b""
    assert asked.returncode == 0
