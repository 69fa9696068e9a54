"""The reconciliation service answers OpenRefine and others as version 0.2 of the API says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import pandas as pd
import pyoxigraph as ox
import pytest
from reconciler import reconcile

from iprgraph.errors import UsageError
from iprgraph.namespaces import ID
from iprgraph.reconciliation.property_values import PropertyValue, likeness
from iprgraph.reconciliation.queries import Entity, PropertyCondition, parse_batch, parse_json
from iprgraph.search.build import content
from support import reconciling as rules
from support.browsing import Document
from support.client import Client, Reply
from support.serving import serving, small_release

ROOT = "/reconcile"
FORM = {"content-type": "application/x-www-form-urlencoded"}
JSON = {"content-type": "application/json"}


def ask(site: Client, queries: dict[str, Any], **headers: str) -> dict[str, list[Any]]:
    """Send a batch, and hold the answer to the rules."""
    body = urlencode({"queries": json.dumps(queries)})
    reply = site("POST", ROOT, body, FORM | headers)
    assert (reply.status, reply.media_type) == (200, "application/json"), reply.text
    found = {key: one["result"] for key, one in reply.json().items()}
    assert list(found) == list(queries)
    for candidates in found.values():
        rules.candidates(candidates)
    return found


def ids(candidates: list[Any]) -> list[str]:
    return [one["id"] for one in candidates]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_manifest_is_as_the_api_says(release_client: Client, language: str) -> None:
    reply = release_client.get(ROOT, accept_language=language)
    assert reply.headers["content-language"] == language
    assert reply.headers["access-control-allow-origin"] == "*"
    rules.manifest(reply.json())
    assert reply.json()["name"] == {"en": "IPR Graph", "zh": "知识产权图谱"}[language]
    assert reply.json()["versions"] == ["0.2"]
    assert reply.json()["identifierSpace"] == ID.iri


def test_the_draft_version_is_gone(release_client: Client) -> None:
    for reply in (
        release_client.get(f"{ROOT}/draft"),
        release_client.get(f"{ROOT}/draft/suggest/entity?prefix=wipo"),
        release_client("POST", f"{ROOT}/draft/match", '{"queries": []}', JSON),
        release_client("POST", f"{ROOT}/draft/extend", "{}", JSON),
    ):
        assert (reply.status, reply.media_type) == (410, "application/problem+json")
        assert reply.json()["detail"].endswith("Version 0.2 is at /reconcile.")
    chinese = release_client.get(f"{ROOT}/draft", accept_language="zh").json()["detail"]
    assert chinese == "草案版本已停用。0.2 版位于 /reconcile。"


def test_a_table_is_matched_as_openrefine_does_it(release_client: Client) -> None:
    """Go the way of its dialogue: manifest, types of a sample, suggestions, the batch, columns."""
    manifest = release_client.get(ROOT).json()
    sample = ask(release_client, {f"q{i}": {"query": name, "limit": 3} for i, name in enumerate(
        ["WIPO", "国务院", "Global Times"])})  # fmt: skip
    types = {t["id"] for found in sample.values() for t in found[0]["type"]}
    assert "ipr:Organization" in types
    told = manifest["suggest"]["property"]
    path = urlsplit(told["service_url"]).path + told["service_path"]
    suggested = release_client.get(f"{path}?prefix=same").json()["result"]
    assert "skos:exactMatch" in ids(suggested)
    rows = {"q0": ("WIPO", "Q177773"), "q1": ("State Counci1", "02fzqav45"), "q2": ("Nobody", "x")}
    found = ask(release_client, {
        key: {"query": name, "type": "ipr:Organization", "type_strict": "should", "limit": 5,
              "properties": [{"pid": "skos:exactMatch", "v": code}]}
        for key, (name, code) in rows.items()
    })  # fmt: skip
    assert [found[k][0]["id"] for k in ("q0", "q1")] == [
        "organization/wipo", "organization/state-council"
    ]  # fmt: skip
    assert found["q0"][0]["match"] is True and found["q1"][0]["match"] is False
    features = {f["id"]: f["value"] for f in found["q1"][0]["features"]}
    assert features["property:skos:exactMatch"] == 100 and features["type"] is True
    assert features["exact"] is False and 50 < features["name"] < 100
    propose = manifest["extend"]["propose_properties"]
    path = urlsplit(propose["service_url"]).path + propose["service_path"]
    proposed = release_client.get(f"{path}?type=ipr:Organization&limit=8").json()
    columns = ids(proposed["properties"])
    assert len(columns) == proposed["limit"] == 8 and proposed["type"] == "ipr:Organization"
    extension = {"ids": ["organization/wipo", "organization/state-council"],
                 "properties": [{"id": column} for column in columns]}  # fmt: skip
    reply = release_client("POST", ROOT, urlencode({"extend": json.dumps(extension)}), FORM)
    rules.extension(reply.json(), extension["ids"], columns)  # type: ignore[arg-type]
    preview = manifest["preview"]["url"].replace("{{id}}", quote("organization/wipo", safe=""))
    page = release_client.get(preview.removeprefix(release_client.base))
    assert page.status == 200 and "frame-ancestors *" in page.headers["content-security-policy"]
    view = manifest["view"]["url"].replace("{{id}}", "organization/wipo")
    seen = release_client.get(view.removeprefix(release_client.base))
    assert (seen.status, seen.headers["location"]) == (303, "/page/organization/wipo")


# The client calls pandas in a way that newer versions advise against.
@pytest.mark.filterwarnings("ignore:The inplace keyword")
def test_a_client_of_python_matches_a_column(release_client: Client) -> None:
    column = pd.Series(["WIPO", "National Bureau of Statistics of China", "汪文斌"])
    found = reconcile(
        column, type_id="", top_res=1, reconciliation_endpoint=release_client.base + ROOT
    ).set_index("input_value")
    assert found.loc["WIPO", "id"] == "organization/wipo" and found.loc["WIPO", "match"]
    assert found.loc["汪文斌", "id"] == "person/wang-wenbin"
    assert found.loc["National Bureau of Statistics of China", "id"] == "organization/nbs"


def test_types_restrict_or_only_count(release_client: Client) -> None:
    found = ask(release_client, {
        "any": {"query": "Beijing", "type": ["ipr:Treaty", "ipr:Person"]},
        "all": {"query": "Beijing", "type": ["ipr:Treaty", "ipr:Person"], "type_strict": "all"},
        "both": {"query": "Beijing", "type": ["ipr:Treaty", "ipr:LegalInstrument"],
                 "type_strict": "all"},
        "should": {"query": "Beijing", "type": "ipr:Treaty", "type_strict": "should"},
        "kind": {"query": "Beijing", "type": "place", "limit": 1},
        "iri": {"query": "Beijing", "type": {"id": "https://w3id.org/iprgraph/ontology#Place"}},
        "none": {"query": "Beijing", "type": ""},
    })  # fmt: skip
    assert {i.split("/")[0] for i in ids(found["any"])} == {"treaty"}
    assert found["all"] == [] and "treaty/beijing-treaty" in ids(found["both"])
    assert {"place/beijing", "treaty/beijing-treaty"} <= set(ids(found["should"]))
    assert ids(found["kind"]) == ["place/beijing"] and "place/beijing" in ids(found["iri"])
    assert found["none"][0]["id"] == "place/beijing"


def test_what_is_known_besides_the_name_counts(release_client: Client) -> None:
    found = ask(release_client, {
        "iri": {"query": "Madrid", "properties": [
            {"pid": "ipr:partOf", "v": {"id": "organization/wipo"}}, {"pid": "skos:altLabel", "v": "Madrid Protocol"}]},
        "alone": {"properties": [{"pid": "skos:exactMatch", "v": {"id": "http://www.wikidata.org/entity/Q177773"}}]},
        "literal": {"properties": [{"pid": "dcterms:identifier", "v": "wipo-st3:WO"}]},
        "bad": {"properties": [{"pid": "not an iri", "v": "x"}, {"pid": "skos:altLabel", "v": {"id": "<>"}}]},
        "id": {"query": "organization/wipo"},
        "whole": {"query": f"{ID.iri}organization/wipo"},
    })  # fmt: skip
    assert found["iri"][0]["id"] == "treaty/madrid-protocol"
    for key in ("alone", "literal", "id", "whole"):
        assert found[key][0]["id"] == "organization/wipo" and found[key][0]["match"], key
    assert found["bad"] == []


def test_answers_speak_english_and_chinese(release_client: Client) -> None:
    names = {
        accepted: ask(release_client, {"q": {"query": "WIPO"}}, **{"accept-language": accepted})
        for accepted in ("en", "zh-CN,en;q=0.5", "fr")
    }
    chinese = names["zh-CN,en;q=0.5"]["q"][0]
    assert names["en"]["q"][0]["name"] == "World Intellectual Property Organization"
    assert chinese["name"] == "世界知识产权组织"
    assert chinese["type"] == [{"id": "ipr:Organization", "name": "组织"}]
    assert names["fr"]["q"][0]["name"] == names["en"]["q"][0]["name"]


def test_suggestions_complete_what_is_typed(release_client: Client) -> None:
    def suggest(kind: str, prefix: str, **more: int) -> list[Any]:
        query = urlencode({"prefix": prefix, **more})
        found: list[Any] = release_client.get(f"{ROOT}/suggest/{kind}?{query}").json()["result"]
        for one in found:
            rules.term(one)
        return found

    assert suggest("entity", "world intel")[0]["id"] == "organization/wipo"
    assert ids(suggest("entity", "organization/wipo")) == ["organization/wipo"]
    first = suggest("entity", "treaty", limit=3)
    assert suggest("entity", "treaty", limit=2, offset=1) == first[1:]
    assert suggest("entity", "treaty", limit=2, cursor=1) == first[1:]
    assert suggest("entity", "") == []
    assert suggest("type", "Treat")[0]["id"] == "ipr:Treaty"
    assert suggest("type", "条约", limit=50) == []
    assert "ipr:Organization" in ids(suggest("type", "", limit=100))
    assert suggest("property", "skos:prefLabel")[0]["id"] == "skos:prefLabel"
    chinese = release_client.get(f"{ROOT}/suggest/type?prefix={quote('条约')}&lang=zh").json()[
        "result"
    ]
    assert "ipr:Treaty" in ids(chinese)


def test_flyouts_and_previews_tell_of_a_thing(release_client: Client) -> None:
    for kind, key in (("entity", "organization/wipo"), ("type", "ipr:Treaty"),
                      ("property", "skos:altLabel")):  # fmt: skip
        told = release_client.get(f"{ROOT}/flyout/{kind}?id={quote(key)}").json()
        assert told["id"] == key and told["html"].startswith("<p><strong>")
        assert release_client.get(f"{ROOT}/flyout/{kind}?id=nothing").status == 404
    page = Document(
        release_client.get(f"{ROOT}/preview?id=organization%2Fwipo", accept_language="zh")
    )
    assert "世界知识产权组织" in page.text and "World Intellectual" in page.text
    assert page.all("a")[0]["href"] == "/page/organization/wipo"
    assert release_client.get(f"{ROOT}/preview?id=organization/nobody").status == 404


def test_values_are_given_as_their_kinds(release_client: Client) -> None:
    columns = ["skos:altLabel", "schema:foundingDate", "skos:exactMatch", "org:subOrganizationOf",
               "ipr:value", "rdf:type", "nothing:here"]  # fmt: skip
    wanted = ["organization/wipo", "observation/gt1238517-rd-expenditure", "nobody/here"]
    properties: list[dict[str, Any]] = [{"id": c} for c in columns]
    document = extend(release_client, {"ids": wanted, "properties": properties})
    rules.extension(document, wanted, columns)
    wipo = document["rows"]["organization/wipo"]
    assert {value["str"] for value in wipo["skos:altLabel"]} >= {"WIPO"}
    assert wipo["schema:foundingDate"] == [{"date": "1970-04-26T00:00:00Z"}]
    assert wipo["org:subOrganizationOf"] == [
        {"id": "organization/united-nations", "name": "United Nations"}
    ]
    assert all(v == [] for v in document["rows"]["nobody/here"].values())
    properties = [
        {"id": "skos:prefLabel", "settings": {"language": "zh"}},
        {"id": "skos:exactMatch", "settings": {"limit": "1"}},
        {"id": "skos:altLabel", "settings": {"count": "on"}},
    ]
    document = extend(release_client, {"ids": wanted[:1], "properties": properties})
    wipo = document["rows"]["organization/wipo"]
    assert [v["str"] for v in wipo["skos:prefLabel"]] == ["世界知识产权组织"]
    assert len(wipo["skos:exactMatch"]) == 1
    assert wipo["skos:altLabel"] == [{"int": 2}]


def extend(site: Client, query: dict[str, Any]) -> dict[str, Any]:
    reply = site("POST", ROOT, urlencode({"extend": json.dumps(query)}), FORM)
    assert reply.status == 200, reply.text
    found: dict[str, Any] = reply.json()
    return found


def test_a_batch_may_come_by_get(release_client: Client) -> None:
    queries = {"q0": {"query": "WIPO"}}
    reply = release_client.get(f"{ROOT}?{urlencode({'queries': json.dumps(queries)})}")
    assert {key: one["result"] for key, one in reply.json().items()} == ask(release_client, queries)
    assert release_client("HEAD", ROOT).status == 200
    allowed = release_client("OPTIONS", ROOT, headers={"origin": "https://x.example"})
    assert allowed.status == 204 and "POST" in allowed.headers["access-control-allow-methods"]
    assert "Content-Type" in allowed.headers["access-control-allow-headers"]


def test_a_thousand_names_are_one_batch(release_client: Client) -> None:
    found = ask(
        release_client, {f"q{i}": {"query": f"patent treaty {i}", "limit": 2} for i in range(1_000)}
    )
    assert len(found) == 1_000 and all(len(one) <= 2 for one in found.values())
    more = {f"q{i}": {"query": "x"} for i in range(1_001)}
    reply = release_client("POST", ROOT, urlencode({"queries": json.dumps(more)}), FORM)
    assert (reply.status, reply.json()["limit"]) == (413, 1_000)


@pytest.mark.parametrize(
    ("queries", "said"),
    [
        ("{", "queries is not JSON"),
        ("[" * 100_000, "queries is not JSON"),
        ("[]", "queries is not an object"),
        ('{"a": 1}', "queries.a is not an object"),
        ('{"a": {}}', "queries.a has neither query nor properties"),
        ('{"a": {"query": 7}}', "queries.a.query is not a string"),
        ('{"a": {"query": "x", "limit": 0}}', "queries.a.limit is 0"),
        ('{"a": {"query": "x", "limit": "5"}}', "queries.a.limit is '5'"),
        (
            '{"a": {"query": "x", "type": "ipr:Nothing"}}',
            "there is no thing of the type 'ipr:Nothing'",
        ),
        ('{"a": {"query": "x", "type_strict": "most"}}', "give one of any, all, should"),
        ('{"a": {"query": "x", "properties": [{"pid": "p"}]}}', "properties[0].v is no value"),
        ('{"a": {"query": "x", "properties": {}}}', "properties is not an array"),
    ],
)
def test_a_wrong_batch_is_refused_with_its_place(
    release_client: Client, queries: str, said: str
) -> None:
    reply = release_client("POST", ROOT, urlencode({"queries": queries}), FORM)
    assert (reply.status, reply.media_type) == (400, "application/problem+json")
    assert said in reply.json()["detail"]


def test_other_addresses_and_bodies_are_refused(release_client: Client) -> None:
    def status(reply: Reply) -> int:
        assert reply.media_type == "application/problem+json"
        return reply.status

    assert status(release_client.get(f"{ROOT}/nothing")) == 404
    assert status(release_client.get(f"{ROOT}/suggest/nothing?prefix=a")) == 404
    assert status(release_client("POST", f"{ROOT}/suggest/entity", "a=b", FORM)) == 404
    assert status(release_client("POST", ROOT, "{}", JSON)) == 415
    assert status(release_client("POST", ROOT, "other=1", FORM)) == 400
    assert status(release_client("PUT", ROOT, "x", FORM)) == 405
    assert status(release_client.get(f"{ROOT}/preview")) == 400
    assert status(release_client.get(f"{ROOT}/suggest/entity?prefix=a&limit=x")) == 400
    assert status(release_client.get(f"{ROOT}/extend/propose?type=ipr:Nothing")) == 400
    many = {"ids": ["a"] * 1_001, "properties": []}
    assert (
        status(release_client("POST", ROOT, urlencode({"extend": json.dumps(many)}), FORM)) == 400
    )
    wrong = {"ids": [], "properties": [{"id": "a", "settings": {"limit": -1}}]}
    assert (
        status(release_client("POST", ROOT, urlencode({"extend": json.dumps(wrong)}), FORM)) == 400
    )


def test_names_from_the_graph_stay_text(tmp_path: Path) -> None:
    evil = "<script>alert(1)</script>"
    quads = [
        ox.Quad(ID["person/mallory"], ox.NamedNode(p), o, ox.NamedNode("urn:g"))
        for p, o in (
            ("http://www.w3.org/2004/02/skos/core#prefLabel", ox.Literal(evil, language="en")),
            ("http://www.w3.org/1999/02/22-rdf-syntax-ns#type", ox.NamedNode("urn:t")),
        )
    ]
    lines = ox.serialize(quads, format=ox.RdfFormat.N_QUADS)
    assert lines is not None
    folder = small_release(tmp_path / "release", lines.decode())
    (folder / "search.db").write_bytes(content(quads))
    with serving(folder, tmp_path / "run", token="") as running:
        site = running.client()
        assert Document(site.get(f"{ROOT}/preview?id=person/mallory")).all("script") == []
        told = site.get(f"{ROOT}/flyout/entity?id=person/mallory").json()["html"]
        assert "<script" not in told and "&lt;script&gt;" in told
        assert ask(site, {"q": {"query": evil}})["q"][0]["name"] == evil
        site.close()


def test_a_server_without_an_index_says_so(small_client: Client) -> None:
    reply = small_client.get(ROOT)
    assert reply.status == 404 and "no search index" in reply.json()["detail"]


@pytest.mark.parametrize(
    ("term", "given", "expected"),
    [
        (ox.Literal("Geneva", language="en"), "geneva", 1.0),
        (ox.Literal("Geneva", language="en"), "Beijing", 0.0),
        (ox.Literal("1970-04-26", datatype=ox.NamedNode("http://www.w3.org/2001/XMLSchema#date")), "1970", 1.0),
        (ox.Literal("1970-04-26", datatype=ox.NamedNode("http://www.w3.org/2001/XMLSchema#date")), "1971", 0.0),
        (ox.Literal(68720), "68,720", 1.0),
        (ox.Literal(68720), "many", 0.0),
        (ox.Literal(100), "99", 0.8),
        (ox.NamedNode("http://www.wikidata.org/entity/Q1"), "Q1", 1.0),
        (ox.NamedNode("http://www.wikidata.org/entity/Q1"), "Q2", 0.0),
        (ox.NamedNode(f"{ID.iri}a/b"), Entity(f"{ID.iri}a/b"), 1.0),
        (ox.NamedNode(f"{ID.iri}a/b"), Entity(f"{ID.iri}a/c"), 0.0),
    ],
)  # fmt: skip
def test_values_are_alike_or_not(term: Any, given: Any, expected: float) -> None:
    assert likeness(PropertyValue(term), given) == pytest.approx(expected)


def test_a_batch_is_parsed() -> None:
    [query] = parse_batch(parse_json('{"q": {"query": "A", "type": ["ipr:Law"], "limit": 2, "properties": '
                        '[{"pid": "ipr:area", "v": [{"id": "country/china"}, 3, true]}]}}', "q")).values()  # fmt: skip
    area = "https://w3id.org/iprgraph/ontology#area"
    given = (Entity(f"{ID.iri}country/china"), "3", "true")
    assert (query.text, query.types, query.limit) == ("A", ("ipr:Law",), 2)
    assert query.conditions == (PropertyCondition(area, given),)
    with pytest.raises(UsageError, match="q is not JSON"):
        parse_json(b"\xff", "q")
