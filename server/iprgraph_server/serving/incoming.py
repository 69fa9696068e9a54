"""One request on a connection, and the way back for its answer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from email.utils import formatdate
from time import time
from typing import Any, Protocol
from urllib.parse import unquote_to_bytes, urlsplit

from iprgraph_server.http.messages import STATUS_LINES, Headers

#: Bytes of a body that wait to be taken before the client is made to wait.
HELD = 256 * 1024

#: Larger bodies are not copied behind their head.
_JOINED = 64 * 1024

_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"

_date: tuple[int, str] = (0, "")


class Way(Protocol):
    """The connection, as far as one request needs it."""

    transport: asyncio.Transport

    def done(self, exchange: Exchange) -> None:
        """Go on with what comes after an answer that is complete."""

    def hold(self, held: bool) -> None:
        """Read no more, or go on."""

    async def drain(self) -> None:
        """Wait until the client has taken enough; raises ConnectionError when it has gone."""


class Exchange:
    """A request, its body as it comes, and its answer; used on the event loop only."""

    __slots__ = (
        "_parts", "_size", "_waiter", "_way", "chunked", "ends_with_client", "environ", "keep", "lost",
        "task", "whole",
    )  # fmt: skip

    def __init__(self, way: Way, environ: dict[str, Any], keep: bool) -> None:
        self._way = way
        self.environ = environ
        #: Whether the connection may be used for more after it.
        self.keep = keep
        #: Whether all of the body has come, or no more of it can.
        self.whole = self.lost = False
        self.chunked = False
        #: Whoever answers, so that it is not forgotten meanwhile.
        self.task: object = None
        #: Whether that ends when the client has gone.
        self.ends_with_client = False
        self._parts: list[bytes] = []
        self._size = 0
        self._waiter: asyncio.Future[None] | None = None

    def feed(self, part: bytes) -> None:
        """Take a part of the body."""
        self._parts.append(part)
        self._size += len(part)
        if self._size > HELD:
            self._way.hold(True)
        self._wake()

    def finish(self) -> None:
        """Take note that the body is complete."""
        self.whole = True
        self._wake()

    def lose(self) -> None:
        """Take note that no more will come."""
        self.lost = True
        self._wake()

    def probe(self) -> None:
        """Find out whether a client that sends no more has gone, or still wants its answer."""
        if self.ends_with_client and self.environ["SERVER_PROTOCOL"] == "HTTP/1.1":
            # Whoever is there passes over it; where nobody is, the second one cannot be sent.
            self._way.transport.write(_CONTINUE)

    def leave(self) -> None:
        """Take note that the client has gone: nobody waits for the answer."""
        self.lose()
        if self.ends_with_client and isinstance(self.task, asyncio.Task):
            self.task.cancel()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Give the body in parts; raises ConnectionError when it ends before it is complete."""
        if self.environ.get("HTTP_EXPECT", "").lower() == "100-continue":
            self._way.transport.write(_CONTINUE)
        while True:
            if self._parts:
                parts, self._parts, self._size = self._parts, [], 0
                self._way.hold(False)
                yield b"".join(parts)
            elif self.whole:
                return
            elif self.lost:
                raise ConnectionError("the body was cut short")
            else:
                self._waiter = asyncio.get_running_loop().create_future()
                await self._waiter

    def respond(self, status: int, headers: Headers, body: bytes) -> None:
        """Send a complete answer; the headers tell its length."""
        head = self._head(status, headers)
        if len(body) < _JOINED:
            self._way.transport.write(head + body)
        else:
            self._way.transport.writelines((head, body))
        self._way.done(self)

    def begin(self, status: int, headers: Headers) -> None:
        """Send the head of an answer that follows in parts."""
        if not any(name.lower() == "content-length" for name, _ in headers):
            if self.environ["SERVER_PROTOCOL"] == "HTTP/1.0":
                self.keep = False
            else:
                self.chunked = True
                headers = [*headers, ("transfer-encoding", "chunked")]
        self._way.transport.write(self._head(status, headers))

    async def send(self, part: bytes) -> None:
        """Send a part, no faster than the client takes it; raises ConnectionError when it has gone."""
        if self.chunked:
            part = b"%x\r\n%b\r\n" % (len(part), part)
        self._way.transport.write(part)
        await self._way.drain()

    def end(self) -> None:
        """End an answer that was sent in parts."""
        if self.chunked:
            self._way.transport.write(b"0\r\n\r\n")
        self._way.done(self)

    def abort(self) -> None:
        """Break the connection off: the client shall not take what it has for an answer."""
        self._way.transport.abort()

    def _wake(self) -> None:
        if self._waiter and not self._waiter.done():
            self._waiter.set_result(None)

    def _head(self, status: int, headers: Headers) -> bytes:
        lines = "\r\n".join([f"{name}: {value}" for name, value in headers])
        if lines.count("\n") + lines.count("\r") != 2 * (len(headers) - 1):
            raise ValueError("a header holds a line break")
        more = "" if self.keep else "connection: close\r\n"
        if self.keep and self.environ["SERVER_PROTOCOL"] == "HTTP/1.0":
            more = "connection: keep-alive\r\n"
        line = STATUS_LINES.get(status) or f"{status} "
        return f"HTTP/1.1 {line}\r\n{lines}\r\ndate: {_now()}\r\n{more}\r\n".encode("latin-1")


def describe_target(environ: dict[str, Any], target: str) -> None:
    """Put the target of a request into an environ; raises UnicodeDecodeError where it is not UTF-8."""
    if target[:1] != "/" and "://" in target:
        # Proxies are asked so; the host in it counts for more than the header (RFC 9112, 3.2.2).
        url = urlsplit(target)
        environ["HTTP_HOST"] = url.netloc
        target = f"{url.path or '/'}?{url.query}"
    path, _, environ["QUERY_STRING"] = target.partition("?")
    if "%" in path:
        decoded = unquote_to_bytes(path)
        decoded.decode()
        # WSGI has the bytes of the path in Latin-1.
        path = decoded.decode("latin-1")
    environ["PATH_INFO"] = path


def _now() -> str:
    global _date
    second = int(time())
    if second != _date[0]:
        _date = second, formatdate(second, usegmt=True)
    return _date[1]
