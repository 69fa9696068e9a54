"""Keep an older release in a process of its own, until whoever asked for it lets go.

`python -m iprgraph_server.graph_host.release_host JSON` takes [folder, address, settings]. It writes `ready`, or what
is wrong, as a line, and ends with its standard input; the keeper and its workers end with it.
"""

from __future__ import annotations

import contextlib
import json
import signal
import subprocess
import sys
import threading
from dataclasses import asdict, replace
from pathlib import Path

from iprgraph.errors import IprGraphError, Text
from iprgraph.release.release import Release
from iprgraph_server.errors import Busy, WorkerDied
from iprgraph_server.graph_host import launch
from iprgraph_server.pool.pool import Pool
from iprgraph_server.settings import Settings


class Older:
    """A release that is kept aside; it is loaded when it is first waited for."""

    def __init__(self, release: Release, address: str, settings: Settings) -> None:
        self.release = release
        #: Jobs that are using it now.
        self.users = 0
        self._address = address
        # Whoever asks for what is past shall not take the time of those who ask for today.
        self._settings = replace(settings, workers=1)
        self._lock = threading.Lock()
        self._ready = threading.Event()
        self._process: subprocess.Popen[str] | None = None
        self._pool: Pool | None = None
        self._told = ""

    def pool(self, seconds: float) -> Pool:
        """Give its workers, waiting for them at most so long; raises Busy, WorkerDied."""
        with self._lock:
            if self._process is None:
                self._start()
        if not self._ready.wait(seconds):
            raise Busy(
                Text(
                    "Release {id} is still being loaded. Try again in a moment.", id=self.release.id
                ),
                retry_after=5,
            )
        if self._pool is None:
            raise WorkerDied(
                Text(
                    "Release {id} cannot be loaded: {told}.",
                    id=self.release.id,
                    told=Text.of(self._told),
                )
            )
        return self._pool

    @property
    def is_lost(self) -> bool:
        """Tell whether its process has ended, by itself or by another's hand."""
        return self._process is not None and self._process.poll() is not None

    def end(self) -> None:
        """Let go of it: its processes end."""
        with self._lock:
            if self._pool:
                self._pool.close()
            if self._process:
                self._process.kill()
                self._process.wait()
                for stream in (self._process.stdin, self._process.stdout):
                    with contextlib.suppress(OSError):
                        assert stream is not None
                        stream.close()

    def _start(self) -> None:
        asked = [str(self.release.dir), self._address, asdict(self._settings)]
        self._process = subprocess.Popen(  # noqa: S603 (our own module)
            [sys.executable, "-m", __name__, json.dumps(asked)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        threading.Thread(target=self._hear, args=(self._process,), daemon=True).start()

    def _hear(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        with contextlib.suppress(OSError, ValueError):
            self._told = process.stdout.readline().strip() or "its process ended"
        if self._told == "ready":
            self._pool = Pool(self._settings, self._address)
        self._ready.set()


def main(asked: str) -> int:
    """Keep a release until the standard input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    folder, address, values = json.loads(asked)
    settings = Settings(**values)
    try:
        started = launch.start(launch.plan(Path(folder), settings), address)
    except IprGraphError as error:
        print(" ".join(str(error).split()), flush=True)
        return 1
    print("ready", flush=True)
    sys.stdin.read()
    started.end()
    Path(address).unlink(missing_ok=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
