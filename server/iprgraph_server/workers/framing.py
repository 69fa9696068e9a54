"""Messages between the processes, over Unix stream sockets: a small head and a body of bytes.

A head is a tuple of what ``marshal`` can write; only our own processes can reach these sockets.
One side asks and the other answers, one message at a time; what comes without being asked for needs
a socket that keeps messages apart (``SOCK_SEQPACKET``).
"""

from __future__ import annotations

import marshal
import socket
import struct
from collections.abc import Iterable, Iterator
from io import BytesIO
from typing import Any

_FRAME = struct.Struct("<IQ")
#: Enough for most messages, so that these cost one call to the system.
CHUNK = 1 << 16


def send(to: socket.socket, head: tuple[Any, ...], body: bytes = b"") -> None:
    """Send one message."""
    start = pack(head, len(body))
    if len(body) < CHUNK:
        to.sendall(start + body)
    else:
        to.sendall(start)
        to.sendall(body)


def pack(head: tuple[Any, ...], body_size: int = 0) -> bytes:
    """Return a message up to its body."""
    packed = marshal.dumps(head)
    return _FRAME.pack(len(packed), body_size) + packed


class Message:
    """A message as it arrives; a long body is received into the bytes in which it stays.

    ``start`` is a buffer of ``CHUNK`` bytes for the beginning; whoever receives many messages
    passes the same one each time.
    """

    __slots__ = (
        "_body",
        "_body_missing",
        "_body_view",
        "_head",
        "_head_missing",
        "_received",
        "_start",
    )

    def __init__(self, start: memoryview | None = None) -> None:
        self._start = memoryview(bytearray(CHUNK)) if start is None else start
        self._received = 0
        # Only of a message that does not fit into the start:
        self._head = self._body_view = memoryview(b"")
        self._body: BytesIO | None = None
        self._head_missing = self._body_missing = 0

    def room(self) -> memoryview:
        """Return where the next bytes belong."""
        if self._body is None:
            return self._start[self._received :]
        if self._head_missing:
            return self._head[-self._head_missing :]
        return self._body_view[-self._body_missing :]

    def add(self, count: int) -> bool:
        """Record that so many bytes were put into ``room``; return whether the message is complete."""
        if self._body is None:
            self._received += count
            return self._received >= _FRAME.size and self._begin()
        if self._head_missing:
            self._head_missing -= count
        else:
            self._body_missing -= count
        return not (self._head_missing or self._body_missing)

    def _begin(self) -> bool:
        """Read the sizes, and make room for what the start cannot take; return whether all is here."""
        head_size, body_size = _FRAME.unpack_from(self._start)
        size = _FRAME.size + head_size + body_size
        if self._received >= size or size <= len(self._start):
            return bool(self._received >= size)
        rest = self._start[_FRAME.size : self._received]
        head, body = rest[:head_size], rest[head_size:]
        self._head = memoryview(bytearray(head_size))
        self._head[: len(head)] = head
        self._body = BytesIO(bytes(body_size))
        self._body_view = self._body.getbuffer()
        self._body_view[: len(body)] = body
        self._head_missing, self._body_missing = head_size - len(head), body_size - len(body)
        return False

    def value(self) -> tuple[tuple[Any, ...], bytes]:
        """Return head and body of a complete message."""
        if self._body is None:
            head_size, body_size = _FRAME.unpack_from(self._start)
            body_start = _FRAME.size + head_size
            head = marshal.loads(self._start[_FRAME.size : body_start])  # noqa: S302
            return head, bytes(self._start[body_start : body_start + body_size])
        self._body_view.release()
        # The bytes of the body themselves, not a copy: nobody else holds them.
        return marshal.loads(self._head), self._body.getvalue()  # noqa: S302


def split(body: bytes, lengths: Iterable[int]) -> Iterator[bytes]:
    """Return the parts of these lengths of a body."""
    start = 0
    for length in lengths:
        yield body[start : start + length]
        start += length


def receive(
    origin: socket.socket, start: memoryview | None = None
) -> tuple[tuple[Any, ...], bytes]:
    """Return one message, for whose beginning there may be a buffer already; raises EOFError when the other side has closed the connection.

    BlockingIOError means that nothing came within the socket's SO_RCVTIMEO.
    """
    message = Message(start)
    while True:
        count = origin.recv_into(message.room())
        if not count:
            raise EOFError("the other side has gone")
        if message.add(count):
            return message.value()


def set_receive_timeout(connection: socket.socket, seconds: float) -> None:
    """Let a receive give up after so many seconds; 0 is for ever."""
    whole = int(seconds)
    value = struct.pack("ll", whole, int((seconds - whole) * 1e6))
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, value)
