"""Read checks for the lists of them: what was claimed, what open data says, and the verdict."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field

import pyoxigraph as ox

from iprgraph.namespaces import INFERRED, expand
from iprgraph.rdf.query_results import Term, values
from iprgraph_server.models.graph_reader import GraphReader
from iprgraph_server.models.thing import MEASURE

#: How many articles the start page names.
ARTICLES_SHOWN = 5

#: How many checks the start page shows.
CHECKS_SHOWN = 50


@dataclass
class Check:
    """A check as one row of a table."""

    iri: Term
    told: dict[str, Term] = field(default_factory=dict)
    #: What the claimed observation gives: a rank, a lower bound, or neither.
    measures: set[str] = field(default_factory=set)
    #: Where the first passage checked starts.
    start: float = math.inf

    def get(self, compact: str) -> Term | None:
        """Give a value by its property's prefixed name."""
        return self.told.get(expand(compact))

    @property
    def has_figures(self) -> bool:
        """Tell whether both values are known."""
        return bool(self.get("ipr:claimedValue") and self.get("ipr:referenceValue"))


def read_checks(graph: GraphReader) -> list[Check]:
    """Read the checks, the first CHECKS_SHOWN, in the order of the passages that they check."""
    listed = graph.select(
        f"SELECT DISTINCT ?check WHERE {{ ?check a ipr:Check }} ORDER BY ?check LIMIT {CHECKS_SHOWN}"
    )
    return find_checks(graph, (row["check"] for row in listed))


def find_checks(graph: GraphReader, iris: Iterable[Term]) -> list[Check]:
    """Read some checks, in the order of the passages that they check."""
    found = {iri: Check(iri) for iri in iris}
    if not found:
        return []
    these = values("check", found)
    rows = graph.select(
        "SELECT ?check ?p ?o ?start ?measure WHERE { "
        f"{{ {these} GRAPH ?g {{ ?check ?p ?o }} FILTER(?g != {INFERRED}) }} UNION "
        f"{{ {these} ?check ipr:checks/ipr:evidence/oa:hasSelector/oa:start ?start }} UNION "
        f"{{ {these} {MEASURE} }} }}"
    )
    for row in sorted(rows, key=lambda row: str(row.get("o"))):
        check = found[row["check"]]
        if "measure" in row:
            check.measures.add(row["measure"].value)
        elif "start" in row:
            check.start = min(check.start, int(row["start"].value))
        else:
            check.told.setdefault(row["p"].value, row["o"])
    return sorted(found.values(), key=lambda check: (check.start, check.iri.value))


def read_articles(graph: GraphReader) -> list[tuple[ox.NamedNode, Term | None]]:
    """Read the newest articles with their dates of publication."""
    rows = graph.select(
        "SELECT ?article (SAMPLE(?date) AS ?published) WHERE { ?article a ipr:Article "
        "OPTIONAL { ?article schema:datePublished ?date } } "
        f"GROUP BY ?article ORDER BY DESC(?published) ?article LIMIT {ARTICLES_SHOWN}"
    )
    return [
        (article, row.get("published"))
        for row in rows
        if isinstance(article := row.get("article"), ox.NamedNode)
    ]
