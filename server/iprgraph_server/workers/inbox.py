"""What a worker is sent: jobs, one of them ahead, which may be taken back until it is begun."""

from __future__ import annotations

import socket
from typing import Any

from iprgraph_server.workers import framing
from iprgraph_server.workers.jobs import TAKE_BACK

_TAKE_BACK = framing.pack(TAKE_BACK)
#: The reply to a job that was taken back; no time was spent on it, no memory kept.
_LEFT = ("left", 0.0, False)


class Inbox:
    """Read jobs from a connection."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._rest = b""

    def next(self) -> tuple[Any, ...]:
        """Give the next job to be done, as it was sent; raises EOFError when nobody sends one."""
        while True:
            came_ahead = bool(self._rest)
            message = framing.Message(self._rest)
            job, _ = framing.receive(self._connection, message)
            self._rest = message.rest
            if came_ahead and not self._rest:
                # It was read with the job before it, however long that took.
                self._rest = self._come_since()
            if self._rest == _TAKE_BACK:
                self._rest = b""
                framing.send(self._connection, _LEFT)
            elif job != TAKE_BACK:
                return job
            # Else it came too late: what it takes back is done.

    def _come_since(self) -> bytes:
        try:
            come = self._connection.recv(len(_TAKE_BACK), socket.MSG_DONTWAIT)
        except BlockingIOError:
            return b""
        if not come:
            raise EOFError("the other side has gone")
        return come
