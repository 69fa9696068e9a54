"""The Graph Store HTTP Protocol over real HTTP, beyond what the W3C suite asks."""

from __future__ import annotations

from urllib.parse import urlencode

import pyoxigraph as ox
import pytest

from support.client import Client, raw
from support.exchanges import graph

THING = "https://example.org/thing"
TURTLE = f"<{THING}> <https://example.org/name> 'one', _:b ."
TYPED = {"content-type": "text/turtle"}
MULTIPART = {"content-type": "multipart/form-data; boundary=x"}


def named(iri: str = "https://example.org/graph") -> str:
    return f"/graph-store?{urlencode({'graph': iri})}"


def part(turtle: str, media_type: str = "text/turtle", name: str = "f") -> str:
    return (
        f'--x\r\nContent-Disposition: form-data; name="{name}"; filename="{name}"\r\n'
        f"Content-Type: {media_type}\r\n\r\n{turtle}\r\n"
    )


def test_put_get_delete(writable_client: Client) -> None:
    made = writable_client.put(named(), TURTLE)
    assert (made.status, made.body) == (201, b"")
    assert made.headers["location"] == writable_client.base + named()
    assert writable_client.put(named(), TURTLE).status == 204
    got = writable_client.get(named())
    assert (got.status, got.headers["content-type"]) == (200, "text/turtle; charset=utf-8")
    assert graph(got.body) == graph(TURTLE.encode())
    assert writable_client("DELETE", named(), write=True).status == 204
    for method in ("GET", "HEAD"):
        assert writable_client(method, named()).status == 404
    assert writable_client("DELETE", named(), write=True).status == 404


def test_head_is_get_without_the_body(writable_client: Client) -> None:
    writable_client.put(named(), TURTLE)
    got, head = writable_client("GET", named()), writable_client("HEAD", named())
    assert head.body == b""
    for name in ("content-type", "content-length", "etag", "vary"):
        assert head.headers[name] == got.headers[name]


def test_post_adds(writable_client: Client) -> None:
    assert writable_client("POST", named(), TURTLE, TYPED, write=True).status == 201
    more = f"<{THING}> <https://example.org/name> 'two' ."
    assert writable_client("POST", named(), more, TYPED, write=True).status == 204
    assert graph(writable_client.get(named()).body) == graph(f"{TURTLE}\n{more}".encode())


def test_put_replaces_whole_or_not_at_all(writable_client: Client) -> None:
    writable_client.put(named(), TURTLE)
    reply = writable_client.put(
        named(), "<https://example.org/a> <https://example.org/b>\n<https://example.org/c"
    )
    assert reply.status == 400
    assert reply.json()["line"] == 2
    assert graph(writable_client.get(named()).body) == graph(TURTLE.encode())


def test_default_graph_is_the_stores_own(writable_client: Client) -> None:
    writable_client.put(named(), TURTLE)
    assert writable_client.get("/graph-store?default").status == 200
    assert graph(writable_client.get("/graph-store?default").body) == graph(b"")
    writable_client.put("/graph-store?default", "<urn:a:b> <urn:c:d> <urn:e:f> .")
    assert graph(writable_client.get("/graph-store?default").body) == graph(
        b"<urn:a:b> <urn:c:d> <urn:e:f> ."
    )
    assert writable_client("DELETE", "/graph-store?default", write=True).status == 204
    assert graph(writable_client.get("/graph-store?default").body) == graph(b"")
    assert writable_client.get(named()).status == 200


def test_new_graphs_get_an_address(writable_client: Client) -> None:
    replies = [writable_client("POST", "/graph-store", TURTLE, TYPED, write=True) for _ in range(2)]
    places = {reply.headers["location"] for reply in replies}
    assert [reply.status for reply in replies] == [201, 201]
    assert len(places) == 2
    for place in places:
        assert place.startswith(f"{writable_client.base}/graph-store/")
        assert graph(writable_client.get(place.removeprefix(writable_client.base)).body) == graph(
            TURTLE.encode()
        )
        assert graph(writable_client.get(named(place)).body) == graph(TURTLE.encode())


def test_direct_and_indirect_names_are_one(writable_client: Client) -> None:
    for path, iri in (
        ("/graph-store/a/b.ttl", "/graph-store/a/b.ttl"),
        ("/graph-store/%E7%9F%A5", "/graph-store/%E7%9F%A5"),
        ("/graph-store/a%20b", "/graph-store/a%20b"),
    ):
        assert writable_client.put(path, TURTLE).status == 201
        assert writable_client.get(named(writable_client.base + iri)).status == 200


def test_relative_names_lead_from_the_store(writable_client: Client) -> None:
    assert writable_client.put("/graph-store?graph=/here", TURTLE).status == 201
    assert writable_client.get(named(f"{writable_client.base}/here")).status == 200


def test_documents_are_relative_to_their_graph(writable_client: Client) -> None:
    writable_client.put(named("https://example.org/dir/doc"), "<#it> <urn:p:p> <other> .")
    reply = writable_client.get(named("https://example.org/dir/doc"), "application/n-triples")
    assert reply.text.strip() == (
        "<https://example.org/dir/doc#it> <urn:p:p> <https://example.org/dir/other> ."
    )


FORMATS = {
    "application/n-triples": f"<{THING}> <urn:p:p> <urn:o:o> .",
    "application/rdf+xml": (
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:p="urn:p:">'
        f'<rdf:Description rdf:about="{THING}"><p:p rdf:resource="urn:o:o"/></rdf:Description>'
        "</rdf:RDF>"
    ),
    "application/ld+json": f'{{"@id": "{THING}", "urn:p:p": {{"@id": "urn:o:o"}}}}',
    "text/turtle": f"<{THING}> <urn:p:p> <urn:o:o> .",
}


@pytest.mark.parametrize("media_type", FORMATS)
def test_formats_in_and_out(writable_client: Client, media_type: str) -> None:
    assert writable_client.put(named(), FORMATS[media_type], media_type).status == 201
    for out in (*FORMATS, "application/trig", "application/n-quads"):
        reply = writable_client.get(named(), out)
        assert (reply.status, reply.media_type) == (200, out)
        form = ox.RdfFormat.from_media_type(out)
        triples = [str(quad.triple) for quad in ox.parse(reply.body, format=form)]
        assert triples == [f"<{THING}> <urn:p:p> <urn:o:o>"]
    page = writable_client.get(named(), "text/html")
    assert THING in page.text


@pytest.mark.parametrize(
    "media_type", ["", "text/plain", "text/html", "application/trig", "text/turtle; charset=utf-16"]
)
def test_other_formats_are_refused(writable_client: Client, media_type: str) -> None:
    reply = writable_client.put(named(), TURTLE, media_type)
    assert reply.status == 415
    assert reply.json()["media_types"]


def test_multipart_parts_are_one_write(writable_client: Client) -> None:
    body = part("_:b <urn:p:1> 'x' .") + part("_:b <urn:p:2> 'y' .", name="g") + "--x--\r\n"
    assert writable_client("POST", named(), body, MULTIPART, write=True).status == 201
    # The same label in two documents is two blank nodes.
    assert graph(writable_client.get(named()).body) == graph(
        b"_:a <urn:p:1> 'x' . _:c <urn:p:2> 'y' ."
    )
    spoiled = part("<urn:a:a> <urn:p:3> 'z' .") + part("<urn:a:a> .", name="g") + "--x--\r\n"
    reply = writable_client("POST", named(), spoiled, MULTIPART, write=True)
    assert (reply.status, reply.json()["line"]) == (400, 1)
    assert b"<urn:p:3>" not in writable_client.get(named()).body


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("", 400),
        ("--x--\r\n", 400),
        (part("a,b", "text/csv") + "--x--\r\n", 415),
        ("no boundary at all", 400),
    ],
)
def test_bad_multipart(writable_client: Client, body: str, status: int) -> None:
    assert writable_client("POST", named(), body, MULTIPART, write=True).status == status


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("/graph-store", "Name the graph"),
        ("/graph-store?default&graph=urn:a:b", "not both"),
        ("/graph-store?graph=urn:a:b&graph=urn:c:d", "2 times"),
        ("/graph-store?graph=", "not an IRI"),
        ("/graph-store?graph=urn:a%20b", "not an IRI"),
        ("/graph-store/here?graph=urn:a:b", "both by address"),
    ],
)
def test_bad_names(writable_client: Client, address: str, said: str) -> None:
    reply = writable_client.get(address)
    assert reply.status == 400
    assert said in reply.json()["detail"]


def test_methods(writable_client: Client) -> None:
    reply = writable_client("PATCH", named(), write=True)
    assert reply.status == 405
    assert reply.headers["allow"] == "GET, HEAD, PUT, POST, DELETE, OPTIONS"


@pytest.mark.parametrize("method", ["PUT", "POST", "DELETE"])
def test_writes_need_the_token(writable_client: Client, method: str) -> None:
    for headers in ({}, {"authorization": "Bearer wrong"}, {"authorization": "Basic eDp5"}):
        reply = writable_client(method, named(), TURTLE, TYPED | headers)
        assert reply.status == 401
        assert reply.headers["www-authenticate"].startswith("Bearer")
    reply = writable_client(
        "POST", "/sparql", "CLEAR ALL", {"content-type": "application/sparql-update"}
    )
    assert reply.status == 401
    form = {"content-type": "application/x-www-form-urlencoded"}
    assert writable_client("POST", "/sparql", "update=CLEAR+ALL", form).status == 401


def test_a_cut_write_is_no_write(writable_client: Client) -> None:
    writable_client.put(named(), TURTLE)
    head = (
        f"PUT {named()} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {writable_client.token}\r\n"
        "Content-Type: application/n-triples\r\n"
    ).encode()
    triple = b"<urn:a:a> <urn:b:b> <urn:c:c> .\n"
    chunked = head + b"Transfer-Encoding: chunked\r\n\r\n20\r\n" + triple + b"\r\n"
    raw(writable_client.port, chunked, wait=0.2)
    raw(writable_client.port, head + b"Content-Length: 64\r\n\r\n" + triple, wait=0.2)
    assert graph(writable_client.get(named()).body) == graph(TURTLE.encode())
    whole = raw(writable_client.port, chunked + b"0\r\n\r\n", wait=1)
    assert whole.startswith(b"HTTP/1.1 204")
    assert graph(writable_client.get(named()).body) == graph(triple)


def test_what_is_written_is_seen(writable_client: Client) -> None:
    ask = "ASK { GRAPH <https://example.org/graph> { ?s ?p ?o } }"
    for _ in range(3):
        assert writable_client.query(ask).json()["boolean"] is False
        tag = writable_client.get("/graph-store?default").headers["etag"]
        writable_client.put(named(), TURTLE)
        assert writable_client.query(ask).json()["boolean"] is True
        assert writable_client.get("/graph-store?default").headers["etag"] != tag
        assert writable_client.update("DROP GRAPH <https://example.org/graph>").status == 204


def test_unchanged_graphs_are_not_sent_again(writable_client: Client) -> None:
    writable_client.put(named(), TURTLE)
    tag = writable_client.get(named()).headers["etag"]
    reply = writable_client("GET", named(), headers={"if-none-match": tag})
    assert (reply.status, reply.body) == (304, b"")
    writable_client.put(named(), "<urn:a:b> <urn:c:d> <urn:e:f> .")
    assert writable_client("GET", named(), headers={"if-none-match": tag}).status == 200


def test_an_address_that_is_not_utf_8_names_no_graph(writable_client: Client) -> None:
    assert writable_client.put("/graph-store/%FF", TURTLE).status == 400
    assert writable_client.put("/graph-store/%E5%9B%BD", TURTLE).status == 201
