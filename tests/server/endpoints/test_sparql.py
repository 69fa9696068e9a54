"""SPARQL 1.1 Protocol over real HTTP: operations, parameters, bodies, formats, methods."""

from __future__ import annotations

import json
from urllib.parse import quote, urlencode

import pyoxigraph as ox
import pytest

from iprgraph_server.http.formats import GRAPHS, RESULTS
from support.client import Client
from support.small import EX, NUMBERS

SELECT = f"SELECT ?label {{ <{EX}b> <http://www.w3.org/2000/01/rdf-schema#label> ?label }}"
CONSTRUCT = f"CONSTRUCT WHERE {{ <{EX}a> ?p ?o }}"
FORM = {"content-type": "application/x-www-form-urlencoded"}
QUERY = {"content-type": "application/sparql-query"}

RESULT_FORMATS = {
    ox.QueryResultsFormat.JSON: "json",
    ox.QueryResultsFormat.XML: "xml",
    ox.QueryResultsFormat.CSV: "csv",
    ox.QueryResultsFormat.TSV: "tsv",
}


def labels(body: bytes) -> list[str]:
    return [row["label"]["value"] for row in json.loads(body)["results"]["bindings"]]


def test_query_by_get(small_client: Client) -> None:
    reply = small_client.query(SELECT)
    assert (reply.status, reply.media_type) == (200, "application/sparql-results+json")
    assert labels(reply.body) == ["beta"]
    assert int(reply.headers["content-length"]) == len(reply.body)


@pytest.mark.parametrize("method", ["POST", "QUERY"])
def test_query_in_a_form(small_client: Client, method: str) -> None:
    reply = small_client(method, "/sparql", urlencode({"query": SELECT}), FORM)
    assert reply.status == 200
    assert labels(reply.body) == ["beta"]


@pytest.mark.parametrize("method", ["POST", "QUERY"])
def test_query_as_the_body(small_client: Client, method: str) -> None:
    reply = small_client(method, "/sparql", SELECT, QUERY)
    assert reply.status == 200
    assert labels(reply.body) == ["beta"]


def test_address_may_end_in_a_slash(small_client: Client) -> None:
    assert small_client.get(f"/sparql/?{urlencode({'query': 'ASK {}'})}").status == 200


def test_parameters_may_stand_in_the_address_of_a_post(small_client: Client) -> None:
    there = urlencode({"default-graph-uri": f"{EX}graph/one"})
    for body, headers in ((SELECT, QUERY), (urlencode({"query": SELECT}), FORM)):
        assert labels(small_client("POST", f"/sparql?{there}", body, headers).body) == []


def test_forms_are_decoded_once(small_client: Client) -> None:
    query = 'SELECT ("1+1 = 2 & 100%25" AS ?label) {}'
    body = f"query={quote(query, safe='')}"
    assert labels(small_client("POST", "/sparql", body, FORM).body) == ["1+1 = 2 & 100%25"]
    assert labels(small_client.get(f"/sparql?{body}").body) == ["1+1 = 2 & 100%25"]
    spaces = 'query=SELECT+("a%2Bb"+AS+?label)+{}'
    assert labels(small_client("POST", "/sparql", spaces, FORM).body) == ["a+b"]


def test_queries_are_utf8(small_client: Client) -> None:
    query = 'SELECT ("知识产权" AS ?label) {}'
    for charset in ("", "; charset=utf-8", '; charset="UTF-8"'):
        headers = {"content-type": f"application/sparql-query{charset}"}
        assert labels(small_client("POST", "/sparql", query, headers).body) == ["知识产权"]
    assert labels(small_client.query(query).body) == ["知识产权"]


def test_dataset_is_the_union_of_all_graphs(small_client: Client) -> None:
    count = "SELECT (COUNT(*) AS ?label) { ?s ?p ?o }"
    assert int(labels(small_client.query(count).body)[0]) > NUMBERS
    reply = small_client.query("SELECT DISTINCT ?label { GRAPH ?label { ?s ?p ?o } }")
    assert len(labels(reply.body)) == 4


def graphs_seen(client: Client, *params: tuple[str, str], query: str = "") -> set[str]:
    text = query or (
        'SELECT DISTINCT ?label { { ?s ?p ?o BIND("default" AS ?label) } '
        "UNION { GRAPH ?label { ?s ?p ?o } } }"
    )
    reply = client.get(f"/sparql?{urlencode([('query', text), *params])}")
    assert reply.status == 200, reply
    return {label.removeprefix(f"{EX}graph/") for label in labels(reply.body)}


def test_dataset_parameters(small_client: Client) -> None:
    one = ("default-graph-uri", f"{EX}graph/one")
    two = ("named-graph-uri", f"{EX}graph/two")
    numbers = ("named-graph-uri", f"{EX}graph/numbers")
    assert graphs_seen(small_client, one) == {"default"}
    assert graphs_seen(small_client, two) == {"two"}
    assert graphs_seen(small_client, one, two, numbers) == {"default", "two", "numbers"}
    assert graphs_seen(small_client, ("default-graph-uri", f"{EX}nowhere")) == set()


def test_dataset_parameters_override_from(small_client: Client) -> None:
    text = f"SELECT DISTINCT ?label FROM <{EX}graph/one> {{ ?label ?p ?o }}"
    assert f"{EX}a" in graphs_seen(small_client, query=text)
    seen = graphs_seen(small_client, ("default-graph-uri", f"{EX}graph/two"), query=text)
    assert seen == {f"{EX}b"}


def test_prefixes_need_no_declaration(small_client: Client) -> None:
    reply = small_client.query(f"SELECT ?label {{ <{EX}b> rdfs:label ?label }}")
    assert labels(reply.body) == ["beta"]


@pytest.mark.parametrize("form", [form for form in RESULTS if form.name != "html"])
@pytest.mark.parametrize("query", [SELECT, "ASK {}"])
def test_every_format_of_results(small_client: Client, form: object, query: str) -> None:
    reply = small_client.query(query, form.media_type)  # type: ignore[attr-defined]
    assert reply.headers["content-type"] == form.content_type  # type: ignore[attr-defined]
    by_name = small_client.query(query, format=form.name)  # type: ignore[attr-defined]
    assert (by_name.headers["content-type"], by_name.body) == (
        reply.headers["content-type"],
        reply.body,
    )
    if form.name == "csv":  # type: ignore[attr-defined]
        assert reply.text.strip().endswith("beta" if query is SELECT else "true")
        return
    read = ox.QueryResultsFormat.from_media_type(form.media_type)  # type: ignore[attr-defined]
    found = ox.parse_query_results(reply.body, read)
    if query is SELECT:
        assert [row["label"].value for row in found] == ["beta"]  # type: ignore
    else:
        assert bool(found)


@pytest.mark.parametrize("form", [form for form in GRAPHS if form.name != "html"])
@pytest.mark.parametrize("query", [CONSTRUCT, f"DESCRIBE <{EX}a>"])
def test_every_format_of_graphs(small_client: Client, form: object, query: str) -> None:
    reply = small_client.query(query, form.media_type)  # type: ignore[attr-defined]
    assert reply.headers["content-type"] == form.content_type  # type: ignore[attr-defined]
    read = ox.RdfFormat.from_media_type(form.media_type)  # type: ignore[attr-defined]
    triples = {quad.triple for quad in ox.parse(reply.body, format=read)}
    assert {str(t.object) for t in triples} >= {'"alpha"@en', '"阿尔法"@zh', f"<{EX}b>"}
    assert small_client.query(query, format=form.name).body == reply.body  # type: ignore[attr-defined]


def test_no_format_fits(small_client: Client) -> None:
    for reply in (
        small_client.query(SELECT, "image/png"),
        small_client.query(SELECT, "text/turtle"),
        small_client.query(SELECT, format="turtle"),
        small_client.query(CONSTRUCT, "text/csv"),
        small_client.query(CONSTRUCT, format="pdf"),
        small_client.get("/sparql", "image/png"),
    ):
        assert reply.status == 406
        listed = {entry["media_type"] for entry in reply.json()["formats"]}
        assert "text/html" in listed
        assert all(media_type in reply.json()["detail"] for media_type in listed)


@pytest.mark.parametrize(
    ("method", "address", "body", "headers", "said"),
    [
        ("GET", "/sparql?query=ASK%7B%7D&query=ASK%7B%7D", None, {}, "2 times"),
        ("GET", "/sparql?default-graph-uri=urn:x:y", None, {}, "no query"),
        ("GET", "/sparql?update=CLEAR+ALL", None, {}, "POST"),
        ("GET", "/sparql?query=%FF", None, {}, "not UTF-8"),
        ("GET", "/sparql?query=ASK%7B%7D&default-graph-uri=here", None, {}, "absolute IRI"),
        ("GET", "/sparql?query=ASK%7B%7D&named-graph-uri=urn:a%20b", None, {}, "absolute IRI"),
        ("GET", "/sparql?query=ASK%7B%7D&timeout=soon", None, {}, "timeout"),
        ("GET", "/sparql?query=ASK%7B%7D&timeout=0", None, {}, "timeout"),
        ("GET", "/sparql?query=ASK%7B%7D&timeout=nan", None, {}, "timeout"),
        ("GET", "/sparql?query=ASK%7B%7D&format=json&format=xml", None, {}, "2 times"),
        ("POST", "/sparql", "", FORM, "one query"),
        ("POST", "/sparql", "query=ASK%7B%7D&update=CLEAR+ALL", FORM, "one query"),
        ("POST", "/sparql?query=ASK%7B%7D", "ASK{}", QUERY, "2 times"),
        ("POST", "/sparql", b"ASK { \xff }", QUERY, "not UTF-8 at byte 6"),
        ("QUERY", "/sparql", "update=CLEAR+ALL", FORM, "POST"),
    ],
)
def test_bad_requests(
    small_client: Client,
    method: str,
    address: str,
    body: str | bytes | None,
    headers: dict[str, str],
    said: str,
) -> None:
    reply = small_client(method, address, body, headers)
    assert reply.status == 400
    assert said in reply.json()["detail"]


@pytest.mark.parametrize(
    "content_type",
    [
        "",
        "text/plain",
        "application/json",
        "application/sparql-query; charset=utf-16",
        "application/x-www-form-urlencoded; charset=iso-8859-1",
        "multipart/form-data; boundary=x",
    ],
)
def test_unsupported_media_types(small_client: Client, content_type: str) -> None:
    reply = small_client("POST", "/sparql", "ASK {}", {"content-type": content_type})
    assert reply.status == 415
    assert reply.headers["accept-post"]


def test_timeout_may_ask_for_less_only(small_client: Client) -> None:
    assert small_client.query("ASK {}", timeout="5").status == 200
    assert small_client.query("ASK { }", timeout="86400").status == 200


def test_unknown_parameters_are_passed_over(small_client: Client) -> None:
    # SPARQLWrapper, for one, sends the format under three names.
    assert small_client.query(SELECT, output="json", results="json", debug="on").status == 200


def test_browsers_are_led_to_the_query_page(small_client: Client) -> None:
    reply = small_client.get("/sparql", "text/html,*/*;q=0.8")
    assert (reply.status, reply.headers["location"]) == (303, "/query")
    page = small_client.get("/query", "text/html")
    assert '<form id="ask" class="ask" action="/sparql" method="get">' in page.text


def test_browsers_get_a_page_that_needs_no_script(small_client: Client) -> None:
    reply = small_client.query(SELECT, "text/html,*/*;q=0.8")
    assert (reply.status, reply.media_type) == (200, "text/html")
    assert '<form action="/sparql"' in reply.text and 'href="/query?query=' in reply.text
    assert "<script" not in reply.text
    assert "style-src 'self'" in reply.headers["content-security-policy"]


def test_programs_get_a_description(small_client: Client) -> None:
    for reply in (small_client.get("/sparql"), small_client.get("/sparql?format=ntriples")):
        assert reply.status == 200
        assert "sparql-service-description#" in reply.text
    triples = {q.triple for q in ox.parse(reply.body, format=ox.RdfFormat.N_TRIPLES)}
    sh = "http://www.w3.org/ns/shacl#"
    prefixes = {t.object.value for t in triples if t.predicate.value == f"{sh}prefix"}
    assert {"ipr", "claim", "schema", "prov", "skos"} <= prefixes
    limits = {t.object.value for t in triples if t.predicate.value == "https://schema.org/name"}
    assert {"timeout", "memory_mb", "result_bytes", "request_bytes", "workers"} <= limits
