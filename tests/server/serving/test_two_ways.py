"""The same requests through Flask alone, through asgi.py and to the running server: the same status, headers and bytes."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from flask import Flask

from iprgraph.release.release import Release
from iprgraph_server.app import create_app
from support.asgi import AsgiClient, asgi_client
from support.client import Client
from support.serving import serving

TOKEN = "a-token"
WRITER = {"authorization": f"Bearer {TOKEN}"}
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"

QUERIES = (
    "ASK {}",
    "SELECT ?c { ?c a ipr:Claim } ORDER BY ?c LIMIT 300",
    "CONSTRUCT WHERE { organization:wipo ?p ?o }",
    "DESCRIBE organization:wipo",
    "SELECT ?x {",
    "SELECT * { SERVICE <http://example.org/> {} }",
    "LOAD <http://example.org/>",
    "",
)
ACCEPTS = (
    "", "*/*", BROWSER, "application/sparql-results+json", "text/csv", "text/turtle",
    "application/ld+json", "image/png", "application/sparql-results+xml;q=0.5, text/csv;q=0.1",
)  # fmt: skip

#: Headers that only a server sends, or a framework where a server would.
_SERVERS_OWN = {"date", "server", "connection"}

Case = tuple[str, str, dict[str, str], bytes]


def _queries() -> Iterator[Case]:
    for query, accept in itertools.product(QUERIES, ACCEPTS):
        yield "GET", f"/sparql?query={quote(query)}", {"accept": accept}, b""
    for method in ("HEAD", "OPTIONS", "PUT", "DELETE", "PATCH", "BREW", "QUERY", "POST"):
        yield method, "/sparql?query=ASK%7B%7D", {}, b""
    for coding in ("gzip", "br", "zstd", "identity;q=0, *;q=0"):
        target = f"/sparql?query={quote(QUERIES[1])}"
        yield "GET", target, {"accept-encoding": coding}, b""
        yield "GET", "/", {"accept-encoding": coding, "accept": BROWSER}, b""
    for extra in (
        "format=csv", "format=nothing", "timeout=x", "timeout=-1", "infer=false", "infer=maybe",
        "query=ASK%7B%7D", "default-graph-uri=no%20iri", "lang=zh&format=html", "update=CLEAR+ALL",
        "release=nothing", "named-graph-uri=urn:a:b", "%FF=%FF",
    ):  # fmt: skip
        yield "GET", f"/sparql?query=ASK%7B%7D&{extra}", {}, b""
    for language in ("zh", "en", "fr, zh;q=0.5", ""):
        headers = {"accept": BROWSER, "accept-language": language}
        for target in ("/sparql?query=ASK%7B%7D", "/sparql?query=SELECT", "/", "/nothing"):
            yield "GET", target, headers, b""
    moment = "Tue, 09 Nov 2021 00:00:00 GMT"
    for target in ("/sparql?query=ASK%7B%7D", "/page/organization/wipo", "/data/organization/wipo"):
        yield "GET", target, {"accept-datetime": moment}, b""
        yield "GET", target, {"accept-datetime": "yesterday"}, b""
    yield "GET", f"/sparql?query={'x' * 60_001}", {}, b""


def _bodies() -> Iterator[Case]:
    forms = {
        "application/x-www-form-urlencoded": (
            b"query=ASK%7B%7D",
            b"update=CLEAR+ALL",
            b"a=b",
            b"%",
        ),
        "application/sparql-query": (b"ASK {}", b"ASK {", b"\xff", b""),
        "application/sparql-update": (b"CLEAR ALL", b"nonsense"),
        "text/plain": (b"ASK {}",),
        "": (b"ASK {}",),
        "application/sparql-query; charset=latin-1": (b"ASK {}",),
    }
    for content_type, bodies in forms.items():
        for body, method, headers in itertools.product(bodies, ("POST", "QUERY"), ({}, WRITER)):
            if not (headers and b"CLEAR" in body):
                yield method, "/sparql", {"content-type": content_type, **headers}, body
    turtle = {"content-type": "text/turtle"}
    yield "POST", "/validate", turtle, b"<a:b> <a:c> <a:d> ."
    yield (
        "POST",
        "/validate?with-graph=0",
        {**turtle, "accept": "application/json"},
        b"<a:b> a <a:d> .",
    )
    yield "POST", "/validate", turtle, b"<a:b> <a:c>"
    yield "POST", "/validate", {"content-type": "image/png"}, b"x"
    for headers in ({}, WRITER, {"authorization": "Bearer wrong"}):
        yield (
            "PUT",
            "/graph-store?graph=urn:g:g&dry-run=1",
            {**turtle, **headers},
            b"<a:b> <a:c> 1 .",
        )
    yield "PUT", "/graph-store?graph=urn:g:g", {**turtle, **WRITER}, b"<a:b> <a:c>"
    yield (
        "POST",
        "/reconcile",
        {"content-type": "application/x-www-form-urlencoded"},
        (b"queries=" + quote('{"q0": {"query": "WIPO"}}').encode()),
    )
    yield "POST", "/reconcile", {"content-type": "application/json"}, b"{}"


def _others() -> Iterator[Case]:
    paths = (
        "/graph-store", "/graph-store?default", "/graph-store?graph=urn:nothing", "/graph-store/",
        "/graph-store/a//b", "/graph-store/a%2Fb%20c", "/graph-store/%FF", "/graph-store?graph=x&default",
        "/reconcile", "/reconcile/", "/reconcile/suggest/entity?prefix=wi", "/reconcile/draft",
        "/reconcile/nothing", "/reconcile/preview?id=organization/wipo", "/reconcile/view?id=x",
        "/validate", "/settings", "/sparql", "/sparql/", "/sparqls", "/health", "/robots.txt", "/",
        "/query", "/search?q=patent", "/search", "/page/claim/", "/page/organization/wipo",
        "/page/organization/nothing", "/id/organization/wipo", "/data/organization/wipo.ttl", "/data/x",
        "/ontology", "/shapes", "/quality", "/speakers", "/downloads/", "/downloads/SHA256SUMS",
        "/downloads/nothing", "/releases/", "/releases/1.0.0-000000000000/", "/problems/",
        "/problems/busy", "/problems/length-required", "/openapi.json", "/void", "/.well-known/void",
        "/linksets/", "/static/site.css", "/static/nothing", "/why?subject=organization:wipo",
        "/cite?query=ASK%7B%7D", "/np/", "/%E4%B8%AD", "/%FF", "/a%00b",
    )  # fmt: skip
    for path, accept in itertools.product(paths, ("", BROWSER, "application/json")):
        yield "GET", path, {"accept": accept}, b""
    for path, method in itertools.product(
        ("/", "/graph-store?default", "/settings"), ("HEAD", "POST")
    ):
        yield method, path, {}, b""


CASES = [*_queries(), *_bodies(), *_others()]


@pytest.fixture(scope="module")
def app(release: Release) -> Iterator[Flask]:
    """Give the app of the bundled release."""
    made = create_app(release.dir, token=TOKEN, workers=1)
    yield made
    made.extensions["graph_host"].close()


@pytest.fixture(scope="module")
def asgi(app: Flask) -> Iterator[AsgiClient]:
    """Ask the app by asgi.py."""
    with asgi_client(app) as client:
        yield client


def test_there_are_hundreds_of_cases_and_refusals_among_them() -> None:
    assert len(CASES) > 350
    assert len({repr(case) for case in CASES}) == len(CASES)


@pytest.fixture(scope="module")
def wire(release: Release, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """Ask `iprgraph serve` over a connection; it has a copy of the release, for a journal of its own."""
    folder = tmp_path_factory.mktemp("served")
    shutil.copytree(release.dir, folder / "releases" / release.id)
    where = folder / "releases" / release.id
    with serving(where, folder, "--workers", "1", token=TOKEN) as running:
        client = running.client()
        yield client
        client.close()


@pytest.mark.parametrize("part", range(8))
def test_all_ways_answer_alike(app: Flask, asgi: AsgiClient, wire: Client, part: int) -> None:
    flask = app.test_client()
    statuses = set()
    for method, target, headers, body in CASES[part::8]:
        fields = {name: value for name, value in headers.items() if value} | {"x-request-id": "r"}
        alone = flask.open(target, method=method, headers=fields, data=body or None, buffered=True)
        expected = alone.status_code, _fields(alone.headers), alone.data
        case = f"{method} {target[:90]} {fields} {body!r}"
        # The second time the answer may be a cached one.
        for _ in range(2):
            short = asgi(method, target, fields, body)
            assert (short.status, _fields(short.headers), short.body) == expected, case
            served = wire(method, target, body or None, {"host": "localhost", **fields})
            assert (served.status, _fields(served.headers.items()), served.body) == expected, case
        statuses.add(alone.status_code)
    assert {200, 400, 404} <= statuses


def _fields(headers: Any) -> list[tuple[str, str]]:
    """Return the headers, sorted, but for those that only a server sends."""
    pairs = [(name.lower(), value) for name, value in headers]
    return sorted(pair for pair in pairs if pair[0] not in _SERVERS_OWN)
