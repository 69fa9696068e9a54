"""The releases beside the one that is served: which there are, and how each is asked.

A release is immutable, so the one that is served is asked by its own workers only while nothing
was written to it. Every other answer about a release comes from a fork server of its own, started
when it is first needed; the one that was used least recently makes room for another.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from iprgraph.errors import Text
from iprgraph.release.release import Release
from iprgraph.versions.timeline import Timeline
from iprgraph_server.errors import Busy, NotWritable, WorkerDied
from iprgraph_server.graph_host.launch import SharedHost
from iprgraph_server.http.problems import NotFound
from iprgraph_server.pool.pool import BlockingPool, Pool
from iprgraph_server.settings import Settings
from iprgraph_server.workers.jobs import Done, Job, is_write


class OlderRelease:
    """A release in a fork server of its own, which is started when it is first waited for."""

    def __init__(self, release: Release, settings: Settings) -> None:
        #: Jobs that are using it now.
        self.users = 0
        # Whoever asks for what is past shall not take the time of those who ask for today.
        self._settings = replace(settings, workers=1)
        self._release = release
        self._host: SharedHost | None = None
        self._starting = asyncio.ensure_future(self._start())

    async def pool(self, seconds: float) -> Pool:
        """Return its pool, waiting at most so long; raises Busy, WorkerDied."""
        await asyncio.wait((self._starting,), timeout=seconds)
        if not self._starting.done():
            raise Busy(
                Text(
                    "Release {id} is still being loaded. Try again in a moment.",
                    id=self._release.id,
                ),
                retry_after=5,
            )
        return self._starting.result()

    @property
    def has_failed(self) -> bool:
        """Check whether it could not be started."""
        return self._starting.done() and self._starting.exception() is not None

    def close(self) -> None:
        """Let its processes end."""
        if self._starting.done() and not self.has_failed:
            self._starting.result().close()
        if self._host:
            self._host.close()

    async def _start(self) -> Pool:
        loop = asyncio.get_running_loop()
        try:
            self._host = await loop.run_in_executor(
                None, SharedHost, self._release.dir, self._settings
            )
            return Pool(self._settings, self._host.address, revive=self._host.attach)
        except Exception as error:
            told = Text.of(error)
            raise WorkerDied(
                Text("Release {id} cannot be loaded: {told}.", id=self._release.id, told=told)
            ) from error


class ReleasePool:
    """Find the releases of a folder, and run jobs on any of them."""

    def __init__(
        self,
        settings: Settings,
        release: Release,
        pool: Pool,
        loop: Callable[[], asyncio.AbstractEventLoop],
    ) -> None:
        self._settings = settings
        self._loop = loop
        self._most: int = settings.older_releases
        #: The release that is served, and its workers.
        self.current = release, pool
        self._changed = asyncio.Condition()
        self._older: OrderedDict[str, OlderRelease] = OrderedDict()
        self._known: tuple[Any, Timeline] | None = None

    @property
    def served(self) -> Release:
        """Return the release that is served."""
        return self.current[0]

    @property
    def timeline(self) -> Timeline:
        """Return all releases; a new one is seen as soon as it is in the folder."""
        served = self.served
        try:
            state = served.dir.parent.stat().st_mtime_ns, served.id
        except OSError:
            state = 0, served.id
        known = self._known
        if known is None or known[0] != state:
            known = self._known = state, Timeline(served.dir.parent, served)
        return known[1]

    def find(self, release_id: str) -> Release:
        """Return a release by its id; raises NotFound, which names those there are."""
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

    def graph(self, release: Release) -> BlockingPool:
        """Return what runs jobs on a release from threads."""
        return BlockingPool(ReleaseRunner(self, release), self._loop)

    async def run(self, release: Release, job: Job) -> Done:
        """Return the answer to a job on a release as it was built; raises one of ``errors``."""
        if is_write(job):
            raise never_changes(release.id)
        served, pool = self.current
        if release.id == served.id and pool.writes == 0:
            done = await pool.run(job)
            if done.facts["generation"] == 0:
                return done
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self._settings.timeout
        older = await self._borrow(release, deadline)
        try:
            return await (await older.pool(max(0.0, deadline - loop.time()))).run(job)
        finally:
            older.users -= 1
            async with self._changed:
                self._changed.notify_all()

    def status(self) -> dict[str, Any]:
        """Return how many older releases are in use, in the words of a pool."""
        running = sum(older.users for older in self._older.values())
        return {"ready": True, "size": self._most, "running": running, "waiting": 0}

    def close(self) -> None:
        """Let all fork servers of older releases end."""
        while self._older:
            self._older.popitem()[1].close()

    async def _borrow(self, release: Release, deadline: float) -> OlderRelease:
        """Return a release in its place, ending the one least recently used; raises Busy."""
        older = self._older.get(release.id)
        if older and older.has_failed and not older.users:
            del self._older[release.id]
            older = None
        if older is None:
            await self._make_room(deadline)
            older = self._older.get(release.id)
        if older is None:
            older = self._older[release.id] = OlderRelease(release, self._settings)
        self._older.move_to_end(release.id)
        older.users += 1
        return older

    async def _make_room(self, deadline: float) -> None:
        loop = asyncio.get_running_loop()
        patience = max(0.0, min(deadline - loop.time(), self._settings.queue_wait))
        try:
            async with asyncio.timeout(patience), self._changed:
                await self._changed.wait_for(lambda: self._free_place())
        except TimeoutError:
            raise Busy(
                Text("{most} older releases are being asked already.", most=self._most),
                limit=self._most,
            ) from None

    def _free_place(self) -> bool:
        if len(self._older) >= self._most:
            unused = next((key for key, older in self._older.items() if not older.users), None)
            if unused is None:
                return False
            self._older.pop(unused).close()
        return True


class ReleaseRunner:
    """Run jobs on one release: a `pool.JobRunner`."""

    def __init__(self, releases: ReleasePool, release: Release) -> None:
        self._releases = releases
        self._release = release

    async def run(self, job: Job) -> Done:
        """Return the answer to a job on the release."""
        return await self._releases.run(self._release, job)

    def status(self) -> dict[str, Any]:
        """Return the state of the older releases."""
        return self._releases.status()


def never_changes(release_id: str) -> NotWritable:
    """Return the problem of a write to a release."""
    return NotWritable(
        Text(
            "Release {id} never changes. Send the write without release=, to the dataset that is "
            "served.",
            id=release_id,
        )
    )
