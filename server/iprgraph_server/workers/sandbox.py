"""What a process may do, by the operating system's own means; where one is missing, go without.

Only Linux has all of them.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import os
import resource
import signal
import socket
import struct
import sys
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_CLONE_NEWUSER, _CLONE_NEWNET = 0x10000000, 0x40000000
_SIOCSIFFLAGS, _IFF_UP = 0x8914, 1
_PAGE = resource.getpagesize()


def die_with_parent(parent: int) -> None:
    """Ask the system to kill this process when its parent ends, in whatever way; ``parent`` is its id."""
    if sys.platform == "linux":
        _libc().prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(0)


def leave_network() -> bool:
    """Move this process and its future children to a network of their own, with nothing but loopback.

    Tells whether that was possible. Call it before any thread is started.
    """
    if sys.platform != "linux":
        return False
    libc = _libc()
    if libc.unshare(_CLONE_NEWNET) != 0 and libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNET) != 0:
        return False
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as handle:
        fcntl.ioctl(handle, _SIOCSIFFLAGS, struct.pack("16sH14x", b"lo", _IFF_UP))
    return True


def address_space() -> int:
    """Return the bytes of address space this process has mapped, 0 where that cannot be told."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[0]) * _PAGE
    except OSError:
        return 0


def limit_memory(more: int) -> None:
    """Let this process map at most so many bytes beyond what it has now."""
    if mapped := address_space():
        _lower(resource.RLIMIT_AS, mapped + more)


def open_nothing_new() -> None:
    """Forbid new descriptors: no file, no socket. Those that are open stay so."""
    free = os.dup(2)
    os.close(free)
    resource.setrlimit(
        resource.RLIMIT_NOFILE, (free, resource.getrlimit(resource.RLIMIT_NOFILE)[1])
    )


def open_freely() -> None:
    """Take back ``open_nothing_new``."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def dump_no_core() -> None:
    """Write no core file when this process crashes."""
    _lower(resource.RLIMIT_CORE, 0)


def end_first() -> None:
    """When the machine runs out of memory, let this process be ended before others."""
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("800")


def _lower(kind: int, value: int) -> None:
    hard = resource.getrlimit(kind)[1]
    value = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(kind, (value, hard))


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)
