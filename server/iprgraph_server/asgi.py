"""The short way of a request on the event loop; it changes the speed of answers and nothing else.

The protocol endpoints, and cached answers, are answered on the loop; everything else is
handed to the Flask app in a thread. ``uvicorn --factory iprgraph_server.asgi:create`` and ``granian
--interface asgi --factory iprgraph_server.asgi:create`` serve it.
"""

from __future__ import annotations

import asyncio
import string
from collections.abc import AsyncIterator, Awaitable, Callable
from time import perf_counter
from typing import Any, NamedTuple
from urllib.parse import quote

from a2wsgi.wsgi import Body as RequestBody
from a2wsgi.wsgi import WSGIMiddleware, build_environ
from flask import Flask

from iprgraph_server.app import create_app
from iprgraph_server.endpoints.router import Route, Router, complete
from iprgraph_server.http.messages import BODY, Answer, Headers
from iprgraph_server.http.public_address import PublicAddress
from iprgraph_server.http.recorder import Recorder
from iprgraph_server.publisher import Publisher

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Pages = Callable[[Scope, Receive, Send], Awaitable[None]]

#: Threads for pages beyond those that may wait for a worker.
_SPARE_THREADS = 64
#: Seconds after which it is watched whether the client of a request is still there.
_WATCHED_AFTER = 0.05

SPARQL_PATHS = {"/sparql", "/sparql/"}
_ASCII = string.punctuation


def create() -> AsgiApp:
    """Return the ASGI app of the Flask app that ``create_app()`` makes."""
    return AsgiApp(create_app())


class AsgiApp:
    """An ASGI app in front of a Flask app, which ``take`` replaces while requests go on."""

    def __init__(self, app: Flask) -> None:
        self._publisher: Publisher = app.extensions["publisher"]
        self.take(app)

    def take(self, app: Flask) -> None:
        """Answer by another app from now on; requests under way end with the one they began with."""
        settings = self._publisher.settings
        threads = settings.workers + settings.queue + _SPARE_THREADS
        pages: Any = WSGIMiddleware(app, workers=threads)  # type: ignore[arg-type]
        self._served = Served(app.extensions["router"], pages, InFlight())

    @property
    def address(self) -> PublicAddress:
        """Return the address at which clients see the server."""
        return self._publisher.address

    @property
    def recorder(self) -> Recorder:
        """Return what records the requests."""
        return self._publisher.recorder

    async def drained(self, served: Served) -> None:
        """Wait until no request is under way that began with an app that was replaced."""
        while served.in_flight.count:
            await asyncio.sleep(_WATCHED_AFTER)

    @property
    def served(self) -> Served:
        """Return what answers now."""
        return self._served

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "lifespan":
            return await _live(self._publisher, receive, send)
        if scope["type"] != "http":
            return None
        served = self._served
        root, path = self.address.locate(
            scope["path"], lambda: make_environ(scope, receive), scope.get("root_path", "")
        )
        may_be_cached = path in SPARQL_PATHS and scope["method"] in {"GET", "HEAD"}
        if may_be_cached and await self._send_cached(served, root, scope, send):
            return None
        route = served.router.find(path)
        if route:
            return await self._answer(served, route, scope, receive, send)
        return await self.answer_page(served, scope, receive, send)

    async def answer_page(self, served: Served, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the Flask app answer in a thread."""
        served.in_flight.count += 1
        try:
            await served.pages(scope, receive, send)
        finally:
            served.in_flight.count -= 1

    async def answer(
        self, served: Served, route: Route, environ: dict[str, Any], receive: Receive
    ) -> tuple[Answer, Headers] | None:
        """Return the answer of an endpoint with all of its headers; None when the client has gone.

        A client that goes away ends the work for it.
        """
        task = asyncio.current_task()
        assert task
        body = Body(receive, task)
        self.address.apply(environ)
        environ[BODY] = body.parts()
        timer = asyncio.get_running_loop().call_later(_WATCHED_AFTER, body.watch)
        served.in_flight.count += 1
        try:
            return await served.router.answer(route, environ)
        except asyncio.CancelledError:
            if body.client_has_gone:
                return None
            raise
        finally:
            served.in_flight.count -= 1
            timer.cancel()
            body.stop_watching()

    async def _send_cached(self, served: Served, root: str, scope: Scope, send: Send) -> bool:
        """Send the cached answer to a request; return whether there was one."""
        started = perf_counter()
        accept = encoding = request_id = ""
        none_match = None
        for name, value in scope["headers"]:
            if name == b"accept":
                accept = (
                    f"{accept},{value.decode('latin-1')}" if accept else value.decode("latin-1")
                )
            elif name == b"accept-encoding":
                encoding = value.decode("latin-1")
            elif name == b"if-none-match":
                none_match = value.decode("latin-1")
            elif name == b"x-request-id":
                request_id = value.decode("latin-1")
            elif name == b"accept-datetime":
                return False
        query_string = scope["query_string"].decode("latin-1")
        answer = served.router.cached((query_string, accept, encoding, root), none_match)
        if answer is None:
            return False
        recorder = self.recorder
        headers = complete(answer, recorder.new_id(request_id))
        body = b"" if scope["method"] == "HEAD" else answer.body
        recorder.metrics.observe_request(
            "sparql", answer.outcome, answer.status, perf_counter() - started, len(body)
        )
        await _send(send, answer.status, headers, body)
        return True

    async def _answer(
        self, served: Served, route: Route, scope: Scope, receive: Receive, send: Send
    ) -> None:
        answered = await self.answer(served, route, make_environ(scope, receive), receive)
        if answered:
            answer, headers = answered
            body = b"" if scope["method"] == "HEAD" else answer.body
            await _send(send, answer.status, headers, body)


class InFlight:
    """How many requests are under way."""

    def __init__(self) -> None:
        self.count = 0


class Served(NamedTuple):
    """One release with its endpoints and its pages."""

    router: Router
    pages: Pages
    in_flight: InFlight


class Body:
    """The body of a request, and whether its client is still there."""

    def __init__(self, receive: Receive, task: asyncio.Task[Any]) -> None:
        self._receive = receive
        self._task = task
        self._complete = False
        self._started = False
        self._watcher: asyncio.Task[None] | None = None
        self.client_has_gone = False

    async def parts(self) -> AsyncIterator[bytes]:
        """Return the parts as they come; raises ConnectionError when the body is cut short."""
        self._started = True
        while not self._complete:
            message = await self._receive()
            if message["type"] != "http.request":
                raise ConnectionError("the client has gone")
            self._complete = not message.get("more_body", False)
            yield message.get("body", b"")
        if self._watcher is None:
            self.watch()

    def watch(self) -> None:
        """Cancel the task when the client goes, unless the body is still being read."""
        if self._watcher is None and (self._complete or not self._started):
            self._watcher = asyncio.get_running_loop().create_task(self._watch())

    def stop_watching(self) -> None:
        """Take back ``watch``."""
        if self._watcher:
            self._watcher.cancel()

    async def _watch(self) -> None:
        while (message := await self._receive())["type"] == "http.request":
            if self._complete:
                return
            self._complete = not message.get("more_body", False)
        self.client_has_gone = True
        self._task.cancel()


def make_environ(scope: Scope, receive: Receive) -> dict[str, Any]:
    """Return the WSGI environ of a request, as the Flask app has it."""
    if not scope["query_string"].isascii():
        # A raw byte means what its escape means.
        scope = {**scope, "query_string": quote(scope["query_string"], safe=_ASCII).encode()}
    environ: dict[str, Any] = build_environ(scope, RequestBody(asyncio.get_running_loop(), receive))  # type: ignore[arg-type,assignment]
    return environ


async def _send(send: Send, status: int, headers: Headers, body: bytes) -> None:
    raw = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]
    await send({"type": "http.response.start", "status": status, "headers": raw})
    await send({"type": "http.response.body", "body": body})


async def _live(publisher: Publisher, receive: Receive, send: Send) -> None:
    """Answer the messages of the server's start and end."""
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            publisher.run_on(asyncio.get_running_loop())
            await send({"type": "lifespan.startup.complete"})
        else:
            await send({"type": "lifespan.shutdown.complete"})
            return
