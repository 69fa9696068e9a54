"""The HTTP server: what a client may send, how long it may take, and that no request is read twice."""

from __future__ import annotations

import asyncio
import resource
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from iprgraph_server.http.public_address import PublicAddress
from iprgraph_server.serving import http_server
from iprgraph_server.serving.http_server import HttpServer
from iprgraph_server.serving.rsgi import RsgiApp

GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
POST = b"POST / HTTP/1.1\r\nHost: x\r\n"

Message = dict[str, Any]


async def echo(scope: Message, receive: Callable[[], Any], send: Callable[[Message], Any]) -> None:
    """Answer with the path, the query and the body."""
    body, more = b"", True
    while more:
        message = await receive()
        if message["type"] != "http.request":
            return None
        body, more = body + message.get("body", b""), message.get("more_body", False)
    if scope["path"] == "/later":
        await asyncio.sleep(1)
    if scope["path"] == "/large":
        body = b"x" * 30_000_000
    await send({"type": "http.response.start", "status": 200, "headers": []})
    answer = b"|".join((scope["raw_path"], scope["query_string"], body))
    return await send({"type": "http.response.body", "body": answer})


class Echo:
    """What `serving.rsgi` asks of the ASGI app, where every path is a page's."""

    address = PublicAddress()
    served = SimpleNamespace(
        router=SimpleNamespace(find=lambda _path: None, cached=lambda *_request: None)
    )

    async def answer_page(self, _served: object, *request: Any) -> None:
        await echo(*request)


@contextmanager
def serving(seconds: float = 5) -> Iterator[tuple[int, threading.Thread]]:
    """Serve an echo in a thread; its end is asked for when the context ends."""
    origin = socket.create_server(("127.0.0.1", 0), backlog=1024)
    port = origin.getsockname()[1]
    servers: list[tuple[asyncio.AbstractEventLoop, HttpServer]] = []

    async def main() -> None:
        server = HttpServer(RsgiApp(Echo()), origin)  # type: ignore[arg-type]
        servers.append((asyncio.get_running_loop(), server))
        await server.run(seconds)

    thread = threading.Thread(target=lambda: asyncio.run(main()))
    thread.start()
    try:
        while not servers:
            time.sleep(0.01)
        assert sent(port, GET).startswith(b"HTTP/1.1 200")
        yield port, thread
    finally:
        loop, server = servers[0]
        loop.call_soon_threadsafe(server.end)
        thread.join()


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """Serve an echo, with the bounds as they are."""
    with serving() as (found, _):
        yield found


def connect(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=20)


def sent(port: int, *parts: bytes, wait: float = 0.3) -> bytes:
    """Send, and read what comes until nothing does for a while or the server closes."""
    with connect(port) as client:
        for part in parts:
            client.sendall(part)
        client.settimeout(wait)
        received = b""
        try:
            while part := client.recv(1 << 16):
                received += part
        except (TimeoutError, ConnectionError):
            pass
        return received


def bodies(received: bytes) -> list[bytes]:
    answers = received.split(b"HTTP/1.1 200 OK")[1:]
    return [answer.partition(b"\r\n\r\n")[2] for answer in answers]


def test_pipelined_requests_are_answered_in_their_order(port: int) -> None:
    many = b"".join(b"GET /%d HTTP/1.1\r\nHost: x\r\n\r\n" % n for n in range(500))
    with_body = POST + b"Content-Length: 3\r\n\r\nabc"
    received = sent(port, many + with_body + GET, wait=2)
    assert bodies(received) == [b"/%d||" % n for n in range(500)] + [b"/||abc", b"/||"]


@pytest.mark.parametrize(
    "head",
    [
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 4\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: +3\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked, identity\r\n",
        b"GET / HTTP/1.1\r\nHost : x\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nA: b\r\n c\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nA\x00: b\r\n",
        b"GET / HTTP/1.1 HTTP/1.1\r\nHost: x\r\n",
        b"PRI * HTTP/2.0\r\n",
    ],
)
def test_what_could_be_read_in_two_ways_is_refused(port: int, head: bytes) -> None:
    received = sent(port, head + b"\r\nabc" + GET)
    assert not bodies(received)
    assert received.count(b"HTTP/1.") <= 1


def test_a_length_beside_chunks_counts_for_nothing_and_ends_the_connection(port: int) -> None:
    """RFC 9112, 6.3: the chunks count, and the connection is closed after the answer."""
    head = POST + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n"
    received = sent(port, head + b"0\r\n\r\n" + GET)
    assert bodies(received) == [b"/||"]
    assert b"connection: close" in received


def test_a_body_is_whole_or_no_request_is_answered(port: int) -> None:
    chunked = POST + b"Transfer-Encoding: chunked\r\n\r\n"
    assert bodies(sent(port, chunked + b"2\r\nab\r\n1\r\nc\r\n0\r\n\r\n")) == [b"/||abc"]
    # What comes after a body is nothing that is read here.
    assert not bodies(sent(port, chunked + b"2\r\nab\r\n0\r\nX: y\r\n\r\n"))
    assert not bodies(sent(port, chunked + b"2\r\nab\r\n"))
    assert not bodies(sent(port, POST + b"Content-Length: 4\r\n\r\nabc"))


def test_the_head_is_bounded(port: int) -> None:
    assert b" 431 " in sent(port, b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 1_000 + b"\r\n")
    assert b" 414 " in sent(port, b"GET /" + b"y" * 70_000 + b" HTTP/1.1\r\n\r\n")
    assert not bodies(sent(port, b"GET / HTTP/1.1\r\nX: ", *[b"y" * 65_536] * 40))
    assert bodies(sent(port, b"GET /" + b"y" * 60_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n"))


@pytest.mark.parametrize("method", [b"GET", b"POST"])
def test_an_upgrade_is_answered_as_though_it_offered_nothing(port: int, method: bytes) -> None:
    head = b"%s /one HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\n" % method
    upgrade = head + b"Upgrade: h2c\r\nHTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA\r\n"
    body = b"Content-Length: 3\r\n\r\nabc" if method == b"POST" else b"\r\n"
    assert bodies(sent(port, upgrade + body + GET))[0] == (
        b"/one||abc" if method == b"POST" else b"/one||"
    )


def test_http_1_0(port: int) -> None:
    received = sent(port, b"GET / HTTP/1.0\r\n\r\n", wait=5)
    assert received.startswith(b"HTTP/1.0 200") and received.endswith(b"/||")


def test_slow_heads_are_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_server, "_HEAD_MILLISECONDS", 300)
    with serving() as (found, _), connect(found) as client:
        started = time.monotonic()
        client.sendall(b"GET / HTTP/1.1\r\nHo")
        # One byte now and then does not make it longer.
        try:
            for _ in range(40):
                time.sleep(0.1)
                client.sendall(b"o")
        except ConnectionError:
            pass
        else:
            assert client.recv(1_000) == b""
        assert time.monotonic() - started < 10


def _memory() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize()


def test_answers_that_nobody_reads_are_not_collected(port: int) -> None:
    """Ten thousand pipelined requests for large answers, none of them read."""
    before = _memory()
    with connect(port) as client:
        client.settimeout(2)
        try:
            for _ in range(100):
                client.sendall(b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n" * 100)
        except TimeoutError:
            pass
        time.sleep(1)
        assert _memory() - before < 300_000_000
    assert bodies(sent(port, GET)) == [b"/||"]


def test_endless_trailers_end(port: int) -> None:
    with connect(port) as client:
        client.sendall(POST + b"Transfer-Encoding: chunked\r\n\r\n0\r\n")
        before = _memory()
        with pytest.raises((ConnectionError, TimeoutError)):
            client.settimeout(5)
            for _ in range(2_000):
                client.sendall(b"X: " + b"y" * 60_000 + b"\r\n")
            raise ConnectionError
        assert _memory() - before < 100_000_000
    assert bodies(sent(port, GET)) == [b"/||"]


def test_the_end_waits_for_answers() -> None:
    with serving(seconds=20) as (found, thread):
        asking, idle = connect(found), connect(found)
        asking.sendall(b"GET /later HTTP/1.1\r\nHost: x\r\n\r\n")
        time.sleep(0.3)
    assert not thread.is_alive()
    with asking, idle:
        assert asking.recv(1_000).endswith(b"/later||")
        assert idle.recv(1_000) == b""


def test_the_end_does_not_wait_for_ever() -> None:
    with serving(seconds=1) as (found, _), connect(found) as sending:
        sending.sendall(POST + b"Content-Length: 9\r\n\r\nabc")
        time.sleep(0.3)
        started = time.monotonic()
    assert time.monotonic() - started < 15
