"""Run the W3C tests of the SPARQL 1.1 Protocol against a running server."""

from __future__ import annotations

import pytest

from support import exchanges
from support.client import Client
from support.manifests import Case, cases, path_of, require

CASES = cases("protocol/manifest.ttl")


def test_suite_is_whole() -> None:
    require(CASES, 34)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_protocol(case: Case, writable_client: Client) -> None:
    for data in case.manifest.values(case.node, "ut:graphData"):
        file = path_of(case.manifest.value(data, "ut:graph"))
        name = case.manifest.value(data, "rdfs:label").value
        reply = writable_client.put(
            f"/graph-store?graph={name}", file.read_bytes(), "application/n-triples"
        )
        assert reply.status in {201, 204}, reply
    exchanges.run(case, writable_client, "/sparql/", "/sparql")
