"""SPARQL endpoints for SERVICE to call: a foreign server, and peers that are slow or lie."""

from __future__ import annotations

import json
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.request import Request, urlopen

from support.serving import free_port, stop

JSON = "application/sparql-results+json"


def solutions(*names: str, count: int = 3) -> bytes:
    """Write so many solutions, as SPARQL results in JSON."""
    rows = [
        {name: {"type": "uri", "value": f"https://example.org/{name}{i}"} for name in names}
        for i in range(count)
    ]
    return json.dumps({"head": {"vars": names}, "results": {"bindings": rows}}).encode()


def http(
    body: bytes,
    media_type: str = JSON,
    status: str = "200 OK",
    *headers: str,
    size: int | None = None,
) -> bytes:
    """Write an HTTP answer; `size` is what it claims its body has."""
    lines = [f"HTTP/1.1 {status}", f"content-length: {len(body) if size is None else size}"]
    lines += [f"content-type: {media_type}"] if media_type else []
    return "\r\n".join([*lines, *headers, "connection: close", "", ""]).encode() + body


class Peer:
    """A server that answers every request with what it is told to, and notes the queries."""

    def __init__(self, behave: Callable[[socket.socket], None] | bytes) -> None:
        self.queries: list[str] = []
        self._behave = behave
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.url = f"http://localhost:{self.port}/sparql"
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._serve)

    def __enter__(self) -> Peer:
        self._thread.start()
        return self

    def __exit__(self, *details: object) -> None:
        self._over.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with connection, suppress(OSError):
                self.queries.append(_body(connection))
                if isinstance(self._behave, bytes):
                    connection.sendall(self._behave)
                else:
                    self._behave(connection)


def _body(connection: socket.socket) -> str:
    data = b""
    while b"\r\n\r\n" not in data:
        data += connection.recv(65536)
    head, _, body = data.partition(b"\r\n\r\n")
    found = re.search(rb"content-length: (\d+)", head, re.IGNORECASE)
    while found and len(body) < int(found[1]):
        body += connection.recv(65536)
    return body.decode()


def silent(connection: socket.socket) -> None:
    """Answer nothing at all, until the other side gives up."""
    connection.recv(1)


def dripping(connection: socket.socket) -> None:
    """Answer a byte now and then, without end."""
    connection.sendall(f"HTTP/1.1 200 OK\r\ncontent-type: {JSON}\r\n\r\n{{".encode())
    while True:
        connection.sendall(b" ")
        time.sleep(0.05)


def dripping_headers(connection: socket.socket) -> None:
    """Begin an answer whose headers never end."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nx-wait: ")
    while True:
        connection.sendall(b"x")
        time.sleep(0.05)


def endless(connection: socket.socket) -> None:
    """Answer as fast as can be, without end."""
    connection.sendall(f"HTTP/1.1 200 OK\r\ncontent-type: {JSON}\r\n\r\n{{".encode())
    while True:
        connection.sendall(b" " * 65536)


@contextmanager
def oxigraph_server(folder: Path, turtle: str) -> Iterator[str]:
    """Serve Turtle by Oxigraph's own server; gives the address of its endpoint."""
    port = free_port()
    command = [str(Path(sys.executable).with_name("oxigraph")), "serve"]
    command += ["--location", str(folder), "--bind", f"127.0.0.1:{port}"]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL, start_new_session=True) as process:
        try:
            base = f"http://127.0.0.1:{port}"
            _load(f"{base}/store?default", turtle.encode())
            yield f"{base}/query"
        finally:
            stop(process)


def _load(address: str, turtle: bytes, seconds: float = 30) -> None:
    request = Request(address, turtle, {"content-type": "text/turtle"}, method="POST")
    deadline = time.monotonic() + seconds
    while True:
        try:
            with urlopen(request, timeout=30):
                return
        except OSError:
            assert time.monotonic() < deadline
            time.sleep(0.05)
