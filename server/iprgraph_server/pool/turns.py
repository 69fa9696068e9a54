"""A job's turn at a worker, on the event loop: from the queue to the reply."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from time import monotonic
from typing import Any

from iprgraph_server.errors import Problem
from iprgraph_server.pool.ahead import BRIEF, Turns
from iprgraph_server.pool.slots import Link, Seat, Waiting, request_of
from iprgraph_server.pool.watch import Reply
from iprgraph_server.workers import framing
from iprgraph_server.workers.jobs import TAKE_BACK, Job, Query

#: Longer messages to a worker are sent by a thread.
_SMALL_REQUEST = 1 << 15
_TAKE_BACK = framing.pack(TAKE_BACK)

#: A worker's reply: its head, its body, and whose it is.
Replied = tuple[tuple[Any, ...], bytes, Link]


class Turn(Waiting):
    """A job from its place in the queue to the worker's reply."""

    def __init__(self, turns: Turns, job: Job, deadline: float) -> None:
        self.pool = turns.pool
        self.watch = turns.watch
        self.job = job
        self.deadline = deadline
        self.seat: Seat | None = None
        self.link: Link | None = None
        #: The reply; None where the event loop can do no more.
        self.over: asyncio.Future[Replied | None] = turns.watch.loop.create_future()
        #: When the worker had nothing else to do but this.
        self.started = 0.0
        self._turns = turns
        self._late: Any = None
        self._waiting = False
        self._reply: Reply | None = None
        self._patience = self._patient_until = 0.0
        self._thread = threading.get_ident()
        self._is_left = False
        #: The one whose job was sent ahead to the same worker, and the one behind whose this is.
        self._behind: Turn | None = None
        self._before: Turn | None = None
        #: Whose worker will answer once more, what nobody waits for.
        self._owing: Link | None = None
        #: What has come of its next reply.
        self._rest = b""

    def wait(self, patience: float) -> None:
        """Wait for a seat, for so many seconds."""
        self._patience, self._patient_until = patience, monotonic() + patience
        self._begin_to_wait()
        self._turns.send_ahead()

    def wake(self) -> None:
        """Begin with the seat that was given; any thread may call this."""
        if threading.get_ident() == self._thread:
            self._look()
        else:
            self.watch.loop.call_soon_threadsafe(self._look)

    def begin(self, seat: Seat) -> None:
        """Send the job to the worker on a seat."""
        self.seat, link = seat, seat.link
        if link is None or not self.pool.is_current(link):
            self._end(None)
            return
        asked = self._request()
        if len(asked) > _SMALL_REQUEST:
            self._end(None)
            return
        self.link = link
        try:
            # A worker that is idle has read all it was sent: there is room.
            link.socket.sendall(asked)
        except OSError as error:
            self._end(error)
            return
        self._await_reply(link)

    def may_lead(self, now: float) -> bool:
        """Tell whether another job can be sent ahead to the same worker."""
        return (
            self._behind is None
            and self._owing is None
            and now - self.started < BRIEF
            # The worker of another one ends with it.
            and isinstance(self.job, Query)
            and self.job.infer
            and self.link is not None
            and self.pool.is_current(self.link)
        )

    def lead_next(self) -> bool:
        """Send the first who waits to the worker of this one, ahead; tells whether it could be."""
        following = self.pool.seats.take_first(Turn, Turn.may_follow)
        if following:
            self._lead(following)
        return following is not None

    def may_follow(self) -> bool:
        """Tell whether this job can be sent ahead."""
        # A character has four bytes at most.
        return isinstance(self.job, Query) and len(self.job.text) < _SMALL_REQUEST // 8

    def take_back(self) -> None:
        """Let the job that was sent ahead, if there is one, go to another worker."""
        if behind := self._recall():
            behind._wait_again()

    def go_on(self) -> Replied:
        """Do in a thread what is left to do; raises what `Link.ask` does."""
        assert self.seat
        left = max(0.001, self.deadline - monotonic())
        reply, self._reply = self._reply, None
        if reply and self.link:
            return self._taken(*self.link.finish(reply.message, left), self.link)
        self.link = self.pool.link(self.seat, self.deadline)
        if self._is_left:
            raise EOFError("the client has gone")
        return self._taken(*self.link.ask(self.job, left), self.link)

    def end_worker(self) -> None:
        """Have the thread that waits for the worker end with it."""
        self._is_left = True
        if self.link:
            self.link.kill()

    def abandon(self) -> None:
        """Wait no longer, and end the worker: nobody wants its answer."""
        if self._waiting:
            self._waiting = False
            self.pool.seats.withdraw(self)
        self._forget()
        if self._before:
            self._before._recall()
        if self.seat and self.link:
            self._stop()
            self.seat.clear(kill=True)

    def leave(self) -> None:
        """Give the seat back, if it is not another's yet."""
        seat, self.seat = self.seat, None
        if seat is None:
            return
        if self._owing and self._owing is seat.link:
            self._turns.drain(seat, self._owing, self._rest)
        else:
            self._turns.give_back(seat)

    def _request(self) -> bytes:
        return request_of(self.job, max(0.001, self.deadline - monotonic()))

    def _lead(self, following: Turn) -> None:
        assert self.link
        following._leave_queue()
        asked = following._request()
        try:
            if len(asked) > _SMALL_REQUEST:
                raise OSError("it does not surely fit into what a worker has not read")
            self.link.socket.sendall(asked)
        except OSError:
            following._wait_again()
            return
        self._behind, following._before = following, self

    def _leave_queue(self) -> None:
        """Take note that nobody will give this one a seat."""
        self._waiting = False
        self._forget()

    def _wait_again(self) -> None:
        """Be the first who waits for a seat."""
        self._begin_to_wait()
        self.pool.seats.put_first(self)

    def _begin_to_wait(self) -> None:
        self._waiting = True
        self._until(self._patient_until, self._look)

    def _look(self) -> None:
        """Go on from the queue, with a seat or without."""
        if not self._waiting:
            return
        self._leave_queue()
        try:
            self.begin(self.seat or self.pool.seats.seat_of(self, self._patience))
        except Problem as problem:
            self._end(problem)

    def _await_reply(self, link: Link, begun: bytes = b"") -> None:
        self.started = monotonic()
        self._reply = Reply(link.socket, self._replied)
        self.watch.expect(link, self._reply)
        self._until(self.deadline, self._reply.give_up)
        self._turns.began(self)
        if self._before:
            self._before = None
            self._reply.begin(begun)

    def _replied(self, error: Exception | None) -> None:
        """Take the reply, and let the next have the seat."""
        if self.over.done() or not self._reply or not self.link:
            return
        message = self._reply.message
        if error:
            self._reply = None
        if error or not message.is_whole:
            self._stop()
            self._end(error)
            return
        self._forget()
        self.watch.ignore(self.link)
        self._turns.ended(self)
        reply, body = message.value()
        replied = self._taken(reply, body, self.link)
        self._reply, self._rest = None, message.rest
        if self._behind and self.seat and self.seat.link:
            behind, self._behind = self._behind, None
            behind.seat, behind.link = self.seat, self.link
            self.seat = None
            behind._await_reply(self.link, self._rest)
        else:
            self.take_back()
            self.leave()
        self._end(None, replied)

    def _stop(self) -> None:
        """Expect nothing more from the worker, here; what is behind shall not wait for its end."""
        self._forget()
        if self.link:
            self.watch.ignore(self.link)
        self._turns.ended(self)
        self.take_back()

    def _recall(self) -> Turn | None:
        """Tell the worker not to do what was sent ahead; gives whose it is."""
        behind, self._behind = self._behind, None
        if behind is None:
            return None
        behind._before = None
        self._owing = self.link
        if self.link:
            # Where it has ended, it will not do it either.
            with contextlib.suppress(OSError):
                self.link.socket.sendall(_TAKE_BACK)
        return behind

    def _taken(self, reply: tuple[Any, ...], body: bytes, link: Link) -> Replied:
        if reply[-1] and self.seat:
            # It has kept too much memory to serve another job.
            self.seat.clear()
        return reply, body, link

    def _end(self, error: Exception | None, replied: Replied | None = None) -> None:
        if self.over.done():
            return
        if error:
            self.over.set_exception(error)
        else:
            self.over.set_result(replied)

    def _until(self, moment: float, late: Any) -> None:
        self._late = late
        self.watch.until(moment, late)

    def _forget(self) -> None:
        self.watch.forget(self._late)
        self._late = None
