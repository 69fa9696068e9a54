"""The pool on the event loop: jobs that read are sent to workers, and awaited, without a thread.

Seats, queue and what becomes of a worker are the pool's own, shared with the threads that call it.
"""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import Executor, ThreadPoolExecutor
from time import monotonic
from typing import Any

from iprgraph_server import wire
from iprgraph_server.endings import restarting
from iprgraph_server.errors import Problem
from iprgraph_server.jobs import Done, Job, is_write
from iprgraph_server.pool import Pool
from iprgraph_server.seats import Link, Seat, Waiting, request_of
from iprgraph_server.watch import Reply, Watch

#: Longer messages to a worker are sent by a thread.
_SMALL_REQUEST = 1 << 15
#: Threads beyond one for each worker.
_SPARE_THREADS = 4


class LoopPool:
    """Run jobs from the event loop; `threads` do the writes."""

    def __init__(self, pool: Pool, threads: Executor) -> None:
        self.pool = pool
        self._threads = threads
        self._watch: Watch | None = None

    async def run(self, job: Job) -> Done:
        """Do a job, as `Pool.run` does."""
        if is_write(job):
            return await asyncio.get_running_loop().run_in_executor(
                self._threads, self.pool.run, job
            )
        pool, watch = self.pool, self._watch or self._begin()
        limit = pool.limit_of(job)
        deadline = monotonic() + limit
        try:
            seat = await self._take_seat(watch, deadline)
            try:
                reply, body, link = await self._ask(watch, seat, job, deadline, limit)
                return pool.done(reply, body, link)
            finally:
                pool.give_back(seat)
        except Problem as problem:
            pool.count(problem)
            raise

    def status(self) -> dict[str, Any]:
        """Tell the state of the pool; it may take a while, so ask from a thread."""
        return self.pool.status()

    def _begin(self) -> Watch:
        loop = asyncio.get_running_loop()
        # Each worker may have a thread waiting for it, and there are some for bodies to be packed.
        loop.set_default_executor(ThreadPoolExecutor(self.pool.size + _SPARE_THREADS, "aside"))
        self._watch = Watch(loop)
        return self._watch

    async def _take_seat(self, watch: Watch, deadline: float) -> Seat:
        found = self.pool.claim(_LoopWaiting)
        if isinstance(found, Seat):
            return found
        patience = self.pool.patience(deadline)
        watch.until(monotonic() + patience, found.look)
        try:
            await found.called
        finally:
            watch.forget(found.look)
        return self.pool.seat_of(found, patience)

    async def _ask(
        self, watch: Watch, seat: Seat, job: Job, deadline: float, limit: float
    ) -> tuple[tuple[Any, ...], bytes, Link]:
        loop, pool = watch.loop, self.pool
        for _ in range(2):
            link = seat.link
            if link is None or not pool.is_current(link):
                link = await loop.run_in_executor(None, pool.link, seat, deadline)
            try:
                reply, body = await _exchange(watch, link, job, deadline)
                if reply[-1]:
                    # It has kept too much memory to serve another job.
                    seat.clear()
                return reply, body, link
            except (EOFError, OSError) as error:
                await loop.run_in_executor(None, pool.lose, seat, link, error, job, limit)
        raise restarting()


async def _exchange(
    watch: Watch, link: Link, job: Job, deadline: float
) -> tuple[tuple[Any, ...], bytes]:
    """Have a job done, as `Link.ask` does."""
    seconds = max(0.001, deadline - monotonic())
    asked = request_of(job, seconds)
    if len(asked) > _SMALL_REQUEST:
        return await watch.loop.run_in_executor(None, link.ask, job, seconds)
    # A worker that is idle has read all it was sent: there is room.
    link.socket.sendall(asked)
    reply = Reply(link.socket, watch.loop.create_future())
    watch.expect(link, reply)
    watch.until(deadline, reply.give_up)
    try:
        await reply.here
    finally:
        watch.forget(reply.give_up)
    if len(reply.data) == reply.size:
        return wire.unpack(reply.data)
    left = max(0.001, deadline - monotonic())
    return await watch.loop.run_in_executor(None, link.finish, reply.data, left)


class _LoopWaiting(Waiting):
    """A request in the queue, which the event loop answers."""

    def __init__(self) -> None:
        self.seat: Seat | None = None
        self.loop = asyncio.get_running_loop()
        self.called: asyncio.Future[None] = self.loop.create_future()
        self._thread = threading.get_ident()

    def wake(self) -> None:
        """Have the loop look; any thread may call this."""
        if threading.get_ident() == self._thread:
            self.look()
        else:
            self.loop.call_soon_threadsafe(self.look)

    def look(self) -> None:
        """Go on, with a seat or without."""
        if not self.called.done():
            self.called.set_result(None)
