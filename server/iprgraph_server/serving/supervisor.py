"""The supervisor: one process without threads that starts the others and hears the signals.

supervisor ── fork server ── query workers
           └─ HTTP process

SIGTERM and SIGINT end the server: requests under way are answered first, a second signal does not
wait for them. SIGHUP takes the current release of the folder without dropping a request: another
fork server is started (`_next`), the HTTP process goes over to it (message "taken"), and the one
before is ended when the last request on it is answered (message "drained").
"""

from __future__ import annotations

import contextlib
import os
import selectors
import shutil
import signal
import socket
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from iprgraph.errors import IprGraphError, UsageError
from iprgraph.release.release import Release
from iprgraph_server import logs
from iprgraph_server.graph_host import launch
from iprgraph_server.graph_host.host_plan import HostPlan, plan
from iprgraph_server.graph_host.launch import Started
from iprgraph_server.graph_host.release_source import journal_folder
from iprgraph_server.pool.control import ask
from iprgraph_server.serving import http_process
from iprgraph_server.serving.listening import SIGNALS, address_of, listen, signal_pipe
from iprgraph_server.settings import Settings
from iprgraph_server.workers import framing, sandbox

#: A process that ends so often within a minute will go on doing so.
_MOST_RESTARTS = 5


class Hosted(NamedTuple):
    """A release, and the fork server that holds its graph."""

    release: Release
    host: Started


def serve(
    settings: Settings,
    folder: Path,
    host: str = "127.0.0.1",
    port: int = 8000,
    token: str = "",
    ready: Callable[[str], object] = print,
) -> int:
    """Serve a release, or the current one of a folder, until a signal ends it.

    Returns the exit code; `ready` is called with the address once it answers. Raises ReleaseError,
    DataError and UsageError for what cannot be served. Call it from a process without threads.
    """
    with listen(host, port) as origin:
        return Supervisor(settings, folder.absolute(), token, origin).run(ready)


class Supervisor:
    """Keep a fork server and an HTTP process running."""

    def __init__(self, settings: Settings, folder: Path, token: str, origin: socket.socket) -> None:
        logs.configure()
        # Open here too, so that no connection is refused while an HTTP process is started anew.
        self._origin = origin
        self._settings = settings
        self._folder = folder
        self._token = token
        # Only this user may enter it: whoever reaches the sockets in it may ask and write.
        self._runtime = Path(tempfile.mkdtemp(prefix="iprgraph-"))
        self._control = str(self._runtime / "control")
        self._selector = selectors.DefaultSelector()
        self._host_count = 0
        self._current: Hosted | None = None
        self._next: Hosted | None = None
        #: Fork servers that were replaced, by process id, until their last request is answered.
        self._replaced: dict[int, Started] = {}
        self._restarts: list[float] = []
        self._has_served = False
        self._http_pid = 0
        self._http: socket.socket | None = None
        self._stopping = self._failed = False
        self._code: int | None = None
        self._ready: Callable[[], object] = lambda: None

    def run(self, ready: Callable[[str], object]) -> int:
        """Start everything, and go on until a signal, or a failure that cannot be mended."""
        wake = signal_pipe()
        try:
            self._current = self._start_host(Release.open(self._folder), own=bool(self._token))
            with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listener:
                listener.bind(self._control)
                listener.listen(8)
                self._selector.register(wake, selectors.EVENT_READ, self._signalled)
                self._selector.register(listener, selectors.EVENT_READ, self._greet)
                self._http_pid = self._start_http()
                self._ready = lambda: ready(address_of(self._origin))
                while self._code is None:
                    for key, _ in self._selector.select():
                        key.data(key.fileobj)
            return self._code
        finally:
            self._end()

    # The fork servers.

    def _start_host(self, release: Release, *, own: bool) -> Hosted:
        self._host_count += 1
        address = str(self._runtime / f"graph-{self._host_count}")
        return Hosted(release, launch.start(self._plan(release), address, own=own))

    def _plan(self, release: Release) -> HostPlan:
        writable = bool(self._token)
        journal = journal_folder(self._settings, release, writable=writable)
        return plan(release.dir, self._settings, journal, validated=writable)

    def _reload(self) -> None:
        """Take the release that is current now."""
        assert self._current
        if self._next or self._stopping:
            return
        try:
            release = Release.open(self._folder)
            if release.id == self._current.release.id:
                logs.write("reload", release=release.id, unchanged=True)
                return
            self._next = self._start_host(release, own=False)
        except (IprGraphError, OSError) as error:
            logs.write("reload-failed", error=str(error))
            return
        self._tell_http(self._next)

    def _give_up_next(self, why: str) -> None:
        """Stay with the release that is served."""
        if self._next:
            self._next.host.end()
            logs.write("reload-failed", release=self._next.release.id, error=why)
            self._next = None

    def _host_ended(self, pid: int, status: int) -> None:
        if self._replaced.pop(pid, None) or self._stopping:
            return
        if self._next and pid == self._next.host.pid:
            # The HTTP process sees that it cannot go over, and says so.
            logs.write("host-ended", status=status, release=self._next.release.id)
        elif self._current and pid == self._current.host.pid:
            self._restart_host(status)

    def _restart_host(self, status: int) -> None:
        """Start the fork server anew at its address; whoever asks it waits a moment for it."""
        assert self._current
        release, host = self._current
        try:
            if not self._may_restart("host-ended", status):
                raise UsageError(
                    "the process that holds the graph ends again and again; see the log"
                )
            started = launch.start(self._plan(release), host.address, own=bool(self._token))
            self._current = Hosted(release, started)
        except (IprGraphError, OSError) as error:
            logs.write("stopped", error=str(error))
            self._failed = True
            self._stop()

    # The HTTP process.

    def _start_http(self) -> int:
        parent = os.getpid()
        pid = os.fork()
        if pid == 0:
            code = 1
            try:
                signal.set_wakeup_fd(-1)
                for number in SIGNALS:
                    signal.signal(number, signal.SIG_DFL)
                sandbox.die_with_parent(parent)
                http_process.host(self._origin, self._control, self._settings, self._token)
                code = 0
            except BaseException as error:
                logs.fault("start", error)
            finally:
                os._exit(code)
        return pid

    def _greet(self, listener: socket.socket) -> None:
        """Send a new HTTP process what is to be served."""
        assert self._current
        self._forget_http()
        if self._token:
            # The one before may have ended between two owners of the journal.
            with contextlib.suppress(OSError, EOFError):
                ask(self._current.host.address, "own")
        self._http, _ = listener.accept()
        self._selector.register(self._http, selectors.EVENT_READ, self._hear_http)
        self._tell_http(self._current)
        if self._next:
            # A signal came while there was no HTTP process to tell.
            self._tell_http(self._next)

    def _tell_http(self, hosted: Hosted) -> None:
        with contextlib.suppress(OSError):
            if self._http:
                framing.send(self._http, (str(hosted.release.dir), hosted.host.address))

    def _hear_http(self, connection: socket.socket) -> None:
        try:
            (message, value), _ = framing.receive(connection)
        except (OSError, EOFError):
            self._forget_http()
            return
        if message == "serving":
            self._has_served = True
            ready, self._ready = self._ready, lambda: None
            ready()
        elif message == "taken" and self._next and self._current:
            self._replaced[self._current.host.pid] = self._current.host
            self._current, self._next = self._next, None
            logs.write("reload", release=value)
        elif message == "failed":
            self._give_up_next(value)
        elif message == "drained":
            for host in [h for h in self._replaced.values() if h.address == value]:
                del self._replaced[host.pid]
                host.end()

    def _forget_http(self) -> None:
        """Forget an HTTP process that has ended, and what it was about to do."""
        if self._http:
            self._selector.unregister(self._http)
            self._http.close()
            self._http = None
            self._give_up_next("the HTTP process ended")
            while self._replaced:
                self._replaced.popitem()[1].end()

    def _http_ended(self, status: int) -> None:
        """Start the HTTP process anew, unless it was told to end or never served."""
        self._forget_http()
        if self._stopping:
            self._code = 1 if self._failed else 0
        elif not self._has_served or not self._may_restart("server-ended", status):
            self._code = 1
        else:
            self._http_pid = self._start_http()

    def _may_restart(self, event: str, status: int) -> bool:
        now = time.monotonic()
        self._restarts = [*(t for t in self._restarts if now - t < 60), now]
        logs.write(event, status=status, restarts=len(self._restarts))
        return len(self._restarts) <= _MOST_RESTARTS

    # Signals.

    def _signalled(self, wake: int) -> None:
        for number in set(os.read(wake, 512)):
            if number == signal.SIGCHLD:
                self._reap()
            elif number == signal.SIGHUP:
                self._reload()
            else:
                self._stop()

    def _stop(self) -> None:
        """Let the HTTP process end in its own time; at the second call, at once."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self._http_pid, signal.SIGKILL if self._stopping else signal.SIGTERM)
        self._stopping = True

    def _reap(self) -> None:
        with contextlib.suppress(ChildProcessError):
            while True:
                pid, status = os.waitpid(-1, os.WNOHANG)
                if pid == 0:
                    return
                code = os.waitstatus_to_exitcode(status)
                if pid == self._http_pid:
                    self._http_ended(code)
                else:
                    self._host_ended(pid, code)

    def _end(self) -> None:
        for hosted in (self._current, self._next):
            if hosted:
                hosted.host.end()
        for host in self._replaced.values():
            host.end()
        self._selector.close()
        shutil.rmtree(self._runtime, ignore_errors=True)
