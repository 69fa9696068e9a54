"""The supervisor: one process without threads that starts the others and hears the signals.

supervisor ── keeper ── query workers
           └─ HTTP process

SIGTERM and SIGINT end the server: requests under way are answered first, a second signal does not
wait for them. SIGHUP takes the current release of the folder without dropping a request.
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

from iprgraph.errors import IprGraphError, UsageError
from iprgraph.release.release import Release
from iprgraph_server import logs
from iprgraph_server.graph_host import launch
from iprgraph_server.graph_host.fork_server import Plan
from iprgraph_server.graph_host.launch import Started
from iprgraph_server.serving import http_process
from iprgraph_server.settings import Settings
from iprgraph_server.workers import framing, sandbox

#: A process that ends so often within a minute will go on doing so.
_MOST_RESTARTS = 5

#: Connections that wait to be taken.
_BACKLOG = 1024

_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD)


def serve(
    settings: Settings,
    folder: Path,
    host: str = "127.0.0.1",
    port: int = 8000,
    token: str = "",
    ready: Callable[[str], object] = print,
) -> int:
    """Serve a release, or the current one of a folder, until a signal ends it.

    Returns the exit code; `ready` is told the address once it answers. Raises ReleaseError,
    DataError and UsageError for what cannot be served. Call it from a process without threads.
    """
    with _listen(host, port) as origin:
        logs.configure()
        return Supervisor(settings, folder.absolute(), token, origin).run(ready)


class Supervisor:
    """Keep a keeper and an HTTP process running."""

    def __init__(self, settings: Settings, folder: Path, token: str, origin: socket.socket) -> None:
        # Held here, so that no connection is refused while an HTTP process is started anew.
        self._origin = origin
        self._settings = settings
        self._folder = folder
        self._token = token
        self._release = Release.open(folder)
        # Only this user may enter it: whoever reaches the sockets in it may ask and write.
        self._runtime = Path(tempfile.mkdtemp(prefix="iprgraph-"))
        self._control = str(self._runtime / "control")
        self._selector = selectors.DefaultSelector()
        self._keepers = 0
        self._keeper: Started | None = None
        self._next: tuple[Release, Started] | None = None
        self._restarts: list[float] = []
        self._serving = False
        self._server = 0
        self._http: socket.socket | None = None
        self._stopping = False
        self._code: int | None = None
        self._ready: Callable[[], object] = lambda: None

    def run(self, ready: Callable[[str], object]) -> int:
        """Start everything, and go on until a signal, or a failure that cannot be mended."""
        wake = _hear_signals()
        try:
            self._keeper = self._start_keeper(self._release, own=bool(self._token))
            with socket.socket(socket.AF_UNIX) as listener:
                listener.bind(self._control)
                listener.listen(8)
                self._selector.register(wake, selectors.EVENT_READ, self._signalled)
                self._selector.register(listener, selectors.EVENT_READ, self._greet)
                self._server = self._start_server()
                self._ready = lambda: ready(_address(self._origin))
                while self._code is None:
                    for key, _ in self._selector.select():
                        key.data(key.fileobj)
            return self._code
        finally:
            self._end()

    def _start_keeper(self, release: Release, *, own: bool) -> Started:
        self._keepers += 1
        address = str(self._runtime / f"keeper-{self._keepers}")
        return launch.start(self._plan(release), address, own=own)

    def _plan(self, release: Release) -> Plan:
        """Plan to keep a release; the journal matters where writes are, or once were, accepted."""
        named = self._settings.journal
        journal: Path | None = Path(named) if named else release.dir.parent / "journal"
        if not self._token and journal and not journal.is_dir():
            journal = None
        return launch.plan(release.dir, self._settings, journal, gated=bool(self._token))

    def _start_server(self) -> int:
        parent = os.getpid()
        pid = os.fork()
        if pid == 0:
            code = 1
            try:
                signal.set_wakeup_fd(-1)
                for number in _SIGNALS:
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
        """Tell a new HTTP process what is to be served."""
        assert self._keeper is not None
        self._forget_http()
        self._http, _ = listener.accept()
        self._selector.register(self._http, selectors.EVENT_READ, self._hear_http)
        self._tell_http(self._release, self._keeper)

    def _tell_http(self, release: Release, keeper: Started) -> None:
        with contextlib.suppress(OSError):
            if self._http:
                framing.send(self._http, (str(release.dir), keeper.address))

    def _hear_http(self, connection: socket.socket) -> None:
        try:
            message, _ = framing.receive(connection)
        except (OSError, EOFError):
            self._forget_http()
            return
        if message[0] == "serving":
            self._serving = True
            ready, self._ready = self._ready, lambda: None
            ready()
            return
        assert self._next is not None
        (release, keeper), self._next = self._next, None
        if message[0] == "taken":
            # The keeper before ends by itself, with the last job under way.
            self._release, self._keeper = release, keeper
            logs.write("reload", release=release.id)
        else:
            keeper.end()
            logs.write("reload-failed", release=release.id, error=message[1])

    def _forget_http(self) -> None:
        if self._http:
            self._selector.unregister(self._http)
            self._http.close()
            self._http = None

    def _signalled(self, wake: int) -> None:
        for number in set(os.read(wake, 512)):
            if number == signal.SIGCHLD:
                self._reap()
            elif number == signal.SIGHUP:
                self._reload()
            else:
                self._stop()

    def _stop(self) -> None:
        """Let the HTTP server end in its own time; at the second call, at once."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self._server, signal.SIGKILL if self._stopping else signal.SIGTERM)
        self._stopping = True

    def _reload(self) -> None:
        """Take the release that is current now."""
        if self._next or self._stopping:
            return
        try:
            release = Release.open(self._folder)
            if release.id == self._release.id:
                logs.write("reload", release=release.id, unchanged=True)
                return
            self._next = release, self._start_keeper(release, own=False)
        except (IprGraphError, OSError) as error:
            logs.write("reload-failed", error=str(error))
            return
        self._tell_http(*self._next)

    def _reap(self) -> None:
        with contextlib.suppress(ChildProcessError):
            while True:
                pid, status = os.waitpid(-1, os.WNOHANG)
                if pid == 0:
                    return
                if pid == self._server:
                    self._server_ended(os.waitstatus_to_exitcode(status))
                elif self._keeper and pid == self._keeper.pid and not self._stopping:
                    self._restart_keeper(os.waitstatus_to_exitcode(status))

    def _server_ended(self, status: int) -> None:
        """Start the HTTP process anew, unless it was told to end or never served."""
        if self._stopping:
            self._code = 0
        elif not self._serving or not self._may_restart("server-ended", status):
            self._code = 1
        else:
            self._serving = False
            self._server = self._start_server()

    def _may_restart(self, event: str, status: int) -> bool:
        now = time.monotonic()
        self._restarts = [*(t for t in self._restarts if now - t < 60), now]
        logs.write(event, status=status, restarts=len(self._restarts))
        return len(self._restarts) <= _MOST_RESTARTS

    def _restart_keeper(self, status: int) -> None:
        """Start the keeper anew where it was; those who ask it wait a moment for it."""
        assert self._keeper is not None
        try:
            if not self._may_restart("keeper-ended", status):
                raise UsageError("the keeper of the graph ends again and again; the log says why")
            self._keeper = launch.start(
                self._plan(self._release), self._keeper.address, own=bool(self._token)
            )
        except (IprGraphError, OSError) as error:
            logs.write("stopped", error=str(error))
            self._stop()

    def _end(self) -> None:
        for keeper in (self._keeper, self._next[1] if self._next else None):
            if keeper:
                keeper.end()
        self._selector.close()
        shutil.rmtree(self._runtime, ignore_errors=True)


def _hear_signals() -> int:
    """Have signals wake a selector: each comes as a byte, its number."""
    wake, wakeup = os.pipe()
    os.set_blocking(wake, False)
    os.set_blocking(wakeup, False)
    signal.set_wakeup_fd(wakeup, warn_on_full_buffer=False)
    for number in _SIGNALS:
        signal.signal(number, lambda *_: None)
    return wake


def _listen(host: str, port: int) -> socket.socket:
    """Listen at an address; port 0 stands for any that is free."""
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        return socket.create_server((host, port), family=family, backlog=_BACKLOG)
    except OSError as error:
        raise UsageError(
            f"{host}:{port} cannot be listened on ({error.strerror}); choose another --port"
        ) from None


def _address(origin: socket.socket) -> str:
    host, port = origin.getsockname()[:2]
    return f"http://{f'[{host}]' if ':' in host else host}:{port}/"
