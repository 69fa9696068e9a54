"""The pool of query workers: a job goes to one worker, within its time, and comes back complete.

A slot is a place for one worker; there are as many as jobs may run at once, so that waiting happens
here, in order, and never at a worker. A worker whose job takes too long, or whose client has gone,
is killed. Everything runs on one event loop; threads reach it through ``BlockingPool``.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any, Protocol

from iprgraph.errors import Text
from iprgraph_server.errors import BY_NAME, Busy, Problem, ShapesRejected, WorkerDied, unpack
from iprgraph_server.pool.control import ask, counter_path
from iprgraph_server.pool.service_proxy import ServiceProxy
from iprgraph_server.pool.slots import Slot, Slots
from iprgraph_server.pool.worker_connection import Reply, WorkerConnection
from iprgraph_server.settings import Settings
from iprgraph_server.workers.exit_reasons import died, restarting, timed_out
from iprgraph_server.workers.jobs import Done, Job, is_write
from iprgraph_server.workers.shared_counter import SharedCounter

#: Seconds for which a fork server that is being restarted is waited for.
_PATIENCE = 15.0
#: Seconds between two looks at whether a pool that is no longer asked is idle.
_DRAIN_TICK = 0.05


class JobRunner(Protocol):
    """Run a job to its complete answer, on the event loop."""

    async def run(self, job: Job) -> Done:
        """Return the answer to a job; raises an errors.Problem."""
        ...

    def status(self) -> dict[str, Any]:
        """Return ready, size, running, waiting and more; it may take a while."""
        ...


class BlockingPool:
    """Run jobs from threads; ``loop`` returns the event loop of the runner."""

    def __init__(self, runner: JobRunner, loop: Callable[[], asyncio.AbstractEventLoop]) -> None:
        self._runner = runner
        self._loop = loop

    def run(self, job: Job) -> Done:
        """Return the answer to a job; raises an errors.Problem."""
        return asyncio.run_coroutine_threadsafe(self._runner.run(job), self._loop()).result()

    def status(self) -> dict[str, Any]:
        """Return the state of the runner."""
        return self._runner.status()


class Pool:
    """Run jobs on the workers of one fork server.

    ``write_turn`` is held by the one write that is under way, in this and every other pool of the
    process. ``revive`` starts the fork server anew where nobody else does.
    """

    def __init__(
        self,
        settings: Settings,
        address: str,
        write_turn: asyncio.Lock | None = None,
        revive: Callable[[], object] | None = None,
    ) -> None:
        self.address = address
        #: The pool that takes the writes, where this one has been replaced.
        self.successor: Pool | None = None
        self._timeout: float = settings.timeout
        self._memory_mb: int = settings.memory_mb
        self._write_turn = write_turn or asyncio.Lock()
        self._revive = revive
        self._slots = Slots(settings.workers, settings.queue, settings.queue_wait)
        self._writes = SharedCounter(counter_path(address))
        self._counts: Counter[str] = Counter()
        self._proxy = ServiceProxy.start(settings, address) if settings.allow_service else None

    @property
    def writes(self) -> int:
        """Return how many writes the graph has seen."""
        return self._writes.value

    async def run(self, job: Job) -> Done:
        """Return the answer to a job; raises a Problem within a second of the job's time at the latest."""
        limit = (
            self._timeout if job.timeout is None else min(self._timeout, max(job.timeout, 0.001))
        )
        deadline = asyncio.get_running_loop().time() + limit
        try:
            if is_write(job):
                return await self._write(job, deadline, limit)
            slot = await self._slots.take(deadline)
            try:
                return self._done(*await self._ask(slot, job, deadline, limit))
            finally:
                self._slots.give_back(slot)
        except Problem as problem:
            self._counts[problem.name] += 1
            raise

    def status(self) -> dict[str, Any]:
        """Return the state of pool and fork server; ``ready`` is False while there is none."""
        try:
            host = ask(self.address, "status", timeout=2.0)[1]
        except (OSError, EOFError):
            host = {}
        problems = dict(self._counts)
        return {"ready": bool(host), **self._slots.status(), "problems": problems, **host}

    async def replace(self, successor: Pool) -> None:
        """Hand the writes over to the pool of another fork server, which follows the same journal.

        Raises WorkerDied, and changes nothing, when that fork server cannot take the journal over.
        """
        async with self._write_turn:
            await _in_thread(ask, self.address, "seal")
            reply = await _in_thread(partial(ask, timeout=600), successor.address, "own")
            if reply[0] != "owned":
                await _in_thread(ask, self.address, "own")
                raise WorkerDied(
                    Text("The new graph could not be taken over: {told}.", told=Text.of(reply[1]))
                )
            self.successor = successor

    async def drain(self) -> None:
        """Wait until no job is under way, then let the workers go."""
        while not self._slots.is_idle:
            await asyncio.sleep(_DRAIN_TICK)
        self.close()

    def close(self) -> None:
        """Let all idle workers go, and carry nothing to services any more."""
        self._slots.clear()
        if self._proxy:
            self._proxy.close()

    async def _write(self, job: Job, deadline: float, limit: float) -> Done:
        """Evaluate a write on a copy, then commit it; one at a time from start to end."""
        try:
            async with asyncio.timeout_at(deadline):
                await self._write_turn.acquire()
        except TimeoutError:
            raise Busy("Another write is under way.") from None
        try:
            pool = self
            while pool.successor:
                pool = pool.successor
            while True:
                done = await pool._try_write(job, deadline, limit)
                if done:
                    return done
        finally:
            self._write_turn.release()

    async def _try_write(self, job: Job, deadline: float, limit: float) -> Done | None:
        """Write once; return None when another process wrote in between."""
        slot = await self._slots.take(deadline)
        try:
            (head, body), writes = await self._ask(slot, job, deadline, limit)
            # Its copy has the change now, whether it is committed or not.
            slot.clear()
        finally:
            self._slots.give_back(slot)
        if head[0] != "change":
            return self._done((head, body), writes)
        _, facts, (lengths, dropped, created), seconds, _ = head
        facts |= {"generation": writes, "seconds": seconds}
        if getattr(job, "dry_run", False) or not (body or dropped or created):
            return Done(b"", facts)
        change = lengths, dropped, created, facts["results"]
        commit = partial(ask, self.address, "commit", writes, *change, body=body)
        try:
            # Once sent it goes its way, whether anybody still waits for it or not.
            answer = await asyncio.shield(_in_thread(commit))
        except (OSError, EOFError):
            raise WorkerDied(
                "The store was lost while it kept this write. It is kept whole or not at all: look "
                "which, before you send it again."
            ) from None
        if answer[0] == "failed":
            raise WorkerDied(Text("The write was not kept: {told}.", told=Text.of(answer[1])))
        if answer[0] == "stale":
            return None
        return Done(b"", {**facts, "generation": answer[1]})

    async def _ask(self, slot: Slot, job: Job, deadline: float, limit: float) -> tuple[Reply, int]:
        """Return the reply of the slot's worker, and how many writes its graph has seen."""
        loop = asyncio.get_running_loop()
        for _ in range(2):
            worker = slot.worker
            if worker is None or not worker.is_open or worker.writes < self.writes:
                worker = await self._renew(slot, deadline)
            try:
                reply = await worker.run(job, max(0.001, deadline - loop.time()))
            except TimeoutError:
                raise timed_out(job, limit) from None
            except EOFError:
                # One that had ended by itself before it was asked did not do so for this job.
                if (problem := await self._death(worker)) is not None:
                    raise problem from None
            else:
                if reply[0][-1]:
                    # It holds too much memory to serve another job.
                    slot.clear()
                return reply, worker.writes
        raise restarting()

    async def _renew(self, slot: Slot, deadline: float) -> WorkerConnection:
        """Return a new worker for the slot, with the newest state of the graph."""
        loop = asyncio.get_running_loop()
        patience = min(deadline, loop.time() + _PATIENCE)
        slot.clear()
        while slot.worker is None:
            try:
                slot.worker = await WorkerConnection.open(self.address)
            except (OSError, EOFError):
                if loop.time() > patience:
                    raise restarting() from None
                if self._revive:
                    await _in_thread(self._revive)
                await asyncio.sleep(0.02)
        return slot.worker

    async def _death(self, worker: WorkerConnection) -> Problem | None:
        """Return why a worker ended in the middle of a job; None when it was not the job."""
        try:
            reason = (await _in_thread(partial(ask, timeout=3.0), self.address, "why", worker.pid))[
                1
            ]
        except (OSError, EOFError):
            return restarting()
        if reason == "ended":
            return None
        if reason == "unknown":
            # Its fork server ended, and the worker with it.
            return restarting()
        self._counts[f"worker-{reason}"] += 1
        return died(reason, self._memory_mb)

    def _done(self, reply: Reply, writes: int) -> Done:
        """Return what a worker's reply holds; raises the problem that it describes."""
        head, body = reply
        if head[0] == "problem":
            _, name, detail, status, extra = head[:5]
            if name == ShapesRejected.name:
                raise ShapesRejected(unpack(detail), body, **unpack(extra))
            raise BY_NAME[name](unpack(detail), status=status, **unpack(extra))
        facts = head[1]
        facts["generation"] = writes
        facts["seconds"] = head[2]
        return Done(body, facts)


async def _in_thread(work: Callable[..., Any], *arguments: Any) -> Any:
    return await asyncio.get_running_loop().run_in_executor(None, work, *arguments)
