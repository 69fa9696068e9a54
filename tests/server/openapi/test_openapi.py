"""`/openapi.json` is valid, leaves no address out, and is true: schemathesis asks a real server."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import closing
from typing import Any
from urllib.parse import quote, urlencode

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.openapi import from_url
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from iprgraph.release.release import Release
from iprgraph_server.http.formats import DOCUMENTS
from iprgraph_server.openapi.described import operation_of
from iprgraph_server.openapi.protocol_operations import PROTOCOL_OPERATIONS
from iprgraph_server.openapi.request_bodies import POSTED
from iprgraph_server.workers.jobs import Done, Job
from support.client import Client
from support.counting import app_of
from support.serving import Running, serving

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
schemathesis.serializer.alias([form.media_type for form in DOCUMENTS], "text/plain")

#: What schemathesis makes up for each address, beside the examples and the edges of each schema.
EXAMPLES = 4


@pytest.fixture(scope="module")
def copy_server(release: Release, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Serve a folder of releases, a copy, for citations are kept beside them."""
    folder = tmp_path_factory.mktemp("openapi")
    releases = shutil.copytree(release.dir.parent, folder / "releases", symlinks=True)
    with serving(releases, folder, token="") as running:
        yield running


@pytest.fixture(scope="module")
def description(copy_server: Running) -> dict[str, Any]:
    """Read the description."""
    with closing(copy_server.client()) as client:
        reply = client.get("/openapi.json")
    assert reply.media_type == "application/json"
    found: dict[str, Any] = reply.json()
    return found


@pytest.fixture(scope="module")
def api(copy_server: Running) -> schemathesis.BaseSchema:
    """Load the description as schemathesis has it."""
    return from_url(f"http://127.0.0.1:{copy_server.port}/openapi.json")


def test_it_is_valid_and_says_what_each_address_does(
    api: schemathesis.BaseSchema, description: dict[str, Any]
) -> None:
    api.validate()
    assert description["openapi"].startswith("3.1")
    operations = [
        operation for path in description["paths"].values() for operation in path.values()
    ]
    assert len(operations) >= 61
    posted = {path for path, operations in description["paths"].items() if "post" in operations}
    assert posted == set(POSTED)
    names = [operation["operationId"] for operation in operations]
    assert len(set(names)) == len(names)
    assert all(len(operation["summary"]) > 10 for operation in operations)


def test_it_has_every_address(description: dict[str, Any]) -> None:
    parts = ("things", "lists", "dataset", "vocabulary", "linksets", "releases", "search",
             "reconciliation", "operation", "pages")  # fmt: skip
    tags = {tag for path in _got(description).values() for tag in path["tags"]}
    assert set(parts) <= tags
    assert set(PROTOCOL_OPERATIONS) <= set(description["paths"])
    for wanted in ("/id/{kind}/{slug}", "/data/{kind}/{slug}.{suffix}", "/page/{kind}/",
                   "/downloads/{name}", "/releases/{old}/diff/{new}", "/search", "/why", "/health",
                   "/metrics", "/settings", "/reconcile"):  # fmt: skip
        assert wanted in description["paths"]


def test_every_view_is_described(release: Release) -> None:
    """But for what pages fetch for themselves, what only refuses, and the protocols, described apart."""
    app = app_of(release, Unasked())
    undescribed = {name for name, view in app.view_functions.items() if not operation_of(view)}
    assert undescribed == {"static", "protocol", "query.claims", "releases.nothing"}


class Unasked:
    """A graph that no test asks."""

    writes = 0

    async def run(self, job: Job) -> Done:
        raise AssertionError(job)

    def status(self) -> dict[str, Any]:
        raise AssertionError


def test_every_example_leads_somewhere(copy_server: Running, description: dict[str, Any]) -> None:
    with closing(copy_server.client()) as client:
        found = {path: _ask(client, path, told) for path, told in _got(description).items()}
        for path, operation in (
            (p, o["post"]) for p, o in description["paths"].items() if "post" in o
        ):
            for form, body in operation["requestBody"]["content"].items():
                if "example" in body and form != "multipart/form-data":
                    headers = {"content-type": form, "accept": "application/json"}
                    sent = _sent(form, body["example"])
                    found[f"{path} {form}"] = client("POST", path, sent, headers).status
    assert len(found) >= 62
    assert {path: status for path, status in found.items() if status not in {200, 303, 307}} == {}


def _got(described: dict[str, Any]) -> dict[str, Any]:
    return {path: told["get"] for path, told in described["paths"].items() if "get" in told}


def _sent(form: str, example: Any) -> str:
    if form == "application/x-www-form-urlencoded":
        return urlencode(example)
    return example if isinstance(example, str) else json.dumps(example)


def _ask(client: Client, path: str, operation: dict[str, Any]) -> int:
    """Ask for an address by its examples, in each form that it has; gives the worst status."""
    asked = []
    for parameter in operation.get("parameters", ()):
        value = quote(str(parameter.get("example")))
        if parameter["in"] == "path":
            path = path.replace(f"{{{parameter['name']}}}", value)
        elif parameter["required"]:
            asked.append(f"{parameter['name']}={value}")
    address = path + ("?" + "&".join(asked) if asked else "")
    forms = operation["responses"].get("200", {}).get("content", {})
    several = len(forms) > 1 and not path.startswith(("/downloads", "/releases"))
    statuses = [client.get(address, "*/*").status]
    for form in forms if several and "{suffix}" not in path else ():
        reply = client.get(address, f"{form}, */*;q=0.1")
        assert reply.status != 200 or reply.media_type in forms, (address, form)
        statuses.append(reply.status)
    return max(statuses)


def test_it_is_true(api: schemathesis.BaseSchema, description: dict[str, Any]) -> None:
    """By its examples, and by what schemathesis makes of the schemas."""
    asked = 0
    for found in api.get_all_operations():
        operation = found.ok()
        example = operation.Case(
            **_examples(description["paths"][operation.path][operation.method])
        )
        example.call_and_validate(checks=CHECKS)

        @settings(
            max_examples=EXAMPLES,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy())
        def holds(case: schemathesis.Case) -> None:
            nonlocal asked
            asked += 1
            case.call_and_validate(checks=CHECKS)

        holds()
    assert asked >= len(description["paths"])


def _examples(operation: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return each parameter its example, by where it stands."""
    told: dict[str, dict[str, Any]] = {"path_parameters": {}, "query": {}}
    for parameter in operation.get("parameters", ()):
        where = "path_parameters" if parameter["in"] == "path" else "query"
        if "example" in parameter:
            told[where][parameter["name"]] = parameter["example"]
    bodies = operation.get("requestBody", {}).get("content", {})
    for form, body in bodies.items():
        if "example" in body:
            return {**told, "body": body["example"], "media_type": form}
    return told


def test_a_false_description_is_found(
    api: schemathesis.BaseSchema, description: dict[str, Any], copy_server: Running
) -> None:
    """The same checks fail where the description is not true."""
    false = json.loads(json.dumps(description))
    false["paths"] = {"/health": false["paths"]["/health"]}
    health = false["components"]["schemas"]["Health"]
    health["properties"]["release"] = {"type": "integer"}
    operation = schemathesis.openapi.from_dict(false)["/health"]["GET"]
    case = operation.Case()
    with pytest.raises(BaseException, match="schema"):
        case.call_and_validate(base_url=f"http://127.0.0.1:{copy_server.port}", checks=CHECKS)
