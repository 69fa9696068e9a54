"""Let a WSGI app answer in a thread."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor
from typing import TYPE_CHECKING, Any

from iprgraph_server.http.messages import Headers
from iprgraph_server.serving.incoming import Exchange

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

#: Bytes of an answer that are sent at a time.
CHUNK = 256 * 1024


async def call(
    app: WSGIApplication,
    exchange: Exchange,
    complete: Callable[[Headers], Headers],
    threads: Executor,
) -> int:
    """Let a WSGI app that reads no body answer, in a thread; return the status.

    A long answer is sent as it is made, and made no faster than the client takes it.
    """
    loop, environ = asyncio.get_running_loop(), exchange.environ
    # What a client sends to a page, no page reads.
    environ["wsgi.input"] = io.BytesIO()
    status, headers, pieces, first = await loop.run_in_executor(threads, _begin, app, environ)
    headers = complete(headers)
    try:
        if len(first) < CHUNK:
            if status not in {204, 304} and not any(
                n.lower() == "content-length" for n, _ in headers
            ):
                headers.append(("content-length", str(len(first))))
            exchange.respond(status, headers, first)
            return status
        exchange.begin(status, headers)
        while first:
            await exchange.send(first)
            first = await loop.run_in_executor(threads, _gather, pieces)
        exchange.end()
    except ConnectionError:
        # The client has gone.
        exchange.abort()
    finally:
        pieces.close()
    return status


def _begin(app: WSGIApplication, environ: dict[str, Any]) -> tuple[int, Headers, _Taken, bytes]:
    """Call the app: status, headers, the iterator of its answer, and the first of that."""
    begun: list[Any] = []

    def start(status: str, headers: Headers, _exc_info: Any = None) -> Callable[[bytes], object]:
        begun[:] = [int(status[:3]), headers]
        return _refuse_write

    pieces = app(environ, start)
    taken = _Taken(pieces)
    return begun[0], begun[1], taken, _gather(taken)


class _Taken:
    """Go on where one stopped, and close once."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._next: Iterator[bytes] = iter(pieces)
        self._close = getattr(pieces, "close", None)

    def __iter__(self) -> Iterator[bytes]:
        return self._next

    def close(self) -> None:
        if self._close:
            self._close()


def _gather(pieces: Iterable[bytes]) -> bytes:
    """Take up to a chunk of what an app answers; empty at the end."""
    parts, size = [], 0
    for piece in pieces:
        parts.append(piece)
        size += len(piece)
        if size >= CHUNK:
            break
    return b"".join(parts)


def _refuse_write(_data: bytes) -> object:
    raise TypeError("write() of WSGI is not supported")
