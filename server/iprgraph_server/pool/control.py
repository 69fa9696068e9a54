"""Questions to the fork server that holds the graph, over its Unix socket."""

from __future__ import annotations

import socket
from typing import Any

from iprgraph_server.workers import framing

#: The messages that are answered with a descriptor too.
_WITH_DESCRIPTOR = {"worker", "services"}


def counter_path(address: str) -> str:
    """Return the file in which a fork server counts the writes of its graph."""
    return f"{address}.writes"


def ask(address: str, *head: Any, body: bytes = b"", timeout: float = 60.0) -> tuple[Any, ...]:
    """Return a fork server's answer to a message; raises OSError or EOFError where there is none."""
    return ask_for_descriptor(address, *head, body=body, timeout=timeout)[0]


def ask_for_descriptor(
    address: str, *head: Any, body: bytes = b"", timeout: float = 60.0
) -> tuple[tuple[Any, ...], int | None]:
    """Return a fork server's answer and the descriptor that comes with it, if any; raises as ``ask``."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(address)
        framing.set_receive_timeout(connection, timeout)
        framing.send(connection, head, body)
        descriptors: list[int] = []
        if head[0] in _WITH_DESCRIPTOR:
            # The byte that carries the descriptor comes before the message.
            _, descriptors, _, _ = socket.recv_fds(connection, 1, 1)
        return framing.receive(connection)[0], descriptors[0] if descriptors else None
