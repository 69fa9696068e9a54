"""Run jobs on the dataset that is served, and know which state of it each answer shows."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from time import perf_counter
from typing import Any, Protocol

from prometheus_client.metrics_core import Metric

from iprgraph_server import logs
from iprgraph_server.metrics import Metrics, counter, gauge
from iprgraph_server.pool.answer_cache import Cache
from iprgraph_server.settings import Settings
from iprgraph_server.workers.jobs import Done, Job, Query, Update, Validate, Why, is_write


class Runs(Protocol):
    """Run a job to its complete answer, from the event loop: the pool of query workers."""

    async def run(self, job: Job) -> Done:
        """Run a job; raises an errors.Problem."""
        ...

    def status(self) -> dict[str, Any]:
        """Tell the state of the pool and its keeper."""
        ...


class Dataset:
    """Stand between the handlers and the pool; the cache follows the state of the dataset."""

    def __init__(
        self,
        release_id: str,
        pool: Runs,
        cache: Cache,
        metrics: Metrics,
        settings: Settings,
    ) -> None:
        self.release_id = release_id
        self.cache = cache
        self._pool = pool
        self._metrics = metrics
        self._slow = settings.slow_query
        self._lock = threading.Lock()
        self._writes = -1
        self._retired = False
        cache.renew(None)

    @property
    def state(self) -> str | None:
        """Name the newest state that an answer has shown; None before the first answer."""
        return self._name(self._writes) if self._writes >= 0 else None

    async def run(self, job: Job, request_id: str) -> Done:
        """Run a job; raises an errors.Problem. A slow one is logged, however it ends."""
        started = perf_counter()
        try:
            done = await self._pool.run(job)
        except BaseException:
            if is_write(job):
                self._forget()
            raise
        finally:
            seconds = perf_counter() - started
            if seconds >= self._slow:
                logs.write(
                    "slow-query", request=request_id, seconds=round(seconds, 3), job=describe(job)
                )
        self._metrics.observe_job(done.facts["seconds"])
        if done.facts["generation"] > self._writes:
            self._advance(done.facts["generation"])
        return done

    def state_of(self, done: Done) -> str | None:
        """Name the state that an answer shows, where it has a name."""
        return None if self._retired else self._name(done.facts["generation"])

    def collect(self) -> Iterator[Metric]:
        """Give the metrics of the workers and the cache."""
        status = self._pool.status()
        yield gauge("ready", "1 while queries can be answered.", float(status["ready"]))
        yield gauge("workers", "Queries that may be evaluated at the same time.", status["size"])
        yield gauge("workers_busy", "Queries being evaluated.", status["running"])
        yield gauge("waiting", "Requests that wait for a worker.", status["waiting"])
        problems = status["problems"]
        yield counter("problems", "Jobs that ended with a problem.", problems, "problem")
        endings = {"killed": 0, **status.get("endings", {})}
        yield counter("workers_ended", "Workers that ended, by how.", endings, "how")
        yield gauge("writes", "Writes that the dataset has seen.", status.get("generation", 0))
        yield gauge("cache_bytes", "Bytes of answers kept.", self.cache.bytes)
        yield gauge("cache_answers", "Answers kept.", len(self.cache))

    def retire(self) -> None:
        """Name no state and keep no answer from now on: the workers go over to another release."""
        with self._lock:
            self._retired = True
            self._writes = -1
            self.cache.renew(None)

    def resume(self) -> None:
        """Take back `retire`: the workers stay with this release."""
        with self._lock:
            self._retired = False

    def _name(self, writes: int) -> str:
        return f"{self.release_id}.{writes}"

    def _advance(self, writes: int) -> None:
        with self._lock:
            if writes > self._writes and not self._retired:
                self._writes = writes
                self.cache.renew(self._name(writes))

    def _forget(self) -> None:
        """Trust nothing that was kept: a write that failed may yet have been applied."""
        with self._lock:
            self._writes = -1
            self.cache.renew(None)


def describe(job: Job) -> str:
    """Write what a job asks, for the log."""
    if isinstance(job, Query | Update):
        return logs.shortened(job.text)
    if isinstance(job, Why):
        return logs.shortened(f"why {job.subject} {job.predicate} {job.object}")
    if isinstance(job, Validate):
        return f"validate {sum(len(body) for _, _, body in job.data):,} bytes"
    return f"{type(job).__name__} {job.graph or 'default graph'}"
