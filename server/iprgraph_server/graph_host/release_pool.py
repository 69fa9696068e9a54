"""The releases beside the one that is served: which there are, and how each is asked.

A release is immutable, so the one that is served is asked by its own workers only while nothing
was written to it. Every other answer about a release comes from a keeper of its own (`older`),
started when it is first asked for; the one that was asked least recently makes room for another.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from itertools import count
from pathlib import Path
from time import monotonic
from typing import Any

from iprgraph.errors import Text
from iprgraph.release.release import Release
from iprgraph.versions.timeline import Timeline
from iprgraph_server.errors import Busy, NotWritable
from iprgraph_server.graph_host.release_host import Older
from iprgraph_server.http.problems import NotFound
from iprgraph_server.pool.pool import Pool
from iprgraph_server.settings import Settings
from iprgraph_server.workers.jobs import Done, Job, is_write


class Archive:
    """Know the releases of a folder, and run jobs on any of them; all threads may call it."""

    def __init__(self, settings: Settings, runtime: Path, release: Release, pool: Pool) -> None:
        self._settings = settings
        self._runtime = runtime
        self._most = settings.older_releases
        self._served = release
        self._pool: Pool | None = pool
        #: Changes whenever the workers of the served release change.
        self._turn = 0
        self._numbers = count(1)
        self._free = threading.Condition()
        self._kept: OrderedDict[str, Older] = OrderedDict()
        self._known: tuple[Any, Timeline] | None = None

    def leave(self) -> None:
        """Ask the workers of the served release no more: they go over to another one."""
        self._pool = None
        self._turn += 1

    def serve(self, release: Release, pool: Pool) -> None:
        """Have a release be the one that is served, by these workers."""
        self._served = release
        self._turn += 1
        self._pool = pool

    @property
    def served(self) -> Release:
        """Give the release that is served."""
        return self._served

    @property
    def timeline(self) -> Timeline:
        """Give all releases; a new one is seen as soon as it is in the folder."""
        served = self._served
        try:
            state = served.dir.parent.stat().st_mtime_ns, served.id
        except OSError:
            state = 0, served.id
        known = self._known
        if known is None or known[0] != state:
            known = self._known = state, Timeline(served.dir.parent, served)
        return known[1]

    def find(self, release_id: str) -> Release:
        """Give a release by its id; raises NotFound, which names those there are."""
        timeline = self.timeline
        release = timeline.find(release_id)
        if release is None:
            raise NotFound(
                Text(
                    "There is no release {id} here. There is: {listed}.",
                    id=release_id,
                    listed=[r.id for r in timeline],
                ),
                releases=[r.id for r in timeline],
            )
        return release

    def run(self, release: Release, job: Job) -> Done:
        """Run a job on a release as it was built; raises one of ``errors``."""
        if is_write(job):
            raise never_changes(release.id)
        pool, turn = self._pool, self._turn
        if pool and release.id == self._served.id:
            done = pool.run(job)
            # Not so when something was written, or when the workers went over meanwhile.
            if done.facts["generation"] == 0 and turn == self._turn:
                return done
        deadline = monotonic() + self._settings.timeout
        older = self._borrow(release, deadline)
        try:
            return older.pool(max(0.0, deadline - monotonic())).run(job)
        finally:
            self._give_back(older)

    def status(self) -> dict[str, Any]:
        """Tell how it is, in the words of a pool."""
        with self._free:
            running = sum(older.users for older in self._kept.values())
        return {"ready": True, "size": self._most, "running": running, "waiting": 0}

    def close(self) -> None:
        """End every keeper."""
        with self._free:
            kept, self._kept = list(self._kept.values()), OrderedDict()
        for older in kept:
            older.end()

    def _borrow(self, release: Release, deadline: float) -> Older:
        """Give a release its place, ending the one least recently asked; raises Busy."""
        ended = []
        with self._free:
            while True:
                older = self._kept.get(release.id)
                if older and older.is_lost and not older.users:
                    ended.append(self._kept.pop(release.id))
                    older = None
                if older is None and len(self._kept) >= self._most:
                    unused = next((k for k, o in self._kept.items() if not o.users), None)
                    if unused is None:
                        patience = min(deadline - monotonic(), self._settings.queue_wait)
                        if not self._free.wait(max(0.0, patience)):
                            raise Busy(
                                Text(
                                    "{most} older releases are being asked already.",
                                    most=self._most,
                                ),
                                limit=self._most,
                            )
                        continue
                    ended.append(self._kept.pop(unused))
                if older is None:
                    address = self._runtime / f"older-{next(self._numbers)}"
                    older = self._kept[release.id] = Older(release, str(address), self._settings)
                self._kept.move_to_end(release.id)
                older.users += 1
                break
        for gone in ended:
            gone.end()
        return older

    def _give_back(self, older: Older) -> None:
        with self._free:
            older.users -= 1
            self._free.notify_all()


class ReleaseGraph:
    """The graph of one release, for the pages: a `site.Graph`."""

    def __init__(self, archive: Archive, release: Release) -> None:
        self._archive = archive
        self._release = release

    def run(self, job: Job) -> Done:
        """Run a job on it."""
        return self._archive.run(self._release, job)

    def status(self) -> dict[str, Any]:
        """Tell how it is."""
        return self._archive.status()


def never_changes(release_id: str) -> NotWritable:
    """Say that a release takes no writes."""
    return NotWritable(
        Text(
            "Release {id} never changes. Send the write without release=, to the dataset that is "
            "served.",
            id=release_id,
        )
    )
