"""The keeper: one process, without threads, that loads a graph and forks the query workers.

It is asked over a Unix socket in a private folder, a message a connection:

    worker                  -> worker PID GENERATION, and the worker's connection itself
    commit GENERATION …     -> committed GENERATION | stale GENERATION | failed DETAIL
    seal                    -> sealed GENERATION     no more commits; the journal may be taken over
    own                     -> owned GENERATION      the journal is ours
    status                  -> status {…}
    relay                   -> relay PATHS, and the listening socket of the way to the services
    drain                   -> draining              end when the last worker has

It is also the one writer: a change is in the journal, on disk, before it is in the graph, and in
the graph before anyone is told. Workers forked later have it.
"""

from __future__ import annotations

import contextlib
import gc
import os
import secrets
import selectors
import signal
import socket
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from iprgraph.errors import IprGraphError
from iprgraph.store.changes import Change
from iprgraph.store.engine import Engine
from iprgraph_server.workers import framing, sandbox, worker
from iprgraph_server.workers.exit_reasons import ending_of
from iprgraph_server.workers.journal import Journal
from iprgraph_server.workers.resident_graph import Kept, MakeGate

#: Workers forked ahead, so that who needs one does not wait for the fork.
SPARES = 2
#: Endings that can still be asked about.
_REMEMBERED = 1_000
_CLIENT_PATIENCE = 30.0

Reply = tuple[tuple[Any, ...], bytes, list[int]]


class Plan(NamedTuple):
    """What a keeper is to keep: how to load it, and what may be done with it."""

    load: Callable[[], Engine]
    memory_mb: int
    #: What is loaded, as it was written.
    file: Path
    journal: Journal | None = None
    #: Makes the gate before writes, once the store is loaded.
    gate: MakeGate | None = None
    services: tuple[str, ...] = ()


class Keeper:
    """The state of the keeper's process."""

    def __init__(self, plan: Plan, listener: socket.socket) -> None:
        self._plan = plan
        self._listener = listener
        self._generation = 0
        self._spares: dict[int, socket.socket] = {}
        self._workers: dict[int, int] = {}
        self._ended: dict[int, str] = {}
        self._endings: Counter[str] = Counter()
        self._no_spares_before = 0.0
        self._draining = False
        self._relay: socket.socket | None = None
        self._paths: dict[str, str] = {}
        self._kept: Kept

    def load(self, *, own: bool) -> None:
        """Load the graph and the journal, and leave the network."""
        self._kept = Kept(self._plan.load(), self._plan.gate, self._plan.file)
        if own:
            self._own()
        else:
            self._replay(self._plan.journal.read() if self._plan.journal else ())
        sandbox.leave_network()
        if self._plan.services:
            self._relay = socket.create_server(("127.0.0.1", 0))
            secret = secrets.token_urlsafe(18)
            self._paths = {url: f"/{secret}/{i}" for i, url in enumerate(self._plan.services)}
        gc.collect()
        gc.freeze()

    def run(self) -> None:
        """Answer until told to end."""
        wake, wakeup = os.pipe()
        os.set_blocking(wake, False)
        os.set_blocking(wakeup, False)
        signal.set_wakeup_fd(wakeup, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.signal(signal.SIGTERM, lambda *_: self._end())
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        with selectors.DefaultSelector() as selector:
            selector.register(self._listener, selectors.EVENT_READ)
            selector.register(wake, selectors.EVENT_READ)
            while not (self._draining and not self._workers):
                ready = selector.select(0.005 if self._wants_spare() else 1.0)
                for key, _ in ready:
                    if key.fileobj is self._listener:
                        self._accept()
                    else:
                        with contextlib.suppress(BlockingIOError):
                            os.read(wake, 4096)
                self._reap()
                if not ready and self._wants_spare():
                    self._fork()
        self._end()

    def _accept(self) -> None:
        connection, _ = self._listener.accept()
        with connection:
            connection.settimeout(_CLIENT_PATIENCE)
            # A client that goes in the middle of a message is no matter of ours.
            with contextlib.suppress(OSError, EOFError):
                head, body = framing.receive(connection)
                try:
                    reply, payload, handles = self._reply(head, body)
                except IprGraphError as error:
                    reply, payload, handles = ("failed", str(error)), b"", []
                if handles:
                    socket.send_fds(connection, [b"+"], handles)
                framing.send(connection, reply, payload)
                if reply[0] == "worker":
                    # The worker belongs to who asked for it: it ends when their end is closed.
                    self._spares.pop(reply[1]).close()

    def _reply(self, head: tuple[Any, ...], body: bytes) -> Reply:
        match head:
            case ("worker",):
                pid = next(iter(self._spares), None) or self._fork()
                return ("worker", pid, self._generation), b"", [self._spares[pid].fileno()]
            case ("why", pid):
                return ("why", self._why(pid)), b"", []
            case ("commit", generation, lengths, dropped, created, results):
                removed, added, left, entered = _cut(body, lengths)
                change = Change(removed, added, dropped, created)
                return self._commit(generation, change, Change(left, entered), results)
            case ("seal",):
                if self._plan.journal:
                    self._plan.journal.release()
                return ("sealed", self._generation), b"", []
            case ("own",):
                self._own()
                self._drop_spares()
                return ("owned", self._generation), b"", []
            case ("relay",):
                if self._relay is None:
                    return ("failed", "no service is allowed"), b"", []
                return ("relay", self._paths), b"", [self._relay.fileno()]
            case ("drain",):
                self._draining = True
                self._drop_spares()
                return ("draining",), b"", []
        return ("status", self._status()), b"", []

    def _status(self) -> dict[str, Any]:
        return {
            "generation": self._generation,
            "pid": os.getpid(),
            "workers": [pid for pid in self._workers if pid not in self._spares],
            "spares": list(self._spares),
            "endings": dict(self._endings),
            "draining": self._draining,
            "warnings": list(self._plan.journal.warnings) if self._plan.journal else [],
        }

    def _commit(
        self, generation: int, change: Change, inferred: Change, results: list[dict[str, Any]]
    ) -> Reply:
        if generation != self._generation:
            return ("stale", self._generation), b"", []
        if self._plan.journal:
            if not self._plan.journal.is_owned:
                return ("failed", "this keeper does not own the journal"), b"", []
            try:
                self._plan.journal.append(change, results)
            except OSError as error:
                return ("failed", f"the journal could not be written: {error.strerror}"), b"", []
        self._kept.make(change, inferred)
        self._generation += 1
        self._drop_spares()
        return ("committed", self._generation), b"", []

    def _own(self) -> None:
        if self._plan.journal:
            self._replay(self._plan.journal.own())

    def _replay(self, changes: Iterable[Change]) -> None:
        self._generation += self._kept.replay(changes)

    def _wants_spare(self) -> bool:
        return (
            len(self._spares) < SPARES
            and not self._draining
            and time.monotonic() >= self._no_spares_before
        )

    def _fork(self) -> int:
        ours, theirs = socket.socketpair()
        context, keeper = self._context(), os.getpid()
        pid = os.fork()
        if pid == 0:
            try:
                signal.set_wakeup_fd(-1)
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                ours.detach()
                os.dup2(theirs.detach(), 3)
                os.closerange(4, os.sysconf("SC_OPEN_MAX"))
                worker.main(socket.socket(fileno=3), context, keeper)
            finally:
                os._exit(1)
        theirs.close()
        self._spares[pid] = ours
        self._workers[pid] = self._generation
        return pid

    def _context(self) -> worker.Context:
        plan, kept = self._plan, self._kept
        port = self._relay.getsockname()[1] if self._relay else 0
        addresses = {url: f"http://127.0.0.1:{port}{path}" for url, path in self._paths.items()}
        return worker.Context(
            engine=kept.engine,
            generation=self._generation,
            memory_mb=plan.memory_mb,
            gate=kept.gate,
            services=addresses,
            prover=kept.prover,
            checker=kept.checker,
        )

    def _reap(self) -> None:
        with contextlib.suppress(ChildProcessError):
            while True:
                pid, status = os.waitpid(-1, os.WNOHANG)
                if pid == 0:
                    return
                self._note(pid, status)

    def _note(self, pid: int, status: int) -> None:
        """Remember how a worker ended."""
        reason = ending_of(status)
        if pid in self._spares:
            self._spares.pop(pid).close()
            # A worker that ends before its first job might do so again and again.
            self._no_spares_before = time.monotonic() + 1.0
        if self._workers.pop(pid, None) is not None:
            self._endings[reason] += 1
            self._ended[pid] = reason
            if len(self._ended) > _REMEMBERED:
                del self._ended[next(iter(self._ended))]

    def _why(self, pid: int) -> str:
        """Tell how a worker that has closed its connection ended; it may be ending just now."""
        until = time.monotonic() + 1.0
        while pid in self._workers and time.monotonic() < until:
            self._reap()
            if pid in self._workers:
                time.sleep(0.002)
        return self._ended.get(pid, "unknown")

    def _drop_spares(self) -> None:
        while self._spares:
            self._spares.popitem()[1].close()

    def _end(self) -> None:
        for pid in list(self._workers):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        os._exit(0)


def _cut(body: bytes, lengths: Iterable[int]) -> Iterator[bytes]:
    """Cut a body into parts of these lengths."""
    start = 0
    for length in lengths:
        yield body[start : start + length]
        start += length
