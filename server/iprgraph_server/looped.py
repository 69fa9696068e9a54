"""The pool on the event loop: jobs that read are sent to workers, and awaited, without a thread.

Seats, queue and what becomes of a worker are the pool's own, shared with the threads that call it.
A worker gets the next job that waits as soon as it has done one, before its answer is looked at.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from time import monotonic
from typing import Any, TypeVar

from iprgraph_server.endings import restarting
from iprgraph_server.errors import Problem
from iprgraph_server.jobs import Done, Job, is_write
from iprgraph_server.pool import Pool
from iprgraph_server.seats import Link, Seat, Waiting, request_of
from iprgraph_server.watch import Reply, Watch

T = TypeVar("T")

#: Longer messages to a worker are sent by a thread.
_SMALL_REQUEST = 1 << 15
#: Threads beyond one for each worker.
_SPARE_THREADS = 4

#: A worker's reply: its head, its body, and whose it is.
Replied = tuple[tuple[Any, ...], bytes, Link]


class LoopPool:
    """Run jobs from the event loop; `threads` do the writes."""

    def __init__(self, pool: Pool, threads: Executor) -> None:
        self.pool = pool
        self._threads = threads
        self._watch: Watch | None = None

    async def run(self, job: Job) -> Done:
        """Do a job, as `Pool.run` does."""
        if is_write(job):
            return await _in_thread(self._threads, lambda: self.pool.run(job))
        pool, watch = self.pool, self._watch or self._begin()
        limit = pool.limit_of(job)
        turn = _Turn(pool, watch, job, monotonic() + limit)
        try:
            return pool.done(*await self._replied(turn, limit))
        except Problem as problem:
            pool.count(problem)
            raise
        except asyncio.CancelledError:
            turn.abandon()
            raise
        finally:
            turn.leave()

    def status(self) -> dict[str, Any]:
        """Tell the state of the pool; it may take a while, so ask from a thread."""
        return self.pool.status()

    def _begin(self) -> Watch:
        loop = asyncio.get_running_loop()
        # Each worker may have a thread waiting for it, and there are some for bodies to be packed.
        loop.set_default_executor(ThreadPoolExecutor(self.pool.size + _SPARE_THREADS, "aside"))
        self._watch = Watch(loop)
        return self._watch

    async def _replied(self, turn: _Turn, limit: float) -> Replied:
        """Have a job done; raises what ended it."""
        loop, pool = turn.watch.loop, self.pool
        found = pool.claim(lambda: turn)
        if isinstance(found, Seat):
            turn.begin(found)
        else:
            turn.wait(pool.patience(turn.deadline))
        for _ in range(2):
            try:
                if replied := await turn.over:
                    return replied
                # Nothing has been sent, or not all has come: a thread may take the time for it.
                return await _in_thread(None, turn.go_on, turn.end_worker)
            except (EOFError, OSError) as error:
                assert turn.seat and turn.link
                lost = turn.seat, turn.link, error, turn.job, limit
                turn.link = None
                await _in_thread(None, lambda: pool.lose(*lost))  # noqa: B023 (awaited here)
            turn.over = loop.create_future()
            turn.over.set_result(None)
        raise restarting()


async def _in_thread(
    threads: Executor | None, work: Callable[[], T], left: Callable[[], None] | None = None
) -> T:
    """Have a thread do what must not stay half done, though the client may go meanwhile.

    ``left`` is called then, to have the thread end soon, and what it ended with is nobody's.
    """
    future = asyncio.get_running_loop().run_in_executor(threads, work)
    is_left = False
    while not future.done():
        try:
            await asyncio.wait((future,))
        except asyncio.CancelledError:
            if left:
                is_left = True
                left()
    if is_left:
        future.exception()
        raise asyncio.CancelledError
    return future.result()


class _Turn(Waiting):
    """A job from its place in the queue to the worker's reply."""

    def __init__(self, pool: Pool, watch: Watch, job: Job, deadline: float) -> None:
        self.pool = pool
        self.watch = watch
        self.job = job
        self.deadline = deadline
        self.seat: Seat | None = None
        self.link: Link | None = None
        #: The reply; None where the event loop can do no more.
        self.over: asyncio.Future[Replied | None] = watch.loop.create_future()
        self._late: Any = None
        self._waiting = False
        self._reply: Reply | None = None
        self._patience = 0.0
        self._thread = threading.get_ident()
        self._is_left = False

    def wait(self, patience: float) -> None:
        """Wait for a seat, for so many seconds."""
        self._waiting = True
        self._patience = patience
        self._until(monotonic() + patience, self._look)

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
        asked = request_of(self.job, max(0.001, self.deadline - monotonic()))
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
        self._reply = Reply(link.socket, self._replied)
        self.watch.expect(link, self._reply)
        self._until(self.deadline, self._reply.give_up)

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
            self.pool.withdraw(self)
        self._forget()
        if self.seat and self.link:
            self.watch.ignore(self.link)
            self.seat.clear(kill=True)

    def leave(self) -> None:
        """Give the seat back, if it is not another's yet."""
        seat, self.seat = self.seat, None
        if seat:
            self.pool.give_back(seat)

    def _look(self) -> None:
        """Go on from the queue, with a seat or without."""
        if not self._waiting:
            return
        self._waiting = False
        self._forget()
        try:
            self.begin(self.seat or self.pool.seat_of(self, self._patience))
        except Problem as problem:
            self._end(problem)

    def _replied(self, error: Exception | None) -> None:
        """Take the reply, and let the next who waits have the seat."""
        if self.over.done() or not self._reply or not self.link:
            return
        self._forget()
        self.watch.ignore(self.link)
        if error:
            self._reply = None
        if not (self._reply and self._reply.message.is_whole):
            self._end(error)
            return
        reply, body = self._reply.message.value()
        replied = self._taken(reply, body, self.link)
        self._reply = None
        self.leave()
        self._end(None, replied)

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
