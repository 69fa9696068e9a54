"""Ask an ASGI app in this process, as a server would."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple
from urllib.parse import unquote_to_bytes

from iprgraph_server.asgi import AsgiApp


class AsgiReply(NamedTuple):
    """A complete answer."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes


class AsgiClient:
    """Send requests to an app on the event loop of its publisher."""

    def __init__(self, app: AsgiApp, loop: asyncio.AbstractEventLoop) -> None:
        self._app = app
        self._loop = loop

    def __call__(
        self, method: str, target: str, headers: dict[str, str] | None = None, body: bytes = b""
    ) -> AsgiReply:
        work = self._ask(method, target, headers or {}, body)
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(60)

    async def _ask(
        self, method: str, target: str, headers: dict[str, str], body: bytes
    ) -> AsgiReply:
        path, _, query = target.partition("?")
        fields = {"host": "localhost", **headers}
        if body:
            fields["content-length"] = str(len(body))
        scope: dict[str, Any] = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": unquote_to_bytes(path).decode("utf-8", "replace"),
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "root_path": "",
            "headers": [(k.lower().encode(), v.encode("latin-1")) for k, v in fields.items()],
            "server": ("localhost", 80),
            "client": ("127.0.0.1", 50_000),
        }
        messages = [{"type": "http.request", "body": body, "more_body": False}]
        sent: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            if messages:
                return messages.pop()
            await asyncio.Event().wait()
            raise AssertionError

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        await self._app(scope, receive, send)
        start, *parts = sent
        raw = [(k.decode("latin-1"), v.decode("latin-1")) for k, v in start["headers"]]
        return AsgiReply(start["status"], raw, b"".join(part["body"] for part in parts))


@contextmanager
def asgi_client(app: Any) -> Iterator[AsgiClient]:
    """Give a client of the ASGI app of a Flask app."""
    yield AsgiClient(AsgiApp(app), app.extensions["publisher"].loop())
