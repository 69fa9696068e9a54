"""What stays while releases come and go: settings, token, log and metrics, and the older releases."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import TYPE_CHECKING

from prometheus_client.metrics_core import Metric

from iprgraph.release.release import Release
from iprgraph_server.endpoints.past_releases import MOST_RELEASES, PastReleases, ReleaseSite
from iprgraph_server.endpoints.router import Router
from iprgraph_server.endpoints.service_description import Description
from iprgraph_server.endpoints.sparql import SparqlEndpoint
from iprgraph_server.graph_host.release_pool import ReleasePool, ReleaseRunner
from iprgraph_server.http.authorization import Access
from iprgraph_server.http.messages import BodyReader
from iprgraph_server.http.public_address import PublicAddress
from iprgraph_server.http.recorder import Recorder
from iprgraph_server.models.claim_histories import ClaimHistories
from iprgraph_server.pool.answer_cache import AnswerCache
from iprgraph_server.pool.dataset import Dataset
from iprgraph_server.pool.pool import JobRunner, Pool
from iprgraph_server.settings import Settings

if TYPE_CHECKING:
    from flask import Flask

#: Bodies that are read at the same time.
MOST_BODIES = 64

#: Makes the pages of an older release.
MakePages = Callable[["Publisher", Release, ReleaseRunner], "Flask"]


class Publisher:
    """Compose what serves a release, and know the releases beside it."""

    def __init__(
        self, settings: Settings, token: str, release: Release, pool: Pool, make_pages: MakePages
    ) -> None:
        self.settings = settings
        self.address = PublicAddress(settings.public_url, settings.trusted_proxy)
        self.recorder = Recorder()
        self.bodies = BodyReader(MOST_BODIES)
        self.threads = ThreadPoolExecutor(thread_name_prefix="endpoints")
        self.histories = ClaimHistories()
        self.releases = ReleasePool(settings, release, pool, self.loop)
        self.past = PastReleases(self.releases, self._make_site)
        self._access = Access(token)
        self._make_pages = make_pages
        self._loop: asyncio.AbstractEventLoop | None = None
        self._loop_process = 0
        self._lock = threading.Lock()
        self._dataset: Dataset | None = None
        self.recorder.metrics.add_source(self._collect)

    def route(self, release: Release, pool: Pool) -> Router:
        """Return the endpoints of a release."""
        cache_ = AnswerCache(self.settings.cache_bytes)
        dataset = self._make_dataset(release, pool, pool, cache_)
        endpoint = self._make_endpoint(release, dataset, self._access, self.past)
        return Router(
            self.settings, release, dataset, endpoint, self._access, self.bodies, self.recorder,
            self.threads,
        )  # fmt: skip

    def serve(self, router: Router, pool: Pool) -> None:
        """Make a release the one that is served."""
        release = router.release
        self._dataset = router.dataset
        self.releases.current = release, pool
        self.recorder.metrics.set_release(id=release.id, version=str(release.manifest["version"]))

    def run_on(self, loop: asyncio.AbstractEventLoop) -> None:
        """Run everything on an event loop, the server's, from now on."""
        self._loop, self._loop_process = loop, os.getpid()

    def loop(self) -> asyncio.AbstractEventLoop:
        """Return the event loop of this process: the server's, or one in a thread of its own."""
        if self._loop is None or self._loop_process != os.getpid():
            with self._lock:
                if self._loop is None or self._loop_process != os.getpid():
                    loop = asyncio.new_event_loop()
                    threading.Thread(target=loop.run_forever, name="endpoints", daemon=True).start()
                    self.run_on(loop)
        assert self._loop is not None
        return self._loop

    def _make_site(self, release: Release, runner: ReleaseRunner) -> ReleaseSite:
        cache_ = AnswerCache(self.settings.cache_bytes // MOST_RELEASES)
        dataset = self._make_dataset(release, runner, None, cache_)
        endpoint = self._make_endpoint(release, dataset)
        return ReleaseSite(
            dataset, endpoint, cache(lambda: self._make_pages(self, release, runner))
        )

    def _make_dataset(
        self, release: Release, runner: JobRunner, count: Pool | None, cache_: AnswerCache
    ) -> Dataset:
        return Dataset(release.id, runner, count, cache_, self.recorder.metrics, self.settings)

    def _make_endpoint(
        self,
        release: Release,
        dataset: Dataset,
        access: Access | None = None,
        past: PastReleases | None = None,
    ) -> SparqlEndpoint:
        """Return the endpoint of a release, without writers unless access is given."""
        access = access or Access()
        description = Description(self.settings, release, access.open)
        return SparqlEndpoint(self.settings, dataset, access, self.bodies, description, past)

    def _collect(self) -> Iterator[Metric]:
        return self._dataset.collect() if self._dataset else iter(())
