"""Messages between the processes, over Unix stream sockets: a small head and a body of bytes.

A head is a tuple of what ``marshal`` can write; only our own processes can reach these sockets.
One side asks, the other answers. Where the next question may come before the answer, what has been
read past a message's end is its ``rest``, with which the next one begins.
"""

from __future__ import annotations

import marshal
import socket
import struct
from io import BytesIO
from typing import Any

_FRAME = struct.Struct("<IQ")
#: Enough for most messages, so that these cost one call to the system.
_GULP = 1 << 16


def send(to: socket.socket, head: tuple[Any, ...], body: bytes = b"") -> None:
    """Send one message."""
    start = pack(head, len(body))
    if len(body) < _GULP:
        to.sendall(start + body)
    else:
        to.sendall(start)
        to.sendall(body)


def pack(head: tuple[Any, ...], body_size: int = 0) -> bytes:
    """Write a message up to its body."""
    packed = marshal.dumps(head)
    return _FRAME.pack(len(packed), body_size) + packed


class Message:
    """A message as it comes; a long one is received into the place where it stays."""

    __slots__ = ("_body", "_body_place", "_come", "_data", "_head", "rest", "size")

    def __init__(self, begun: bytes = b"") -> None:
        #: Bytes of the whole message; 0 while that is not known yet.
        self.size = 0
        self._come = 0
        self._data = b""
        self._head = self._body_place = memoryview(b"")
        self._body: BytesIO | None = None
        #: What came beyond its end, of a short one.
        self.rest = b""
        if begun:
            self._begin(begun)

    @property
    def is_whole(self) -> bool:
        """Tell whether all has come."""
        return 0 < self.size == self._come

    def take(self, origin: socket.socket, flags: int = 0) -> bool:
        """Take a part, and tell whether there is more to come.

        Raises EOFError when nobody sends it, BlockingIOError when nothing came in time.
        """
        if self._body is None:
            part = origin.recv(_GULP, flags)
            if not part:
                raise EOFError("the other side has gone")
            self._begin(self._data + part)
        else:
            at = self._come - _FRAME.size
            left = len(self._head) - at
            room = self._head[at:] if left > 0 else self._body_place[-left:]
            count = origin.recv_into(room, 0, flags)
            if not count:
                raise EOFError("the other side has gone")
            self._come += count
        return not self.is_whole

    def value(self) -> tuple[tuple[Any, ...], bytes]:
        """Give head and body of a message that is whole."""
        if self._body is None:
            body_start = _FRAME.size + _FRAME.unpack_from(self._data)[0]
            head = self._data[_FRAME.size : body_start]
            return marshal.loads(head), self._data[body_start:]  # noqa: S302
        self._body_place.release()
        # Its bytes themselves, not a copy: nobody else holds them.
        return marshal.loads(self._head), self._body.getvalue()  # noqa: S302

    def _begin(self, data: bytes) -> None:
        """Read how long the message is, and make room for what has not come."""
        self._data = data
        if len(data) < _FRAME.size:
            return
        head_size, body_size = _FRAME.unpack_from(data)
        self.size = _FRAME.size + head_size + body_size
        self._come = min(len(data), self.size)
        if self._come == self.size:
            if len(data) > self.size:
                self._data, self.rest = data[: self.size], data[self.size :]
            return
        self._head = memoryview(bytearray(head_size))
        self._body = BytesIO(bytes(body_size))
        self._body_place = self._body.getbuffer()
        start, rest = data[_FRAME.size :][:head_size], data[_FRAME.size + head_size :]
        self._head[: len(start)] = start
        self._body_place[: len(rest)] = rest


def receive(origin: socket.socket, begun: Message | None = None) -> tuple[tuple[Any, ...], bytes]:
    """Receive one message, of which some may be here already; raises EOFError when nobody sends it.

    BlockingIOError tells that nothing came within the socket's SO_RCVTIMEO.
    """
    message = begun or Message()
    while not message.is_whole:
        message.take(origin)
    return message.value()


def set_patience(of: socket.socket, seconds: float) -> None:
    """Let a receive give up after so many seconds; 0 is for ever."""
    whole = int(seconds)
    value = struct.pack("ll", whole, int((seconds - whole) * 1e6))
    of.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, value)
