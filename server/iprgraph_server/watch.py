"""Watch the workers' sockets for the event loop, and the time.

A loop's own way to wait for a socket costs several calls to the system each time, and its timers
one object each. Here all sockets hang on one epoll, which the loop waits for, and each is armed for
one reply, so that a thread may read from it after that; and the time is looked at now and then.
"""

from __future__ import annotations

import asyncio
import select
import socket
from collections.abc import Callable
from time import monotonic

from iprgraph_server import wire
from iprgraph_server.seats import Link

#: Bytes that are read at a time.
_GULP = 1 << 17
#: Longer replies are received by a thread.
_SMALL = 1 << 20
#: Seconds between two looks at the time.
_TICK = 0.05


class Reply:
    """Collect a reply as it comes, up to its end or to more than the loop should carry."""

    __slots__ = ("data", "here", "origin", "size")

    def __init__(self, origin: socket.socket, here: asyncio.Future[None]) -> None:
        self.origin = origin
        self.here = here
        self.data = b""
        self.size = 0

    def read(self) -> bool:
        """Take what has come, and tell whether there is more to wait for."""
        if self.here.done():
            return False
        try:
            part = self.origin.recv(_GULP, socket.MSG_DONTWAIT)
        except BlockingIOError:
            return True
        except OSError as error:
            self.here.set_exception(error)
            return False
        if not part:
            self.here.set_exception(EOFError("the other side has gone"))
            return False
        self.data = self.data + part if self.data else part
        self.size = self.size or wire.size_of(self.data)
        if not self.size or (len(self.data) < self.size <= _SMALL):
            return True
        self.here.set_result(None)
        return False

    def give_up(self) -> None:
        """Wait no longer."""
        if not self.here.done():
            self.here.set_exception(BlockingIOError("the time is over"))


class Watch:
    """Tell replies that something has come for them, and others that their time is over."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self._epoll = select.epoll()
        self._expected: dict[int, Reply] = {}
        self._deadlines: dict[Callable[[], None], float] = {}
        self._ticking = False
        loop.add_reader(self._epoll.fileno(), self._look)

    def expect(self, link: Link, reply: Reply) -> None:
        """Have a reply read what a worker sends."""
        number = link.socket.fileno()
        self._expected[number] = reply
        if link.watcher is self:
            self._epoll.modify(number, select.EPOLLIN | select.EPOLLONESHOT)
        else:
            self._epoll.register(number, select.EPOLLIN | select.EPOLLONESHOT)
            link.watcher = self

    def until(self, moment: float, late: Callable[[], None]) -> None:
        """Call a function a little after a moment of `time.monotonic`, unless it is forgotten."""
        self._deadlines[late] = moment
        if not self._ticking:
            self._ticking = True
            self.loop.call_later(_TICK, self._tick)

    def forget(self, late: Callable[[], None]) -> None:
        """Take back `until`."""
        self._deadlines.pop(late, None)

    def _look(self) -> None:
        for number, _ in self._epoll.poll(0):
            reply = self._expected.get(number)
            if reply and reply.read():
                self._epoll.modify(number, select.EPOLLIN | select.EPOLLONESHOT)

    def _tick(self) -> None:
        now = monotonic()
        for late in [late for late, moment in self._deadlines.items() if moment <= now]:
            del self._deadlines[late]
            late()
        self._ticking = bool(self._deadlines)
        if self._ticking:
            self.loop.call_later(_TICK, self._tick)
