"""Run the W3C tests of SPARQL 1.1 Update against a running server."""

from __future__ import annotations

import json
from urllib.parse import urlencode

import pyoxigraph as ox
import pytest

from support.client import Client
from support.manifests import BASE, Case, cases, parameters, path_of, require
from support.results import canonical, graph

FOLDERS = [
    "add",
    "basic-update",
    "clear",
    "copy",
    "delete",
    "delete-data",
    "delete-insert",
    "delete-where",
    "drop",
    "move",
    "update-silent",
]

CASES = [
    case
    for case in cases(*(f"{folder}/manifest.ttl" for folder in FOLDERS))
    if case.kind == "UpdateEvaluationTest"
]

#: Tests that fail, each with the reason.
FAILURES = {
    "update-silent/load-silent": "LOAD is off: it is refused, not passed over",
    "update-silent/load-into-silent": "LOAD is off: it is refused, not passed over",
}


def test_suite_is_whole() -> None:
    require(CASES, 94)
    assert FAILURES.keys() <= {case.id for case in CASES}


@pytest.mark.parametrize("case", parameters(CASES, FAILURES))
def test_update(case: Case, writable_client: Client) -> None:
    before, after = case.value("mf:action"), case.value("mf:result")
    setup = "".join(insert_data(name, triples) for name, triples in state(case, before).items())
    if setup:
        assert writable_client.update(setup).status == 204
    request = case.manifest.value(before, "ut:request")
    text = path_of(request).read_text(encoding="utf-8")
    reply = writable_client.update(f"BASE <{request.value}>\n{text}")
    assert reply.status == 204, reply
    wanted = {name: triples for name, triples in state(case, after).items() if triples}
    assert names_of_graphs(writable_client) == wanted.keys() - {""}
    for name in wanted.keys() | {""}:
        address = f"/graph-store?{urlencode({'graph': name})}" if name else "/graph-store?default"
        found = writable_client.get(address, "application/n-triples")
        assert found.status == 200, found
        triples = [q.triple for q in ox.parse(found.body, format=ox.RdfFormat.N_TRIPLES)]
        assert canonical(triples) == canonical(wanted.get(name, []))


def state(case: Case, node: ox.BlankNode) -> dict[str, list[ox.Triple]]:
    """Read the graphs before or after an update, by name; the default graph has none."""
    found: dict[str, list[ox.Triple]] = {}
    for file in case.manifest.values(node, "ut:data"):
        found.setdefault("", []).extend(graph(path_of(file)))
    for data in case.manifest.values(node, "ut:graphData"):
        file = case.manifest.value(data, "ut:graph")
        name = case.manifest.value(data, "rdfs:label").value
        found[name if ":" in name else BASE + name] = graph(path_of(file))
    return found


def insert_data(name: str, triples: list[ox.Triple]) -> str:
    """Write the update that puts triples into a graph."""
    statements = " ".join(f"{triple} ." for triple in triples)
    return (
        f"INSERT DATA {{ GRAPH <{name}> {{ {statements} }} }} ;\n"
        if name
        else (f"INSERT DATA {{ {statements} }} ;\n")
    )


def names_of_graphs(client: Client) -> set[str]:
    """Name the graphs that hold a triple."""
    reply = client.query("SELECT DISTINCT ?g { GRAPH ?g { ?s ?p ?o } }")
    return {row["g"]["value"] for row in json.loads(reply.body)["results"]["bindings"]}
