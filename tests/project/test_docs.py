"""What the documents say is so: settings, commands, addresses, formats, figures."""

from __future__ import annotations

import re
import shlex

import pytest

from iprgraph.cli.main import COMMANDS, parser
from iprgraph.release.release import Release
from iprgraph_server.errors import BY_NAME
from iprgraph_server.http.formats import GRAPHS, RESULTS
from iprgraph_server.settings import SETTINGS
from support.client import Client
from support.paths import DOCS, QUESTIONS, REPOSITORY

README = (REPOSITORY / "README.md").read_text("utf-8")
ENDPOINT = (DOCS / "endpoint.md").read_text("utf-8")
OPERATING = (DOCS / "operating.md").read_text("utf-8")
REASONING = (DOCS / "reasoning.md").read_text("utf-8")
PROGRAMS = (DOCS / "programs.md").read_text("utf-8")


def test_every_setting_is_listed_with_its_default_and_help() -> None:
    listed = re.findall(r"^\| `--([\w-]+)` \| (.*?) \| (.*?) \| (.*) \|$", OPERATING, re.M)
    expected = [
        (
            s.name.replace("_", "-"),
            "none" if s.default in ((), "") else str(s.default),
            s.unit,
            s.help,
        )
        for s in SETTINGS
    ]
    assert len(listed) == len(expected) >= 15
    machine = [row[0] for row in listed if row[1] == "one a core"]
    assert machine == ["workers"]
    assert [r for r in listed if r[0] != "workers"] == [r for r in expected if r[0] != "workers"]


def test_every_command_is_in_a_document() -> None:
    texts = (
        README
        + ENDPOINT
        + OPERATING
        + REASONING
        + PROGRAMS
        + (REPOSITORY / "CHANGELOG.md").read_text("utf-8")
    )
    assert len(COMMANDS) == 16
    missing = [c.name for c in COMMANDS if not re.search(rf"(iprgraph |`){c.name}\b", texts)]
    assert missing == []


@pytest.mark.parametrize(
    "text",
    [README, ENDPOINT, OPERATING, REASONING, PROGRAMS],
    ids=["readme", "endpoint", "operating", "reasoning", "programs"],
)
def test_commands_that_are_shown_can_be_called(text: str) -> None:
    blocks = "\n".join(re.findall(r"```sh\n(.*?)```", text, re.S))
    for line in re.findall(r"^(?:\./run )?iprgraph (.*)$", blocks, re.M):
        words = shlex.split(line.split(" && ")[0].partition(" #")[0], posix=True)
        parser(words[0]).parse_args(words)
    assert "```sh" in text


def test_the_worked_answer_is_the_real_one(release: Release) -> None:
    from iprgraph.store.engine import Engine

    query = (QUESTIONS / "20-superseded-figures.rq").read_text("utf-8")
    answer = Engine.load(release.dir / "iprgraph.nq").query(query, format="tsv").body.decode()
    [row] = answer.splitlines()[1:]
    for value in row.split("\t"):
        assert value.strip('"').removesuffix('"@en') in README


def test_every_format_and_status_is_named() -> None:
    for form in {*RESULTS, *GRAPHS}:
        assert f"`{form.name}`" in ENDPOINT
    assert len(BY_NAME) >= 10
    for problem in BY_NAME.values():
        assert str(problem.status) in ENDPOINT


@pytest.mark.parametrize(
    "path",
    ["/", "/query", "/sparql", "/id/organization/wipo", "/ontology", "/shapes", "/downloads/",
     "/.well-known/void", "/releases/", "/cite", "/health", "/metrics", "/settings"],
)  # fmt: skip
def test_addresses_that_are_named_answer(release_client: Client, path: str) -> None:
    assert f"`{path}`" in README or path == "/id/organization/wipo"
    assert release_client("GET", path, headers={"accept": "*/*"}).status in {200, 303}


def test_the_counts_that_are_told_are_right(release: Release) -> None:
    questions = len(list(QUESTIONS.glob("*.rq")))
    assert questions == 41 and "Forty more" in README
    assert "25 classes and 39 properties" in (REPOSITORY / "CHANGELOG.md").read_text("utf-8")
    assert release.counts["violations"] == 0
