"""Start a fork server with its workers, as the server does, for tests that use the pool alone."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from iprgraph_server.graph_host import host_plan, launch
from iprgraph_server.pool.control import ask
from iprgraph_server.pool.pool import BlockingPool, Pool
from iprgraph_server.settings import Settings

T = TypeVar("T")


class Host:
    """A fork server in a process of its own, and its address."""

    def __init__(self, process: subprocess.Popen[bytes], address: str) -> None:
        self.process = process
        self.address = address

    @property
    def pid(self) -> int:
        """Return the id of the fork server."""
        return int(self.status()["pid"])

    def status(self) -> dict[str, Any]:
        """Return the state of the fork server."""
        return dict(ask(self.address, "status")[1])

    def kill(self) -> None:
        """End it as the machine might: at once; the workers end with it."""
        self.process.kill()
        self.process.wait()


class ThreadedPool(BlockingPool):
    """A pool on an event loop in a thread of its own."""

    def __init__(self, settings: Settings, address: str) -> None:
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever)
        self._thread.start()
        self.pool = self._make(settings, address)
        super().__init__(self.pool, lambda: self.loop)

    def replace(self, settings: Settings, address: str) -> ThreadedPool:
        """Return a pool of another fork server, to which the writes have gone over."""
        successor = ThreadedPool.__new__(ThreadedPool)
        successor.loop, successor._thread = self.loop, self._thread
        successor.pool = Pool(settings, address, self.pool._write_turn)
        BlockingPool.__init__(successor, successor.pool, lambda: self.loop)
        self.wait_for(self.pool.replace(successor.pool))
        return successor

    def wait_for(self, work: Awaitable[T]) -> T:
        """Return what a coroutine on the loop returns."""

        async def run() -> T:
            return await work

        return asyncio.run_coroutine_threadsafe(run(), self.loop).result()

    def close(self) -> None:
        """Let the workers go and end the loop."""

        async def close() -> None:
            self.pool.close()

        self.wait_for(close())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()
        self.loop.close()

    def _make(self, settings: Settings, address: str) -> Pool:
        return Pool(settings, address)


@contextmanager
def fork_server(
    file: Path,
    journal: Path | None = None,
    own: bool = True,
    validated: bool = False,
    address: str = "",
    **settings: Any,
) -> Iterator[Host]:
    """Hold an N-Quads file; the settings are the server's."""
    with tempfile.TemporaryDirectory(prefix="host") as folder:
        address = address or str(Path(folder) / "g")
        described = json.dumps(
            [str(file), journal and str(journal), address, own, validated, settings]
        )
        process = subprocess.Popen(
            [sys.executable, __file__, described], stdout=subprocess.PIPE, stdin=subprocess.PIPE
        )
        assert process.stdout and process.stdin
        try:
            assert process.stdout.readline() == b"ready\n"
            yield Host(process, address)
        finally:
            process.kill()
            process.wait()
            process.stdout.close()
            process.stdin.close()


@contextmanager
def pool(
    file: Path, journal: Path | None = None, validated: bool = False, **settings: Any
) -> Iterator[ThreadedPool]:
    """Hold an N-Quads file, and give the pool of its workers."""
    with fork_server(file, journal, validated=validated, **settings) as host:
        made = ThreadedPool(Settings(**settings), host.address)
        try:
            yield made
        finally:
            made.close()


def on_loop(file: Path, work: Callable[[Pool], Awaitable[T]], **settings: Any) -> T:
    """Return what a coroutine returns that uses the pool of an N-Quads file."""

    async def run(address: str) -> T:
        made = Pool(Settings(**settings), address)
        try:
            return await work(made)
        finally:
            made.close()

    with fork_server(file, **settings) as host:
        return asyncio.run(run(host.address))


def _main() -> None:
    file, journal, address, own, validated, settings = json.loads(sys.argv[1])
    folder = Path(journal) if journal else None
    made = host_plan.plan(Path(file), Settings(**settings), folder, validated=validated)
    started = launch.start(made, address, own=own)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    # The fork server ends with this process, whichever way it ends.
    os.waitpid(started.pid, 0)


if __name__ == "__main__":
    _main()
