"""The only way to an endpoint that SERVICE may call.

Workers have no network but a socket here. What they send goes to the addresses that the
endpoint's name had when the proxy was started, with the name in the query, and nowhere else:
redirects are not followed, and a name that resolves to another address later does not matter. What
comes back is whole, within the bytes and the time allowed, or a failure that says how.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from time import monotonic
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from iprgraph.errors import Text, UsageError
from iprgraph_server.errors import pack
from iprgraph_server.pool.control import ask_for_descriptor
from iprgraph_server.settings import Settings
from iprgraph_server.workers.service_client import FAILED, SECONDS

#: What of a worker's request goes on.
_REQUEST_HEADERS = ("accept", "content-type")
_GULP = 1 << 16
#: Characters of an address that a peer redirects to.
_SHOWN = 200


class ServiceTarget(NamedTuple):
    """An endpoint: as it is named, and where its name pointed to."""

    url: str
    host: str
    port: int
    is_secure: bool
    path: str
    #: Family and address, in the order in which they are tried.
    addresses: tuple[tuple[int, tuple[Any, ...]], ...]


class _Failed(Exception):
    """How an endpoint failed: the reason as one word, and a sentence."""

    def __init__(self, reason: str, how: str) -> None:
        self.reason = reason
        self.how = how


def resolve(url: str) -> ServiceTarget:
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
        results = socket.getaddrinfo(parts.hostname, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise UsageError(
            f"--allow-service {url}: {parts.hostname} cannot be found ({error})"
        ) from None
    addresses = tuple((family, address) for family, _, _, _, address in results)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return ServiceTarget(url, parts.hostname, port, parts.scheme == "https", path, addresses)


class ServiceProxy:
    """Serve the socket that the workers can reach."""

    def __init__(self, server: ThreadingHTTPServer) -> None:
        self._server = server
        threading.Thread(target=server.serve_forever, name="service-proxy", daemon=True).start()

    @classmethod
    def start(cls, settings: Settings, address: str) -> ServiceProxy:
        """Return the proxy of a fork server's socket for its workers; raises UsageError."""
        targets = {url: resolve(url) for url in settings.allow_service}
        (_, paths), descriptor = ask_for_descriptor(address, "services")
        assert descriptor is not None
        routes = {path: targets[url] for url, path in paths.items()}
        handler = type("Handler", (_Handler,), {"routes": routes, "settings": settings})
        server = ThreadingHTTPServer(("", 0), handler, bind_and_activate=False)
        server.socket.close()
        server.socket = socket.socket(fileno=descriptor)
        server.daemon_threads = True
        return cls(server)

    def close(self) -> None:
        """Stop carrying."""
        self._server.shutdown()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    """Carry one request of a worker."""

    routes: dict[str, ServiceTarget]
    settings: Settings
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        """Carry a query."""
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        target = self.routes.get(self.path)
        if target is None:
            self._answer(403, "text/plain", b"no such service is allowed")
            return
        kept = {name: self.headers[name] for name in _REQUEST_HEADERS if self.headers.get(name)}
        seconds = min(float(self.headers.get(SECONDS) or "inf"), self.settings.timeout)
        try:
            self._answer(*_fetch(target, self.settings.result_bytes, seconds, body, kept))
        except _Failed as error:
            self._answer(502, "text/plain", json.dumps(pack(error.how)).encode(), error.reason)

    def _answer(self, status: int, media_type: str, body: bytes, failed: str = "") -> None:
        self.send_response(status)
        self.send_header("content-type", media_type)
        self.send_header("content-length", str(len(body)))
        if failed:
            self.send_header(FAILED, failed)
        self.end_headers()
        with contextlib.suppress(ConnectionError):
            # A worker that was killed does not wait for its answer.
            self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Log nothing: the query is logged where it came from."""


def _fetch(
    target: ServiceTarget, most: int, seconds: float, body: bytes, headers: dict[str, str]
) -> tuple[int, str, bytes]:
    """Ask an endpoint at its known addresses; gives status, media type and body; raises _Failed."""
    deadline = monotonic() + seconds
    received = 0
    try:
        with _connect(target, deadline) as stream, _ending(stream, deadline):
            answer = _request(target, stream, body, headers)
            parts = []
            while part := answer.read1(_GULP):
                parts.append(part)
                received += len(part)
                if received > most:
                    raise _Failed(
                        "too-large", Text("answers with more than {most} bytes", most=most)
                    )
            if answer.length and monotonic() < deadline:
                raise http.client.IncompleteRead(b"", answer.length)
            if monotonic() >= deadline:
                raise TimeoutError
            return answer.status, _media_type(answer), b"".join(parts)
    except (OSError, http.client.HTTPException, ValueError) as error:
        if monotonic() >= deadline:
            how = Text("had not answered within {seconds} s", seconds=f"{seconds:.3g}")
            if received:
                how = Text("{told}; {count} bytes had come", told=how, count=received)
            raise _Failed("timeout", how) from None
        if isinstance(error, http.client.IncompleteRead):
            how = Text("broke off after {count} bytes of its answer", count=received)
            raise _Failed("incomplete", how) from None
        told = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        how = Text(
            "cannot be reached, or breaks HTTP: {told}", told=Text.of(told or type(error).__name__)
        )
        raise _Failed("unreachable", how) from None


def _connect(target: ServiceTarget, deadline: float) -> socket.socket:
    """Connect to the first of an endpoint's addresses that answers; raises OSError."""
    failed: OSError = TimeoutError()
    for family, address in target.addresses:
        plain = socket.socket(family, socket.SOCK_STREAM)
        try:
            plain.settimeout(max(0.001, deadline - monotonic()))
            plain.connect(address)
            if not target.is_secure:
                return plain
            return ssl.create_default_context().wrap_socket(plain, server_hostname=target.host)
        except OSError as error:
            plain.close()
            failed = error
    raise failed


@contextlib.contextmanager
def _ending(stream: socket.socket, deadline: float) -> Iterator[None]:
    """End a connection at a time, however little by little its answer comes."""

    def end() -> None:
        with contextlib.suppress(OSError):
            stream.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(max(0.0, deadline - monotonic()), end)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _request(
    target: ServiceTarget, stream: socket.socket, body: bytes, headers: dict[str, str]
) -> http.client.HTTPResponse:
    """Send a query; gives the answer from its body on, unless it redirects; raises _Failed."""
    connection = http.client.HTTPConnection(target.host, target.port)
    connection.sock = stream
    standard = target.port == (443 if target.is_secure else 80)
    host = f"[{target.host}]" if ":" in target.host else target.host
    headers["host"] = host if standard else f"{host}:{target.port}"
    headers["user-agent"] = "iprgraph"
    connection.request("POST", target.path, body, headers)
    answer = connection.getresponse()
    if 300 <= answer.status < 400:
        where = ascii(answer.headers.get("location", "nowhere"))[:_SHOWN]
        how = Text(
            "redirects to {address}, which is not followed; allow the address it points to",
            address=where,
        )
        raise _Failed("redirect", how)
    return answer


def _media_type(answer: http.client.HTTPResponse) -> str:
    """Read the content type, as what may stand in a header."""
    said = " ".join(answer.headers.get("content-type", "").split())
    return said.encode("ascii", "replace").decode()[:_SHOWN]
