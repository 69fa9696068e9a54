"""The project keeps its own house rules: what it holds, what it leaves out, what it installs."""

from __future__ import annotations

import ast
import importlib.metadata
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from iprgraph import __version__
from iprgraph.content.loader import Content
from iprgraph.namespaces import IPR, PREFIXES
from iprgraph.release.release import Release
from support.paths import ARTICLES, REPOSITORY


def _listed() -> list[Path]:
    """List the files that belong to the project: tracked, or new and not ignored."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(
        command, cwd=REPOSITORY, capture_output=True, check=True, text=True
    ).stdout
    return sorted(
        {REPOSITORY / name for name in listed.split("\0") if name and (REPOSITORY / name).is_file()}
    )


def _text(path: Path) -> str:
    return path.read_bytes().decode("utf-8", "ignore")


FILES = _listed()
PYTHON = [path for path in FILES if path.suffix == ".py"]
LIBRARY = [path for path in PYTHON if path.is_relative_to(REPOSITORY / "graph/iprgraph")]
PROJECT = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))


def test_the_files_are_found() -> None:
    assert len(FILES) > 150 and len(PYTHON) > 60 and len(LIBRARY) > 25


def test_the_root_is_small() -> None:
    entries = {path.relative_to(REPOSITORY).parts[0] for path in FILES}
    assert len(entries) <= 15, sorted(entries)
    assert {"README.md", "CHANGELOG.md", "LICENSE", "run", ".ci"} <= entries


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())


def _runs(words: list[str], length: int = 12) -> set[tuple[str, ...]]:
    return {tuple(words[i : i + length]) for i in range(len(words) - length + 1)}


@pytest.mark.skipif(not ARTICLES.is_dir(), reason="the articles' texts are not here")
def test_no_file_and_no_release_quotes_an_article_at_length(release: Release) -> None:
    articles = sorted(ARTICLES.glob("*.txt"))
    assert articles
    quoted = {run for path in articles for run in _runs(_words(_text(path)))}
    assert len(quoted) > 100
    released = [path for path in release.dir.glob("*") if path.is_file() and path.suffix != ".gz"]
    assert len(released) == 43
    found = [path.name for path in [*FILES, *released] if _runs(_words(_text(path))) & quoted]
    assert found == []


def test_no_file_names_a_place_of_one_machine_or_a_registry() -> None:
    outside = re.compile(
        r"(?<![\w.:])/(?:wo" r"rk|ro" r"ot|ho" r"me)/[\w.]|\.lib" r"rary\b"
        r"|https?://[\w.-]*(?:np" r"mjs|py" r"pi|deb" r"ian|pythonhosted)[\w.-]*/"
    )  # fmt: skip
    found = {
        path.relative_to(REPOSITORY).as_posix(): match[0]
        for path in FILES
        if path.name != ".gitignore" and (match := outside.search(_text(path)))
    }
    assert found == {}


def test_nothing_is_left_to_do_in_code() -> None:
    left = re.compile(r"\b(?:TO" r"DO|FIX" r"ME|XX" r"X|NotImpl" r"ementedError)\b")
    assert [path.name for path in PYTHON if left.search(_text(path))] == []


def test_modules_are_short_and_say_what_they_are() -> None:
    long, silent = [], []
    for path in PYTHON:
        text = _text(path)
        if not path.is_relative_to(REPOSITORY / "tests") and text.count("\n") > 300:
            long.append(path.name)
        if not ast.get_docstring(ast.parse(text)):
            silent.append(path.relative_to(REPOSITORY).as_posix())
    assert (long, silent) == ([], [])


def test_every_test_file_asserts_something() -> None:
    tests = [path for path in PYTHON if path.name.startswith("test_")]
    assert len(tests) > 15
    assert [p.name for p in tests if "assert" not in _text(p) and "raises" not in _text(p)] == []


def _imports(path: Path) -> set[tuple[str, bool]]:
    """Return (top-level package, at module level) of each import of a module."""
    tree = ast.parse(_text(path))
    top = set(map(id, tree.body))
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            found.add((node.module.split(".")[0], id(node) in top))
        elif isinstance(node, ast.Import):
            found |= {(alias.name.split(".")[0], id(node) in top) for alias in node.names}
    return found


def test_imports_run_one_way() -> None:
    web = {"flask", "werkzeug", "httptools", "uvloop", "jinja2", "iprgraph_server"}
    wrong = {}
    for path in LIBRARY:
        used = {(name, top) for name, top in _imports(path) if name in web}
        if path.name == "serve.py":
            # The one command that starts the publisher loads it when it runs.
            assert used == {("iprgraph_server", False)}
        elif used:
            wrong[path.name] = used
    assert wrong == {}


def test_every_term_of_ours_that_code_names_is_in_the_ontology() -> None:
    defined = set(re.findall(r"^ipr:(\w+) a ", _text(Content.bundled().ontology / "ipr.ttl"), re.M))
    assert len(defined) > 40
    assert {term.value.removeprefix(PREFIXES["ipr"]) for term in IPR} <= defined


def test_every_version_is_pinned_and_is_the_one_installed() -> None:
    lines = [
        line for line in _text(REPOSITORY / "constraints.txt").splitlines() if line[:1] not in "#"
    ]
    assert len(lines) > 30
    assert lines == sorted(lines, key=str.lower)
    pins = dict(line.split("==") for line in lines)
    pins = {_normal(name): version for name, version in pins.items()}
    wanted = (
        PROJECT["project"]["dependencies"] + PROJECT["project"]["optional-dependencies"]["test"]
    )
    assert {_normal(re.split(r"[\[<>=! ]", name)[0]) for name in wanted} <= pins.keys()
    (builder,) = PROJECT["build-system"]["requires"]
    assert builder == f"hatchling=={pins['hatchling']}"
    needed = _needed()
    assert len(needed) > 30 and {"mypy", "werkzeug", "pyparsing"} <= needed.keys()
    assert {name: version for name, version in needed.items() if pins.get(name) != version} == {}


def _needed() -> dict[str, str]:
    """Return what the project and its tests need, all the way down, as installed here."""
    found: dict[str, str] = {}
    waiting = [Requirement("iprgraph[test]")]
    while waiting:
        wanted = waiting.pop()
        name = _normal(wanted.name)
        if name in found and not wanted.extras:
            continue
        distribution = importlib.metadata.distribution(name)
        found[name] = distribution.version
        for text in distribution.requires or ():
            requirement = Requirement(text)
            extras = [*wanted.extras, ""]
            if requirement.marker is None or any(
                requirement.marker.evaluate({"extra": extra}) for extra in extras
            ):
                waiting.append(requirement)
    del found["iprgraph"]
    return found


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def test_the_run_script_is_plain_shell_and_says_how_to_call_it() -> None:
    script = REPOSITORY / "run"
    assert script.stat().st_mode & 0o111
    assert _text(script).startswith("#!/bin/sh\n")
    assert subprocess.run(["sh", "-n", str(script)]).returncode == 0
    called = subprocess.run([str(script)], capture_output=True, text=True)
    assert called.returncode == 2 and "./run iprgraph serve" in called.stderr


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Build the wheel and list what is in it."""
    out = tmp_path_factory.mktemp("dist")
    made = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(out)],
        cwd=REPOSITORY, capture_output=True, text=True,
    )  # fmt: skip
    assert made.returncode == 0, made.stderr
    (path,) = out.glob("*.whl")
    assert path.name.startswith(f"iprgraph-{__version__}-")
    with zipfile.ZipFile(path) as archive:
        return archive.namelist()


def test_the_wheel_has_the_content_and_the_packages(wheel: list[str]) -> None:
    content = Content.bundled()
    expected = {
        *(f"iprgraph/ontology/{p.name}" for p in content.ontology.iterdir() if p.is_file()),
        *(f"iprgraph/shapes/{p.name}" for p in content.shapes.iterdir() if p.is_file()),
        *(
            f"iprgraph/data/{p.relative_to(content.data).as_posix()}"
            for p in content.data.rglob("*.trig")
        ),
        *(f"iprgraph/questions/{p.name}" for p in content.questions.glob("*.rq")),
        "iprgraph/py.typed",
    }
    assert len(expected) > 60
    for folder in ("graph/iprgraph", "server/iprgraph_server"):
        base = REPOSITORY / folder
        expected |= {
            f"{base.name}/{path.relative_to(base).as_posix()}"
            for path in FILES
            if path.is_relative_to(base)
        }
    assert expected - set(wheel) == set()


def test_the_wheel_has_nothing_else(wheel: list[str]) -> None:
    tops = {name.split("/")[0] for name in wheel}
    assert tops == {"iprgraph", "iprgraph_server", f"iprgraph-{__version__}.dist-info"}
    assert not [n for n in wheel if "test_" in n or "__pycache__" in n or n.endswith(".pyc")]
