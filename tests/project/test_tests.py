"""The tests themselves: where they stand, that they are short, and that none leans on another."""

from __future__ import annotations

import ast
from pathlib import Path

from support.paths import REPOSITORY, TESTS

MODULES = sorted(TESTS.rglob("*.py"))
PACKAGES = {
    "library": REPOSITORY / "graph/iprgraph",
    "server": REPOSITORY / "server/iprgraph_server",
}
NAMES = {path.stem for path in MODULES if path.stem.startswith("test_")} | {"conftest"}

#: Modules above 300 lines that are not yet divided.
NOT_YET_SHORT = {
    "test_reconciliation.py",
    "test_engine.py",
    "test_guard.py",
    "test_pool.py",
}


def _imported(path: Path) -> set[str]:
    """Return the last names of what a module imports, and of the modules it imports from."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.rpartition(".")[2] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {(node.module or "").rpartition(".")[2], *(alias.name for alias in node.names)}
    return names


def test_no_test_module_imports_another() -> None:
    assert len(NAMES) > 80
    leaning = {
        path.relative_to(TESTS).as_posix(): others
        for path in MODULES
        if (others := _imported(path) & NAMES)
    }
    assert leaning == {}


def test_tests_stand_in_the_room_of_what_they_test() -> None:
    rooms = {
        "browser", "conformance", "content", "project", "support", "questions", *PACKAGES
    }  # fmt: skip
    assert {path.name for path in TESTS.iterdir() if path.is_dir()} - {"__pycache__"} == rooms
    assert [path.name for path in TESTS.glob("*.py")] == ["conftest.py"]
    for tests, package in PACKAGES.items():
        folders = {path.parent.relative_to(TESTS / tests) for path in (TESTS / tests).rglob("*.py")}
        assert [str(folder) for folder in folders if not (package / folder).is_dir()] == []


def test_test_modules_are_short() -> None:
    long = {path.name for path in MODULES if path.read_text("utf-8").count("\n") > 300}
    assert long - NOT_YET_SHORT == set()
