"""The OWL 2 RL cases of the W3C's working group: the rules give what owlrl gives.

The cases are not part of the project. They are read from the file that IPRGRAPH_OWL2_CASES names:
the working group's `all.rdf`, which several reasoners have among their tests.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import NamedTuple

import pyoxigraph as ox
import pytest

from support.ontologies import by_owlrl, by_rules, named

FILE = Path(os.environ.get("IPRGRAPH_OWL2_CASES", ""))
TEST = "http://www.w3.org/2007/OWL/testOntology#"

#: Cases in which owlrl departs from the standard, with the reason.
DEPARTURES = {
    "New-Feature-Keys-006": "owlrl overlooks two literals of a functional property",
}

pytestmark = pytest.mark.skipif(
    not FILE.is_file(),
    reason="the W3C's OWL 2 cases are not here; IPRGRAPH_OWL2_CASES names all.rdf",
)


class Case(NamedTuple):
    """A premise in RDF/XML, and what the working group says of it."""

    name: str
    premise: str
    kinds: frozenset[str]


def cases() -> list[Case]:
    if not FILE.is_file():
        return []
    # XML allows both kinds of quotes there; the parser takes one.
    text = re.sub(r"<!ENTITY (\S+) '([^']*)'>", r'<!ENTITY \1 "\2">', FILE.read_text("utf-8"))
    store = ox.Store()
    store.extend(read(text))
    rows = store.query(
        f"PREFIX t: <{TEST}> SELECT ?name ?premise (GROUP_CONCAT(STR(?kind)) AS ?kinds) "
        "{ ?case t:identifier ?name ; t:profile t:RL ; t:rdfXmlPremiseOntology ?premise ; a ?kind } "
        "GROUP BY ?name ?premise ORDER BY ?name"
    )
    return [
        Case(name.value, premise.value, frozenset(kinds.value.replace(TEST, "").split()))
        for name, premise, kinds in rows
    ]


def read(text: str) -> list[ox.Quad]:
    return list(ox.parse(text, ox.RdfFormat.RDF_XML, base_iri="urn:base", lenient=True))


CASES = cases()


def test_the_cases_are_all_there() -> None:
    assert len(CASES) == 86
    assert DEPARTURES.keys() <= {case.name for case in CASES}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_case_closes_as_with_owlrl(case: Case) -> None:
    quads = [
        ox.Quad(named(q.subject), q.predicate, named(q.object))
        for q in read(case.premise)  # type: ignore[arg-type]
    ]
    found = by_rules(quads)
    if case.name in DEPARTURES:
        assert found != by_owlrl(quads)
    else:
        assert found == by_owlrl(quads)
    # None is a contradiction.
    if "InconsistencyTest" in case.kinds:
        assert found is None
    elif "ConsistencyTest" in case.kinds:
        assert found is not None
