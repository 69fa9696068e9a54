"""Start a keeper with its workers, as the server does, for tests that speak with the pool alone."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from iprgraph_server.graph_host import launch
from iprgraph_server.pool.pool import Pool
from iprgraph_server.settings import Settings


class Kept:
    """A keeper in a process of its own, and its address."""

    def __init__(self, process: subprocess.Popen[bytes], address: str) -> None:
        self.process = process
        self.address = address

    @property
    def pid(self) -> int:
        """Return the id of the keeper."""
        return int(launch.ask(self.address, "status")[1]["pid"])

    def kill(self) -> None:
        """End it as the machine might: at once; the workers end with it."""
        self.process.kill()
        self.process.wait()


@contextmanager
def keeper(
    file: Path,
    journal: Path | None = None,
    own: bool = True,
    gate: bool = False,
    address: str = "",
    **settings: Any,
) -> Iterator[Kept]:
    """Keep an N-Quads file; the settings are the server's."""
    with tempfile.TemporaryDirectory(prefix="kept") as folder:
        address = address or str(Path(folder) / "k")
        asked = json.dumps([str(file), journal and str(journal), address, own, gate, settings])
        process = subprocess.Popen(
            [sys.executable, __file__, asked], stdout=subprocess.PIPE, stdin=subprocess.PIPE
        )
        assert process.stdout and process.stdin
        try:
            assert process.stdout.readline() == b"ready\n"
            yield Kept(process, address)
        finally:
            process.kill()
            process.wait()
            process.stdout.close()
            process.stdin.close()


@contextmanager
def pool(
    file: Path, journal: Path | None = None, gate: bool = False, **settings: Any
) -> Iterator[Pool]:
    """Keep an N-Quads file, and give the pool of its workers."""
    with keeper(file, journal, gate=gate, **settings) as kept:
        made = Pool(Settings(**settings), kept.address)
        try:
            yield made
        finally:
            made.close()


def _main() -> None:
    file, journal, address, own, gate, settings = json.loads(sys.argv[1])
    folder = Path(journal) if journal else None
    made = launch.plan(Path(file), Settings(**settings), folder, gated=gate)
    started = launch.start(made, address, own=own)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    # The keeper ends with this process, whichever way it ends.
    os.waitpid(started.pid, 0)


if __name__ == "__main__":
    _main()
