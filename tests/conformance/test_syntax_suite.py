"""Run the W3C's syntax tests of SPARQL 1.1 against a running server.

A positive test passes when the text is understood, even where it is then refused for what it asks
(SERVICE and LOAD are off); a negative one when the answer is a problem of syntax.
"""

from __future__ import annotations

import pytest

from support.client import Client
from support.manifests import Case, cases, parameters, path_of, require

FOLDERS = [
    "aggregates",
    "construct",
    "delete-insert",
    "grouping",
    "syntax-fed",
    "syntax-query",
    "syntax-update-1",
    "syntax-update-2",
]

CASES = [
    case
    for case in cases(*(f"{folder}/manifest.ttl" for folder in FOLDERS))
    if "Syntax" in case.kind
]

#: Tests that fail, each with the reason.
FAILURES: dict[str, str] = {}

SYNTAX = "https://w3id.org/iprgraph/problems/syntax"
REFUSED = "https://w3id.org/iprgraph/problems/refused"


def test_suite_is_whole() -> None:
    require(CASES, 169)
    assert FAILURES.keys() <= {case.id for case in CASES}


@pytest.mark.parametrize("case", parameters(CASES, FAILURES))
def test_syntax(case: Case, suite_client: Client) -> None:
    path = path_of(case.value("mf:action"))
    kind = "update" if path.suffix == ".ru" else "query"
    reply = suite_client(
        "POST",
        "/sparql",
        path.read_bytes(),
        {"content-type": f"application/sparql-{kind}"},
        write=True,
    )
    if not case.kind.startswith("Negative"):
        assert reply.status in {200, 204} or reply.json()["type"] == REFUSED, reply
    elif b"LOAD" in path.read_bytes():
        # It is refused before anything parses it.
        assert reply.json()["type"] in {SYNTAX, REFUSED}, reply
    else:
        assert (reply.status, reply.json()["type"]) == (400, SYNTAX), reply
