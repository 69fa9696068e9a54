"""What a fork server holds."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import NamedTuple

from iprgraph.store.engine import Bounds, Engine
from iprgraph_server.settings import Settings
from iprgraph_server.workers.journal import Journal
from iprgraph_server.workers.resident_graph import MakeWriteValidator
from iprgraph_server.workers.write_validation import WriteValidator


class HostPlan(NamedTuple):
    """Which graph a fork server holds, and what may be done with it."""

    load: Callable[[], Engine]
    memory_mb: int
    #: The file that is loaded, in which literals are as they were written.
    file: Path
    journal: Journal | None = None
    #: Makes the validator of writes, once the graph is loaded.
    make_validator: MakeWriteValidator | None = None
    services: tuple[str, ...] = ()


def plan(
    release: Path, settings: Settings, journal: Path | None = None, *, validated: bool = False
) -> HostPlan:
    """Return the plan to hold a release, the folder or an N-Quads file, in memory.

    Writes are kept in the folder ``journal``, without one in memory only. When ``validated``, a
    release that has shapes takes no write that they reject.
    """
    file = release / "iprgraph.nq" if release.is_dir() else release
    bounds = Bounds(
        nesting=settings.nesting,
        chain=settings.chain,
        query_chars=settings.query_chars,
        result_bytes=settings.result_bytes,
        describe_triples=settings.describe_triples,
    )
    return HostPlan(
        load=lambda: Engine.load(file, bounds),
        memory_mb=settings.memory_mb,
        journal=Journal(journal) if journal else None,
        make_validator=partial(WriteValidator, file=file) if validated else None,
        file=file,
        services=settings.allow_service,
    )
