"""Debian's nginx in front, with TLS, at the root of a site and under a path, as the docs show it."""

from __future__ import annotations

import hashlib
import json
import re
import ssl
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote, urlencode, urljoin

import pytest

from iprgraph.release.release import Release
from support.client import Reply
from support.nginx import CLIENT, HOST, TlsClient, proxying, shown_configurations
from support.serving import TOKEN, free_port, serving

MOMENT = "Thu, 16 Dec 2021 00:00:00 GMT"
BROWSER = "text/html,*/*;q=0.8"
#: What a client might make up.
SPOOFED = {
    "x-forwarded-host": "evil.example", "x-forwarded-proto": "http", "x-forwarded-prefix": "/evil",
    "forwarded": "host=evil.example;for=192.0.2.7", "x-forwarded-for": "192.0.2.7",
}  # fmt: skip


class Site(NamedTuple):
    """A server behind nginx."""

    public: str
    client: TlsClient
    log: Path

    def get(self, path: str, accept: str = "", **headers: str) -> Reply:
        """Ask as a client that makes up headers does."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client("GET", self.path(path), headers={"accept": accept, **SPOOFED, **named})

    def path(self, path: str) -> str:
        return self.public.removeprefix(f"https://{HOST}") + path


def _in_a_server(location: str) -> str:
    """Return the server of the docs with another location."""
    server = shown_configurations()[0]
    return re.sub(r"    location / \{.*?\n    \}\n", lambda _: location, server, flags=re.S)


def _configurations() -> dict[str, tuple[str, str]]:
    """Return each path and configuration: the docs' two, and the one that takes the path off."""
    server, location = shown_configurations()
    stripping = location.replace("127.0.0.1:8000;", "127.0.0.1:8000/;")
    assert stripping != location
    return {
        "root": ("", server),
        "path": ("/sub/path", _in_a_server(location)),
        "path taken off": ("/sub/path", _in_a_server(stripping)),
    }


@pytest.fixture(scope="module", params=["root", "path", "path taken off"])
def site(
    request: pytest.FixtureRequest, history: list[Release], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    """Return the three releases behind nginx."""
    folder = tmp_path_factory.mktemp("proxied")
    path, configuration = _configurations()[request.param]
    public = f"https://{HOST}{path}"
    flags = ["--public-url", public + "/", "--trusted-proxy", "127.0.0.1", "--journal", "journal"]
    port = free_port()
    with ExitStack() as stack:
        running = stack.enter_context(
            serving(history[-1].dir.parent, folder, *flags, "--workers", "1")
        )
        context: ssl.SSLContext = stack.enter_context(
            proxying(configuration, folder, port, running.port)
        )
        client = stack.enter_context(closing(TlsClient(port, context, TOKEN)))
        yield Site(public, client, running.log)


def test_pages_and_their_files(site: Site) -> None:
    for path in ("/", "/page/organization/school", "/query"):
        reply = site.get(path, BROWSER)
        assert reply.status == 200
        assert "127.0.0.1" not in reply.text and "evil" not in reply.text
        addresses = re.findall(r'(?:href|src)="(/[^"#]*)', reply.text)
        assert addresses and all(address.startswith(site.path("/")) for address in addresses)
        for address in addresses:
            if "/static/" in address:
                assert site.client.get(address.replace("&amp;", "&")).status == 200


def test_a_query(site: Site) -> None:
    query = "SELECT * { organization:school ?p ?o }"
    for _ in range(2):
        reply = site.get(f"/sparql?{urlencode({'query': query})}", "application/json")
        assert reply.status == 200 and reply.json()["results"]["bindings"]
        assert f"<{site.path('/cite?')}" in reply.headers["link"]
    long = f"/sparql?query={quote(query + '#' + 'x' * 50_000)}"
    assert site.get(long).status == 200
    description = site.get("/sparql", "text/turtle").text
    assert f"<{site.public}/sparql> a sd:Service" in description


def test_an_update_with_the_token(site: Site) -> None:
    update = "INSERT DATA { GRAPH <urn:a:graph> { <urn:a:b> rdfs:label 'x' } }"
    headers = {"content-type": "application/sparql-update"}
    assert site.client("POST", site.path("/sparql"), update, headers).status == 401
    assert site.client("POST", site.path("/sparql"), update, headers, write=True).status == 204
    turtle = {"content-type": "text/turtle", **SPOOFED}
    body = b"<#a> <urn:a:b> 1 ." + b"#" * 3_000_000
    created = site.client("POST", site.path("/graph-store"), body, turtle, write=True)
    assert created.status == 201
    address = created.headers["location"]
    assert address.startswith(f"{site.public}/graph-store/")
    stored = site.client.get(address.removeprefix(f"https://{HOST}"), "application/n-triples")
    assert f"<{address}#a>" in stored.text


def test_a_download(site: Site, history: list[Release]) -> None:
    reply = site.get("/downloads/iprgraph.nq", accept_encoding="identity")
    listed = history[-1].manifest["files"]["iprgraph.nq"]
    assert hashlib.sha256(reply.body).hexdigest() == listed["sha256"]
    assert f"<{site.path('/')}" in reply.headers["link"]
    part = site.get("/downloads/iprgraph.nq", range="bytes=0-9")
    assert (part.status, part.body) == (206, reply.body[:10])


def test_openrefine_s_manifest(site: Site) -> None:
    manifest = site.get("/reconcile", "application/json").json()
    assert manifest["view"]["url"] == site.public + "/reconcile/view?id={{id}}"
    for text in re.findall(r'"(https?://[^"]*)"', json.dumps(manifest)):
        assert text.startswith((site.public, "https://w3id.org/"))
    view = site.get("/reconcile/view?id=organization/school", BROWSER)
    shown = urljoin(site.public, view.headers["location"])
    assert shown == f"{site.public}/page/organization/school"


def test_memento_s_redirect(site: Site, history: list[Release]) -> None:
    reply = site.get("/id/organization/school", BROWSER, accept_datetime=MOMENT)
    older = f"{site.public}/releases/{history[1].id}"
    assert reply.status == 302
    assert urljoin(site.public, reply.headers["location"]) == f"{older}/id/organization/school"
    for path in ("/id/organization/school", "/page/organization/school"):
        memento = site.get(f"/releases/{history[1].id}{path}", BROWSER)
        assert memento.status in {200, 303} and "memento-datetime" in memento.headers
        assert f'<{site.public}{path}>; rel="original timegate"' in memento.headers["link"]


def test_the_log_has_the_client_that_nginx_names(site: Site) -> None:
    site.client("GET", site.path("/nothing"), headers=SPOOFED)
    clients: set[str] = set()
    deadline = time.monotonic() + 30
    while not clients and time.monotonic() < deadline:
        lines = [json.loads(line) for line in site.log.read_text().splitlines() if "{" in line]
        clients = {line["client"] for line in lines if line.get("path") == site.path("/nothing")}
        time.sleep(0.05)
    assert clients == {CLIENT}
