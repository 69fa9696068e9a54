"""Serve older releases: their answers at `/sparql?release=ID`, their pages under `/releases/ID/`."""

from __future__ import annotations

import re
import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from iprgraph.release.release import Release
from iprgraph.versions.timeline import RELEASE_ID, issued
from iprgraph_server.endpoints.parameters import SparqlRequest
from iprgraph_server.endpoints.sparql import Key, SparqlEndpoint
from iprgraph_server.graph_host.release_pool import ReleasePool, ReleaseRunner
from iprgraph_server.http.messages import Answer, Request, matches
from iprgraph_server.linked_data import memento
from iprgraph_server.pool.dataset import Dataset

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication


#: Releases whose pages and answers stay in memory; their processes are bounded by a setting.
MOST_RELEASES = 8

#: What is under a release's address but its own page, files and differences: its pages.
_PAGES = re.compile(
    rf"/releases/({RELEASE_ID.pattern})(/(?!sparql/?$|diff/|SHA256SUMS)[^./]+(?:/.*)?)$"
)


class ReleaseSite(NamedTuple):
    """One release: its dataset, its endpoint, and its pages once they are needed."""

    dataset: Dataset
    endpoint: SparqlEndpoint
    pages: Callable[[], WSGIApplication]


class PastReleases:
    """Answer for every release by its own address.

    ``make`` returns what serves a release, given the runner of its jobs.
    """

    def __init__(
        self, releases: ReleasePool, make: Callable[[Release, ReleaseRunner], ReleaseSite]
    ) -> None:
        self._releases = releases
        self._make = make
        self._sites: OrderedDict[str, ReleaseSite] = OrderedDict()
        self._lock = threading.Lock()

    async def ask(
        self, name: str | None, request: Request, sparql: SparqlRequest, key: Key
    ) -> Answer:
        """Answer a query on the release named, or else on that of Accept-Datetime."""
        if name is None:
            release = memento.release_at(self._releases.timeline, "/sparql", _moment(request))
        else:
            release = self._releases.find(name)
        site = self._of(release)
        cached = site.dataset.cached(key)
        if cached is None:
            answer = await site.endpoint.query(request, sparql, key)
        elif matches(request.environ.get("HTTP_IF_NONE_MATCH", ""), cached.etag):
            answer = Answer(304, cached.headers, b"", "not-modified")
        else:
            answer = Answer(200, cached.headers, cached.body, "cached")
        return self._dated(answer, release, request)

    def bare(self, name: str, request: Request) -> Answer:
        """Describe the endpoint of a release."""
        release = self._releases.find(name)
        return self._dated(self._of(release).endpoint.bare(request), release, request)

    def gate(self, request: Request) -> Answer:
        """Redirect to what the release of Accept-Datetime answers."""
        release = memento.release_at(self._releases.timeline, "/sparql", _moment(request))
        headers = [
            (
                "location",
                request.root + memento.memento_path(release, "/sparql", request.query_string),
            ),
            ("vary", "Accept-Datetime"),
            ("link", memento.link_header(_originals(request))),
            ("cache-control", "no-store"),
        ]
        return Answer(302, headers)

    def mount(self, environ: dict[str, Any]) -> WSGIApplication | None:
        """Return the pages of a release for an address under its own; the environ is made theirs."""
        match = _PAGES.match(environ["PATH_INFO"])
        if match is None or (release := self._releases.timeline.find(match[1])) is None:
            return None
        environ["SCRIPT_NAME"] += f"/releases/{match[1]}"
        environ["PATH_INFO"] = match[2]
        return self._of(release).pages()

    def _of(self, release: Release) -> ReleaseSite:
        with self._lock:
            site = self._sites.get(release.id)
            if site is None:
                runner = ReleaseRunner(self._releases, release)
                site = self._sites[release.id] = self._make(release, runner)
            self._sites.move_to_end(release.id)
            while len(self._sites) > MOST_RELEASES:
                self._sites.popitem(last=False)
            return site

    def _dated(self, answer: Answer, release: Release, request: Request) -> Answer:
        """Add to an answer which moment it shows."""
        links = _originals(request)
        query = _undated(request.query_string)
        if request.is_read and len(query) <= memento.LONGEST_LINKED:
            timeline = self._releases.timeline
            links = memento.memento_links(request.base, timeline, release, "/sparql", query)
        before = [value for name, value in answer.headers if name == "link"]
        headers = [
            *((name, value) for name, value in answer.headers if name != "link"),
            ("memento-datetime", memento.http_date(issued(release))),
            # One field for all: some clients keep only the last of several.
            ("link", ", ".join([*before, memento.link_header(links)])),
        ]
        return Answer(answer.status, headers, answer.body, answer.outcome)


def _moment(request: Request) -> str:
    return str(request.environ["HTTP_ACCEPT_DATETIME"])


def _originals(request: Request) -> memento.Links:
    """Return links to the original resource; that of a query in a body, or a long one, is the endpoint."""
    query = _undated(request.query_string) if request.is_read else ""
    if len(query) > memento.LONGEST_LINKED:
        query = ""
    return memento.original_links(request.base, "/sparql", query)


def _undated(query: str) -> str:
    """Return a query string without the release."""
    return "&".join(part for part in query.split("&") if not part.startswith("release="))
