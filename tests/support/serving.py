"""Start the real server on a real port, on a release made for a test."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from support.client import Client

TOKEN = "a-token-for-the-tests"


def small_release(folder: Path, nquads: str = "") -> Path:
    """Write the least that a server needs of a release: a manifest and the dataset."""
    digest = hashlib.sha256(nquads.encode()).hexdigest()
    folder.mkdir(parents=True)
    (folder / "iprgraph.nq").write_text(nquads, encoding="utf-8")
    manifest = {
        "id": f"0.0.1-{digest[:12]}",
        "version": "0.0.1",
        "issued": "2021-11-09",
        "title": "A small graph",
        "dataset_hash": digest,
        "counts": {},
        "graphs": {},
        "files": {},
    }
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return folder


class Running:
    """A server in its own process group."""

    def __init__(self, process: subprocess.Popen[bytes], port: int, log: Path) -> None:
        self.process = process
        self.port = port
        self.log = log

    def client(self) -> Client:
        """Make a client that holds the token."""
        return Client(self.port, TOKEN)

    def log_lines(self) -> list[dict[str, object]]:
        """Read the log, its lines of JSON."""
        lines = self.log.read_text(encoding="utf-8").splitlines()
        return [json.loads(line) for line in lines if line.startswith("{")]


@contextmanager
def serving(
    release: Path, folder: Path, *flags: str, token: str = TOKEN, ready: bool = True
) -> Iterator[Running]:
    """Serve a release; `folder` takes the log and the token."""
    folder.mkdir(parents=True, exist_ok=True)
    token_file = folder / "token"
    token_file.write_text(token, encoding="utf-8")
    port = free_port()
    command = [sys.executable, "-m", "iprgraph", "serve"]
    command += ["--port", str(port), "--release", str(release), *flags]
    if token:
        command += ["--token-file", str(token_file)]
    log = folder / "server.log"
    with log.open("wb") as stream:
        process = subprocess.Popen(
            command, stdout=stream, stderr=stream, cwd=folder, start_new_session=True
        )
    running = Running(process, port, log)
    try:
        if ready:
            wait_until_ready(running)
        yield running
    finally:
        stop(process)


def wait_until_ready(running: Running, seconds: float = 60) -> None:
    """Wait until the server answers a query."""
    deadline = time.monotonic() + seconds
    with closing(running.client()) as client:
        while not _answers(client):
            assert running.process.poll() is None, running.log.read_text()
            assert time.monotonic() < deadline, running.log.read_text()
            time.sleep(0.05)


def _answers(client: Client) -> bool:
    try:
        return client.query("ASK {}").status == 200
    except OSError:
        return False


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a server: gracefully, then whatever is left of its group."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    # What a server leaves behind is its own process group's, started here.
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def free_port() -> int:
    """Find a port that nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port
