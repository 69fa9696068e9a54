"""One release after another is taken, whatever process is lost in between."""

from __future__ import annotations

import os
import signal
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest

from support.processes import children, point, threads_of, until
from support.serving import Running, serving, small_release
from support.small import EX

INTEGER = "http://www.w3.org/2001/XMLSchema#integer"


def _hosts(running: Running) -> list[int]:
    """Return the fork servers: the supervisor's children that have one thread."""
    return [pid for pid in children(running.process.pid) if threads_of(pid) == 1]


def _http_process(running: Running) -> int:
    (pid,) = set(children(running.process.pid)) - set(_hosts(running))
    return pid


class Writer(threading.Thread):
    """Write one triple after another until told to stop."""

    def __init__(self, running: Running) -> None:
        super().__init__()
        self.running = running
        self.stopped = threading.Event()
        self.written = 0
        self.failed: list[object] = []

    def run(self) -> None:
        client = self.running.client()
        while not self.stopped.is_set():
            triple = f"<{EX}s> <{EX}p> {self.written}"
            try:
                reply = client.update(f"INSERT DATA {{ GRAPH <{EX}w> {{ {triple} }} }}")
            except OSError:
                client = self.running.client()
                continue
            if reply.status == 204:
                self.written += 1
            else:
                self.failed.append(reply)
        client.close()


def shows(running: Running, number: int) -> bool:
    """Check whether a release is served; a take-over that was given up is asked for again."""
    with closing(running.client()) as client:
        try:
            reply = client.query(f"ASK {{ <{EX}r> <{EX}number> {number} }} # {time.monotonic()}")
        except OSError:
            return False
    if reply.status == 200 and reply.json()["boolean"]:
        return True
    running.process.send_signal(signal.SIGHUP)
    return False


@pytest.mark.parametrize("lost", ["nothing", "http", "host"])
def test_take_overs_follow_one_another_whatever_is_lost_in_between(
    tmp_path: Path, lost: str
) -> None:
    """Take one release after another under writes; a process that is lost loses no written triple."""
    releases = [
        small_release(
            tmp_path / "releases" / str(n), f'<{EX}r> <{EX}number> "{n}"^^<{INTEGER}> .\n'
        )
        for n in range(2)
    ]
    current = tmp_path / "releases" / "current"
    point(current, releases[0])
    with serving(current.parent, tmp_path) as running:
        writer = Writer(running)
        writer.start()
        for number in range(1, 5):
            point(current, releases[number % 2])
            running.process.send_signal(signal.SIGHUP)
            if lost == "http":
                os.kill(_http_process(running), signal.SIGKILL)
            elif lost == "host":
                os.kill(_hosts(running)[-1], signal.SIGKILL)
            until(lambda number=number: shows(running, number % 2), 60)  # type: ignore[misc]
        writer.stopped.set()
        writer.join()
        assert not (lost == "nothing" and writer.failed)
        with closing(running.client()) as client:
            until(lambda: client.query(f"ASK {{}} # {time.monotonic()}").status == 200, 60)
            reply = client.query(f"SELECT (COUNT(*) AS ?n) {{ GRAPH <{EX}w> {{ ?s ?p ?o }} }}")
            seen = int(reply.json()["results"]["bindings"][0]["n"]["value"])
        # One that was under way when a process was lost may be there without its answer.
        assert 0 < writer.written <= seen <= writer.written + 1
        until(lambda: len(_hosts(running)) == 1, 60)
        assert running.process.poll() is None
