"""The HTTP server: granian, on the event loop and the listening socket of this process.

What is used of granian beyond its documented interface is here, and pinned with its version: the
socket that is handed over, and the scheduler that calls the app.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from typing import Any

from granian import _futures
from granian._futures import _cbsched_aioschedule
from granian._granian import CallbackScheduler, SocketHolder
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.server import embed

from iprgraph_server import logs

#: Milliseconds in which a head must come.
_HEAD_MILLISECONDS = 30_000
#: Connections that wait to be taken, and requests that are answered at the same time.
_BACKLOG, _MOST_REQUESTS = 1_024, 4_096


class HttpServer(embed.Server):
    """Serve an RSGI app on a socket that listens already, and close it at the end."""

    def __init__(self, app: Any, origin: socket.socket) -> None:
        super().__init__(
            app,
            interface=Interfaces.RSGI,
            http=HTTPModes.http1,
            websockets=False,
            backlog=_BACKLOG,
            backpressure=_MOST_REQUESTS,
            http1_settings=HTTP1Settings(header_read_timeout=_HEAD_MILLISECONDS),
            log_enabled=False,
        )
        self._origin = origin
        send_cached: Callable[[Any, Any], bool] | None = getattr(app, "send_cached", None)
        if send_cached:
            _ShortWay.send_cached = staticmethod(send_cached)
            _futures._CBSchedulerAIO = _ShortWay  # type: ignore[misc,assignment]

    async def run(self, seconds: float) -> None:
        """Serve until ``end`` is called; requests under way then have so many seconds."""
        self._seconds = seconds
        await self.serve()
        if self.interrupt_children:
            raise RuntimeError("the HTTP server has ended by itself")

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


class _ShortWay(CallbackScheduler):
    """Send cached answers at once, in the thread that has read the request; hand on all others."""

    __slots__ = ()

    #: Of the RSGI app; see there.
    send_cached: Callable[[Any, Any], bool]

    def __init__(self, loop: asyncio.AbstractEventLoop, callback: Any, *_task: Any) -> None:
        super().__init__()
        send_cached = type(self).send_cached
        to_the_loop: Any = _cbsched_aioschedule(loop, self._ctx, callback)  # type: ignore[no-untyped-call]

        def schedule(watcher: Any) -> None:
            try:
                is_sent = send_cached(watcher.scope, watcher.proto)
            except Exception as error:
                logs.fault("", error)
                is_sent = False
            if is_sent:
                watcher.done()
            else:
                to_the_loop(watcher)

        self._schedule_fn = schedule
