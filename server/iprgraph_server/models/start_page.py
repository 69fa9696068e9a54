"""Read what the start page shows: checks, the newest claims of articles, and one that was checked."""

from __future__ import annotations

import pyoxigraph as ox

from iprgraph.claims.model import Check
from iprgraph.claims.reader import read_checks
from iprgraph.rdf.query_results import Term
from iprgraph_server.models.graph_reader import GraphReader

#: How many articles, checks and claims the start page shows.
ARTICLES_SHOWN = 5
CHECKS_SHOWN = 50
CLAIMS_SHOWN = 6

#: Verdicts by how much they tell about the graph, most first.
_TELLING = ("superseded", "contradicted", "qualified", "refined", "confirmed")


def read_first_checks(graph: GraphReader) -> list[Check]:
    """Return the first checks by name, in the order of the passages that they check."""
    rows = graph.select(
        f"SELECT DISTINCT ?check WHERE {{ ?check a ipr:Check }} ORDER BY ?check LIMIT {CHECKS_SHOWN}"
    )
    return read_checks(graph.select, (row["check"] for row in rows))


def read_articles(graph: GraphReader) -> list[tuple[ox.NamedNode, Term | None]]:
    """Return the newest articles with their dates of publication."""
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


def find_newest(graph: GraphReader) -> list[str]:
    """Return the newest claims of articles about anything but the article itself, in its order."""
    rows = graph.select(
        "SELECT ?claim ?on (MIN(?place) AS ?start) WHERE { ?source a ipr:Article . "
        "?claim ipr:source ?source ; ipr:saidOn ?on ; ipr:basis basis:stated . "
        "?claim ipr:evidence/oa:hasSelector/oa:start ?place "
        "FILTER NOT EXISTS { ?claim ipr:about ?source } } "
        f"GROUP BY ?claim ?on ORDER BY DESC(?on) ?start ?claim LIMIT {CLAIMS_SHOWN}"
    )
    return [row["claim"].value for row in rows if "claim" in row]


def find_specimen(checks: list[Check]) -> tuple[Check, str] | None:
    """Return the check that shows best what the graph is for, and the claim that it checks."""

    def rank(check: Check) -> int:
        return _TELLING.index(check.verdict) if check.verdict in _TELLING else len(_TELLING)

    amounts = [c for c in checks if c.has_figures and c.unit and c.first("ipr:checks")]
    best = min(amounts, key=rank, default=None)
    claim = best.first("ipr:checks") if best else None
    return (best, claim.value) if best and isinstance(claim, ox.NamedNode) else None


def tally(checks: list[Check]) -> list[tuple[ox.NamedNode, int]]:
    """Return the number of checks of each verdict, most first."""
    verdicts = [v for c in checks if isinstance(v := c.first("ipr:verdict"), ox.NamedNode)]
    return sorted(
        ((v, verdicts.count(v)) for v in set(verdicts)), key=lambda item: (-item[1], str(item[0]))
    )
