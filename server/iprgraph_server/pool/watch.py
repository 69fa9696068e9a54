"""Watch the workers' sockets for the event loop, and the time.

A loop's own way to wait for a socket costs several calls to the system each time, and its timers
one object each. Here all sockets hang on one epoll, which the loop waits for, and which tells only
that something has come, once (EPOLLET): so a thread may use a socket between two replies. The time
is looked at now and then.
"""

from __future__ import annotations

import asyncio
import select
import socket
from collections.abc import Callable
from time import monotonic

from iprgraph_server.pool.slots import Link
from iprgraph_server.workers import framing

#: Longer replies are received by a thread.
_SMALL = 1 << 20
#: Seconds between two looks at the time.
_TICK = 0.05


class Reply:
    """Collect a reply as it comes, up to its end or to more than the loop should carry."""

    __slots__ = ("_origin", "message", "over")

    def __init__(self, origin: socket.socket, over: Callable[[Exception | None], None]) -> None:
        self._origin = origin
        #: Called once: when all has come, or so much that a thread should go on, or with an error.
        self.over = over
        self.message = framing.Message()

    def begin(self, begun: bytes) -> None:
        """Read a reply of which some may have come with the one before it."""
        self.message = framing.Message(begun)
        if self.message.is_whole:
            self.over(None)
        else:
            self.read()

    def read(self) -> bool:
        """Take what has come, and tell whether there is more to wait for."""
        try:
            while self.message.take(self._origin, socket.MSG_DONTWAIT):
                if self.message.size > _SMALL:
                    break
        except BlockingIOError:
            return True
        except (OSError, EOFError) as error:
            self.over(error)
            return False
        self.over(None)
        return False

    def give_up(self) -> None:
        """Wait no longer."""
        self.over(BlockingIOError("the time is over"))


class Watch:
    """Tell replies that something has come for them, and others that their time is over."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self._epoll = select.epoll()
        self._expected: dict[int, Reply] = {}
        self._deadlines: dict[Callable[[], None], float] = {}
        self._ticking = False
        #: Called at each look at the time.
        self.ticked: Callable[[float], None] = lambda _: None
        loop.add_reader(self._epoll.fileno(), self._look)

    def expect(self, link: Link, reply: Reply) -> None:
        """Have a reply read what a worker sends."""
        number = link.socket.fileno()
        self._expected[number] = reply
        if link.watcher is not self:
            self._epoll.register(number, select.EPOLLIN | select.EPOLLET)
            link.watcher = self

    def ignore(self, link: Link) -> None:
        """Take back `expect`."""
        self._expected.pop(link.socket.fileno(), None)

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
            # What comes for nobody here, a thread is waiting for.
            if reply := self._expected.get(number):
                reply.read()

    def _tick(self) -> None:
        now = monotonic()
        for late in [late for late, moment in self._deadlines.items() if moment <= now]:
            del self._deadlines[late]
            late()
        self.ticked(now)
        self._ticking = bool(self._deadlines)
        if self._ticking:
            self.loop.call_later(_TICK, self._tick)
