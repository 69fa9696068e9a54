"""Seats for workers, and the queue for them.

A seat holds a connection to one worker, and is handed from job to job.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import threading
from collections import deque
from collections.abc import Callable
from time import monotonic
from typing import Any, TypeVar

from iprgraph.errors import Text
from iprgraph_server.errors import Busy
from iprgraph_server.graph_host.launch import ask_for_handle
from iprgraph_server.workers import framing
from iprgraph_server.workers.jobs import KINDS, Job


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
        framing.send(self.socket, _head(job, seconds))
        return framing.receive(self.socket)

    def finish(self, begun: framing.Message, seconds: float) -> tuple[tuple[Any, ...], bytes]:
        """Receive the rest of an answer; raises as ``ask`` does."""
        self._wait_for(seconds)
        return framing.receive(self.socket, begun)

    def _wait_for(self, seconds: float) -> None:
        # A deadline is kept within a second, so the system need not be told of every millisecond.
        if not self._patience or abs(seconds - self._patience) > 0.05:
            framing.set_patience(self.socket, seconds)
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


Ticket = TypeVar("Ticket", bound=Waiting)


class Seats:
    """Hand out seats in the order in which they are asked for; any thread may call this."""

    def __init__(self, count: int, queue: int, queue_wait: float) -> None:
        self.count = count
        self._queue = queue
        self._queue_wait = queue_wait
        self._lock = threading.Lock()
        self._idle = [Seat() for _ in range(count)]
        self._waiting: deque[Waiting] = deque()

    @property
    def is_free(self) -> bool:
        """Tell whether there is a seat that nobody has."""
        return bool(self._idle)

    @property
    def is_awaited(self) -> bool:
        """Tell whether anybody waits."""
        return bool(self._waiting)

    def status(self) -> dict[str, int]:
        """Count the seats, those that are taken, and who waits."""
        with self._lock:
            taken = self.count - len(self._idle)
            return {"size": self.count, "running": taken, "waiting": len(self._waiting)}

    def claim(self, wait: Callable[[], Ticket]) -> Seat | Ticket:
        """Give a seat, or else a place in the queue; raises Busy when that is full."""
        with self._lock:
            if self._idle:
                return self._idle.pop()
            if len(self._waiting) >= self._queue:
                raise Busy(
                    Text(
                        "All {workers} workers are taken, and {waiting} requests wait already.",
                        workers=self.count,
                        waiting=self._queue,
                    ),
                    limit=self._queue,
                )
            ticket = wait()
            self._waiting.append(ticket)
            return ticket

    def patience(self, deadline: float) -> float:
        """Give the seconds that a job may spend in the queue."""
        return max(0.0, min(deadline - monotonic(), self._queue_wait))

    def seat_of(self, ticket: Waiting, patience: float) -> Seat:
        """Give the seat that a ticket got while it waited; raises Busy when it got none."""
        with self._lock:
            if ticket.seat:
                return ticket.seat
            self._waiting.remove(ticket)
        raise Busy(
            Text("No worker was free within {seconds} s.", seconds=f"{patience:.3g}"),
            limit=self._queue_wait,
        )

    def withdraw(self, ticket: Waiting) -> None:
        """Take a ticket out of the queue, unless it has its seat."""
        with self._lock:
            if not ticket.seat:
                self._waiting.remove(ticket)

    def take_first(self, kind: type[Ticket], fits: Callable[[Ticket], bool]) -> Ticket | None:
        """Take the first who waits out of the queue, if it is of a kind and fits."""
        with self._lock:
            if self._waiting:
                ticket = self._waiting[0]
                if isinstance(ticket, kind) and fits(ticket):
                    self._waiting.popleft()
                    return ticket
        return None

    def put_first(self, ticket: Waiting) -> None:
        """Put a ticket back where it was taken, or give it a seat that is free by now."""
        with self._lock:
            if not self._idle:
                self._waiting.appendleft(ticket)
                return
            ticket.seat = self._idle.pop()
        ticket.wake()

    def give_back(self, seat: Seat) -> None:
        """Hand a seat to the first who waits."""
        with self._lock:
            if not self._waiting:
                self._idle.append(seat)
                return
            ticket = self._waiting.popleft()
            ticket.seat = seat
        ticket.wake()

    def clear(self, goes: Callable[[Link], bool] = lambda _: True) -> None:
        """Let idle workers go: all, or those for which that is true."""
        with self._lock:
            for seat in self._idle:
                if seat.link and goes(seat.link):
                    seat.clear()


def request_of(job: Job, seconds: float) -> bytes:
    """Write the message that asks a worker for a job."""
    return framing.pack(_head(job, seconds))


def _head(job: Job, seconds: float) -> tuple[Any, ...]:
    return KINDS.index(type(job)), tuple(job), seconds
