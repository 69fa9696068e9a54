"""The listening socket and the signals of the supervisor."""

from __future__ import annotations

import os
import signal
import socket

from iprgraph.errors import UsageError

#: Connections that wait to be taken.
_BACKLOG = 1024

SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD)


def signal_pipe() -> int:
    """Return a descriptor to read signals from: each comes as a byte, its number."""
    wake, wakeup = os.pipe()
    os.set_blocking(wake, False)
    os.set_blocking(wakeup, False)
    signal.set_wakeup_fd(wakeup, warn_on_full_buffer=False)
    for number in SIGNALS:
        signal.signal(number, lambda *_: None)
    return wake


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens at an address; port 0 stands for any that is free."""
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        return socket.create_server((host, port), family=family, backlog=_BACKLOG)
    except OSError as error:
        raise UsageError(
            f"{host}:{port} cannot be listened on ({error.strerror}); choose another --port"
        ) from None


def address_of(origin: socket.socket) -> str:
    """Return the address at which a socket listens, for people."""
    host, port = origin.getsockname()[:2]
    return f"http://{f'[{host}]' if ':' in host else host}:{port}/"
