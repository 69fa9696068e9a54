"""Carry out the HTTP exchanges that the W3C manifests describe, and check what comes back."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pyoxigraph as ox

from support.client import Client, Reply
from support.manifests import Case

#: Media types that count as each kind of answer.
KINDS = {
    "boolean": {"application/sparql-results+json", "application/sparql-results+xml"},
    "tabular": {
        "application/sparql-results+json",
        "application/sparql-results+xml",
        "text/csv",
        "text/tab-separated-values",
    },
    "RDF": {
        "text/turtle",
        "application/n-triples",
        "application/ld+json",
        "application/rdf+xml",
        "application/trig",
        "application/n-quads",
    },
}

_STATUSES = {"OK": {200}, "Created": {201}, "NoContent": {204}, "NotFound": {404}}


def run(case: Case, client: Client, suite_path: str, path: str) -> None:
    """Send the requests of a test in their order, with one path prefix put for another."""
    manifest = case.manifest
    location = ""
    for request in manifest.members(manifest.value(case.value("mf:action"), "ht:requests")):
        address = manifest.value(request, "ht:absolutePath").value
        assert address.startswith(suite_path), address
        address = path + address.removeprefix(suite_path)
        address = address.replace("$LOCATION$", quote(location, safe=""))
        method = manifest.value(request, "ht:methodName").value
        headers = headers_of(manifest, request)
        # The suites write tests for this authority; direct graph names depend on it.
        headers["host"] = "www.example"
        reply = client(method, address, body_of(manifest, request), headers, write=True)
        expected = manifest.value(request, "ht:resp")
        check(manifest, expected, reply)
        location = reply.headers.get("location", location)


def headers_of(manifest: Any, message: Any) -> dict[str, str]:
    """Read the headers of a request or a response."""
    head = manifest.value(message, "ht:headers")
    return {
        manifest.value(header, "ht:fieldName").value: manifest.value(header, "ht:fieldValue").value
        for header in (manifest.members(head) if head else [])
    }


def body_of(manifest: Any, message: Any) -> bytes | None:
    """Read the body of a request or a response, in the encoding it is said to have."""
    content = manifest.value(message, "ht:body")
    if content is None:
        return None
    encoding = manifest.value(content, "cnt:characterEncoding").value
    text: str = manifest.value(content, "cnt:chars").value
    return text.encode(encoding)


def check(manifest: Any, expected: Any, reply: Reply) -> None:
    """Compare a reply with what the manifest expects of it."""
    names = [s.value.rpartition("#")[2] for s in manifest.values(expected, "mf:expectedStatus")]
    assert any(_status_is(name, reply.status) for name in names), (names, reply)
    kind = manifest.value(expected, "mf:expectedFormat")
    if kind is not None:
        assert reply.media_type in KINDS[kind.value], reply
    truth = manifest.value(expected, "mf:expectedBoolean")
    if truth is not None:
        assert reply.json()["boolean"] is (truth.value == "true"), reply
    if manifest.value(expected, "mf:expectedLocation") is not None:
        assert reply.headers.get("location"), reply
    headers = headers_of(manifest, expected)
    for name, value in headers.items():
        assert reply.headers[name.lower()] == value, reply
    body = body_of(manifest, expected)
    if body is not None:
        assert graph(reply.body) == graph(body)


def graph(turtle: bytes) -> ox.Dataset:
    """Parse Turtle so that equal graphs are equal, whatever their blank nodes are called."""
    dataset = ox.Dataset(ox.parse(turtle, format=ox.RdfFormat.TURTLE))
    dataset.canonicalize(ox.CanonicalizationAlgorithm.UNSTABLE)
    return dataset


def _status_is(name: str, status: int) -> bool:
    if name.startswith("StatusCode"):
        return name == f"StatusCode{status // 100}xx"
    return status in _STATUSES[name]
