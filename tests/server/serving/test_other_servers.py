"""The same app under the servers that docs/operating.md names: all of it, and nothing is left behind."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from iprgraph.release.release import Release
from support.client import Client
from support.paths import DOCS
from support.serving import TOKEN, Running, free_port, stop, wait_until_ready

#: How each server is told to listen at a port.
LISTEN = {
    "gunicorn": ["--bind", "127.0.0.1:{port}"],
    "flask": ["--port", "{port}"],
    "uvicorn": ["--port", "{port}"],
    "granian": ["--port", "{port}"],
}


def _documented() -> dict[str, list[str]]:
    """Return the command of each server as docs/operating.md shows it, with its port."""
    text = (DOCS / "operating.md").read_text("utf-8")
    commands = map(shlex.split, re.findall(rf"^(?:{'|'.join(LISTEN)}) --.*$", text, re.M))
    return {words[0]: words + LISTEN[words[0]] for words in commands}


COMMANDS = _documented()
assert COMMANDS.keys() == LISTEN.keys()

COUNT = "SELECT (COUNT(*) AS ?n) { GRAPH <urn:g:g> { ?s ?p ?o } }"


@contextmanager
def running(name: str, release: Release, folder: Path) -> Iterator[Running]:
    """Serve a copy of a release by a server, from the folder that holds it."""
    shutil.copytree(release.dir, folder / "releases" / release.id)
    (folder / "releases" / "current").symlink_to(release.id)
    port = free_port()
    command = [part.format(port=port) for part in COMMANDS[name]]
    command[0] = str(Path(sys.executable).with_name(command[0]))
    log = folder / "server.log"
    environment = {**os.environ, "IPRGRAPH_TOKEN": TOKEN, "IPRGRAPH_WORKERS": "1"}
    with log.open("wb") as stream:
        process = subprocess.Popen(
            command,
            stdout=stream,
            stderr=stream,
            cwd=folder,
            env=environment,
            start_new_session=True,
        )
    made = Running(process, port, log)
    try:
        wait_until_ready(made)
        yield made
    finally:
        stop(process)


def count(client: Client) -> int:
    return int(client.query(COUNT).json()["results"]["bindings"][0]["n"]["value"])


def late(server: Running, seconds: float) -> int:
    """Return the status of the answer to a query that takes longer than it may."""
    slow = "SELECT (COUNT(*) AS ?n) { ?a ?p ?b . ?c ?q ?d . ?e ?r ?f }"
    with closing(server.client()) as client:
        reply = client("GET", f"/sparql?timeout={seconds:g}&query={slow.replace(' ', '%20')}")
    assert f"{seconds:g} s" in reply.text
    return reply.status


def hosts(folder: Path) -> list[int]:
    """Return the processes that hold a graph of a folder, without the workers that they forked."""
    parents = {}
    for process in Path("/proc").iterdir():
        try:
            words = (process / "cmdline").read_bytes().split(b"\0")
            parent = int((process / "stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
        if b"iprgraph_server.graph_host.launch" in words and str(folder).encode() in words[-2]:
            parents[int(process.name)] = parent
    return [pid for pid, parent in parents.items() if parent not in parents]


@pytest.mark.parametrize("name", COMMANDS)
def test_a_server_serves_all_of_it(name: str, release: Release, tmp_path: Path) -> None:
    with running(name, release, tmp_path) as server:
        clients = [server.client() for _ in range(6)]
        first = clients[0]
        assert first.query("ASK { ?c a ipr:Claim }").json()["boolean"] is True
        for path in ("/", "/health", "/metrics", "/settings", "/reconcile", "/openapi.json",
                     "/graph-store?default", "/page/organization/wipo", "/downloads/iprgraph.ttl"):  # fmt: skip
            assert first.get(path).status == 200, path
        assert first.get("/nothing").status == 404
        reply = first("POST", "/validate", "<a:b> <a:c> 1 .", {"content-type": "text/turtle"})
        assert reply.status == 200
        for number in range(4):
            update = f"INSERT DATA {{ GRAPH <urn:g:g> {{ <urn:s:s> <urn:p:p> {number} }} }}"
            assert clients[number].update(update).status == 204
            # Whichever process a client has, it sees what another one wrote.
            assert {count(client) for client in clients} == {number + 1}
        assert late(server, 0.5) == 503
        assert len(hosts(tmp_path)) == 1
        for client in clients:
            client.close()
    deadline = time.monotonic() + 20
    while hosts(tmp_path):
        assert time.monotonic() < deadline, "the process that holds the graph is left"
        time.sleep(0.05)
    log = server.log.read_text("utf-8")
    assert '"event": "request"' in log and "Traceback" not in log, log


def test_a_lost_graph_and_a_lost_worker_come_back(release: Release, tmp_path: Path) -> None:
    with running("gunicorn", release, tmp_path) as server:
        (host,) = hosts(tmp_path)
        os.kill(host, signal.SIGKILL)
        with closing(server.client()) as client:
            deadline = time.monotonic() + 30
            answered = False
            # A worker of the lost one may answer just before it ends.
            while not answered or hosts(tmp_path) in ([], [host]):
                answered = client.query(f"ASK {{}} # {time.monotonic()}").status == 200
                assert time.monotonic() < deadline
        assert len(hosts(tmp_path)) == 1
        children = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children")
        for pid in children.read_text().split():
            os.kill(int(pid), signal.SIGKILL)
        time.sleep(0.5)
        wait_until_ready(server)


def test_a_new_release_comes_in_while_an_old_query_runs(release: Release, tmp_path: Path) -> None:
    """The old processes have the journal of writes until their last query has ended."""
    with running("gunicorn", release, tmp_path) as server, closing(server.client()) as client:
        update = "INSERT DATA {{ GRAPH <urn:g:g> {{ <urn:s:s> <urn:p:p> {} }} }}"
        assert client.update(update.format(1)).status == 204
        (old,) = hosts(tmp_path)
        with ThreadPoolExecutor(1) as pool:
            slow = pool.submit(late, server, 9)
            time.sleep(1)
            copied = tmp_path / "releases" / "next"
            shutil.copytree(release.dir, copied)
            current = tmp_path / "releases" / "current"
            current.unlink()
            current.symlink_to(copied.name)
            server.process.send_signal(signal.SIGHUP)
            deadline = time.monotonic() + 30
            while len(hosts(tmp_path)) < 2:
                assert time.monotonic() < deadline
                time.sleep(0.05)
            assert slow.result() == 503
            with closing(server.client()) as other:
                while (written := other.update(update.format(2))).status != 204:
                    assert time.monotonic() < deadline, written.text
                    time.sleep(0.2)
                # What was written before is there too, and only the new graph is left.
                assert count(other) == 2
                while hosts(tmp_path) == [old] or len(hosts(tmp_path)) > 1:
                    assert time.monotonic() < deadline
                    time.sleep(0.05)
