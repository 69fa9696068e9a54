"""The ASGI app by granian's own protocol (RSGI), and the shortest way of all: cached answers.

https://github.com/emmett-framework/granian/blob/master/docs/spec/RSGI.md

The cached answer to a query is sent at once, by the thread that has read the request, without a way
to the event loop and back. Everything else becomes an ASGI request.
"""

from __future__ import annotations

from time import perf_counter
from typing import Any

from iprgraph_server.asgi import SPARQL_PATHS, AsgiApp, Scope
from iprgraph_server.endpoints.router import complete

#: The environ's keys of the fields that have no prefix there.
_KEYS = {"content-type": "CONTENT_TYPE", "content-length": "CONTENT_LENGTH"}


class RsgiApp:
    """An RSGI app in front of an ASGI app."""

    def __init__(self, app: AsgiApp) -> None:
        self._app = app

    async def __call__(self, scope: Any, proto: Any) -> None:
        """Answer one request."""
        exchange, served = _Exchange(proto), self._app.served
        _, path = self._locate(scope)
        route = served.router.find(path)
        if route is None:
            page = served, asgi_scope(scope), exchange.receive, exchange.send
            return await self._app.answer_page(*page)
        answered = await self._app.answer(served, route, make_environ(scope), exchange.receive)
        if answered:
            answer, headers = answered
            body = b"" if scope.method == "HEAD" else answer.body
            proto.response_bytes(answer.status, headers, body)
        return None

    def send_cached(self, scope: Any, proto: Any) -> bool:
        """Send the cached answer to a query by GET; return whether there was one. Any thread may call this."""
        root, path = self._locate(scope)
        if path not in SPARQL_PATHS or scope.method not in {"GET", "HEAD"}:
            return False
        started, headers = perf_counter(), scope.headers
        if "accept-datetime" in headers:
            return False
        accept = headers.get("accept", "")
        # Of a field that comes several times this is the first value only.
        if "," not in accept and accept and len(headers.get_all("accept")) > 1:
            return False
        served = self._app.served
        key = scope.query_string, accept, headers.get("accept-encoding", ""), root
        answer = served.router.cached(key, headers.get("if-none-match"))
        if answer is None:
            return False
        recorder = self._app.recorder
        fields = complete(answer, recorder.new_id(headers.get("x-request-id", "")))
        body = b"" if scope.method == "HEAD" else answer.body
        proto.response_bytes(answer.status, fields, body)
        seconds = perf_counter() - started
        recorder.metrics.observe_request(
            "sparql", answer.outcome, answer.status, seconds, len(body)
        )
        return True

    def _locate(self, scope: Any) -> tuple[str, str]:
        return self._app.address.locate(scope.path, lambda: make_environ(scope))


def make_environ(scope: Any) -> dict[str, Any]:
    """Return the WSGI environ of a request, as far as the endpoints need it."""
    server, _, port = scope.server.rpartition(":")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": scope.method,
        "SCRIPT_NAME": "",
        # WSGI has the bytes of the path in Latin-1.
        "PATH_INFO": scope.path.encode("utf-8", "replace").decode("latin-1"),
        "QUERY_STRING": scope.query_string,
        "SERVER_NAME": server,
        "SERVER_PORT": port,
        "SERVER_PROTOCOL": f"HTTP/{scope.http_version}",
        "REMOTE_ADDR": scope.client.rpartition(":")[0],
        "wsgi.url_scheme": scope.scheme,
    }
    for name, value in scope.headers.items():
        key = _KEYS.get(name) or f"HTTP_{name.upper().replace('-', '_')}"
        if not value.isascii():
            # WSGI has the bytes of a value in Latin-1 too.
            value = value.encode().decode("latin-1")
        environ[key] = f"{environ[key]},{value}" if key in environ else value
    return environ


def asgi_scope(scope: Any) -> Scope:
    """Return the ASGI scope of an RSGI scope."""
    server, _, port = scope.server.rpartition(":")
    client, _, client_port = scope.client.rpartition(":")
    headers = [(name.encode(), value.encode()) for name, value in scope.headers.items()]
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": scope.http_version,
        "method": scope.method,
        "scheme": scope.scheme,
        "path": scope.path,
        "raw_path": scope.path.encode(),
        "query_string": scope.query_string.encode(),
        "root_path": "",
        "headers": headers,
        "server": (server, int(port)),
        "client": (client, int(client_port)),
    }


class _Exchange:
    """One request and its answer in ASGI's messages."""

    def __init__(self, proto: Any) -> None:
        self._proto = proto
        self._parts: Any = None
        self._is_complete = False
        self._status = 500
        self._headers: list[tuple[str, str]] = []
        self._stream: Any = None

    async def receive(self) -> dict[str, Any]:
        """Return the next part of the body; once it is complete, wait until the client has gone."""
        if self._is_complete:
            await self._proto.client_disconnect()
            return {"type": "http.disconnect"}
        part = await self._next_part()
        if part:
            return {"type": "http.request", "body": part, "more_body": True}
        # A complete body ends with one empty part, a body that was cut short with another one.
        self._is_complete = True
        if part is not None and await self._next_part() is not None:
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": b"", "more_body": False}

    async def _next_part(self) -> bytes | None:
        if self._parts is None:
            self._parts = self._proto.__aiter__()
        try:
            # `anext` with a default ends the process: granian's awaitables are not made for it.
            part: bytes = await self._parts.__anext__()
        except StopAsyncIteration:
            return None
        return part

    async def send(self, message: dict[str, Any]) -> None:
        """Send the head or a part of the answer."""
        if message["type"] == "http.response.start":
            self._status = message["status"]
            self._headers = [
                (name.decode("latin-1"), value.decode("latin-1"))
                for name, value in message["headers"]
            ]
            return
        body = message.get("body", b"")
        if self._stream is None and not message.get("more_body", False):
            self._proto.response_bytes(self._status, self._headers, body)
            return
        if self._stream is None:
            self._stream = self._proto.response_stream(self._status, self._headers)
        if body:
            await self._stream.send_bytes(body)
