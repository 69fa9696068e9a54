"""Seats for workers: each holds a connection to one, and is handed from job to job."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import threading
from typing import Any

from iprgraph_server import wire
from iprgraph_server.control import ask_for_handle
from iprgraph_server.jobs import KINDS, Job


class Link:
    """A connection to one worker, which ends with it."""

    def __init__(self, address: str) -> None:
        (word, *facts), handle = ask_for_handle(address, "worker")
        if handle is None:
            raise ConnectionError(f"no worker: {word} {facts}")
        self.address = address
        self.pid, self.generation = facts
        self.socket = socket.socket(fileno=handle)
        try:
            # A descriptor of the process cannot be mistaken for a later one with the same number.
            self._process = os.pidfd_open(self.pid) if hasattr(os, "pidfd_open") else None
        except OSError:
            self.socket.close()
            raise
        self._patience = 0.0
        #: Whoever watches the socket for an event loop.
        self.watcher: object = None

    def ask(self, job: Job, seconds: float) -> tuple[tuple[Any, ...], bytes]:
        """Have a job done; BlockingIOError when the time is over, EOFError when the worker ended."""
        self._wait_for(seconds)
        wire.send(self.socket, _head(job, seconds))
        return wire.receive(self.socket)

    def finish(self, begun: wire.Message, seconds: float) -> tuple[tuple[Any, ...], bytes]:
        """Receive the rest of an answer; raises as ``ask`` does."""
        self._wait_for(seconds)
        return wire.receive(self.socket, begun)

    def _wait_for(self, seconds: float) -> None:
        # A deadline is kept within a second, so the system need not be told of every millisecond.
        if not self._patience or abs(seconds - self._patience) > 0.05:
            wire.set_patience(self.socket, seconds)
            self._patience = seconds

    def kill(self) -> None:
        """End the worker where it is."""
        with contextlib.suppress(OSError):
            if self._process is not None:
                signal.pidfd_send_signal(self._process, signal.SIGKILL)
            else:
                os.kill(self.pid, signal.SIGKILL)

    def close(self, *, kill: bool = False) -> None:
        """Let the worker go, or end it where it is."""
        if kill:
            self.kill()
        self.socket.close()
        if self._process is not None:
            os.close(self._process)
            self._process = None


class Seat:
    """A place for one worker."""

    def __init__(self) -> None:
        self.link: Link | None = None

    def clear(self, *, kill: bool = False) -> None:
        """Take the worker away."""
        link, self.link = self.link, None
        if link:
            link.close(kill=kill)


class Waiting:
    """A thread in the queue; the lock opens when a seat is its own."""

    def __init__(self) -> None:
        self.gate = threading.Lock()
        self.gate.acquire()
        self.seat: Seat | None = None

    def wake(self) -> None:
        """Tell whoever waits to look; called by whoever gives a seat back."""
        self.gate.release()


def request_of(job: Job, seconds: float) -> bytes:
    """Write the message that asks a worker for a job."""
    return wire.pack(_head(job, seconds))


def _head(job: Job, seconds: float) -> tuple[Any, ...]:
    return KINDS.index(type(job)), tuple(job), seconds
