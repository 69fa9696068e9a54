"""Messages between the processes, over Unix stream sockets: a small head and a body of bytes.

A head is a tuple of what ``marshal`` can write; only our own processes can reach these sockets.
One side asks, the other answers, and nothing is sent before that: what has been read past a
message's end is never lost.
"""

from __future__ import annotations

import marshal
import socket
import struct
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


def size_of(data: bytes | bytearray) -> int:
    """Tell how long the message is that begins so; 0 while that is not known yet."""
    if len(data) < _FRAME.size:
        return 0
    head_size, body_size = _FRAME.unpack_from(data)
    return int(_FRAME.size + head_size + body_size)


def unpack(data: bytes | bytearray) -> tuple[tuple[Any, ...], bytes]:
    """Read a whole message."""
    body_start = _FRAME.size + _FRAME.unpack_from(data)[0]
    whole = memoryview(data)
    return marshal.loads(whole[_FRAME.size : body_start]), bytes(whole[body_start:])  # noqa: S302


def receive(origin: socket.socket, begun: bytes = b"") -> tuple[tuple[Any, ...], bytes]:
    """Receive one message, of which some may be here already; raises EOFError when nobody sends it.

    BlockingIOError tells that nothing came within the socket's SO_RCVTIMEO.
    """
    data = begun + origin.recv(_GULP)
    if not data:
        raise EOFError("the other side has gone")
    while len(data) < _FRAME.size:
        data += _more(origin, _GULP)
    total = size_of(data)
    if len(data) == total:
        return unpack(data)
    parts, missing = [data], total - len(data)
    while missing:
        parts.append(_more(origin, min(missing, 1 << 20)))
        missing -= len(parts[-1])
    return unpack(b"".join(parts))


def _more(origin: socket.socket, most: int) -> bytes:
    part = origin.recv(most)
    if not part:
        raise EOFError("the other side has gone")
    return part


def set_patience(of: socket.socket, seconds: float) -> None:
    """Let a receive give up after so many seconds; 0 is for ever."""
    whole = int(seconds)
    value = struct.pack("ll", whole, int((seconds - whole) * 1e6))
    of.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, value)
