"""The connection to one query worker, on the event loop: one job at a time."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
from typing import Any, cast

from iprgraph_server.pool.control import ask_for_descriptor
from iprgraph_server.workers import framing
from iprgraph_server.workers.jobs import KINDS, Job

#: The head and the body of a worker's reply.
Reply = tuple[tuple[Any, ...], bytes]


class WorkerConnection(asyncio.BufferedProtocol):
    """A worker of a fork server; it ends when the connection is closed."""

    def __init__(self, pid: int, writes: int) -> None:
        self.pid = pid
        #: The number of writes that the worker's copy of the graph has seen.
        self.writes = writes
        # A descriptor of the process cannot be mistaken for a later one with the same number.
        self._process = os.pidfd_open(pid) if hasattr(os, "pidfd_open") else None
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._start = memoryview(bytearray(framing.CHUNK))
        self._message = framing.Message(self._start)
        self._reply: asyncio.Future[Reply] | None = None

    @classmethod
    async def open(cls, address: str) -> WorkerConnection:
        """Return a connection to a new worker; raises OSError or EOFError when there is no fork server."""
        loop = asyncio.get_running_loop()
        head, descriptor = await loop.run_in_executor(None, ask_for_descriptor, address, "worker")
        if descriptor is None:
            raise ConnectionError(f"no worker: {head}")
        connection = socket.socket(fileno=descriptor)
        try:
            worker = cls(*head[1:])
        except OSError:
            connection.close()
            raise
        await loop.create_unix_connection(lambda: worker, sock=connection)
        return worker

    @property
    def is_open(self) -> bool:
        """Check whether the worker can take a job."""
        return self._transport is not None

    async def run(self, job: Job, seconds: float) -> Reply:
        """Return the reply to a job.

        Raises TimeoutError when the time is over and EOFError when the worker has ended. After
        these, and when the caller is cancelled, the worker is killed.
        """
        if self._transport is None:
            raise EOFError("the worker has ended")
        reply: asyncio.Future[Reply] = self._loop.create_future()
        self._reply = reply
        timer = self._loop.call_later(seconds, self._fail, TimeoutError())
        self._transport.write(framing.pack((KINDS.index(type(job)), tuple(job), seconds)))
        try:
            return await reply
        except BaseException:
            self.close(kill=True)
            raise
        finally:
            self._reply = None
            timer.cancel()

    def close(self, *, kill: bool = False) -> None:
        """Let the worker end, or kill it."""
        if kill:
            self._kill()
        if self._transport:
            self._transport.abort()
            self._transport = None
        if self._process is not None:
            os.close(self._process)
            self._process = None

    # What the event loop calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self._transport = cast(asyncio.Transport, transport)

    def get_buffer(self, _size_hint: int) -> memoryview:
        """Return where the next bytes belong."""
        return self._message.room()

    def buffer_updated(self, count: int) -> None:
        """Take what has come."""
        if self._message.add(count):
            value, self._message = self._message.value(), framing.Message(self._start)
            if self._reply and not self._reply.done():
                self._reply.set_result(value)

    def connection_lost(self, _error: Exception | None) -> None:
        """End a job whose worker has ended."""
        self._fail(EOFError("the worker has ended"))
        self.close()

    def _fail(self, error: Exception) -> None:
        if self._reply and not self._reply.done():
            self._reply.set_exception(error)

    def _kill(self) -> None:
        with contextlib.suppress(OSError):
            if self._process is not None:
                signal.pidfd_send_signal(self._process, signal.SIGKILL)
            else:
                os.kill(self.pid, signal.SIGKILL)
