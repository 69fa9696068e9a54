"""Ask an app as a proxy does, by both ways of serving, and find the addresses in its answers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from html import unescape
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

from iprgraph.release.release import Release
from iprgraph_server.app import create_app
from support.asgi import asgi_client

TOKEN = "a-token"
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
#: What the proxy asks: itself, and not the host that the client named.
UPSTREAM = "127.0.0.1:8000"
ASK = f"/sparql?query={quote('SELECT * { organization:school ?p ?o }')}"

#: What a client might make up.
SPOOFED = (
    {
        "x_forwarded_host": "evil.example", "x_forwarded_proto": "https", "x_forwarded_for": "192.0.2.7",
        "x_forwarded_prefix": "/evil", "x_forwarded_port": "666",
    },
    {"forwarded": "for=192.0.2.7;proto=https;host=evil.example"},
)  # fmt: skip


class ProxiedReply(NamedTuple):
    """An answer, with its addresses."""

    status: int
    headers: list[tuple[str, str]]
    text: str

    def header(self, name: str) -> str:
        return next((value for key, value in self.headers if key.lower() == name), "")

    def addresses(self) -> set[str]:
        """Return the addresses in the headers and in the HTML."""
        names = {"location", "content-location"}
        found = {value for key, value in self.headers if key.lower() in names}
        for key, value in self.headers:
            if key.lower() == "link":
                found.update(re.findall(r"<([^>]+)>;", value))
        if "text/html" in self.header("content-type"):
            attributes = re.findall(r'\s(?:href|src|action)="([^"#][^"]*)"', self.text)
            found.update(map(unescape, attributes))
        return found


Ask = Callable[..., ProxiedReply]


@contextmanager
def proxied_app(history: list[Release], folder: Path, **settings: Any) -> Iterator[Any]:
    """Make the app of three releases; it is closed at the end."""
    settings |= {"journal": str(folder), "workers": 1, "older_releases": 1}
    made = create_app(history[-1].dir.parent, token=TOKEN, **settings)
    yield made
    made.extensions["graph_host"].close()


@contextmanager
def asking(way: str, app: Any) -> Iterator[Ask]:
    """Return what sends an app requests, by one way of serving."""

    def ask(path: str, method: str = "GET", body: bytes = b"", **named: str) -> ProxiedReply:
        headers = {"host": UPSTREAM} | {k.replace("_", "-"): v for k, v in named.items()}
        if way == "Flask":
            reply = app.test_client().open(path, method=method, data=body, headers=headers)
            fields = list(reply.headers.items())
            status, data = reply.status_code, reply.get_data()
            reply.close()
        else:
            status, fields, data = client(method, path, headers, body)
        return ProxiedReply(status, fields, data.decode("utf-8", "replace"))

    with asgi_client(app) as client:
        yield ask
