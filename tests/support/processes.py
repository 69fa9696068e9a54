"""Processes of a running server, and the release that it serves."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path


def point(current: Path, release: Path) -> None:
    """Make a release the current one, as a build does."""
    new = current.with_name("new")
    new.symlink_to(release.name)
    new.replace(current)


def until(condition: Callable[[], object], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def children(pid: int) -> list[int]:
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(child) for child in found]


def threads_of(pid: int) -> int:
    """Count the threads of a process, 0 when there is none."""
    try:
        return len(list(Path(f"/proc/{pid}/task").iterdir()))
    except FileNotFoundError:
        return 0
