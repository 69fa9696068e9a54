"""The servers of the HTTP comparison: ours and its peers, each started on the same graph."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pyoxigraph as ox


@dataclass
class Server:
    """A running server: the address of its endpoint, and the processes that are its memory."""

    name: str
    endpoint: str
    process: subprocess.Popen[bytes]


def get(url: str) -> bytes:
    """Read a page whole."""
    request = urllib.request.Request(url, headers={"Accept": "application/sparql-results+json"})
    with urllib.request.urlopen(request, timeout=120) as answer:
        return bytes(answer.read())


def memory(process: subprocess.Popen[bytes]) -> float:
    """Sum the proportional set size (shared pages counted once) of a process and its children, in MB."""
    total = 0
    for folder in _family(process):
        with contextlib.suppress(OSError):
            pss = re.search(r"^Pss:\s+(\d+)", (folder / "smaps_rollup").read_text(), re.M)
            total += int(pss[1]) if pss else 0
    return total / 1000


def cpu(process: subprocess.Popen[bytes]) -> float:
    """Sum the CPU time that a process and its children have taken so far, in seconds."""
    ticks = 0
    for folder in _family(process):
        with contextlib.suppress(OSError):
            # After the name, which may hold anything: state is field 3; utime … cstime are 14 to 17.
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
            ticks += sum(map(int, fields[11:15]))
    return ticks / os.sysconf("SC_CLK_TCK")


def pause(process: subprocess.Popen[bytes]) -> None:
    """Let a server end what it was asked, for five seconds at most, and then stop it where it is.

    A client that goes away does not end a query everywhere: whoever has the next round shall not pay.
    """
    spent, until = cpu(process), time.monotonic() + 5
    while time.monotonic() < until:
        time.sleep(0.2)
        before, spent = spent, cpu(process)
        if spent - before < 0.02:
            break
    _signal(process, signal.SIGSTOP)


def resume(process: subprocess.Popen[bytes]) -> None:
    """Take back `pause`."""
    _signal(process, signal.SIGCONT)


def _signal(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    for folder in _family(process):
        with contextlib.suppress(ProcessLookupError):
            os.kill(int(folder.name), number)


def _family(process: subprocess.Popen[bytes]) -> Iterator[Path]:
    """Give the folders in /proc of a process and all that descend from it."""
    pids = [process.pid]
    while pids:
        folder = Path(f"/proc/{pids.pop()}")
        yield folder
        with contextlib.suppress(OSError):
            for task in (folder / "task").iterdir():
                pids += map(int, (task / "children").read_text().split())


def free_port() -> int:
    """Find a port that nobody listens on."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


@contextmanager
def _started(
    name: str, command: list[str], endpoint: str, cwd: Path, **environment: str
) -> Iterator[Server]:
    log = (cwd / f"{name}.log").open("wb")
    process = subprocess.Popen(
        command, stdout=log, stderr=log, cwd=cwd, env={**os.environ, **environment}
    )
    try:
        for _ in range(1_800):
            try:
                get(f"{endpoint}?query=ASK%20%7B%20%3Fs%20%3Fp%20%3Fo%20%7D")
                break
            except (OSError, urllib.error.URLError):
                if process.poll() is not None:
                    raise RuntimeError(
                        f"{name} ended: {(cwd / f'{name}.log').read_text()[-2000:]}"
                    ) from None
                time.sleep(0.1)
        yield Server(name, endpoint, process)
    finally:
        resume(process)
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        log.close()


@contextmanager
def ours(quads: Path, folder: Path, checkout: Path | None = None) -> Iterator[Server]:
    """Serve a release made of the quads as they are, with the defaults, by the code of a checkout."""
    release = folder / "release"
    release.mkdir(exist_ok=True)
    if not (release / "iprgraph.nq").exists():
        (release / "iprgraph.nq").symlink_to(quads)
        manifest = {"id": "bench", "version": "0", "issued": "2021-11-09", "title": {"en": "Bench"},
                    "dataset_hash": "0" * 64, "counts": {}, "graphs": {}, "files": {}}  # fmt: skip
        (release / "manifest.json").write_text(json.dumps(manifest))
    port = free_port()
    code = checkout or Path(__file__).parents[1]
    command = [
        sys.executable,
        "-m",
        "iprgraph",
        "serve",
        "--release",
        str(release),
        "--port",
        str(port),
    ]
    started = _started(
        "before" if checkout else "ours", command, f"http://127.0.0.1:{port}/sparql", folder,
        PYTHONPATH=f"{code / 'graph'}{os.pathsep}{code / 'server'}",
    )  # fmt: skip
    with started as server:
        yield server


@contextmanager
def oxigraph(quads: Path, folder: Path, *, on_disk: bool) -> Iterator[Server]:
    """Run `oxigraph serve`, on disk or in memory."""
    program = _program("oxigraph")
    port = free_port()
    command = [program, "serve", "--union-default-graph", "--bind", f"127.0.0.1:{port}"]
    name = "oxigraph disk" if on_disk else "oxigraph memory"
    if on_disk:
        location = folder / "oxigraph"
        if not location.exists():
            subprocess.run([program, "load", "--location", str(location), "--file", str(quads)],
                           check=True, capture_output=True)  # fmt: skip
        command += ["--location", str(location)]
    with _started(name, command, f"http://127.0.0.1:{port}/query", folder) as server:
        if not on_disk:
            request = urllib.request.Request(
                f"http://127.0.0.1:{port}/store", data=quads.read_bytes(), method="POST",
                headers={"Content-Type": "application/n-quads"},
            )  # fmt: skip
            urllib.request.urlopen(request, timeout=600).close()
        yield server


@contextmanager
def rdflib_endpoint(quads: Path, folder: Path) -> Iterator[Server]:
    """Run rdflib-endpoint over the triples (it has no union default graph)."""
    triples = folder / "triples.nt"
    if not triples.exists():
        with triples.open("wb") as out:
            ox.serialize(
                (q.triple for q in ox.parse(path=quads)), out, format=ox.RdfFormat.N_TRIPLES
            )
    port = free_port()
    command = [
        _program("rdflib-endpoint"),
        "serve",
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
        str(triples),
    ]
    with _started("rdflib-endpoint", command, f"http://127.0.0.1:{port}/", folder) as server:
        yield server


@contextmanager
def virtuoso(quads: Path, folder: Path) -> Iterator[Server]:
    """Run Virtuoso with a database of its own, loaded from the quads."""
    program = _program("virtuoso-t")
    home = folder / "virtuoso"
    home.mkdir(exist_ok=True)
    http, sql = free_port(), free_port()
    (home / "virtuoso.ini").write_text(
        f"""[Database]
DatabaseFile = {home}/v.db
ErrorLogFile = {home}/v.log
LockFile = {home}/v.lck
TransactionFile = {home}/v.trx
xa_persistent_file = {home}/v.pxa
[TempDatabase]
DatabaseFile = {home}/t.db
TransactionFile = {home}/t.trx
[Parameters]
ServerPort = {sql}
NumberOfBuffers = 170000
MaxDirtyBuffers = 130000
DirsAllowed = {quads.parent}, {folder}
[HTTPServer]
ServerPort = 127.0.0.1:{http}
ServerThreads = 10
[SPARQL]
ResultSetMaxRows = 1000000
"""
    )
    fresh = not (home / "v.db").exists()
    command = [program, "-f", "-c", str(home / "virtuoso.ini")]
    with _started("virtuoso", command, f"http://127.0.0.1:{http}/sparql", folder) as server:
        if fresh:
            load = f"ld_dir('{quads.parent}', '{quads.name}', 'urn:none'); rdf_loader_run(); checkpoint;"
            isql = shutil.which("isql-vt") or _program("isql-v")
            subprocess.run(
                [isql, str(sql), "dba", "dba", f"exec={load}"], check=True, capture_output=True
            )
        yield server


def _program(name: str) -> str:
    beside = Path(sys.executable).with_name(name)
    found = str(beside) if beside.exists() else shutil.which(name)
    if not found:
        raise FileNotFoundError(f"{name} is not installed")
    return found


SERVERS = {
    "ours": ours,
    "oxigraph-memory": lambda quads, folder: oxigraph(quads, folder, on_disk=False),
    "oxigraph-disk": lambda quads, folder: oxigraph(quads, folder, on_disk=True),
    "virtuoso": virtuoso,
    "rdflib-endpoint": rdflib_endpoint,
}
