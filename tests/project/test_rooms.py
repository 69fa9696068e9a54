"""The rooms of both packages: who may import whom, how large a folder is, and how names and docstrings read."""

from __future__ import annotations

import ast
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from support.paths import REPOSITORY

#: The rooms of each package. A room imports only rooms that stand above it.
ROOMS = {
    "iprgraph": (
        "errors", "namespaces", "rdf", "sparql", "search", "store", "content", "reasoning",
        "shacl.compile", "shacl", "claims", "release", "versions", "linking", "reconciliation",
        "client", "cli",
    ),
    "iprgraph_server": (
        "settings", "errors", "logs", "metrics", "i18n", "http", "workers", "pool", "graph_host",
        "models", "linked_data", "presentation", "endpoints", "openapi", "views", "publisher", "app",
        "asgi", "serving", "command",
    ),
}  # fmt: skip
FOLDERS = {"iprgraph": REPOSITORY / "graph", "iprgraph_server": REPOSITORY / "server"}

#: So many modules a folder holds at most, `__init__` aside.
MOST_MODULES = 16

#: Words that docstrings do not begin with: a docstring says what comes back.
WORDS = re.compile(r"(Tell|Give|Say|Have|Take note|Hold)\b")


def _modules() -> dict[str, Path]:
    modules = {}
    for package, folder in FOLDERS.items():
        for path in sorted((folder / package).rglob("*.py")):
            parts = path.relative_to(folder).with_suffix("").parts
            modules[".".join(part for part in parts if part != "__init__")] = path
    return modules


MODULES = _modules()
#: What is in no room: the packages themselves and `python -m`. They import whatever they need.
OUTSIDE = {*ROOMS, *(f"{package}.__main__" for package in ROOMS)}


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


def _room(module: str) -> tuple[str, str]:
    """Return the package and the room of a module; the narrowest room where rooms nest."""
    package, _, rest = module.partition(".")
    rooms = [room for room in ROOMS[package] if f"{rest}.".startswith(f"{room}.")]
    return package, max(rooms, key=len, default="")


def _imports(module: str) -> Iterator[str]:
    """Yield our modules that a module imports, at its top or inside a function."""
    for node in ast.walk(_tree(MODULES[module])):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names if name.name in MODULES)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}, line {node.lineno}: write the import in full"
            base = node.module or ""
            for name in node.names:
                whole = f"{base}.{name.name}"
                yield from (m for m in (whole if whole in MODULES else base,) if m in MODULES)


IMPORTS = {module: set(_imports(module)) - OUTSIDE - {module} for module in MODULES}


def test_the_modules_are_found() -> None:
    assert len(MODULES) > 200
    assert sum(map(len, IMPORTS.values())) > 800


def test_every_module_is_in_a_room() -> None:
    assert [m for m in MODULES if m not in OUTSIDE and not _room(m)[1]] == []


def test_a_room_imports_only_rooms_above_it() -> None:
    wrong = set()
    for module in MODULES.keys() - OUTSIDE:
        package, room = _room(module)
        order = ROOMS[package].index
        for imported in IMPORTS[module]:
            other_package, other = _room(imported)
            if package == other_package and order(other) > order(room):
                wrong.add((module, other))
            elif package != other_package and package == "iprgraph":
                wrong.add((module, imported))
    assert sorted(wrong) == []


def _circles() -> Iterator[set[str]]:
    """Yield the sets of modules that import each other."""
    reach = {module: set(imported) for module, imported in IMPORTS.items()}
    for middle in reach:
        for module in reach:
            if middle in reach[module]:
                reach[module] |= reach[middle]
    circles = {
        frozenset(other for other in reach[module] if module in reach[other])
        for module in reach
        if module in reach[module]
    }
    yield from map(set, circles)


def test_no_modules_import_each_other() -> None:
    assert [sorted(circle) for circle in _circles()] == []


def test_a_folder_holds_few_modules() -> None:
    sizes = Counter(
        module.rpartition(".")[0] for module, path in MODULES.items() if path.stem != "__init__"
    )
    assert {folder: size for folder, size in sizes.items() if size > MOST_MODULES} == {}


def test_a_class_name_stands_once() -> None:
    places = defaultdict(list)
    bench = {path.stem: path for path in (REPOSITORY / "bench").glob("*.py")}
    for module, path in {**MODULES, **bench}.items():
        for node in ast.walk(_tree(path)):
            if isinstance(node, ast.ClassDef):
                places[node.name].append(module)
    assert {name: found for name, found in places.items() if len(found) > 1} == {}


def test_docstrings_say_what_comes_back() -> None:
    wrong = []
    for module, path in MODULES.items():
        for node in ast.walk(_tree(path)):
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                text = ast.get_docstring(node) or ""
                if WORDS.match(text):
                    wrong.append(f"{module}: {text.partition(chr(10))[0]}")
    assert wrong == []
