"""The W3C's SHACL suite: the report is pySHACL's, triple by triple, or better where pySHACL fails."""

from __future__ import annotations

import pyoxigraph as ox
import pytest

from iprgraph.errors import DataError
from iprgraph.namespaces import PREFIXES, SH
from iprgraph.rdf.canonical import dataset_hash
from iprgraph.shacl.validator import validate
from support import shacl
from support.shacl import Case, objects

CASES = shacl.cases()

#: What pySHACL does not pass here: these are held against the suite's own report.
BETTER = {
    "core/property/uniqueLang-002": "pySHACL heeds a sh:uniqueLang that is not the literal true",
    "sparql/node/prefixes-001": "pySHACL finds prefixes along owl:imports only in a Turtle file",
    "sparql/pre-binding/shapesGraph-001": "pySHACL has no $shapesGraph",
}
#: What must be refused.
REFUSED = {
    "sparql/pre-binding/pre-binding-006",
    *(f"sparql/pre-binding/unsupported-sparql-00{n}" for n in range(1, 7)),
}

pytestmark = pytest.mark.filterwarnings("ignore:Parsing weird boolean", "ignore::ResourceWarning")


def test_all_are_collected() -> None:
    names = {case.name for case in CASES}
    assert len(names) == len(CASES) == shacl.COUNT
    assert BETTER.keys() | REFUSED <= names


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_suite(case: Case) -> None:
    if case.name in REFUSED:
        assert case.result == ox.NamedNode(f"{shacl.SHT}Failure")
        with pytest.raises(DataError):
            validate(case.data, case.shapes)
        return
    report = validate(case.data, case.shapes)
    conforms = objects(case.expected, case.result, PREFIXES["sh"] + "conforms")
    assert [str(report.conforms).lower()] == [literal.value for literal in conforms]
    expected = shacl.reference(case.data, case.shapes)
    if case.name not in BETTER:
        assert not isinstance(expected, str), expected
        assert dataset_hash(report.graph) == dataset_hash(expected)
        return
    wanted = objects(case.expected, case.result, SH.result.value)
    assert isinstance(expected, str) or sum(q.predicate == SH.result for q in expected) != len(
        wanted
    )
    assert results(report.graph) == [result(case.expected, node) for node in wanted]


def results(graph: list[ox.Quad]) -> list[set[str]]:
    return [result(graph, quad.object) for quad in graph if quad.predicate == SH.result]


def result(graph: list[ox.Quad], node: object) -> set[str]:
    """Return what the suite says of a result: its message only where it is written."""
    return {
        f"{quad.predicate.value} {quad.object}"
        for quad in graph
        if quad.subject == node and quad.predicate != SH.resultMessage
    }
