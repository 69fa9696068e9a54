"""Speak RSGI, the HTTP server's own interface: requests as WSGI environs, answers, WSGI callables.

RSGI is described at <https://github.com/emmett-framework/granian/blob/master/docs/spec/RSGI.md>.
"""

from __future__ import annotations

import asyncio
import io
import sys
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor
from typing import TYPE_CHECKING, Any

from iprgraph_server.exchange import Headers

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication
    from granian._granian import RSGIHTTPProtocol
    from granian.rsgi import Scope

#: Bytes of an answer that are sent at a time.
CHUNK = 256 * 1024

_ALWAYS = {
    "SCRIPT_NAME": "",
    "wsgi.version": (1, 0),
    "wsgi.errors": sys.stderr,
    "wsgi.input_terminated": True,
    "wsgi.multithread": True,
    "wsgi.multiprocess": False,
    "wsgi.run_once": False,
}

#: Names of headers in the environ, kept for the names that many requests have.
_NAMES = {"content-type": "CONTENT_TYPE", "content-length": "CONTENT_LENGTH"}
_MOST_NAMES = 256


def environ_of(scope: Scope, protocol: RSGIHTTPProtocol) -> dict[str, Any]:
    """Describe a request as WSGI does; its body is at `iprgraph.body`, to be read on the loop."""
    environ: dict[str, Any] = {
        **_ALWAYS,
        "REQUEST_METHOD": scope.method,
        "PATH_INFO": _latin(scope.path),
        "QUERY_STRING": _latin(scope.query_string),
        "REMOTE_ADDR": scope.client.rpartition(":")[0],
        "SERVER_PROTOCOL": f"HTTP/{scope.http_version}",
        "wsgi.url_scheme": scope.scheme,
        "iprgraph.body": protocol,
    }
    environ["SERVER_NAME"], _, environ["SERVER_PORT"] = scope.server.rpartition(":")
    for name, value in scope.headers.items():
        key = _NAMES.get(name) or _name(name)
        environ[key] = f"{environ[key]},{value}" if key in environ else value
    return environ


def send(protocol: RSGIHTTPProtocol, status: int, headers: Headers, body: bytes) -> None:
    """Send a complete answer."""
    if status in {204, 304}:
        protocol.response_empty(status, headers)
    else:
        protocol.response_bytes(status, headers, body)


async def call(
    app: WSGIApplication,
    environ: dict[str, Any],
    protocol: RSGIHTTPProtocol,
    complete: Callable[[Headers], Headers],
    threads: Executor,
) -> int:
    """Let a WSGI callable that reads no body answer, in a thread; return the status.

    A long answer is sent as it is made, and made no faster than the client takes it.
    """
    loop = asyncio.get_running_loop()
    # What a client sends to a page, no page reads.
    environ["wsgi.input"] = io.BytesIO()
    status, headers, pieces, first = await loop.run_in_executor(threads, _begin, app, environ)
    headers = complete(headers)
    try:
        if len(first) < CHUNK:
            send(protocol, status, headers, first)
            return status
        transport = protocol.response_stream(status, headers)
        while first:
            await transport.send_bytes(first)
            first = await loop.run_in_executor(threads, _gather, pieces)
    except (OSError, RuntimeError):
        # The client has gone.
        return status
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


def _latin(text: str) -> str:
    """Write text as WSGI has it: its bytes in Latin-1."""
    return text if text.isascii() else text.encode().decode("latin-1")


def _name(header: str) -> str:
    found = f"HTTP_{header.upper().replace('-', '_')}"
    if len(_NAMES) < _MOST_NAMES:
        _NAMES[header] = found
    return found
