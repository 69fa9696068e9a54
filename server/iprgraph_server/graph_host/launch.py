"""Start a fork server: as a child of the supervisor, or one that several processes share."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple

from iprgraph.errors import DataError, IprGraphError, UsageError
from iprgraph_server.graph_host.fork_server import ForkServer
from iprgraph_server.graph_host.host_plan import HostPlan, plan
from iprgraph_server.pool.control import counter_path
from iprgraph_server.settings import Settings
from iprgraph_server.workers import framing, sandbox

#: A Unix socket's path may not be longer, on any system.
_LONGEST_PATH = 100


class Started(NamedTuple):
    """A fork server that is ready: its process and its address."""

    pid: int
    address: str

    def end(self) -> None:
        """End it, and its workers with it."""
        try:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        except (ProcessLookupError, ChildProcessError):
            pass


class SharedHost:
    """A fork server that every process on this machine which serves the same release shares.

    The first that asks starts it; it ends when the last of them has gone, in whatever way.
    ``journal`` is the folder of the journal of writes; writes are refused without it.
    """

    def __init__(self, release: Path, settings: Settings, journal: Path | None = None) -> None:
        self._plan = json.dumps(
            [str(release.resolve()), asdict(settings), journal and str(journal.resolve())],
            sort_keys=True,
        )
        key = blake2b(self._plan.encode(), digest_size=10).hexdigest()
        self._folder = _own_folder(key)
        self.address = str(self._folder / "graph")
        self._connection: socket.socket | None = None
        self.attach()

    def attach(self) -> None:
        """Be counted as one that needs the fork server, which is started where there is none.

        Raises DataError and UsageError for what cannot be loaded.
        """
        self.close()
        with _locked(self._folder / "lock"):
            try:
                self._connect()
            except (OSError, EOFError):
                self._start()
                self._connect()

    def close(self) -> None:
        """Let the fork server end, unless others need it."""
        if self._connection:
            self._connection.close()
            self._connection = None

    def _connect(self) -> None:
        connection = socket.socket(socket.AF_UNIX)
        try:
            connection.connect(self.address)
            framing.send(connection, ("attach",))
            framing.receive(connection)
        except BaseException:
            connection.close()
            raise
        self._connection = connection

    def _start(self) -> None:
        # In a process of its own: this one may have threads.
        with subprocess.Popen(  # noqa: S603 (our own module)
            [sys.executable, "-m", __name__, self.address, self._plan],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            start_new_session=True,
        ) as process:
            assert process.stdout is not None
            said = process.stdout.read().decode()
        if said != "ready":
            raise DataError(said or "the process that holds the graph ended while it was loading")


def start(host_plan: HostPlan, address: str, *, own: bool = True) -> Started:
    """Fork a fork server and wait until it has loaded; call it from a process without other threads.

    ``address`` is the path of its socket, in a folder that is only ours (mode 0700). Without
    ``own`` it follows another one's journal, until told to own it. Raises DataError and UsageError
    for what it cannot load.
    """
    listener = _listen(address)
    result, report = os.pipe()
    parent = os.getpid()
    pid = os.fork()
    if pid == 0:
        try:
            os.close(result)
            sandbox.die_with_parent(parent)
            server = ForkServer(host_plan, listener, counter_path(address))
            _run(server, report, own=own, parent=parent)
        finally:
            os._exit(1)
    listener.close()
    os.close(report)
    with os.fdopen(result, "rb") as lines:
        said = lines.read().decode()
    if said != "ready":
        os.waitpid(pid, 0)
        raise DataError(said or "the process that holds the graph ended while it was loading")
    return Started(pid, address)


def _run(server: ForkServer, report: int, *, own: bool, parent: int | None) -> None:
    """Be the fork server: load, report that, answer."""
    try:
        server.load(own=own)
        if parent is not None:
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
    server.run()


def _listen(address: str) -> socket.socket:
    if len(os.fsencode(address)) > _LONGEST_PATH:
        raise UsageError(f"{address}: the path is too long for a socket; choose a shorter folder")
    Path(address).unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(address)
    listener.listen(128)
    return listener


def _own_folder(key: str) -> Path:
    """Return a folder that only this user may enter: whoever reaches its socket may ask and write."""
    user = os.getuid()
    folder = Path(tempfile.gettempdir()) / f"iprgraph-{user}"
    for made in (folder, folder / key):
        made.mkdir(mode=0o700, exist_ok=True)
        state = made.lstat()
        if state.st_uid != user or state.st_mode & 0o077 or made.is_symlink():
            raise UsageError(f"{made} is not a folder of this user alone; remove it")
    return folder / key


@contextmanager
def _locked(file: Path) -> Iterator[None]:
    with file.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _main(address: str, described: str) -> None:
    """Be a shared fork server in a process of its own, which is nobody's child."""
    if os.fork():
        os._exit(0)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    release, values, journal = json.loads(described)
    folder = Path(journal) if journal else None
    host_plan = plan(Path(release), Settings(**values), folder, validated=journal is not None)
    report = os.dup(1)
    os.dup2(2, 1)
    server = ForkServer(host_plan, _listen(address), counter_path(address), shared=True)
    _run(server, report, own=True, parent=None)


if __name__ == "__main__":
    _main(*sys.argv[1:])
