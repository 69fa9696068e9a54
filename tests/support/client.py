"""Speak HTTP to a server under test, with nothing decoded, followed or added unasked."""

from __future__ import annotations

import http.client
import json
import socket
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode


@dataclass
class Reply:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def media_type(self) -> str:
        return self.headers.get("content-type", "").partition(";")[0]

    def json(self) -> Any:
        return json.loads(self.body)


class Client:
    """One connection to a server."""

    def __init__(self, port: int, token: str = "") -> None:
        self.port = port
        self.base = f"http://127.0.0.1:{port}"
        self.token = token
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def __call__(
        self,
        method: str,
        path: str,
        body: bytes | str | None = None,
        headers: dict[str, str] | None = None,
        write: bool = False,
    ) -> Reply:
        """Send a request; `write` adds the token."""
        headers = dict(headers or {})
        if write:
            headers["authorization"] = f"Bearer {self.token}"
        if isinstance(body, str):
            body = body.encode()
        try:
            response = self._send(method, path, body, headers)
        except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError):
            # The server closed a connection that was idle; a new one is as good.
            response = self._send(method, path, body, headers)
        return Reply(
            response.status,
            {name.lower(): value for name, value in response.getheaders()},
            response.read(),
        )

    def _send(
        self, method: str, path: str, body: bytes | None, headers: dict[str, str]
    ) -> http.client.HTTPResponse:
        try:
            self._connection.request(method, path, body, headers)
            return self._connection.getresponse()
        except OSError:
            self._connection.close()
            raise

    def get(self, path: str, accept: str = "", **headers: str) -> Reply:
        """Send a GET."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self("GET", path, headers=({"accept": accept} if accept else {}) | named)

    def query(self, query: str, accept: str = "", **params: str) -> Reply:
        """Ask a query by GET."""
        return self.get(f"/sparql?{urlencode({'query': query, **params})}", accept)

    def update(self, update: str, query_string: str = "") -> Reply:
        """Send an update with the token."""
        headers = {"content-type": "application/sparql-update"}
        return self("POST", f"/sparql{query_string}", update, headers, write=True)

    def put(self, path: str, body: bytes | str, media_type: str = "text/turtle") -> Reply:
        """Send a PUT with the token."""
        return self("PUT", path, body, {"content-type": media_type}, write=True)

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


def raw(port: int, *parts: bytes, wait: float = 5.0) -> bytes:
    """Send bytes as they are, and read until the server closes or falls silent."""
    with socket.create_connection(("127.0.0.1", port), timeout=wait) as connection:
        received = b""
        try:
            for part in parts:
                connection.sendall(part)
            while chunk := connection.recv(65536):
                received += chunk
        except (TimeoutError, ConnectionError):
            pass
        return received
