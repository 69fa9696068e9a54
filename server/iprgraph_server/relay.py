"""The only way to an endpoint that SERVICE may call.

Workers have no network but a socket here. What they send goes to the address that the endpoint's
name had when the relay was started, with the name it was asked by, and nowhere else: redirects are
not followed, and a name that resolves to another address later does not matter.
"""

from __future__ import annotations

import contextlib
import http.client
import socket
import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from time import sleep
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from iprgraph.errors import UsageError
from iprgraph_server.control import ask, ask_for_handle
from iprgraph_server.settings import Settings

#: What of a worker's request goes on.
_REQUEST_HEADERS = ("accept", "content-type")


class Target(NamedTuple):
    """An endpoint: as it is named, and where its name pointed to."""

    url: str
    host: str
    port: int
    is_secure: bool
    path: str
    address: tuple[Any, ...]
    family: int


def resolve(url: str) -> Target:
    """Look an endpoint's name up, once; raises UsageError."""
    try:
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError as error:
        raise UsageError(f"--allow-service {url}: {error}") from None
    if (
        parts.scheme not in {"http", "https"}
        or not parts.hostname
        or parts.fragment
        or parts.username
    ):
        raise UsageError(f"--allow-service {url}: give an address like https://example.org/sparql")
    try:
        found = socket.getaddrinfo(parts.hostname, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise UsageError(
            f"--allow-service {url}: {parts.hostname} cannot be found ({error})"
        ) from None
    family, _, _, _, address = found[0]
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(url, parts.hostname, port, parts.scheme == "https", path, address, family)


class Relay:
    """Serve the socket that the workers can reach."""

    def __init__(self, server: ThreadingHTTPServer) -> None:
        self._server = server
        threading.Thread(target=server.serve_forever, name="relay", daemon=True).start()

    @classmethod
    def start(cls, settings: Settings, keeper: str) -> Relay:
        """Take over a keeper's socket and carry what comes there; raises UsageError."""
        targets = {url: resolve(url) for url in settings.allow_service}
        (_, paths), handle = ask_for_handle(keeper, "relay")
        assert handle is not None
        routes = {path: targets[url] for url, path in paths.items()}
        handler = type("Handler", (_Handler,), {"routes": routes, "settings": settings})
        server = ThreadingHTTPServer(("", 0), handler, bind_and_activate=False)
        server.socket.close()
        server.socket = socket.socket(fileno=handle)
        server.daemon_threads = True
        return cls(server)

    def close(self) -> None:
        """Stop carrying."""
        self._server.shutdown()
        self._server.server_close()

    def close_after(self, keeper: str) -> None:
        """Stop carrying once a keeper has ended."""
        with contextlib.suppress(OSError, EOFError):
            while ask(keeper, "status"):
                sleep(1.0)
        self.close()


class _Handler(BaseHTTPRequestHandler):
    """Carry one request of a worker."""

    routes: dict[str, Target]
    settings: Settings
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        """Carry a query."""
        size = int(self.headers.get("content-length") or 0)
        if size > self.settings.request_bytes:
            self._answer(413, "text/plain", b"the request is too large")
        else:
            self._carry("POST", "", self.rfile.read(size))

    def do_GET(self) -> None:
        """Carry a query in the address."""
        self._carry("GET", self.path.partition("?")[2], b"")

    def _carry(self, method: str, query: str, body: bytes) -> None:
        target = self.routes.get(self.path.partition("?")[0])
        if target is None:
            self._answer(403, "text/plain", b"no such service is allowed")
            return
        try:
            self._answer(*_fetch(target, self.settings, method, query, body, dict(self._kept())))
        except (OSError, http.client.HTTPException, ValueError) as error:
            self._answer(502, "text/plain", f"{target.url}: {error}".encode())

    def _kept(self) -> list[tuple[str, str]]:
        return [(n, self.headers[n]) for n in _REQUEST_HEADERS if self.headers.get(n)]

    def _answer(self, status: int, media_type: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("content-type", media_type)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: the query is logged where it came from."""


def _fetch(
    target: Target,
    settings: Settings,
    method: str,
    query: str,
    body: bytes,
    headers: dict[str, str],
) -> tuple[int, str, bytes]:
    """Ask an endpoint at its known address; raises OSError, HTTPException, or ValueError when too long."""
    plain = socket.socket(target.family, socket.SOCK_STREAM)
    plain.settimeout(settings.timeout)
    try:
        plain.connect(target.address)
        stream = plain
        if target.is_secure:
            stream = ssl.create_default_context().wrap_socket(plain, server_hostname=target.host)
        connection = http.client.HTTPConnection(target.host, target.port)
        connection.sock = stream
        standard = target.port == (443 if target.is_secure else 80)
        host = f"[{target.host}]" if ":" in target.host else target.host
        headers["host"] = host if standard else f"{host}:{target.port}"
        headers["user-agent"] = "iprgraph"
        joined = "&" if "?" in target.path else "?"
        path = f"{target.path}{joined}{query}" if query else target.path
        connection.request(method, path, body or None, headers)
        answer = connection.getresponse()
        if 300 <= answer.status < 400:
            raise ValueError("it redirects, which is not followed; allow the address it points to")
        read = answer.read(settings.result_bytes + 1)
        if len(read) > settings.result_bytes:
            raise ValueError(f"it answers with more than {settings.result_bytes} bytes")
        return answer.status, answer.headers.get("content-type", "application/octet-stream"), read
    finally:
        plain.close()
