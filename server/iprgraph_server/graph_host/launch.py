"""Start a keeper, and speak with one: the other end of ``keeper``."""

from __future__ import annotations

import os
import signal
import socket
import sys
import traceback
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from iprgraph.errors import DataError, IprGraphError, UsageError
from iprgraph.store.engine import Bounds, Engine
from iprgraph_server.graph_host.fork_server import Keeper, Plan
from iprgraph_server.settings import Settings
from iprgraph_server.workers import framing, sandbox
from iprgraph_server.workers.journal import Journal
from iprgraph_server.workers.write_validation import Gate

#: A Unix socket's path may not be longer, on any system.
_LONGEST_PATH = 100


class Started(NamedTuple):
    """A keeper that is ready: its process and its address."""

    pid: int
    address: str

    def end(self) -> None:
        """End the keeper, and its workers with it."""
        try:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        except (ProcessLookupError, ChildProcessError):
            pass


def bounds_of(settings: Settings) -> Bounds:
    """Choose the engine's bounds from the settings."""
    return Bounds(
        nesting=settings.nesting,
        chain=settings.chain,
        query_chars=settings.query_chars,
        result_bytes=settings.result_bytes,
        describe_triples=settings.describe_triples,
    )


def plan(
    release: Path, settings: Settings, journal: Path | None = None, *, gated: bool = False
) -> Plan:
    """Plan to keep a release, the folder or an N-Quads file, in memory.

    Writes are kept in the folder ``journal``, without one in memory only. When ``gated``, a release
    that has shapes takes no write that they reject.
    """
    file = release / "iprgraph.nq" if release.is_dir() else release
    bounds = bounds_of(settings)
    return Plan(
        load=lambda: Engine.load(file, bounds),
        memory_mb=settings.memory_mb,
        file=file,
        journal=Journal(journal) if journal else None,
        gate=partial(Gate, file=file) if gated else None,
        services=settings.allow_service,
    )


def start(what: Plan, address: str, *, own: bool = True) -> Started:
    """Fork a keeper and wait until it has loaded; call it from a process without other threads.

    ``address`` is the path of its socket, in a folder that is only ours (mode 0700). Without
    ``own`` it follows another keeper's journal, until told to own it. Raises DataError and
    UsageError for what it cannot load.
    """
    if len(os.fsencode(address)) > _LONGEST_PATH:
        raise UsageError(f"{address}: the path is too long for a socket; choose a shorter folder")
    Path(address).unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(address)
    listener.listen(128)
    result, report = os.pipe()
    parent = os.getpid()
    pid = os.fork()
    if pid == 0:
        try:
            os.close(result)
            sandbox.die_with_parent(parent)
            _keep(Keeper(what, listener), report, own, parent)
        finally:
            os._exit(1)
    listener.close()
    os.close(report)
    with os.fdopen(result, "rb") as lines:
        said = lines.read().decode()
    if said != "ready":
        os.waitpid(pid, 0)
        raise DataError(said or "the keeper of the graph ended while it was loading")
    return Started(pid, address)


def _keep(keeper: Keeper, report: int, own: bool, parent: int) -> None:
    """Be the keeper: load, say so, answer."""
    try:
        keeper.load(own=own)
        # To change one's credentials clears the wish to die with the parent.
        sandbox.die_with_parent(parent)
    except (IprGraphError, OSError, SyntaxError) as error:
        os.write(report, str(error).encode()[:4_000])
        return
    except BaseException:
        traceback.print_exc(file=sys.stderr)
        return
    os.write(report, b"ready")
    os.close(report)
    keeper.run()


def ask(address: str, *head: Any, body: bytes = b"", timeout: float = 60.0) -> tuple[Any, ...]:
    """Send a keeper a message and return its answer; raises OSError or EOFError when it has gone."""
    return ask_for_handle(address, *head, body=body, timeout=timeout)[0]


def ask_for_handle(
    address: str, *head: Any, body: bytes = b"", timeout: float = 60.0
) -> tuple[tuple[Any, ...], int | None]:
    """Do as ``ask``, for the messages that are answered with a descriptor too."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(address)
        framing.set_patience(connection, timeout)
        framing.send(connection, head, body)
        handles: list[int] = []
        if head[0] in {"worker", "relay"}:
            # The byte that carries the descriptor comes before the message, which has none itself.
            first, handles, _, _ = socket.recv_fds(connection, 1, 1)
            if not handles:
                return framing.receive(connection, framing.Message(first))[0], None
        return framing.receive(connection)[0], handles[0] if handles else None
