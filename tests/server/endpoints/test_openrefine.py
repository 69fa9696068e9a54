"""Each request that OpenRefine's reconciliation client makes, in its very form, is answered as it reads.

The forms are those of OpenRefine 3: batches and columns are posted by its server (Apache
HttpClient), everything else is asked for by jQuery in its pages, from another origin.
"""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote, quote_plus

import pytest

from support import reconciling as rules
from support.client import Client, Reply

ROOT = "/reconcile"
#: What Apache HttpClient says of a form, and jQuery of what it likes to have.
POSTED = {"content-type": "application/x-www-form-urlencoded; charset=UTF-8", "accept": "*/*"}
ASKED = {
    "accept": "application/json, text/javascript, */*; q=0.01",
    "origin": "http://127.0.0.1:3333",
    "referer": "http://127.0.0.1:3333/",
}


def posted(site: Client, name: str, document: Any) -> dict[str, Any]:
    """Post one field of a form, as `HttpClient.postNameValue` does."""
    written = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    reply = site("POST", ROOT, f"{name}={quote_plus(written)}", POSTED)
    assert reply.status == 200, reply.text
    found: dict[str, Any] = reply.json()
    return found


def asked(site: Client, address: str) -> Reply:
    """Ask from a page of another origin; jQuery reads what it is allowed to and what is JSON."""
    reply = site("GET", address.removeprefix(site.base), headers=ASKED)
    assert (reply.status, reply.media_type) == (200, "application/json"), reply.text
    assert reply.headers["access-control-allow-origin"] == "*"
    return reply


@pytest.fixture
def manifest(release_client: Client) -> dict[str, Any]:
    """Register the service: `registerStandardService`."""
    found: dict[str, Any] = asked(release_client, ROOT).json()
    return found


def test_the_manifest_has_what_it_keeps(manifest: dict[str, Any]) -> None:
    assert manifest["name"] and manifest["identifierSpace"] and manifest["schemaSpace"]
    assert isinstance(manifest["batchSize"], int) and 10 < manifest["batchSize"] <= 1_000
    for kind in ("entity", "property", "type"):
        assert manifest["suggest"][kind].keys() >= {"service_url", "service_path"}
    assert all(one["id"] and one["name"] for one in manifest["defaultTypes"])


def test_types_are_guessed_from_a_sample(release_client: Client) -> None:
    sample = {f"q{i}": {"query": name, "limit": 3} for i, name in enumerate(["WIPO", "国务院"])}
    found = posted(release_client, "queries", sample)
    types = [one["type"] for key in sample for one in found[key]["result"]]
    assert all(t["id"] and t["name"] for some in types for t in some)
    assert "ipr:Organization" in {t["id"] for some in types for t in some}


def test_rows_are_matched_whatever_their_cells_hold(
    release_client: Client, manifest: dict[str, Any]
) -> None:
    """A cell is a text, a number, a truth value, or a thing that was matched before."""
    cells = ["Geneva", 12, 2.5, True, {"id": "country/china", "name": "China"}]
    queries = {
        f"q{i}": {
            "query": "W.I.P.O. & Co" if i == 0 else "WIPO",
            "type": "ipr:Organization",
            "type_strict": "should",
            "properties": [{"pid": "skos:exactMatch", "v": cell}],
        }
        for i, cell in enumerate(cells)
    }
    queries |= {
        f"q{i}": {"query": "World Intellectual Property Organization"}
        for i in range(len(cells), manifest["batchSize"])
    }
    found = posted(release_client, "queries", queries)
    assert list(found) == list(queries)
    for told in found.values():
        rules.candidates(told["result"])
    assert found["q1"]["result"][0]["id"] == "organization/wipo"
    last = found[f"q{manifest['batchSize'] - 1}"]["result"][0]
    assert (last["id"], last["match"]) == ("organization/wipo", True)


@pytest.mark.parametrize(
    ("kind", "more", "expected"),
    [
        ("entity", "", "organization/wipo"),
        ("entity", "&type=ipr%3AOrganization", "organization/wipo"),
        ("type", "", "ipr:Organization"),
        ("property", "&type=ipr%3AOrganization", "skos:exactMatch"),
    ],
)
def test_what_is_typed_is_completed_and_told_of(
    release_client: Client, manifest: dict[str, Any], kind: str, more: str, expected: str
) -> None:
    prefix = {"entity": "wipo", "type": "organ", "property": "same"}[kind]
    told = manifest["suggest"][kind]
    reply = asked(
        release_client, f"{told['service_url']}{told['service_path']}?prefix={prefix}{more}"
    )
    found = {one["id"]: one["name"] for one in reply.json()["result"]}
    assert found[expected]
    path = told["flyout_service_path"].replace("${id}", quote(expected, safe=""))
    flyout = asked(release_client, told["flyout_service_url"] + path).json()
    assert flyout["id"] == expected and found[expected] in flyout["html"]


def test_columns_are_proposed_and_filled(release_client: Client, manifest: dict[str, Any]) -> None:
    told = manifest["extend"]["propose_properties"]
    address = f"{told['service_url']}{told['service_path']}?type=ipr:Organization"
    proposed = asked(release_client, address).json()["properties"]
    assert len(proposed) > 3 and all(one["id"] and one["name"] for one in proposed)
    columns = [one["id"] for one in proposed[:2]]
    settings = {s["name"]: s["default"] for s in manifest["extend"]["property_settings"]}
    things = ["organization/wipo", "country/china"]
    extension = {"ids": things, "properties": [{"id": columns[0], "settings": settings},
                                               {"id": columns[1]}]}  # fmt: skip
    found = posted(release_client, "extend", extension)
    rules.extension(found, things, columns)


def test_a_match_is_shown_where_its_manifest_says(
    release_client: Client, manifest: dict[str, Any]
) -> None:
    """The id is put into the addresses as it is: `encodeURI` leaves its slash alone."""
    preview = manifest["preview"]["url"].replace("{{id}}", "organization/wipo")
    frame = release_client.get(preview.removeprefix(release_client.base), "text/html")
    assert (frame.status, frame.media_type) == (200, "text/html")
    assert "frame-ancestors *" in frame.headers["content-security-policy"]
    assert "x-frame-options" not in frame.headers
    view = manifest["view"]["url"].replace("{{id}}", "organization/wipo")
    seen = release_client.get(view.removeprefix(release_client.base), "text/html")
    assert (seen.status, seen.headers["location"]) == (303, "/page/organization/wipo")


def test_another_form_of_batch_is_refused(release_client: Client) -> None:
    """What OpenRefine never sends: it shows the reason phrase, and the row as an error."""
    reply = release_client(
        "POST", ROOT, '{"q0": {"query": "WIPO"}}', {"content-type": "application/json"}
    )
    assert reply.status == 415
    reply = release_client("POST", ROOT, "queries=%5B%5D", POSTED)
    assert reply.status == 400 and "not an object" in reply.json()["detail"]
