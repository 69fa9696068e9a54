"""Run jobs on the dataset that is served, and name the state of it that each answer shows."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from time import perf_counter
from typing import Protocol

from prometheus_client.metrics_core import Metric

from iprgraph_server import logs
from iprgraph_server.metrics import Metrics, counter, gauge
from iprgraph_server.pool.answer_cache import AnswerCache, CachedAnswer
from iprgraph_server.pool.pool import JobRunner
from iprgraph_server.settings import Settings
from iprgraph_server.workers.jobs import Done, Job, Query, Update, Validate, Why


class WriteCount(Protocol):
    """What knows how many writes a graph has seen."""

    @property
    def writes(self) -> int:
        """Return their number."""
        ...


class Dataset:
    """A release's graph with its cached answers, which are dropped with each write.

    ``count`` is left out for a graph that never changes.
    """

    def __init__(
        self,
        release_id: str,
        runner: JobRunner,
        count: WriteCount | None,
        cache: AnswerCache,
        metrics: Metrics,
        settings: Settings,
    ) -> None:
        self.release_id = release_id
        self._cache = cache
        self._runner = runner
        self._count = count
        self._metrics = metrics
        self._slow = settings.slow_query
        self._seen = -1
        self._follow()

    @property
    def state(self) -> str:
        """Return the name of the state that the graph is in."""
        return self._name(self._follow())

    async def run(self, job: Job, request_id: str) -> Done:
        """Return the answer to a job; raises an errors.Problem. A slow one is logged, however it ends."""
        started = perf_counter()
        try:
            done = await self._runner.run(job)
        finally:
            seconds = perf_counter() - started
            if seconds >= self._slow:
                logs.write(
                    "slow-query", request=request_id, seconds=round(seconds, 3), job=describe(job)
                )
        self._metrics.observe_job(done.facts["seconds"])
        return done

    def state_of(self, done: Done) -> str:
        """Return the name of the state that an answer shows."""
        return self._name(done.facts["generation"])

    def cached(self, key: Hashable) -> CachedAnswer | None:
        """Return the cached answer to a request, if it shows the state that the graph is in."""
        self._follow()
        return self._cache.find(key)

    def keep(self, key: tuple[str | bytes, ...], answer: CachedAnswer, state: str) -> None:
        """Cache an answer that shows a state, unless the graph has gone on."""
        self._follow()
        self._cache.keep(key, answer, state)

    def collect(self) -> Iterator[Metric]:
        """Return the metrics of the workers and the cache."""
        status = self._runner.status()
        yield gauge("ready", "1 while queries can be answered.", float(status["ready"]))
        yield gauge("workers", "Queries that may be evaluated at the same time.", status["size"])
        yield gauge("workers_busy", "Queries being evaluated.", status["running"])
        yield gauge("waiting", "Requests that wait for a worker.", status["waiting"])
        problems = status["problems"]
        yield counter("problems", "Jobs that ended with a problem.", problems, "problem")
        endings = {"killed": 0, **status.get("endings", {})}
        yield counter("workers_ended", "Workers that ended, by how.", endings, "how")
        yield gauge("writes", "Writes that the dataset has seen.", status.get("generation", 0))
        yield gauge("cache_bytes", "Bytes of answers kept.", self._cache.bytes)
        yield gauge("cache_answers", "Answers kept.", len(self._cache))

    def _follow(self) -> int:
        """Drop the answers of a state before, and return the number of writes."""
        writes = self._count.writes if self._count else 0
        if writes != self._seen:
            self._seen = writes
            self._cache.renew(self._name(writes))
        return writes

    def _name(self, writes: int) -> str:
        return f"{self.release_id}.{writes}"


def describe(job: Job) -> str:
    """Return what a job asks, for the log."""
    if isinstance(job, Query | Update):
        return logs.shortened(job.text)
    if isinstance(job, Why):
        return logs.shortened(f"why {job.subject} {job.predicate} {job.object}")
    if isinstance(job, Validate):
        return f"validate {sum(len(body) for _, _, body in job.data):,} bytes"
    return f"{type(job).__name__} {job.graph or 'default graph'}"
