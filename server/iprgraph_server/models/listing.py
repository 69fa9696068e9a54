"""List things by kind: how many there are, and a page of them."""

from __future__ import annotations

import pyoxigraph as ox

from iprgraph.namespaces import BASE, TYPES
from iprgraph_server.models.site import Site

PAGE_SIZE = 100

#: What the things of a kind are instances of; a class is looked up faster than an address.
CLASSES = {
    "action": "ipr:TreatyAction", "article": "ipr:Article", "check": "ipr:Check",
    "claim": "ipr:Claim", "country": "ipr:Country", "event": "ipr:SpeechEvent",
    "indicator": "ipr:Indicator", "law": "ipr:LegalInstrument", "measure": "ipr:Measure",
    "observation": "ipr:Observation", "organization": "ipr:Organization", "passage": "ipr:Passage",
    "person": "ipr:Person", "place": "ipr:Place", "plan": "ipr:Plan", "post": "ipr:Post",
    "report": "schema:Report", "scheme": "skos:ConceptScheme",
    "selector": "oa:TextPositionSelector", "source": "ipr:Source", "tenure": "ipr:Tenure",
    "treaty": "ipr:Treaty",
}  # fmt: skip

#: Kinds that are worth a walk from the start page, in the order shown.
BROWSABLE = (
    "article", "claim", "check", "person", "organization", "country", "law", "plan", "treaty",
    "action", "indicator", "observation", "measure", "topic", "event", "source",
)  # fmt: skip


def _members(kind: str) -> str:
    """Write the pattern that binds ?s to the things of a kind."""
    cls = CLASSES.get(kind, "skos:Concept")
    return f'?s a {cls} FILTER(STRSTARTS(STR(?s), "{BASE}id/{kind}/"))'


def list_things(site: Site, kind: str, number: int) -> tuple[list[ox.NamedNode], int]:
    """Give one page of the things of a kind, and how many there are."""
    total = count(site, (kind,))[kind]
    rows = site.select(
        f"SELECT DISTINCT ?s WHERE {{ {_members(kind)} }} ORDER BY ?s "
        f"LIMIT {PAGE_SIZE} OFFSET {(number - 1) * PAGE_SIZE}"
    )
    things = [row["s"] for row in rows if isinstance(row["s"], ox.NamedNode)]
    return things, total


def count(site: Site, kinds: tuple[str, ...]) -> dict[str, int]:
    """Count the things of some kinds, in one query."""
    assert set(kinds) <= set(TYPES)
    parts = " UNION ".join(
        f'{{ SELECT ("{kind}" AS ?kind) (COUNT(DISTINCT ?s) AS ?n) WHERE {{ {_members(kind)} }} }}'
        for kind in kinds
    )
    rows = site.select(f"SELECT ?kind ?n WHERE {{ {parts} }}")
    found = {row["kind"].value: int(row["n"].value) for row in rows}
    return {kind: found.get(kind, 0) for kind in kinds}
