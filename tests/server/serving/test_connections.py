"""The HTTP server itself: what a client may send, how long it may take, and what it gets."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from iprgraph_server.serving import connection, listening
from iprgraph_server.serving.incoming import Exchange
from iprgraph_server.serving.listening import Listener

GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
POST = b"POST / HTTP/1.1\r\nHost: x\r\n"

#: Much more than the system holds between two processes.
LARGE = b"x" * 30_000_000


def echo(exchange: Exchange) -> None:
    """Answer with the path and the body, at once where there is none."""
    if exchange.whole:
        answer(exchange, exchange.environ["PATH_INFO"].encode())
    else:
        exchange.task = asyncio.ensure_future(echo_body(exchange))


async def echo_body(exchange: Exchange) -> None:
    try:
        answer(exchange, b"".join([part async for part in exchange]))
    except ConnectionError:
        answer(exchange, b"cut short", 400)


def answer(exchange: Exchange, body: bytes, status: int = 200) -> None:
    exchange.respond(status, [("content-length", str(len(body)))], body)


@contextmanager
def listening_to(
    handle: Callable[[Exchange], None] = echo, most: int = 100, seconds: float = 5
) -> Iterator[int]:
    """Serve on an event loop of its own; gives the port, ends within `seconds`."""
    origin = socket.create_server(("127.0.0.1", 0))
    begun, told = threading.Event(), asyncio.Event()
    loops: list[asyncio.AbstractEventLoop] = []

    async def main() -> None:
        loops.append(asyncio.get_running_loop())
        listener = Listener(origin, handle, most)
        begun.set()
        await told.wait()
        await listener.end(seconds)

    port = origin.getsockname()[1]
    thread = threading.Thread(target=lambda: asyncio.run(main()))
    thread.start()
    begun.wait()
    try:
        yield port
    finally:
        loops[0].call_soon_threadsafe(told.set)
        thread.join()


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """Serve an echo, with the bounds as they are."""
    with listening_to() as found:
        yield found


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """Serve an echo that waits for nobody long."""
    monkeypatch.setattr(listening, "_TICK", 0.02)
    monkeypatch.setattr(connection, "HEAD_SECONDS", 0.2)
    monkeypatch.setattr(connection, "STUCK_SECONDS", 0.2)
    with listening_to(lambda e: answer(e, LARGE) if "large" in str(e.environ) else echo(e)) as p:
        yield p


def connect(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=10)


def rest(client: socket.socket) -> bytes:
    """Read until the server closes."""
    received = b""
    while part := client.recv(1 << 16):
        received += part
    return received


def sent(port: int, *parts: bytes, close: bool = True) -> bytes:
    """Send, end the sending half, and read what comes."""
    with connect(port) as client:
        for part in parts:
            client.sendall(part)
        if close:
            client.shutdown(socket.SHUT_WR)
        return rest(client)


def test_pipelined_requests_are_answered_in_their_order(port: int) -> None:
    many = b"".join(b"GET /%d HTTP/1.1\r\nHost: x\r\n\r\n" % n for n in range(3_000))
    with_body = POST + b"Content-Length: 3\r\n\r\nabc"
    received = sent(port, many + with_body + GET)
    bodies = [answer.partition(b"\r\n\r\n")[2] for answer in received.split(b"HTTP/1.1 200 OK")[1:]]
    assert bodies == [b"/%d" % n for n in range(3_000)] + [b"abc", b"/"]


def test_a_client_that_ends_its_half_gets_its_answer(port: int) -> None:
    assert sent(port, GET).endswith(b"\r\n\r\n/")
    assert sent(port, POST + b"Content-Length: 3\r\n\r\nabc").endswith(b"abc")
    assert b" 400 " in sent(port, POST + b"Content-Length: 4\r\n\r\nabc")
    assert b" 400 " in sent(port, POST + b"Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n")


@pytest.mark.parametrize(
    "head",
    [
        b"POST / HTTP/1.1\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 3\r\nContent-Length: 4\r\n",
        b"GET / HTTP/1.1\r\nHost : x\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nA: b\r\n c\r\n",
        b"GET / HTTP/1.1\nHost: x\r\n",
        b"GET /%FF HTTP/1.1\r\nHost: x\r\n",
        b"BREW / HTTP/1.1\r\nHost: x\r\n",
        b"PRI * HTTP/2.0\r\n",
    ],
)
def test_what_could_be_read_in_two_ways_is_refused(port: int, head: bytes) -> None:
    received = sent(port, head + b"\r\n" + GET)
    assert received.startswith(b"HTTP/1.1 400 ")
    assert received.count(b"HTTP/1.1") == 1


def test_the_head_is_bounded(port: int) -> None:
    field = b"X: " + b"y" * 1_000 + b"\r\n"
    assert b" 431 " in sent(port, b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 101 + b"\r\n")
    assert b" 431 " in sent(port, b"GET / HTTP/1.1\r\nX: " + b"y" * 10_000_000)
    assert b" 414 " in sent(port, b"GET /" + b"y" * 70_000 + b" HTTP/1.1\r\n\r\n")
    assert b" 200 " in sent(
        port, b"GET /" + b"y" * 60_000 + b" HTTP/1.1\r\n" + field * 40 + b"\r\n"
    )


def test_names_and_trailers(port: int) -> None:
    seen = {}

    def note(exchange: Exchange) -> None:
        seen.update(exchange.environ)
        echo(exchange)

    head = b"POST http://a.example/b%20c?d=%41 HTTP/1.1\r\nHost: x\r\nX-Two: 1\r\nx-two: 2\r\n"
    with listening_to(note) as noting:
        sent(noting, head + b"Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\nX-Two: 3\r\n\r\n")
    assert seen["HTTP_HOST"] == "a.example"
    assert (seen["PATH_INFO"], seen["QUERY_STRING"]) == ("/b c", "d=%41")
    assert seen["HTTP_X_TWO"] == "1,2"


def test_an_upgrade_is_not_taken(port: int) -> None:
    upgrade = b"GET /one HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\n"
    received = sent(port, upgrade, close=False)
    assert received.startswith(b"HTTP/1.1 200")
    assert received.endswith(b"/one")


def test_http_1_0(port: int) -> None:
    assert b"connection: close" in sent(port, b"GET / HTTP/1.0\r\n\r\n", close=False)
    kept = b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"
    assert sent(port, kept * 2).count(b"connection: keep-alive") == 2


@pytest.mark.parametrize(
    ("version", "whole"), [(b"1.1", b"2\r\nab\r\n3\r\ncde\r\n0\r\n\r\n"), (b"1.0", b"abcde")]
)
def test_answers_in_parts(version: bytes, whole: bytes) -> None:
    async def send(exchange: Exchange) -> None:
        exchange.begin(200, [("content-type", "text/plain")])
        await exchange.send(b"ab")
        await exchange.send(b"cde")
        exchange.end()

    def handle(exchange: Exchange) -> None:
        exchange.task = asyncio.ensure_future(send(exchange))

    with listening_to(handle) as found:
        received = sent(found, b"GET / HTTP/" + version + b"\r\nHost: x\r\n\r\n")
    assert received.partition(b"\r\n\r\n")[2] == whole


def test_an_answer_is_read_though_the_body_was_not() -> None:
    def refuse(exchange: Exchange) -> None:
        answer(exchange, b"no", 413)

    with listening_to(refuse) as refusing, connect(refusing) as client:
        client.sendall(POST + b"Content-Length: 100000000\r\n\r\n")
        sender = threading.Thread(target=lambda: drop(client.sendall, b"x" * 5_000_000))
        sender.start()
        received = rest(client)
        sender.join()
    assert received.startswith(b"HTTP/1.1 413")
    assert received.endswith(b"no")


def taken(client: socket.socket) -> int:
    """Count what comes until the connection ends in any way."""
    count = 0
    try:
        while part := client.recv(1 << 20):
            count += len(part)
    except ConnectionError:
        pass
    return count


def drop(send: Callable[[bytes], object], data: bytes) -> None:
    try:
        send(data)
    except OSError:
        return


def test_a_header_with_a_line_break_is_not_sent() -> None:
    refused: list[str] = []

    def handle(exchange: Exchange) -> None:
        try:
            exchange.respond(200, [("location", "/\r\nset-cookie: a=b")], b"")
        except ValueError as error:
            refused.append(str(error))
            exchange.abort()

    with listening_to(handle) as found:
        assert sent(found, GET, close=False) == b""
    assert refused == ["a header holds a line break"]


def test_slow_clients_are_let_go(hasty: int) -> None:
    assert sent(hasty, close=False) == b""
    assert b" 408 " in sent(hasty, b"GET / HT", close=False)
    assert sent(hasty, GET, b"GET / HT", close=False).count(b"HTTP/1.1 ") == 2
    assert b"cut short" in sent(hasty, POST + b"Content-Length: 9\r\n\r\nabc", close=False)


def test_a_client_that_takes_nothing_is_let_go(hasty: int) -> None:
    with connect(hasty) as client:
        client.sendall(b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n")
        time.sleep(3)
        assert taken(client) < len(LARGE)


def test_connections_beyond_the_most_wait() -> None:
    with listening_to(most=2) as found, connect(found) as first, connect(found) as second:
        for client in (first, second):
            client.sendall(GET)
            assert client.recv(1000)
        with connect(found) as third:
            third.sendall(GET)
            third.settimeout(0.3)
            with pytest.raises(TimeoutError):
                third.recv(1000)
            first.close()
            third.settimeout(10)
            assert third.recv(1000).endswith(b"/")


def test_the_end_waits_for_answers_and_not_for_senders() -> None:
    async def later(exchange: Exchange) -> None:
        await asyncio.sleep(0.5)
        answer(exchange, b"done")

    def handle(exchange: Exchange) -> None:
        exchange.task = asyncio.ensure_future(later(exchange))

    with listening_to(handle, seconds=20) as found:
        asking, idle, sending = connect(found), connect(found), connect(found)
        asking.sendall(GET)
        sending.sendall(POST + b"Content-Length: 9\r\n\r\nabc")
        time.sleep(0.2)
        started = time.monotonic()
    assert time.monotonic() - started < 10
    with asking, idle, sending:
        received = rest(asking)
        assert received.endswith(b"done")
        assert b"connection: close" in received
        assert rest(idle) == b""
        with pytest.raises(ConnectionError):
            assert not sending.recv(10)
            raise ConnectionError
    with pytest.raises(ConnectionError):
        connect(found)
