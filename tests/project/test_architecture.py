"""docs/architecture.md names every room, and nothing that is not there."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from support.paths import DOCS, REPOSITORY

TEXT = (DOCS / "architecture.md").read_text("utf-8")

#: Where a path in the document may begin.
_ROOTS = (
    REPOSITORY,
    REPOSITORY / "graph/iprgraph",
    REPOSITORY / "server/iprgraph_server",
)


def _rooms() -> dict[str, tuple[str, ...]]:
    """Return the table of rooms of ``test_rooms``, which no other test module imports."""
    tree = ast.parse(Path(__file__).with_name("test_rooms.py").read_text("utf-8"))
    [table] = [
        node.value
        for node in tree.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "ROOMS"
    ]
    rooms: dict[str, tuple[str, ...]] = ast.literal_eval(table)
    return rooms


def test_the_tables_have_every_room_in_its_order() -> None:
    rows = re.findall(r"^\| `([\w.]+)` \|", TEXT, re.M)
    assert rows == [room for rooms in _rooms().values() for room in rooms]


def test_every_path_that_is_named_is_there() -> None:
    names = re.findall(r"`([\w./-]+)`", TEXT)
    paths = {name for name in names if re.search(r"[^/]/|\.(py|toml|html|md)$", name)}
    assert len(paths) > 50
    missing = [p for p in sorted(paths) if not any((root / p).exists() for root in _ROOTS)]
    assert missing == []


def test_it_stays_a_page() -> None:
    assert TEXT.count("\n") <= 180
