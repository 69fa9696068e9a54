"""Places for query workers, and the queue for them."""

from __future__ import annotations

import asyncio
from collections import deque

from iprgraph.errors import Text
from iprgraph_server.errors import Busy
from iprgraph_server.pool.worker_connection import WorkerConnection


class Slot:
    """A place for one worker, handed from job to job."""

    def __init__(self) -> None:
        self.worker: WorkerConnection | None = None

    def clear(self, *, kill: bool = False) -> None:
        """Let the worker go, or kill it."""
        worker, self.worker = self.worker, None
        if worker:
            worker.close(kill=kill)


class Slots:
    """Hand out slots in the order in which they are asked for; used on one event loop."""

    def __init__(self, count: int, queue: int, queue_wait: float) -> None:
        self.count = count
        self._queue = queue
        self._queue_wait = queue_wait
        self._idle = [Slot() for _ in range(count)]
        self._waiting: deque[asyncio.Future[Slot]] = deque()

    @property
    def is_idle(self) -> bool:
        """Check whether no slot is taken."""
        return len(self._idle) == self.count

    def status(self) -> dict[str, int]:
        """Return the number of slots, of those taken, and of jobs that wait."""
        taken = self.count - len(self._idle)
        return {"size": self.count, "running": taken, "waiting": len(self._waiting)}

    async def take(self, deadline: float) -> Slot:
        """Return a slot, waiting until a moment of the loop's clock; raises Busy."""
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
        loop = asyncio.get_running_loop()
        patience = max(0.0, min(deadline - loop.time(), self._queue_wait))
        turn: asyncio.Future[Slot] = loop.create_future()
        self._waiting.append(turn)
        timer = loop.call_later(patience, self._give_up, turn, patience)
        try:
            return await turn
        except asyncio.CancelledError:
            if not turn.cancelled():
                self.give_back(turn.result())
            elif turn in self._waiting:
                self._waiting.remove(turn)
            raise
        finally:
            timer.cancel()

    def give_back(self, slot: Slot) -> None:
        """Hand a slot to the first job that waits."""
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(slot)
                return
        self._idle.append(slot)

    def _give_up(self, turn: asyncio.Future[Slot], patience: float) -> None:
        if not turn.done():
            self._waiting.remove(turn)
            busy = Text("No worker was free within {seconds} s.", seconds=f"{patience:.3g}")
            turn.set_exception(Busy(busy, limit=self._queue_wait))

    def clear(self) -> None:
        """Let all idle workers go."""
        for slot in self._idle:
            slot.clear()
