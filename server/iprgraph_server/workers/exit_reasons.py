"""Problems of jobs whose worker timed out or ended."""

from __future__ import annotations

import os
import signal

from iprgraph.errors import Text
from iprgraph_server.errors import Busy, OutOfMemory, Problem, TimedOut, WorkerDied
from iprgraph_server.workers.jobs import Job, Query


def died(reason: str, memory_mb: int) -> Problem:
    """Return the problem of a job whose worker ended, from the reason that the fork server saw."""
    if reason == "memory":
        return OutOfMemory(
            Text(
                "The query needs more than {most} MB. Narrow its patterns, or sort and group fewer "
                "rows.",
                most=memory_mb,
            ),
            limit=memory_mb,
        )
    if reason == "crash":
        return WorkerDied(
            "The query made the engine crash. Others are not affected. A simpler form of it, with "
            "fewer nested or chained parts, may work.",
            signal=reason,
        )
    return WorkerDied("The query's process was ended from outside. Try again.", signal=reason)


def restarting() -> Busy:
    """Return the problem of a job for which there is no worker for now."""
    return Busy("The query workers are being restarted.", retry_after=1)


def timed_out(job: Job, limit: float) -> TimedOut:
    """Return the problem of a job whose time was over."""
    what = "query" if isinstance(job, Query) else "request"
    return TimedOut(
        Text(
            "The {what} was stopped after {seconds} s. Ask for less: add LIMIT, name the things "
            "or properties you want, put the most selective pattern into a subquery; or take the "
            "whole dataset from the downloads and query it yourself.",
            what=Text.of(what),
            seconds=f"{limit:g}",
        ),
        limit=limit,
    )


#: Signals that come from outside, or from the worker's own clock.
_FROM_OUTSIDE = {signal.SIGKILL, signal.SIGTERM, signal.SIGALRM}


def exit_reason(status: int) -> str:
    """Return how a worker ended, from its exit status: ended, killed, memory or crash."""
    if not os.WIFSIGNALED(status):
        return "ended"
    number = os.WTERMSIG(status)
    if number in _FROM_OUTSIDE:
        return "killed"
    # The engine aborts where it gets no more memory.
    return "memory" if number == signal.SIGABRT else "crash"
