"""The server keeps answering: a new release, a lost process, a slow request at the end."""

from __future__ import annotations

import os
import signal
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest

from support import small
from support.client import Client, raw
from support.processes import children, point, threads_of, until
from support.serving import Running, serving, small_release
from support.small import EX

COUNT = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"

#: Takes about a second: every pair of numbers.
SLOW = f"SELECT (COUNT(*) AS ?n) {{ ?s <{EX}value> ?x . ?t <{EX}value> ?y . FILTER(?x + ?y = 1) }}"


def count(client: Client) -> int:
    return int(client.query(COUNT).json()["results"]["bindings"][0]["n"]["value"])


def descendants(pid: int) -> list[int]:
    return [d for child in children(pid) for d in (child, *descendants(child))]


def answers(running: Running) -> bool:
    """Check whether a new connection gets an answer."""
    with closing(running.client()) as client:
        try:
            return client.query("ASK {}").status == 200
        except OSError:
            return False


def test_a_new_release_is_taken_without_a_dropped_request(tmp_path: Path) -> None:
    first = small_release(tmp_path / "releases" / "1", small.nquads())
    second = small_release(
        tmp_path / "releases" / "2", small.nquads() + f"<{EX}new> <{EX}new> <{EX}new> .\n"
    )
    current = tmp_path / "releases" / "current"
    point(current, first)
    with serving(current.parent, tmp_path) as running:
        clients = [running.client() for _ in range(4)]
        before = count(clients[0])
        seen: list[tuple[int, str]] = []
        failed: list[object] = []
        stop = threading.Event()

        def ask(client: Client) -> None:
            number = 0
            while not stop.is_set():
                number += 1
                reply = client.query(f"{COUNT} # {number % 3}")
                if reply.status != 200:
                    failed.append(reply)
                    return
                n = reply.json()["results"]["bindings"][0]["n"]["value"]
                seen.append((int(n), reply.headers.get("etag", "")))

        threads = [threading.Thread(target=ask, args=(client,)) for client in clients]
        for thread in threads:
            thread.start()
        point(current, second)
        running.process.send_signal(signal.SIGHUP)
        until(lambda: seen and seen[-1][0] == before + 1)
        stop.set()
        for thread in threads:
            thread.join()
        for client in clients:
            client.close()
        assert not failed
        assert {n for n, _ in seen} == {before, before + 1}
        tags = [{tag for n, tag in seen if n == size and tag} for size in (before, before + 1)]
        assert tags[0].isdisjoint(tags[1])
    assert [line["event"] for line in running.log_lines() if line["event"] == "reload"]


def test_a_release_that_cannot_be_read_changes_nothing(tmp_path: Path) -> None:
    first = small_release(tmp_path / "releases" / "1", small.nquads())
    spoiled = small_release(tmp_path / "releases" / "2", "this is no N-Quads\n")
    current = tmp_path / "releases" / "current"
    point(current, first)
    with serving(current.parent, tmp_path) as running:
        client = running.client()
        before = count(client)
        point(current, spoiled)
        running.process.send_signal(signal.SIGHUP)
        until(lambda: "reload-failed" in running.log.read_text())
        assert count(client) == before
        client.close()


def test_writes_are_there_in_the_new_release(tmp_path: Path) -> None:
    first = small_release(tmp_path / "releases" / "1", small.nquads())
    second = small_release(tmp_path / "releases" / "2")
    current = tmp_path / "releases" / "current"
    point(current, first)
    with serving(current.parent, tmp_path) as running:
        client = running.client()
        assert (
            client.update(f"INSERT DATA {{ GRAPH <{EX}w> {{ <{EX}s> <{EX}p> 1 }} }}").status == 204
        )
        point(current, second)
        running.process.send_signal(signal.SIGHUP)
        until(lambda: count(client) == 1)
        assert (
            client.update(f"INSERT DATA {{ GRAPH <{EX}w> {{ <{EX}s> <{EX}p> 2 }} }}").status == 204
        )
        assert count(client) == 2
        client.close()
    with serving(current.parent, tmp_path) as running:
        client = running.client()
        assert count(client) == 2
        client.close()


def test_every_process_but_the_first_may_be_lost(tmp_path: Path) -> None:
    release = small_release(tmp_path / "release", small.nquads())
    with serving(release, tmp_path) as running:
        client = running.client()
        before = count(client)
        host, server = children(running.process.pid)
        os.kill(host, signal.SIGKILL)
        until(lambda: host not in children(running.process.pid))
        # Whoever asks meanwhile waits a moment, or is told to come back.
        statuses = {client.query(f"ASK {{}} #{n}").status for n in range(5)}
        assert statuses <= {200, 503}
        until(lambda: client.query(f"{COUNT} #").status == 200)
        assert count(client) == before
        os.kill(server, signal.SIGKILL)
        until(lambda: server not in children(running.process.pid))
        until(lambda: answers(running))
        client.close()


def test_nothing_is_left_when_the_first_process_is_killed(tmp_path: Path) -> None:
    release = small_release(tmp_path / "release")
    with serving(release, tmp_path) as running:
        left = descendants(running.process.pid)
        assert len(left) >= 3
        running.process.kill()
        running.process.wait()
        until(lambda: not [pid for pid in left if threads_of(pid)])


def test_a_request_under_way_is_answered_before_the_end(tmp_path: Path) -> None:
    release = small_release(tmp_path / "release", small.nquads())
    with serving(release, tmp_path) as running:
        client = running.client()
        replies = []
        thread = threading.Thread(target=lambda: replies.append(client.query(SLOW)))
        thread.start()
        other = running.client()
        until(lambda: "iprgraph_workers_busy 1.0" in other.get("/metrics").text)
        running.process.send_signal(signal.SIGTERM)
        thread.join()
        assert [reply.status for reply in replies] == [200]
        assert running.process.wait(15) == 0
        with pytest.raises(ConnectionError):
            other.query("ASK {}")
        client.close()
        other.close()


def test_a_port_in_use_is_not_shared(small_server: Running, tmp_path: Path) -> None:
    release = small_release(tmp_path / "release")
    with serving(release, tmp_path, "--port", str(small_server.port), ready=False) as running:
        assert running.process.wait(30) == 2
        said = running.log.read_text()
    assert str(small_server.port) in said
    assert "--port" in said
    assert "Traceback" not in said


def test_slow_senders_take_nothing_from_others(tmp_path: Path) -> None:
    release = small_release(tmp_path / "release")
    head = b"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Type: application/sparql-query\r\n"
    begun = head + b"Content-Length: 9\r\n\r\nASK"
    with serving(release, tmp_path, "--workers", "1", "--queue", "4") as running:
        held = [
            threading.Thread(target=lambda: raw(running.port, begun, wait=3)) for _ in range(100)
        ]
        for thread in held:
            thread.start()
        time.sleep(0.5)
        client = running.client()
        assert {client.query(f"ASK {{}} #{n}").status for n in range(10)} == {200}
        client.close()
        for thread in held:
            thread.join()
