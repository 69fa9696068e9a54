"""The process that holds the graph: it forks query workers, and makes every change to the graph.

It has one thread and never evaluates what users ask: its workers do, and each is a copy of this
process that shares the graph's memory. It answers one message a connection on a Unix socket. A
change is durable in the journal before it is in the graph, and in the graph before anyone is told;
workers forked later have it.
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
from collections.abc import Iterable
from typing import Any

from iprgraph.errors import IprGraphError, UsageError
from iprgraph.store.changes import Change
from iprgraph_server.graph_host.host_plan import HostPlan
from iprgraph_server.workers import framing, sandbox, worker
from iprgraph_server.workers.exit_reasons import exit_reason
from iprgraph_server.workers.journal import PATIENCE
from iprgraph_server.workers.resident_graph import ResidentGraph
from iprgraph_server.workers.shared_counter import SharedCounter

#: Workers forked ahead, so that a job need not wait for the fork.
SPARES = 2
#: Exit reasons that can still be asked for.
_REMEMBERED = 1_000
#: Seconds in which a client must send its message.
_CLIENT_PATIENCE = 30.0
#: Seconds in which whoever started a shared fork server must attach to it.
_ATTACH_PATIENCE = 60.0

Reply = tuple[tuple[Any, ...], bytes, list[int]]


class ForkServer:
    """The state of the process.

    A shared one ends when the last process that has attached to it has gone.
    """

    def __init__(
        self, plan: HostPlan, listener: socket.socket, counter: str, *, shared: bool = False
    ) -> None:
        self._plan = plan
        self._listener = listener
        self._counter_path = counter
        self._writes = 0
        self._spares: dict[int, socket.socket] = {}
        self._workers: dict[int, int] = {}
        self._exits: dict[int, str] = {}
        self._exit_counts: Counter[str] = Counter()
        self._no_spares_before = 0.0
        self._shared = shared
        self._attached: set[socket.socket] = set()
        self._proxy: socket.socket | None = None
        self._proxy_paths: dict[str, str] = {}
        self._selector: selectors.BaseSelector | None = None

    def load(self, *, own: bool) -> None:
        """Load the graph and the journal, and leave the network."""
        self._counter = SharedCounter(self._counter_path)
        self._graph = ResidentGraph(self._plan.load(), self._plan.make_validator, self._plan.file)
        if self._shared:
            # Another one, which serves the release before, may have the journal until it ends.
            self._own_or_follow()
        else:
            self._own() if own else self._follow()
        self._counter.value = self._writes
        sandbox.leave_network()
        if self._plan.services:
            self._proxy = socket.create_server(("127.0.0.1", 0))
            secret = secrets.token_urlsafe(18)
            self._proxy_paths = {url: f"/{secret}/{i}" for i, url in enumerate(self._plan.services)}
        gc.collect()
        gc.freeze()

    def run(self) -> None:
        """Answer messages until there is nobody to answer; then end the process."""
        wake, wakeup = os.pipe()
        os.set_blocking(wake, False)
        os.set_blocking(wakeup, False)
        signal.set_wakeup_fd(wakeup, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.signal(signal.SIGTERM, lambda *_: self._end())
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        give_up = time.monotonic() + _ATTACH_PATIENCE if self._shared else float("inf")
        with selectors.DefaultSelector() as self._selector:
            self._selector.register(self._listener, selectors.EVENT_READ, self._accept)
            self._selector.register(wake, selectors.EVENT_READ, _drain_pipe)
            while True:
                ready = self._selector.select(0.005 if self._wants_spare() else 1.0)
                for key, _ in ready:
                    key.data(key.fileobj)
                self._reap()
                if not ready and self._shared:
                    self._own_or_follow()
                if not ready and self._wants_spare():
                    self._fork()
                if self._attached:
                    give_up = time.monotonic()
                elif time.monotonic() > give_up:
                    break
        self._end()

    def _accept(self, listener: socket.socket) -> None:
        connection, _ = listener.accept()
        connection.settimeout(_CLIENT_PATIENCE)
        # A client that goes in the middle of a message is no matter of this process.
        with contextlib.suppress(OSError, EOFError):
            head, body = framing.receive(connection)
            try:
                reply, payload, descriptors = self._reply(head, body)
            except IprGraphError as error:
                reply, payload, descriptors = ("failed", str(error)), b"", []
            if head[0] in {"worker", "services"}:
                socket.send_fds(connection, [b"+"], descriptors)
            framing.send(connection, reply, payload)
            if reply[0] == "worker":
                # The worker belongs to who asked for it: it ends when their end is closed.
                self._spares.pop(reply[1]).close()
            if reply[0] == "attached":
                self._attached.add(connection)
                assert self._selector
                self._selector.register(connection, selectors.EVENT_READ, self._detach)
                return
        connection.close()

    def _detach(self, connection: socket.socket) -> None:
        """Forget a process that has gone; it never sends anything."""
        assert self._selector
        self._selector.unregister(connection)
        self._attached.discard(connection)
        connection.close()

    def _reply(self, head: tuple[Any, ...], body: bytes) -> Reply:
        match head:
            case ("worker",):
                pid = next(iter(self._spares), None) or self._fork()
                return ("worker", pid, self._writes), b"", [self._spares[pid].fileno()]
            case ("why", pid):
                return ("why", self._exit_reason(pid)), b"", []
            case ("commit", writes, lengths, dropped, created, results):
                removed, added, inferred_removed, inferred_added = framing.split(body, lengths)
                change = Change(removed, added, dropped, created)
                inferred = Change(inferred_removed, inferred_added)
                return self._commit(writes, change, inferred, results)
            case ("seal",):
                if self._plan.journal:
                    self._plan.journal.release()
                return ("sealed", self._writes), b"", []
            case ("own",):
                self._own()
                return ("owned", self._writes), b"", []
            case ("services",):
                if self._proxy is None:
                    return ("failed", "no service is allowed"), b"", []
                return ("services", self._proxy_paths), b"", [self._proxy.fileno()]
            case ("attach",):
                return ("attached",), b"", []
        return ("status", self._status()), b"", []

    def _status(self) -> dict[str, Any]:
        return {
            "generation": self._writes,
            "pid": os.getpid(),
            "workers": [pid for pid in self._workers if pid not in self._spares],
            "spares": list(self._spares),
            "endings": dict(self._exit_counts),
            "warnings": list(self._plan.journal.warnings) if self._plan.journal else [],
        }

    def _commit(
        self, writes: int, change: Change, inferred: Change, results: list[dict[str, Any]]
    ) -> Reply:
        if writes != self._writes:
            return ("stale", self._writes), b"", []
        if self._plan.journal:
            if not self._plan.journal.is_owned:
                return ("failed", "the journal belongs to another process"), b"", []
            try:
                self._plan.journal.append(change, results)
            except OSError as error:
                return ("failed", f"the journal could not be written: {error.strerror}"), b"", []
        self._graph.make(change, inferred)
        self._writes += 1
        self._counter.value = self._writes
        self._drop_spares()
        return ("committed", self._writes), b"", []

    def _own(self, patience: float = PATIENCE) -> None:
        if self._plan.journal and not self._plan.journal.is_owned:
            self._replay(self._plan.journal.own(patience))

    def _follow(self) -> None:
        """Make the changes that another process has written to the journal."""
        if self._plan.journal:
            self._replay(self._plan.journal.read())

    def _own_or_follow(self) -> None:
        """Own the journal if nobody else does; otherwise follow it."""
        try:
            self._own(patience=0.0)
        except UsageError:
            self._follow()

    def _replay(self, changes: Iterable[Change]) -> None:
        if made := self._graph.replay(changes):
            self._writes += made
            self._counter.value = self._writes
            self._drop_spares()

    def _wants_spare(self) -> bool:
        return len(self._spares) < SPARES and time.monotonic() >= self._no_spares_before

    def _fork(self) -> int:
        ours, theirs = socket.socketpair()
        context, parent = self._context(), os.getpid()
        pid = os.fork()
        if pid == 0:
            try:
                signal.set_wakeup_fd(-1)
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                ours.detach()
                os.dup2(theirs.detach(), 3)
                os.closerange(4, os.sysconf("SC_OPEN_MAX"))
                worker.main(socket.socket(fileno=3), context, parent)
            finally:
                os._exit(1)
        theirs.close()
        self._spares[pid] = ours
        self._workers[pid] = self._writes
        return pid

    def _context(self) -> worker.Context:
        port = self._proxy.getsockname()[1] if self._proxy else 0
        paths = self._proxy_paths.items()
        return worker.Context(
            engine=self._graph.engine,
            memory_mb=self._plan.memory_mb,
            validator=self._graph.validator,
            services={url: f"http://127.0.0.1:{port}{path}" for url, path in paths},
            prover=self._graph.prover,
            documents=self._graph.documents,
        )

    def _reap(self) -> None:
        with contextlib.suppress(ChildProcessError):
            while True:
                pid, status = os.waitpid(-1, os.WNOHANG)
                if pid == 0:
                    return
                self._record_exit(pid, status)

    def _record_exit(self, pid: int, status: int) -> None:
        """Record how a worker ended."""
        reason = exit_reason(status)
        if pid in self._spares:
            self._spares.pop(pid).close()
            # A worker that ends before its first job might do so again and again.
            self._no_spares_before = time.monotonic() + 1.0
        if self._workers.pop(pid, None) is not None:
            self._exit_counts[reason] += 1
            self._exits[pid] = reason
            if len(self._exits) > _REMEMBERED:
                del self._exits[next(iter(self._exits))]

    def _exit_reason(self, pid: int) -> str:
        """Return how a worker that has closed its connection ended; it may be ending just now."""
        until = time.monotonic() + 1.0
        while pid in self._workers and time.monotonic() < until:
            self._reap()
            if pid in self._workers:
                time.sleep(0.002)
        return self._exits.get(pid, "unknown")

    def _drop_spares(self) -> None:
        while self._spares:
            self._spares.popitem()[1].close()

    def _end(self) -> None:
        for pid in list(self._workers):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        os._exit(0)


def _drain_pipe(pipe: int) -> None:
    with contextlib.suppress(BlockingIOError):
        os.read(pipe, 4096)
