"""The pool on the event loop: jobs that read are sent to workers, and awaited, without a thread.

Seats, queue and what becomes of a worker are the pool's own, shared with the threads that call it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from time import monotonic
from typing import Any, TypeVar

from iprgraph_server.errors import Problem
from iprgraph_server.pool.ahead import Turns
from iprgraph_server.pool.pool import Pool
from iprgraph_server.pool.slots import Seat
from iprgraph_server.pool.turns import Replied, Turn
from iprgraph_server.pool.watch import Watch
from iprgraph_server.workers.exit_reasons import restarting
from iprgraph_server.workers.jobs import Done, Job, is_write

T = TypeVar("T")

#: Threads beyond one for each worker.
_SPARE_THREADS = 4


class LoopPool:
    """Run jobs from the event loop; `threads` do the writes."""

    def __init__(self, pool: Pool, threads: Executor) -> None:
        self.pool = pool
        self._threads = threads
        self._turns: Turns | None = None

    async def run(self, job: Job) -> Done:
        """Do a job, as `Pool.run` does."""
        if is_write(job):
            return await _in_thread(self._threads, lambda: self.pool.run(job))
        pool, turns = self.pool, self._turns or self._begin()
        limit = pool.limit_of(job)
        turn = Turn(turns, job, monotonic() + limit)
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

    def _begin(self) -> Turns:
        loop = asyncio.get_running_loop()
        # Each worker may have a thread waiting for it, and there are some for bodies to be packed.
        loop.set_default_executor(
            ThreadPoolExecutor(self.pool.seats.count + _SPARE_THREADS, "aside")
        )
        self._turns = Turns(self.pool, Watch(loop))
        return self._turns

    async def _replied(self, turn: Turn, limit: float) -> Replied:
        """Have a job done; raises what ended it."""
        loop, pool = turn.watch.loop, self.pool
        found = pool.seats.claim(lambda: turn)
        if isinstance(found, Seat):
            turn.begin(found)
        else:
            turn.wait(pool.seats.patience(turn.deadline))
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
