"""Listen: take connections as far as there is room, look after them, and let them go at the end."""

from __future__ import annotations

import asyncio
import socket
import sys
from contextlib import suppress
from time import monotonic
from typing import Any

from iprgraph_server.serving.connection import Connection, Handle

#: Connections that are taken before others are looked after again.
_AT_ONCE = 64
#: Seconds between two looks at all connections.
_TICK = 1.0


class Listener:
    """Serve the connections of one listening socket on the running event loop."""

    def __init__(self, origin: socket.socket, handle: Handle, most: int) -> None:
        self._loop = asyncio.get_running_loop()
        self._origin = origin
        self._handle = handle
        self._most = most
        self._connections: set[Connection] = set()
        self._coming: set[asyncio.Task[Any]] = set()
        self._accepting = False
        self._ended: asyncio.Future[None] | None = None
        name = origin.getsockname()
        self._common = {
            "SCRIPT_NAME": "",
            "SERVER_NAME": name[0],
            "SERVER_PORT": str(name[1]),
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.errors": sys.stderr,
            "wsgi.input_terminated": True,
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
        }
        origin.setblocking(False)
        self._accept_more()
        self._loop.call_later(_TICK, self._look)

    async def end(self, seconds: float) -> None:
        """Take no more connections; return when all are gone, or after so many seconds."""
        self._ended = self._loop.create_future()
        self._accept_none()
        # Other processes hold this socket too: let it listen no more for any of them.
        with suppress(OSError):
            self._origin.shutdown(socket.SHUT_RDWR)
        self._origin.close()
        for connection in list(self._connections):
            connection.end()
        if self._connections or self._coming:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._ended, seconds)

    def _accept(self) -> None:
        for _ in range(_AT_ONCE):
            if len(self._connections) + len(self._coming) >= self._most:
                self._accept_none()
                return
            try:
                taken, _ = self._origin.accept()
            except (BlockingIOError, ConnectionAbortedError):
                return
            except OSError:
                # There are no more descriptors: others wait in the system's queue.
                self._accept_none()
                self._loop.call_later(_TICK, self._accept_more)
                return
            taken.setblocking(False)
            task = self._loop.create_task(self._take(taken))
            self._coming.add(task)
            task.add_done_callback(self._coming.discard)

    async def _take(self, taken: socket.socket) -> None:
        def connect() -> Connection:
            return Connection(self._handle, self._common, self._come, self._gone)

        try:
            await self._loop.connect_accepted_socket(connect, taken)
        except OSError:
            taken.close()

    def _come(self, connection: Connection) -> None:
        self._connections.add(connection)
        if self._ended:
            connection.end()

    def _gone(self, connection: Connection) -> None:
        self._connections.discard(connection)
        if not self._ended:
            self._accept_more()
        elif not self._connections and not self._ended.done():
            self._ended.set_result(None)

    def _accept_more(self) -> None:
        if not self._accepting and not self._ended:
            self._accepting = True
            self._loop.add_reader(self._origin.fileno(), self._accept)

    def _accept_none(self) -> None:
        if self._accepting:
            self._accepting = False
            self._loop.remove_reader(self._origin.fileno())

    def _look(self) -> None:
        now = monotonic()
        for connection in list(self._connections):
            connection.look(now)
        if not self._ended:
            self._loop.call_later(_TICK, self._look)
