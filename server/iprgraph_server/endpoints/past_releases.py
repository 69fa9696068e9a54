"""Serve older releases: their answers at `/sparql?release=ID`, their pages under `/releases/ID/`."""

from __future__ import annotations

import asyncio
import re
import threading
from collections import OrderedDict
from collections.abc import Iterable
from concurrent.futures import Executor
from functools import cached_property
from typing import TYPE_CHECKING, Any

from iprgraph.release.release import Release
from iprgraph.versions.timeline import RELEASE_ID, issued
from iprgraph_server.app import create_app
from iprgraph_server.graph_host.release_pool import Archive, ReleaseGraph
from iprgraph_server.http.messages import Answer, Request, matches
from iprgraph_server.linked_data import memento
from iprgraph_server.pool.answer_cache import Cache
from iprgraph_server.pool.dataset import Dataset
from iprgraph_server.workers.jobs import Done, Job

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication

    from iprgraph_server.application import Application
    from iprgraph_server.endpoints.sparql import Asked, Endpoint, Key

#: Releases whose apps and answers are kept; their keepers are bounded by a setting.
_MOST = 8

#: What is under a release's address but its own page, files and differences: its site.
_SITE = re.compile(
    rf"/releases/({RELEASE_ID.pattern})(/(?!sparql/?$|diff/|SHA256SUMS)[^./]+(?:/.*)?)$"
)


class Older:
    """One release with its endpoint and its pages."""

    def __init__(self, app: Application, archive: Archive, release: Release) -> None:
        self.release = release
        self._app = app
        self._archive = archive
        runs = _Runs(ReleaseGraph(archive, release), app.threads)
        cache = Cache(app.settings.cache_bytes // _MOST)
        self.dataset = Dataset(release.id, runs, cache, app.metrics, app.settings)
        self.endpoint: Endpoint = app.endpoint(release, self.dataset)

    @cached_property
    def pages(self) -> WSGIApplication:
        """Give the app of its pages, with the release's address as its root."""
        graph = ReleaseGraph(self._archive, self.release)
        return create_app(self._app.settings, self.release, graph, self._archive, older=True)


class Past:
    """Answer for every release by its own address."""

    def __init__(self, app: Application, archive: Archive) -> None:
        self._app = app
        self._archive = archive
        self._older: OrderedDict[str, Older] = OrderedDict()
        self._lock = threading.Lock()

    async def ask(self, name: str | None, request: Request, asked: Asked, key: Key) -> Answer:
        """Answer a query on the release named, or else on that of Accept-Datetime."""
        if name is None:
            release = memento.release_at(self._archive.timeline, "/sparql", _moment(request))
        else:
            release = self._archive.find(name)
        older = self._of(release)
        found = older.dataset.cache.find(key)
        if found is not None and matches(request.environ.get("HTTP_IF_NONE_MATCH", ""), found.etag):
            answer = Answer(304, found.headers, b"", "not-modified")
        elif found is not None:
            answer = Answer(200, found.headers, found.body, "cached")
        else:
            answer = await older.endpoint.query(request, asked, key)
        return self._dated(answer, release, request)

    def bare(self, name: str, request: Request) -> Answer:
        """Describe the endpoint of a release."""
        release = self._archive.find(name)
        return self._dated(self._of(release).endpoint.bare(request), release, request)

    def gate(self, request: Request) -> Answer:
        """Lead to what the release of Accept-Datetime answers."""
        release = memento.release_at(self._archive.timeline, "/sparql", _moment(request))
        headers = [
            ("location", memento.memento_path(release, "/sparql", request.query_string)),
            ("vary", "Accept-Datetime"),
            ("link", memento.link_header(_originals(request))),
            ("cache-control", "no-store"),
        ]
        return Answer(302, headers)

    def mount(self, environ: dict[str, Any]) -> WSGIApplication | None:
        """Give the pages of a release for an address under its own; the environ is made theirs."""
        match = _SITE.match(environ["PATH_INFO"])
        if match is None or self._archive.timeline.find(match[1]) is None:
            return None
        environ["SCRIPT_NAME"], environ["PATH_INFO"] = f"/releases/{match[1]}", match[2]
        release_id = match[1]

        def pages(environ: dict[str, Any], start: StartResponse) -> Iterable[bytes]:
            return self._of(self._archive.find(release_id)).pages(environ, start)

        return pages

    def _of(self, release: Release) -> Older:
        with self._lock:
            older = self._older.get(release.id)
            if older is None:
                older = self._older[release.id] = Older(self._app, self._archive, release)
            self._older.move_to_end(release.id)
            while len(self._older) > _MOST:
                self._older.popitem(last=False)
            return older

    def _dated(self, answer: Answer, release: Release, request: Request) -> Answer:
        """Say of an answer which moment it shows."""
        links = _originals(request)
        asked = _undated(request.query_string)
        if request.is_read and len(asked) <= memento.LONGEST_LINKED:
            links = memento.memento_links(
                request.base, self._archive.timeline, release, "/sparql", asked
            )
        before = [value for name, value in answer.headers if name == "link"]
        headers = [
            *((name, value) for name, value in answer.headers if name != "link"),
            ("memento-datetime", memento.http_date(issued(release))),
            # One field for all: some clients keep only the last of several.
            ("link", ", ".join([*before, memento.link_header(links)])),
        ]
        return Answer(answer.status, headers, answer.body, answer.outcome)


class _Runs:
    """Run jobs on a release from the event loop: a `dataset.Runs`."""

    def __init__(self, graph: ReleaseGraph, threads: Executor) -> None:
        self._graph = graph
        self._threads = threads

    async def run(self, job: Job) -> Done:
        """Run a job in a thread, which may have to wait for the release to be loaded."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._graph.run, job)

    def status(self) -> dict[str, Any]:
        """Tell how the graph is."""
        return self._graph.status()


def _moment(request: Request) -> str:
    return str(request.environ["HTTP_ACCEPT_DATETIME"])


def _originals(request: Request) -> memento.Links:
    """Link the original resource; that of a query in a body, or a long one, is the endpoint."""
    query = _undated(request.query_string) if request.is_read else ""
    if len(query) > memento.LONGEST_LINKED:
        query = ""
    return memento.original_links(request.base, "/sparql", query)


def _undated(query: str) -> str:
    """Leave the release out of a query string."""
    return "&".join(part for part in query.split("&") if not part.startswith("release="))
