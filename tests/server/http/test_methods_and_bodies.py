"""The endpoint as an HTTP server: methods, HEAD, preflight, bodies in chunks, long addresses."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from urllib.parse import urlencode

import pytest

from iprgraph_server.http import messages
from iprgraph_server.http.messages import BODY, BodyReader, Request
from iprgraph_server.http.problems import BadRequest, TooLarge, TooSlow
from support.client import Client, raw
from support.small import EX

SELECT = f"SELECT ?label {{ <{EX}b> <http://www.w3.org/2000/01/rdf-schema#label> ?label }}"
CONSTRUCT = f"CONSTRUCT WHERE {{ <{EX}a> ?p ?o }}"
QUERY = {"content-type": "application/sparql-query"}


def test_head_is_get_without_the_body(small_client: Client) -> None:
    for address in (
        f"/sparql?{urlencode({'query': SELECT})}",
        f"/sparql?{urlencode({'query': CONSTRUCT})}",
        "/sparql",
        f"/sparql?{urlencode({'query': 'SELECT'})}",
        "/settings",
    ):
        got, head = small_client("GET", address), small_client("HEAD", address)
        assert (head.status, head.body) == (got.status, b"")
        for unlike in ("date", "x-request-id"):
            del got.headers[unlike], head.headers[unlike]
        if got.status == 200:
            assert head.headers == got.headers
        else:
            assert head.headers.keys() == got.headers.keys()


def test_options_and_preflight(small_client: Client) -> None:
    reply = small_client(
        "OPTIONS",
        "/sparql",
        headers={
            "origin": "https://example.net",
            "access-control-request-method": "QUERY",
            "access-control-request-headers": "authorization,content-type",
        },
    )
    assert (reply.status, reply.body) == (204, b"")
    assert reply.headers["allow"] == "GET, HEAD, POST, QUERY, OPTIONS"
    assert reply.headers["access-control-allow-origin"] == "*"
    assert "QUERY" in reply.headers["access-control-allow-methods"]
    assert "authorization" in reply.headers["access-control-allow-headers"].lower()
    assert small_client("OPTIONS", "/graph-store").headers["allow"] == (
        "GET, HEAD, PUT, POST, DELETE, OPTIONS"
    )


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "TRACE", "PROPFIND"])
def test_other_methods(small_client: Client, method: str) -> None:
    reply = small_client(method, "/sparql")
    assert reply.status == 405
    assert reply.headers["allow"] == "GET, HEAD, POST, QUERY, OPTIONS"


def test_compressed_bodies_are_not_read(small_client: Client) -> None:
    reply = small_client("POST", "/sparql", "ASK {}", QUERY | {"content-encoding": "gzip"})
    assert reply.status == 415


def test_long_addresses(small_client: Client) -> None:
    query = "ASK {}" + " " * 61_000
    reply = small_client.query(query)
    assert reply.status == 414
    assert "POST" in reply.json()["detail"]
    assert small_client("POST", "/sparql", query, QUERY).status == 200


def test_chunked_body(small_client: Client) -> None:
    head = b"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Type: application/sparql-query\r\n"
    chunks = (
        b"Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n4\r\nASK \r\n2\r\n{}\r\n0\r\n\r\n"
    )
    assert b'"boolean":true' in raw(small_client.port, head + chunks)


def test_expect_continue(small_client: Client) -> None:
    head = (
        b"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Type: application/sparql-query\r\n"
        b"Content-Length: 6\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n"
    )
    received = raw(small_client.port, head, b"ASK {}")
    assert received.startswith(b"HTTP/1.1 100")
    assert b'"boolean":true' in received


def test_connections_are_kept(small_client: Client) -> None:
    request = b"GET /sparql?query=ASK%7B%7D HTTP/1.1\r\nHost: x\r\n"
    received = raw(
        small_client.port, (request + b"\r\n") * 2, request + b"Connection: close\r\n\r\n"
    )
    assert received.count(b"HTTP/1.1 200") == 3


@pytest.mark.parametrize("value", ["中文", "é", "\x80\xff"])
@pytest.mark.parametrize("path", ["/sparql?query=ASK%7B%7D", "/", "/sparql?query=SELECT"])
def test_any_bytes_in_a_header_are_only_a_header(
    small_client: Client, path: str, value: str
) -> None:
    field = value.encode() if ord(value[0]) > 255 or value == "é" else value.encode("latin-1")
    for name in (b"Accept-Language", b"User-Agent", b"X-Request-Id"):
        head = b"GET %b HTTP/1.1\r\nHost: x\r\n%b: %b\r\n\r\n" % (path.encode(), name, field)
        line = raw(small_client.port, head, wait=1).split(b"\r\n")[0]
        assert line in {b"HTTP/1.1 200 OK", b"HTTP/1.1 400 Bad Request"}


async def _slowly() -> AsyncIterator[bytes]:
    yield b"a"
    await asyncio.sleep(20)
    yield b"b"


async def _cut() -> AsyncIterator[bytes]:
    yield b"a"
    raise ConnectionError


async def _endlessly() -> AsyncIterator[bytes]:
    while True:
        yield b"a" * 1_000


@pytest.mark.parametrize(
    ("parts", "problem"), [(_slowly, TooSlow), (_cut, BadRequest), (_endlessly, TooLarge)]
)
def test_a_body_comes_whole_in_time_and_within_its_size(
    monkeypatch: pytest.MonkeyPatch, parts: object, problem: type[Exception]
) -> None:
    monkeypatch.setattr(messages, "BODY_SECONDS", 0.1)
    environ = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": "/sparql",
        "HTTP_TRANSFER_ENCODING": "chunked",
        BODY: parts(),  # type: ignore[operator]
    }
    with pytest.raises(problem):
        asyncio.run(BodyReader(1).read(Request(environ, "r"), 10_000))
