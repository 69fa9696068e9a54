"""Which endpoint answers a path, and what every answer of an endpoint has."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import Executor
from time import perf_counter
from typing import TYPE_CHECKING, Any, NamedTuple

from iprgraph.errors import Text
from iprgraph_server import logs
from iprgraph_server.endpoints import graph_store, reconcile, sparql, validate
from iprgraph_server.endpoints.settings_page import show_settings
from iprgraph_server.errors import Problem
from iprgraph_server.http.authorization import Access
from iprgraph_server.http.headers import COMMON, options
from iprgraph_server.http.messages import Answer, BodyReader, Headers, Request, matches
from iprgraph_server.http.problems import MethodNotAllowed, Unexpected, UriTooLong
from iprgraph_server.http.recorder import CLIENT_GONE, Recorder
from iprgraph_server.pool.dataset import Dataset
from iprgraph_server.presentation.problem_page import problem_answer
from iprgraph_server.settings import Settings

if TYPE_CHECKING:
    from iprgraph.release.release import Release

#: Longest query string that is read; the HTTP server itself stops a little above it.
LONGEST_QUERY_STRING = 60_000


class Route(NamedTuple):
    """An endpoint, the methods that it takes, and its name in the metrics."""

    name: str
    answer: Callable[[Request], Awaitable[Answer]]
    methods: tuple[str, ...] = ("GET", "HEAD", "OPTIONS")


class Router:
    """The endpoints of one release."""

    def __init__(
        self,
        settings: Settings,
        release: Release,
        dataset: Dataset,
        endpoint: sparql.SparqlEndpoint,
        access: Access,
        bodies: BodyReader,
        recorder: Recorder,
        threads: Executor,
    ) -> None:
        self.release = release
        self.dataset = dataset
        self._settings = settings
        self._recorder = recorder
        self._threads = threads
        store = graph_store.GraphStore(settings, dataset, access, bodies)
        names = reconcile.Reconciliation(settings, release, dataset, bodies, threads)
        documents = validate.Validation(settings, dataset, bodies)
        self._sparql = Route("sparql", endpoint.answer, sparql.METHODS)
        self._below = {
            graph_store.ROOT: Route("graph-store", store.answer, graph_store.METHODS),
            reconcile.ROOT: Route("reconcile", names.answer, reconcile.METHODS),
        }
        self._at = {
            "/sparql": self._sparql,
            "/sparql/": self._sparql,
            validate.ROOT: Route("validate", documents.answer, validate.METHODS),
            "/metrics": Route("metrics", self._show_metrics),
            "/settings": Route("settings", self._show_settings),
            **self._below,
        }

    def find(self, path: str) -> Route | None:
        """Return the endpoint of a path; None where a page answers it."""
        route = self._at.get(path)
        if route is None and path.count("/") > 1:
            route = self._below.get(path[: path.index("/", 1)])
        return route

    def cached(self, key: sparql.Key, none_match: str | None) -> Answer | None:
        """Return the answer to a query by GET that was asked before in the same words."""
        entry = self.dataset.cached(key)
        if entry is None:
            return None
        if none_match and matches(none_match, entry.etag):
            return Answer(304, entry.headers, b"", "not-modified")
        return Answer(200, entry.headers, entry.body, "cached")

    async def answer(self, route: Route, environ: dict[str, Any]) -> tuple[Answer, Headers]:
        """Return the answer to a request, with all of its headers, and record it.

        Whatever an endpoint raises becomes a problem document.
        """
        started = perf_counter()
        request = Request(environ, self._recorder.request_id(environ))
        try:
            answer = self._cached(route, request) or await self._ask(route, request)
        except Problem as problem:
            answer = _refuse(problem, request)
        except asyncio.CancelledError:
            self._recorder.record(environ, "abandoned", CLIENT_GONE, route.name, started, 0)
            raise
        except Exception as error:
            logs.fault(request.id, error)
            answer = _refuse(Unexpected(Text("Tell the operator the request id.")), request)
        sent = 0 if request.method == "HEAD" else len(answer.body)
        self._recorder.record(environ, answer.outcome, answer.status, route.name, started, sent)
        return answer, complete(answer, request.id)

    def _cached(self, route: Route, request: Request) -> Answer | None:
        if route is not self._sparql or not request.is_read:
            return None
        if "HTTP_ACCEPT_DATETIME" in request.environ:
            return None
        none_match = request.environ.get("HTTP_IF_NONE_MATCH")
        return self.cached(sparql.key_of(request), none_match)

    async def _ask(self, route: Route, request: Request) -> Answer:
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

    async def _show_metrics(self, request: Request) -> Answer:
        # The fork server is asked too, which may take a while.
        loop = asyncio.get_running_loop()
        render = self._recorder.metrics.render
        content_type, body = await loop.run_in_executor(self._threads, render, request.accept)
        return Answer(200, [("content-type", content_type), ("cache-control", "no-store")], body)

    async def _show_settings(self, request: Request) -> Answer:
        return show_settings(self._settings, request)


class BlockingRouter:
    """The endpoints of a release for threads; ``loop`` returns the event loop that they run on."""

    def __init__(self, router: Router, loop: Callable[[], asyncio.AbstractEventLoop]) -> None:
        self._router = router
        self._loop = loop

    def answer(self, environ: dict[str, Any]) -> tuple[Answer, Headers]:
        """Return the answer to a request whose path belongs to an endpoint, with all of its headers."""
        route = self._router.find(environ["PATH_INFO"])
        assert route is not None
        work = self._router.answer(route, environ)
        return asyncio.run_coroutine_threadsafe(work, self._loop()).result()


def _refuse(problem: Problem, request: Request) -> Answer:
    return problem_answer(problem, request.id, request.accept, request.agent, request.reader())


def complete(answer: Answer, request_id: str) -> Headers:
    """Return all headers of an answer."""
    headers = [*answer.headers, *COMMON, ("x-request-id", request_id)]
    if answer.status not in {204, 304}:
        headers.append(("content-length", str(len(answer.body))))
    return headers
