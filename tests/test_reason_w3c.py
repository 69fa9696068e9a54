"""The OWL 2 RL cases of the W3C's test suite: the rules give what owlrl gives.

The cases are not part of the project. They are read from the folder that IPRGRAPH_OWL2_CASES names,
or from ../shared/w3c/owl2-rl: a folder a case, with the ontology in premise.rdf.
"""

from __future__ import annotations

import os
from pathlib import Path

import pyoxigraph as ox
import pytest

from test_reason_random import by_owlrl, by_rules, named

SHARED = Path(__file__).parents[2] / "shared/w3c/owl2-rl"
FOLDER = Path(os.environ.get("IPRGRAPH_OWL2_CASES", SHARED))
CASES = sorted(path.parent for path in FOLDER.glob("*/premise.rdf"))

pytestmark = pytest.mark.skipif(
    not CASES, reason="the W3C's OWL 2 cases are not here; IPRGRAPH_OWL2_CASES names their folder"
)


def read(path: Path) -> list[ox.Quad]:
    quads = ox.parse(path=path, format=ox.RdfFormat.RDF_XML, base_iri="urn:base")
    return [
        ox.Quad(named(q.subject), q.predicate, named(q.object))
        for q in quads  # type: ignore[arg-type]
    ]


def test_the_cases_are_all_there() -> None:
    assert len(CASES) == 50


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_case_closes_as_with_owlrl(case: Path) -> None:
    quads = read(case / "premise.rdf")
    assert by_rules(quads) == by_owlrl(quads)
