"""Run the W3C tests of the SPARQL 1.1 Graph Store HTTP Protocol against a running server."""

from __future__ import annotations

import pytest

from support import exchanges
from support.client import Client
from support.manifests import Case, cases, require

CASES = cases(
    "graph-store-protocol/manifest-direct.ttl", "graph-store-protocol/manifest-indirect.ttl"
)

#: The older suite says the same in words for readers; the one above replaces it.
DEPRECATED = cases("http-rdf-update/manifest.ttl")


def test_suites_are_whole() -> None:
    require(CASES, 13)
    require(DEPRECATED, 18)
    approval = "http://www.w3.org/2001/sw/DataAccess/tests/test-dawg#"
    for case in DEPRECATED:
        marks = case.manifest.store.quads_for_pattern(case.node, None, None, None)
        assert any(quad.object.value == f"{approval}Deprecated" for quad in marks)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_graph_store(case: Case, writable_client: Client) -> None:
    exchanges.run(case, writable_client, "/gsp", "/graph-store")
