"""`/validate`: what the shapes say of a document, which is not stored."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pyoxigraph as ox
import pytest

from iprgraph.namespaces import SH
from iprgraph.release.release import Release
from iprgraph.shacl.validator import validate
from iprgraph_server.endpoints.validate import REPORTS
from support.client import Client, Reply
from support.paths import DOCS
from support.serving import serving, small_release

ENDPOINT = (DOCS / "endpoint.md").read_text("utf-8")
SECTION = ENDPOINT.partition("\n## Validating\n")[2].partition("\n## ")[0]

WIPO = "<https://w3id.org/iprgraph/id/organization/wipo>"
IPR = "https://w3id.org/iprgraph/ontology#"
DATA = '<https://example.org/a> <https://example.org/p> 1 , "x" .'
SHAPES = """
@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix ex: <https://example.org/> .
ex:S a sh:NodeShape ; sh:targetSubjectsOf ex:p ; sh:property [
  sh:path ex:p ; sh:maxCount 1 ; sh:message "One value <only>."@en , "只能有一个值。"@zh ] .
"""
#: What is there in SPARQL for shapes that would have something fetched, and in SHACL to ask it.
REACH = ("FROM <file:///etc/hostname>", "SERVICE <http://127.0.0.1:9/>")
RULE = """
@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix ex: <https://example.org/> .
ex:S a sh:NodeShape ; sh:targetSubjectsOf ex:p ;
  sh:rule [ a sh:SPARQLRule ; sh:construct "CONSTRUCT { $this ex:q ?o } WHERE { %s { ?s ?p ?o } }" ;
            sh:prefixes [ sh:declare [ sh:prefix "ex" ; sh:namespace "https://example.org/" ] ] ] .
"""
CONSTRAINT = """
@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix ex: <https://example.org/> .
ex:S a sh:NodeShape ; sh:targetSubjectsOf ex:p ; sh:sparql [ sh:select "%s" ] .
"""


@pytest.fixture(scope="module")
def writable_release_client(
    release: Release, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Client]:
    """Serve the bundled release with a token, and little room for bodies."""
    folder = tmp_path_factory.mktemp("validating")
    with (
        serving(release.dir, folder, "--request-bytes", "20000") as running,
        closing(running.client()) as client,
    ):
        yield client


@pytest.fixture(params=["writable_release_client", "release_client"])
def validating_client(request: pytest.FixtureRequest) -> Client:
    """Ask a server that takes writes, and one that does not."""
    found: Client = request.getfixturevalue(request.param)
    return found


def post(
    client: Client, body: str, media_type: str = "text/turtle", query: str = "", accept: str = ""
) -> Reply:
    headers = {"content-type": media_type, "accept": accept or "application/json"}
    return client("POST", f"/validate{query}", body, headers)


def form(client: Client, *parts: tuple[str, str], query: str = "", accept: str = "") -> Reply:
    """Send parts, each as its headers after `form-data; ` and its content."""
    told = "".join(
        f"--b\r\nContent-Disposition: form-data; {head}\r\n\r\n{content}\r\n"
        for head, content in parts
    )
    return post(client, f"{told}--b--\r\n", "multipart/form-data; boundary=b", query, accept)


def with_shapes(client: Client, shapes: str, query: str = "", accept: str = "") -> Reply:
    parts = ('name="data"; filename="a.ttl"', DATA), ('name="shapes"; filename="s.ttl"', shapes)
    return form(client, *parts, query=query, accept=accept)


def found(reply: Reply) -> set[tuple[str, str]]:
    assert reply.status == 200, reply.text
    return {(one["focus"], one["shape"]) for one in reply.json()["results"]}


def test_the_documented_example_is_the_real_one(validating_client: Client) -> None:
    (document,) = re.findall(r"```trig\n(.*?)```", SECTION, re.DOTALL)
    (answer,) = re.findall(r"```text\n(.*?)```", SECTION, re.DOTALL)
    reply = post(validating_client, document, "application/trig", accept="text/plain")
    assert (reply.status, reply.text) == (200, answer)
    chinese = post(validating_client, document, "application/trig", "?lang=zh", "text/plain").text
    assert "违反：1。" in chinese and "请为其添加中文首选标签" in chinese
    # Nothing is stored, and the next answer is the same.
    asked = "ASK { organization:test-office ?p ?o }"
    assert validating_client.query(asked, "text/csv").text.strip() == "false"
    assert post(validating_client, document, "application/trig", accept="text/plain").text == answer


def test_the_graph_knows_what_the_document_names(writable_release_client: Client) -> None:
    claim = f"""
    @prefix ipr: <{IPR}> . @prefix id: <https://w3id.org/iprgraph/id/> .
    @prefix skos: <http://www.w3.org/2004/02/skos/core#> .
    <https://w3id.org/iprgraph/id/claim/test> a ipr:Claim ;
      skos:prefLabel "A test"@en , "测试"@zh ; ipr:source <https://w3id.org/iprgraph/id/source/curation> ;
      ipr:attributedTo <https://w3id.org/iprgraph/id/organization/ipr-graph-curators> ;
      ipr:modality <https://w3id.org/iprgraph/id/modality/fact> ;
      ipr:status <https://w3id.org/iprgraph/id/status/accepted> ;
      ipr:basis <https://w3id.org/iprgraph/id/basis/stated> ; ipr:confidence 0.9 ;
      ipr:about {WIPO} ; ipr:evidence <https://w3id.org/iprgraph/id/passage/test> .
    <https://w3id.org/iprgraph/id/passage/test> a ipr:Passage ;
      <http://www.w3.org/ns/oa#hasSource> <https://w3id.org/iprgraph/id/source/curation> ;
      <http://purl.org/dc/terms/description> "All of it"@en .
    """
    assert post(writable_release_client, claim).json()["conforms"] is True
    alone = found(post(writable_release_client, claim, query="?with-graph=0"))
    assert alone >= {("claim:test", "shape:claim-source"), ("passage:test", "shape:passage-source")}
    too_sure = post(writable_release_client, claim.replace("0.9", "1.9"))
    assert found(too_sure) == {("claim:test", "shape:claim-confidence")}
    (result,) = too_sure.json()["results"]
    assert set(result) == {
        "severity", "focus", "path", "value", "messages", "shape", "component",
    }  # fmt: skip
    assert set(result["messages"]) == {"en", "zh"}


def test_the_report_on_a_document_alone_is_that_of_the_library(
    writable_release_client: Client, release: Release
) -> None:
    shapes = [q for q in release.quads() if str(q.graph_name).endswith("/graph/shapes>")]
    document = f'{WIPO} a <{IPR}Organization> ; <{IPR}founded> "1967"^^<http://www.w3.org/2001/XMLSchema#gYear> .'
    expected = validate(ox.parse(document, ox.RdfFormat.TURTLE), shapes)
    reply = post(
        writable_release_client, document, query="?with-graph=0", accept="application/n-triples"
    )
    told = {q.triple for q in ox.parse(reply.body, ox.RdfFormat.N_TRIPLES)}
    assert len(told) > 10 and told == {quad.triple for quad in expected.graph}


@pytest.mark.parametrize("form_", REPORTS, ids=lambda form: form.name)
def test_a_report_in_every_form(writable_release_client: Client, form_: object) -> None:
    name, media_type = form_.name, form_.media_type  # type: ignore[attr-defined]
    reply = with_shapes(writable_release_client, SHAPES, accept=media_type)
    assert (reply.status, reply.media_type) == (200, media_type)
    assert reply.headers["access-control-allow-origin"] == "*"
    assert reply.headers["cache-control"] == "no-store"
    if name == "json":
        assert reply.json()["violations"] == 1 and reply.json()["left"] == []
    elif name == "html":
        assert "One value &lt;only&gt;." in reply.text and "<only>" not in reply.text
        assert (
            "只能有一个值。"
            in with_shapes(writable_release_client, SHAPES, "?format=html&lang=zh").text
        )
    elif name == "text":
        assert "One value <only>." in reply.text
    else:
        quads = list(ox.parse(reply.body, ox.RdfFormat.from_media_type(media_type)))
        assert sum(quad.predicate == SH.result for quad in quads) == 1
        assert with_shapes(writable_release_client, SHAPES, f"?format={name}").body == reply.body


def test_documents_come_in_every_syntax_and_in_every_way(writable_release_client: Client) -> None:
    quads = list(ox.parse(DATA, ox.RdfFormat.TURTLE))
    shapes = ('name="shapes"\r\nContent-Type: text/turtle; charset=utf-8', SHAPES)
    types = [report.media_type for report in REPORTS if report.name not in {"json", "text", "html"}]
    assert len(types) == 6
    for media_type in types:
        syntax = ox.RdfFormat.from_media_type(media_type)
        body = (ox.serialize(quads, format=syntax) or b"").decode()
        part = (f'name="data"\r\nContent-Type: {media_type}', body)
        assert len(found(form(writable_release_client, part, shapes))) == 1, media_type
        named = (f'name="data"; filename="x.{syntax.file_extension}"', body)  # type: ignore[union-attr]
        assert len(found(form(writable_release_client, named, shapes))) == 1, media_type
        assert post(writable_release_client, body, media_type).json()["conforms"] is True
    # Fields are Turtle; several documents are one, each with its own blank nodes.
    one, two = ('name="data"', "_:x <urn:p> 1 ."), ('name="data"', "_:x <urn:p> 2 .")
    apart = SHAPES.replace("ex:p", "<urn:p>")
    assert found(form(writable_release_client, one, two, ('name="shapes"', apart))) == set()
    sent = json.dumps([{"@id": "urn:a", "urn:p": [1, 2]}])
    fields = f"data={sent}&data-format=jsonld&shapes={apart.replace(';', '%3B')}"
    assert (
        len(found(post(writable_release_client, fields, "application/x-www-form-urlencoded"))) == 1
    )


def test_shapes_that_are_sent_may_have_the_graph_beside(validating_client: Client) -> None:
    shapes = f"""
    @prefix sh: <http://www.w3.org/ns/shacl#> .
    <urn:S> a sh:NodeShape ; sh:targetClass <{IPR}Organization> ; sh:property [
      sh:path <http://www.w3.org/2000/01/rdf-schema#comment> ; sh:maxCount 0 ] .
    """
    parts = (
        ('name="data"', f'{WIPO} <http://www.w3.org/2000/01/rdf-schema#comment> "x" .'),
        ('name="shapes"', shapes),
    )
    assert found(form(validating_client, *parts)) == set()
    assert found(form(validating_client, *parts, query="?with-graph=1")) == {
        ("organization:wipo", "<urn:S>")
    }


def test_what_contradicts_the_ontology_is_refused(writable_release_client: Client) -> None:
    reply = post(writable_release_client, f"{WIPO} a <{IPR}Law> .")
    assert (reply.status, reply.json()["type"].rpartition("/")[2]) == (422, "contradiction")
    assert "organization:wipo" in reply.json()["problems"][0]


@pytest.mark.parametrize(
    "shapes",
    [
        CONSTRAINT % "SELECT $this WHERE { nonsense",
        CONSTRAINT % f"SELECT $this {REACH[0]} WHERE {{ $this ?p ?o }}",
        CONSTRAINT % f"SELECT $this WHERE {{ {REACH[1]} {{ $this ?p ?o }} }}",
        RULE % REACH[1],
        SHAPES.replace("sh:maxCount 1", 'sh:pattern "(["'),
        SHAPES.replace("sh:maxCount 1", 'sh:maxCount "x"'),
    ],
    ids=["sparql", "file", "service", "service-in-a-rule", "pattern", "count"],
)
def test_shapes_that_cannot_be_used_are_refused(validating_client: Client, shapes: str) -> None:
    reply = with_shapes(validating_client, shapes)
    assert reply.status == 422, reply.text
    assert reply.json()["detail"].startswith("Nothing was validated: the shapes ")
    assert "site-packages" not in reply.text and "Errno" not in reply.text


def test_what_cannot_be_read_is_refused_with_its_place(writable_release_client: Client) -> None:
    reply = post(writable_release_client, "<urn:a> <urn:b> 1 .\n<urn:a> nonsense .")
    assert reply.status == 400
    assert (reply.json()["line"], reply.json()["column"]) == (2, 9)
    reply = with_shapes(writable_release_client, "nonsense")
    assert reply.status == 400 and reply.json()["detail"].startswith(
        "The part shapes (s.ttl) cannot"
    )


def test_requests_that_are_not_well_formed_are_refused(writable_release_client: Client) -> None:
    for method in ("GET", "PUT", "DELETE"):
        reply = writable_release_client(method, "/validate")
        assert (reply.status, reply.headers["allow"]) == (405, "POST, OPTIONS")
    preflight = writable_release_client("OPTIONS", "/validate")
    assert (preflight.status, preflight.headers["allow"]) == (204, "POST, OPTIONS")
    assert post(writable_release_client, "x", "text/plain").status == 415
    assert form(writable_release_client, ('name="data"; filename="x.doc"', DATA)).status == 415
    assert post(writable_release_client, "#" * 30_000).status == 413
    assert post(writable_release_client, DATA, query="?format=doc").status == 406
    assert post(writable_release_client, DATA, query="?with-graph=perhaps").status == 400
    assert form(writable_release_client, ('name="other"', DATA)).status == 400
    assert form(writable_release_client, ('name="shapes"', SHAPES)).status == 400
    assert (
        post(writable_release_client, "--b\r\nnot a part", "multipart/form-data; boundary=b").status
        == 400
    )
    assert (
        post(
            writable_release_client, "data=x&data-format=doc", "application/x-www-form-urlencoded"
        ).status
        == 400
    )


def test_a_validation_that_takes_too_long_is_ended(tmp_path: Path) -> None:
    """Send a pattern that is tried for ever; the server then answers others."""
    endless = SHAPES.replace("sh:maxCount 1", 'sh:pattern "^(a+)+$"')
    with (
        serving(small_release(tmp_path / "release"), tmp_path, "--timeout", "2") as running,
        closing(running.client()) as client,
    ):
        data = ('name="data"', f'<urn:a> <https://example.org/p> "{"a" * 40}!" .')
        assert form(client, data, ('name="shapes"', endless)).status == 503
        assert client.query("ASK {}").status == 200
        assert post(client, DATA).status == 422, "without shapes there is nothing to ask"
