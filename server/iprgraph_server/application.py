"""Compose the server: what answers each path, and what every answer has.

`/sparql`, `/graph-store` and `/validate` are answered here, without a web framework: a repeated question costs
one look into a dict. `/metrics` and `/settings` are small; everything else is the pages' (Flask).
These run on one event loop, the pages in threads. Every answer gets its request id and its
security headers here.
"""

from __future__ import annotations

import asyncio
import itertools
import re
import secrets
from collections.abc import Awaitable, Callable
from concurrent.futures import Executor
from time import perf_counter
from typing import TYPE_CHECKING, Any, NamedTuple

from iprgraph.errors import Text
from iprgraph_server import logs
from iprgraph_server.endpoints import graph_store, reconcile, sparql, validate
from iprgraph_server.endpoints.past_releases import Past
from iprgraph_server.endpoints.service_description import Description
from iprgraph_server.endpoints.settings_page import show_settings
from iprgraph_server.errors import Problem
from iprgraph_server.graph_host.release_pool import Archive
from iprgraph_server.http.authorization import Access
from iprgraph_server.http.headers import COMMON, PAGE_HEADERS, options
from iprgraph_server.http.messages import Answer, Headers, Readers, Request, matches
from iprgraph_server.http.problems import MethodNotAllowed, Unexpected, UriTooLong
from iprgraph_server.metrics import Metrics
from iprgraph_server.pool.answer_cache import Cache
from iprgraph_server.pool.dataset import Dataset, Runs
from iprgraph_server.presentation.problem_page import problem_answer
from iprgraph_server.serving import wsgi
from iprgraph_server.serving.incoming import Exchange
from iprgraph_server.settings import Settings

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

    from iprgraph.release.release import Release

#: Longest query string that is read; the HTTP server itself stops a little above it.
LONGEST_QUERY_STRING = 60_000

#: What the log has as the status where nobody waited for one.
CLIENT_GONE = 499

#: Bodies that are read at the same time.
MOST_READERS = 64

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}\Z")


#: Paths of the machine's own, each with what it is called in the metrics.
_ENDPOINT = ("/sparql", "/sparql/")


class Route(NamedTuple):
    """Say who answers, by which methods, and what the metrics call it."""

    name: str
    answer: Callable[[Request], Awaitable[Answer]]
    methods: tuple[str, ...] = ("GET", "HEAD", "OPTIONS")


class Served:
    """Hold what belongs to one release: replaced as a whole when another is taken."""

    def __init__(
        self, app: Application, release: Release, pool: Runs, pages: WSGIApplication
    ) -> None:
        settings, access = app.settings, Access(app.token)
        self.pages = pages
        self.cache = Cache(settings.cache_bytes)
        self.dataset = Dataset(release.id, pool, self.cache, app.metrics, settings)
        endpoint = app.endpoint(release, self.dataset, access, app.past)
        store = graph_store.GraphStore(settings, self.dataset, access, app.readers)
        self.endpoint = Route("sparql", endpoint.answer, sparql.METHODS)
        self.graph_store = Route("graph-store", store.answer, graph_store.METHODS)
        reconciliation = reconcile.Reconciliation(
            settings, release, self.dataset, app.readers, app.threads
        )
        self.reconciliation = Route("reconcile", reconciliation.answer, reconcile.METHODS)
        checked = validate.Validation(settings, self.dataset, app.readers)
        self.validation = Route("validate", checked.answer, validate.METHODS)


class Application:
    """Answer every request of the server."""

    def __init__(self, settings: Settings, token: str, threads: Executor) -> None:
        self.settings = settings
        self.token = token
        self.metrics = Metrics()
        self.readers = Readers(MOST_READERS)
        self.threads = threads
        #: The releases beside the one that is served.
        self.past: Past | None = None
        self._served: Served | None = None
        self._run = secrets.token_hex(4)
        self._count = itertools.count(1)
        self._own = {
            "/metrics": Route("metrics", self._show_metrics),
            "/settings": Route("settings", self._show_settings),
        }
        self.metrics.add_source(lambda: self.served.dataset.collect())

    @property
    def served(self) -> Served:
        """Give what is served now."""
        assert self._served is not None, "take() comes before the first request"
        return self._served

    def endpoint(
        self,
        release: Release,
        dataset: Dataset,
        access: Access | None = None,
        past: Past | None = None,
    ) -> sparql.Endpoint:
        """Make the endpoint of a release, without writers unless they are given."""
        access = access or Access()
        description = Description(self.settings, release, access.open)
        return sparql.Endpoint(self.settings, dataset, access, self.readers, description, past)

    def take(self, release: Release, pool: Runs, pages: WSGIApplication) -> None:
        """Serve a release from now on; requests under way end with the one they began with."""
        self._served = Served(self, release, pool, pages)
        self.metrics.set_release(id=release.id, version=str(release.manifest["version"]))

    def answer(self, exchange: Exchange) -> None:
        """Answer one request: at once where the answer is kept, else by a task of the event loop."""
        started, served = perf_counter(), self.served
        if exchange.whole and exchange.environ["PATH_INFO"] in _ENDPOINT:
            answer = _kept(served.cache, exchange.environ)
            if answer is not None:
                return self._send(exchange, answer, "sparql", started)
        exchange.task = asyncio.get_running_loop().create_task(
            self._route(exchange, served, started)
        )
        return None

    async def _route(self, exchange: Exchange, served: Served, started: float) -> None:
        environ = exchange.environ
        path = environ["PATH_INFO"]
        try:
            if path in _ENDPOINT:
                route = served.endpoint
            elif path == graph_store.ROOT or path.startswith(f"{graph_store.ROOT}/"):
                route = served.graph_store
            elif path == reconcile.ROOT or path.startswith(f"{reconcile.ROOT}/"):
                route = served.reconciliation
            elif path == validate.ROOT:
                route = served.validation
            elif path in self._own:
                route = self._own[path]
            else:
                # An address of a release that has pages of its own.
                past = self.past if path.startswith("/releases/") else None
                pages = past.mount(environ) if past else None
                return await self._pages(pages or served.pages, exchange, started)
            exchange.ends_with_client = True
            answer = await self._answer(route, Request(environ, self._id(environ)))
            self._send(exchange, answer, route.name, started)
        except asyncio.CancelledError:
            self._note(environ, "abandoned", CLIENT_GONE, route.name, started, 0)
        except Exception as error:
            # Whatever was sent is no answer.
            logs.fault(self._id(environ), error)
            exchange.abort()

    def _id(self, environ: dict[str, Any]) -> str:
        """Name the request: as whoever passed it on did, or by a number of our own."""
        found: str | None = environ.get("iprgraph.request_id")
        if found is None:
            given = environ.get("HTTP_X_REQUEST_ID", "")
            found = given if _REQUEST_ID.match(given) else f"{self._run}-{next(self._count):x}"
            environ["iprgraph.request_id"] = found
        return found

    async def _answer(self, route: Route, request: Request) -> Answer:
        """Let a route answer; whatever it raises becomes a problem document."""
        try:
            if request.method not in route.methods:
                raise MethodNotAllowed(request.method, route.methods)
            if request.method == "OPTIONS":
                return options(route.methods)
            if len(request.query_string) > LONGEST_QUERY_STRING:
                raise UriTooLong(
                    Text(
                        "The query string has more than {most} characters. Send a long query by POST.",
                        most=f"{LONGEST_QUERY_STRING:,}",
                    ),
                    limit=LONGEST_QUERY_STRING,
                )
            return await route.answer(request)
        except Problem as problem:
            return self._refuse(problem, request)
        except Exception as error:
            logs.fault(request.id, error)
            return self._refuse(Unexpected("Tell the operator the request id."), request)

    def _refuse(self, problem: Problem, request: Request) -> Answer:
        return problem_answer(problem, request.id, request.accept, request.agent, request.reader())

    def _send(self, exchange: Exchange, answer: Answer, route: str, started: float) -> None:
        environ = exchange.environ
        status, body = answer.status, answer.body
        headers = [*answer.headers, *COMMON, ("x-request-id", self._id(environ))]
        if status not in {204, 304}:
            headers.append(("content-length", str(len(body))))
        if environ["REQUEST_METHOD"] == "HEAD":
            body = b""
        exchange.respond(status, headers, body)
        self._note(environ, answer.outcome, status, route, started, len(body))

    async def _pages(self, pages: WSGIApplication, exchange: Exchange, started: float) -> None:
        """Let the pages answer, and add the headers that every answer has."""
        environ = exchange.environ
        request_id = self._id(environ)

        def complete(headers: Headers) -> Headers:
            present = {name.lower() for name, _ in headers}
            more = [item for item in PAGE_HEADERS.items() if item[0] not in present]
            return [*headers, *more, ("x-request-id", request_id)]

        sent = await wsgi.call(pages, exchange, complete, self.threads)
        outcome = "done" if sent < 400 else "failed"
        self._note(environ, outcome, sent, "pages", started, 0)

    def _note(
        self,
        environ: dict[str, Any],
        outcome: str,
        status: int,
        route: str,
        started: float,
        sent: int,
    ) -> None:
        """Count a request, and log it where it is worth a line."""
        seconds = perf_counter() - started
        self.metrics.observe_request(route, outcome, status, seconds, sent)
        if status >= 400 or outcome not in {"cached", "not-modified"}:
            logs.write(
                "request",
                request=self._id(environ),
                method=environ["REQUEST_METHOD"],
                path=environ["PATH_INFO"],
                status=status,
                outcome=outcome,
                milliseconds=round(seconds * 1000, 2),
                bytes=sent,
                client=environ.get("REMOTE_ADDR", ""),
            )

    async def _show_metrics(self, request: Request) -> Answer:
        # The keeper is asked too, which may take a while.
        loop = asyncio.get_running_loop()
        content_type, body = await loop.run_in_executor(
            self.threads, self.metrics.render, request.accept
        )
        return Answer(200, [("content-type", content_type), ("cache-control", "no-store")], body)

    async def _show_settings(self, request: Request) -> Answer:
        return show_settings(self.settings, request)


def compose(
    settings: Settings,
    release: Release,
    pool: Runs,
    pages: WSGIApplication,
    *,
    token: str = "",
    threads: Executor,
    archive: Archive | None = None,
) -> Application:
    """Compose the server for one release; the pages and the writes run in the threads."""
    app = Application(settings, token, threads)
    if archive:
        app.past = Past(app, archive)
    app.take(release, pool, pages)
    return app


def _kept(cache: Cache, environ: dict[str, Any]) -> Answer | None:
    """Find the answer to a question that was asked before in the same words."""
    if environ["REQUEST_METHOD"] not in {"GET", "HEAD"} or "HTTP_ACCEPT_DATETIME" in environ:
        return None
    entry = cache.find(
        (
            environ.get("QUERY_STRING", ""),
            environ.get("HTTP_ACCEPT", ""),
            environ.get("HTTP_ACCEPT_ENCODING", ""),
        )
    )
    if entry is None:
        return None
    asked = environ.get("HTTP_IF_NONE_MATCH")
    if asked and matches(asked, entry.etag):
        return Answer(304, entry.headers, b"", "not-modified")
    return Answer(200, entry.headers, entry.body, "cached")
