"""Read what the start page shows of claims: the newest of articles, and one that was checked."""

from __future__ import annotations

import pyoxigraph as ox

from iprgraph_server.models.claims import Claim, read_claims
from iprgraph_server.models.figures import Check
from iprgraph_server.models.graph_reader import GraphReader

#: How many claims the start page shows.
CLAIMS_SHOWN = 6

#: Verdicts by how much they tell about the graph, most first.
_TELLING = ("superseded", "contradicted", "qualified", "refined", "confirmed")


def find_newest(graph: GraphReader) -> list[str]:
    """Name the newest claims of articles about anything but the article itself, in its order."""
    rows = graph.select(
        "SELECT ?claim ?on (MIN(?place) AS ?start) WHERE { ?source a ipr:Article . "
        "?claim ipr:source ?source ; ipr:saidOn ?on ; ipr:basis basis:stated . "
        "?claim ipr:evidence/oa:hasSelector/oa:start ?place "
        "FILTER NOT EXISTS { ?claim ipr:about ?source } } "
        f"GROUP BY ?claim ?on ORDER BY DESC(?on) ?start ?claim LIMIT {CLAIMS_SHOWN}"
    )
    return [row["claim"].value for row in rows if "claim" in row]


def find_specimen(checks: list[Check]) -> tuple[Check, str] | None:
    """Choose the check that shows best what the graph is for, and the claim that it checks."""

    def telling(check: Check) -> int:
        verdict = check.get("ipr:verdict")
        name = verdict.value.rpartition("/")[2] if verdict else ""
        return _TELLING.index(name) if name in _TELLING else len(_TELLING)

    amounts = [c for c in checks if c.has_figures and c.get("ipr:unit") and c.get("ipr:checks")]
    best = min(amounts, key=telling, default=None)
    claim = best.get("ipr:checks") if best else None
    return (best, claim.value) if best and isinstance(claim, ox.NamedNode) else None


def read_shown(
    graph: GraphReader, newest: list[str], specimen: tuple[Check, str] | None
) -> dict[str, Claim]:
    """Read all claims that the start page shows, in one query."""
    return read_claims(graph, {*newest, *([specimen[1]] if specimen else [])})


def tally(checks: list[Check]) -> list[tuple[ox.NamedNode, int]]:
    """Count checks by their verdicts, most first."""
    verdicts = [v for c in checks if isinstance(v := c.get("ipr:verdict"), ox.NamedNode)]
    return sorted(
        ((v, verdicts.count(v)) for v in set(verdicts)), key=lambda item: (-item[1], str(item[0]))
    )
