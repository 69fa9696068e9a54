"""Load a server for minutes with good, runaway and broken clients at once, and watch it.

    ./run python bench/soak.py [--minutes 10] [--release releases/current]

Good clients ask the competency questions, half of them new each time; runaway clients ask queries that
never end; broken ones write slowly, close half a connection, or send heads beyond all bounds. At the
end: how many good requests were answered, how many failed (none should), and the memory each minute.
"""

from __future__ import annotations

import argparse
import collections
import http.client
import random
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
from pathlib import Path

from iprgraph.content.questions import load as load_questions
from servers import free_port, get, memory

RUNAWAY = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"


class Soak:
    """The clients of one server, and what they saw."""

    def __init__(self, port: int, until: float) -> None:
        self.port = port
        self.until = until
        self.seen: collections.Counter[str] = collections.Counter()
        self.failures: collections.Counter[str] = collections.Counter()
        self.slowest = 0.0
        self.questions = [question.query for question in load_questions()]

    def good(self, seed: int) -> None:
        """Ask competency questions; whatever is not a whole answer is a failure."""
        rng = random.Random(seed)
        connection: http.client.HTTPConnection | None = None
        while time.monotonic() < self.until:
            query = rng.choice(self.questions)
            if rng.random() < 0.5:
                query += f"\n# {rng.random()}"
            path = "/sparql?" + urllib.parse.urlencode({"query": query, "format": "json"})
            begun = time.monotonic()
            try:
                connection = connection or http.client.HTTPConnection(
                    "127.0.0.1", self.port, timeout=40
                )
                connection.request("GET", path)
                answer = connection.getresponse()
                body = answer.read()
                if answer.status == 200 and body.endswith(b"}"):
                    self.seen["good"] += 1
                else:
                    self.failures[f"status {answer.status}"] += 1
            except OSError as error:
                self.failures[type(error).__name__] += 1
                connection = None
            self.slowest = max(self.slowest, time.monotonic() - begun)
            time.sleep(0.01)

    def runaway(self) -> None:
        """Ask what never ends; it must be refused with 503 within a second of its deadline."""
        while time.monotonic() < self.until:
            begun = time.monotonic()
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=40)
            try:
                text = f"{RUNAWAY} # {begun}"
                connection.request(
                    "GET", "/sparql?" + urllib.parse.urlencode({"query": text, "timeout": "2"})
                )
                status = connection.getresponse().status
                late = time.monotonic() - begun - 2
                self.seen[f"runaway {status}"] += 1
                if status != 503 or late > 1:
                    self.failures[f"runaway: {status} after {late + 2:.1f} s"] += 1
            except OSError as error:
                self.failures[f"runaway {type(error).__name__}"] += 1
            finally:
                connection.close()

    def broken(self, seed: int) -> None:
        """Misbehave on the wire in one of several ways."""
        rng = random.Random(seed)
        while time.monotonic() < self.until:
            kind = rng.choice(
                [self._slow, self._half_closed, self._oversized, self._garbage, self._vanish]
            )
            try:
                with socket.create_connection(("127.0.0.1", self.port), timeout=5) as s:
                    kind(s)
            except OSError:
                pass
            self.seen[f"broken {kind.__name__[1:]}"] += 1
            time.sleep(0.2)

    @staticmethod
    def _slow(s: socket.socket) -> None:
        for byte in b"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nquery=":
            s.send(bytes([byte]))
            time.sleep(0.02)

    @staticmethod
    def _half_closed(s: socket.socket) -> None:
        s.send(b"GET /sparql?query=ASK%7B%7D HTTP/1.1\r\nHost: x\r\n\r\n")
        s.shutdown(socket.SHUT_WR)
        s.recv(1000)

    @staticmethod
    def _oversized(s: socket.socket) -> None:
        s.send(b"GET / HTTP/1.1\r\nX-Long: " + b"x" * 2_000_000 + b"\r\n\r\n")
        s.recv(1000)

    @staticmethod
    def _garbage(s: socket.socket) -> None:
        s.send(random.randbytes(5_000))
        s.recv(1000)

    @staticmethod
    def _vanish(s: socket.socket) -> None:
        s.send(b"GET /downloads/iprgraph.nq HTTP/1.1\r\nHost: x\r\n\r\n")
        s.recv(10)


def wait_for(port: int) -> None:
    """Wait until the server answers a query."""
    while True:
        try:
            get(f"http://127.0.0.1:{port}/sparql?query=ASK%7B%7D")
            return
        except OSError:
            time.sleep(0.2)


def main() -> None:
    """Run the soak and print what was seen."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--release", type=Path, default=Path("releases/current"))
    options = parser.parse_args()
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        program = str(Path(sys.executable).with_name("iprgraph"))
        command = [
            program,
            "serve",
            "--port",
            str(port),
            "--release",
            str(options.release.resolve()),
            "--workers",
            "3",
        ]
        with (Path(folder) / "log").open("wb") as log:
            server = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log)
        try:
            wait_for(port)
            soak = Soak(port, time.monotonic() + options.minutes * 60)
            threads = [threading.Thread(target=soak.good, args=(n,)) for n in range(4)]
            threads += [threading.Thread(target=soak.runaway) for _ in range(2)]
            threads += [threading.Thread(target=soak.broken, args=(n,)) for n in range(2)]
            for thread in threads:
                thread.start()
            while any(thread.is_alive() for thread in threads):
                print(
                    f"{memory(server):8.0f} MB  {soak.seen['good']:>8,} good  {sum(soak.failures.values())} failed",
                    flush=True,
                )
                time.sleep(min(60, options.minutes * 6))
            for thread in threads:
                thread.join()
            print(f"seen: {dict(sorted(soak.seen.items()))}")
            print(f"slowest good request: {soak.slowest:.2f} s")
            print(f"failures: {dict(soak.failures)}")
        finally:
            server.terminate()
            server.wait(30)
    sys.exit(1 if soak.failures else 0)


if __name__ == "__main__":
    main()
