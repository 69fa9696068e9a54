"""The HTTP server: granian, on the event loop and the listening socket of this process."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

from granian._granian import SocketHolder
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.server.embed import Server

#: Milliseconds in which a head must come.
_HEAD_MILLISECONDS = 30_000
#: Connections that wait to be taken, and requests that are answered at the same time.
_BACKLOG, _MOST_REQUESTS = 1_024, 4_096


class HttpServer(Server):
    """Serve an ASGI app on a socket that listens already, and close it at the end."""

    def __init__(self, app: Any, origin: socket.socket) -> None:
        super().__init__(
            app,
            interface=Interfaces.ASGI,
            http=HTTPModes.http1,
            websockets=False,
            backlog=_BACKLOG,
            backpressure=_MOST_REQUESTS,
            http1_settings=HTTP1Settings(header_read_timeout=_HEAD_MILLISECONDS),
            log_enabled=False,
        )
        self._origin = origin

    async def run(self, seconds: float) -> None:
        """Serve until ``end`` is called; requests under way then have so many seconds."""
        self._seconds = seconds
        await self.serve()

    def end(self) -> None:
        """Take no more connections, and end when the requests under way are answered."""
        self.signal_handler_interrupt()  # type: ignore[no-untyped-call]

    def _init_shared_socket(self) -> None:
        self._origin.setblocking(False)
        # Its description of the arguments is older than its code.
        self._shd: Any = SocketHolder(self._origin.detach(), False, _BACKLOG)  # type: ignore[call-arg]

    async def _stop_workers(self) -> None:
        try:
            async with asyncio.timeout(self._seconds):
                await super()._stop_workers()  # type: ignore[no-untyped-call]
        except TimeoutError:
            for worker in self.wrks:
                worker.kill()  # type: ignore[no-untyped-call]
