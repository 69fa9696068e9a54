"""The pool: hands jobs to the query workers, each within its time, and tells how they ended.

It lives in the HTTP process: `looped` is its door for the event loop, this one is for threads. A
seat is a place for one worker; there are as many as queries may run at once, so that waiting happens
here, in order, and never at a worker.
"""

from __future__ import annotations

import contextlib
import threading
from collections import Counter
from time import monotonic, sleep
from typing import Any

from iprgraph.errors import Text
from iprgraph_server.errors import BY_NAME, Busy, Problem, ShapesRejected, WorkerDied, unpack
from iprgraph_server.graph_host.launch import ask
from iprgraph_server.pool.service_proxy import Relay
from iprgraph_server.pool.slots import Link, Seat, Seats, Waiting
from iprgraph_server.settings import Settings
from iprgraph_server.workers.exit_reasons import died, restarting, timed_out
from iprgraph_server.workers.jobs import Done, Job, is_write

#: How long a keeper that is being restarted is waited for.
_KEEPER_PATIENCE = 15.0


class Pool:
    """Run jobs on the workers of a keeper; every method may be called from any thread."""

    def __init__(self, settings: Settings, address: str) -> None:
        self._timeout = settings.timeout
        self._memory_mb = settings.memory_mb
        self._settings = settings
        self._address = address
        self._generation = 0
        self._lock = threading.Lock()
        self._writing = threading.Lock()
        self.seats = Seats(settings.workers, settings.queue, settings.queue_wait)
        self._counts: Counter[str] = Counter()
        self._relay = self._start_relay(address)

    def run(self, job: Job) -> Done:
        """Do a job; raises one of ``errors``, within a second of the job's time at the latest."""
        limit = self.limit_of(job)
        try:
            if is_write(job):
                return self._write(job, monotonic() + limit, limit)
            return self._read(job, monotonic() + limit, limit)
        except Problem as problem:
            self.count(problem)
            raise

    def limit_of(self, job: Job) -> float:
        """Give the seconds that a job may take."""
        return self._timeout if job.timeout is None else min(self._timeout, max(job.timeout, 0.001))

    def count(self, problem: Problem) -> None:
        """Count a job that ended so."""
        self._counts[problem.name] += 1

    def switch(self, address: str) -> None:
        """Go over to another keeper, which follows the same journal; no job is dropped.

        Jobs under way end where they began. The old keeper ends with the last of them.
        """
        relay = self._start_relay(address)
        with self._writing:
            old = self._address
            ask(old, "seal")
            reply = ask(address, "own", timeout=600)
            if reply[0] != "owned":
                ask(old, "own")
                raise WorkerDied(
                    Text("The new graph could not be taken over: {told}.", told=Text.of(reply[1]))
                )
            with self._lock:
                self._address, self._generation = address, reply[1]
            self.seats.clear(lambda link: not self.is_current(link))
        with contextlib.suppress(OSError, EOFError):
            ask(old, "drain")
        if self._relay:
            # Jobs under way may still call services.
            threading.Thread(target=self._relay.close_after, args=(old,), daemon=True).start()
        self._relay = relay

    def status(self) -> dict[str, Any]:
        """Tell the state of pool and keeper; ``ready`` is False while there is no keeper."""
        try:
            kept = ask(self._address, "status", timeout=2.0)[1]
        except (OSError, EOFError):
            kept = {}
        return {
            "ready": bool(kept),
            **self.seats.status(),
            "problems": dict(self._counts),
            **kept,
        }

    def close(self) -> None:
        """Let all idle workers go, and carry nothing to services any more."""
        self.seats.clear()
        if self._relay:
            self._relay.close()

    def _read(self, job: Job, deadline: float, limit: float) -> Done:
        seat = self._take_seat(deadline)
        try:
            reply, body, link = self._ask(seat, job, deadline, limit)
            return self.done(reply, body, link)
        finally:
            self.seats.give_back(seat)

    def _write(self, job: Job, deadline: float, limit: float) -> Done:
        """Have a write evaluated on a copy, then committed; one at a time from start to end."""
        if not self._writing.acquire(timeout=max(0.0, deadline - monotonic())):
            raise Busy("Another write is under way.")
        try:
            while True:
                done = self._try_write(job, deadline, limit)
                if done:
                    return done
        finally:
            self._writing.release()

    def _try_write(self, job: Job, deadline: float, limit: float) -> Done | None:
        """Write once; None when another process wrote in between."""
        seat = self._take_seat(deadline)
        try:
            reply, body, link = self._ask(seat, job, deadline, limit)
            # Its copy has the change now, whether it is committed or not.
            seat.clear()
            if reply[0] != "change":
                return self.done(reply, body, link)
        finally:
            self.seats.give_back(seat)
        _, facts, (lengths, dropped, created), seconds, _ = reply
        facts |= {"generation": link.generation, "seconds": seconds}
        if getattr(job, "dry_run", False) or not (body or dropped or created):
            return Done(b"", facts)
        try:
            change = lengths, dropped, created, facts["results"]
            answer = ask(link.address, "commit", link.generation, *change, body=body)
        except (OSError, EOFError):
            raise WorkerDied(
                "The store was lost while it kept this write. It is kept whole or not at all: look "
                "which, before you send it again."
            ) from None
        if answer[0] == "failed":
            raise WorkerDied(Text("The write was not kept: {told}.", told=Text.of(answer[1])))
        with self._lock:
            self._generation = max(self._generation, answer[1])
        self.seats.clear(lambda link: not self.is_current(link))
        if answer[0] == "stale":
            return None
        return Done(b"", {**facts, "generation": answer[1]})

    def _ask(
        self, seat: Seat, job: Job, deadline: float, limit: float
    ) -> tuple[tuple[Any, ...], bytes, Link]:
        """Have the seat's worker do a job; what ends the worker is told as what it is."""
        for _ in range(2):
            link = self.link(seat, deadline)
            try:
                reply, body = link.ask(job, max(0.001, deadline - monotonic()))
                if reply[-1]:
                    # It has kept too much memory to serve another job.
                    seat.clear()
                return reply, body, link
            except (EOFError, OSError) as error:
                self.lose(seat, link, error, job, limit)
        raise restarting()

    def lose(self, seat: Seat, link: Link, error: Exception, job: Job, limit: float) -> None:
        """Raise what ended the seat's worker; return when the job can go to another one."""
        is_late = isinstance(error, BlockingIOError)
        seat.clear(kill=is_late)
        if is_late:
            raise timed_out(job, limit) from None
        # Had it ended before it was asked, the pipe is broken.
        if not isinstance(error, BrokenPipeError):
            raise self._death(link) from None

    def link(self, seat: Seat, deadline: float) -> Link:
        """Give the seat a worker of the newest state, if it has none."""
        if seat.link and not self.is_current(seat.link):
            seat.clear()
        patience = min(deadline, monotonic() + _KEEPER_PATIENCE)
        while seat.link is None:
            try:
                seat.link = Link(self._address)
            except (OSError, EOFError):
                if monotonic() > patience:
                    raise restarting() from None
                sleep(0.02)
        return seat.link

    def is_current(self, link: Link) -> bool:
        """Tell whether a worker has the newest state."""
        return link.generation >= self._generation and link.address == self._address

    def done(self, reply: tuple[Any, ...], body: bytes, link: Link) -> Done:
        """Read a worker's reply; raises the problem that it tells."""
        if reply[0] == "problem":
            _, name, detail, status, extra = reply[:5]
            if name == ShapesRejected.name:
                raise ShapesRejected(unpack(detail), body, **unpack(extra))
            raise BY_NAME[name](unpack(detail), status=status, **unpack(extra))
        facts = reply[1]
        facts["generation"] = link.generation
        facts["seconds"] = reply[2]
        return Done(body, facts)

    def _death(self, link: Link) -> Problem:
        """Tell why a worker ended in the middle of a job."""
        try:
            reason = ask(link.address, "why", link.pid, timeout=3.0)[1]
        except (OSError, EOFError):
            return restarting()
        if reason == "unknown":
            # Its keeper ended, and the worker with it.
            return restarting()
        self._counts[f"worker-{reason}"] += 1
        return died(reason, self._memory_mb)

    def _take_seat(self, deadline: float) -> Seat:
        found = self.seats.claim(Waiting)
        if isinstance(found, Seat):
            return found
        patience = self.seats.patience(deadline)
        found.gate.acquire(timeout=patience)
        return self.seats.seat_of(found, patience)

    def _start_relay(self, address: str) -> Relay | None:
        return Relay.start(self._settings, address) if self._settings.allow_service else None
