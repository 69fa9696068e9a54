"""Lists of things: those of a kind page by page, and those that a named graph describes."""

from __future__ import annotations

from dataclasses import dataclass

import pyoxigraph as ox

from iprgraph.namespaces import BASE, TYPES
from iprgraph_server.models.graph_reader import GraphReader
from iprgraph_server.models.labels import Names, find_names

PAGE_SIZE = 100

#: How many subjects the page of a named graph lists.
SUBJECTS_SHOWN = 200

#: The class of the things of each kind; a lookup by class is faster than by the start of an IRI.
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

#: Kinds that the start page and the search list, in this order.
BROWSABLE = (
    "article", "claim", "check", "person", "organization", "country", "law", "plan", "treaty",
    "action", "indicator", "observation", "measure", "topic", "event", "source",
)  # fmt: skip


def _members(kind: str) -> str:
    """Write the pattern that binds ?s to the things of a kind."""
    cls = CLASSES.get(kind, "skos:Concept")
    return f'?s a {cls} FILTER(STRSTARTS(STR(?s), "{BASE}id/{kind}/"))'


def list_things(graph: GraphReader, kind: str, number: int) -> tuple[list[ox.NamedNode], int]:
    """Return one page of the things of a kind, and how many there are."""
    total = count(graph, (kind,))[kind]
    rows = graph.select(
        f"SELECT DISTINCT ?s WHERE {{ {_members(kind)} }} ORDER BY ?s "
        f"LIMIT {PAGE_SIZE} OFFSET {(number - 1) * PAGE_SIZE}"
    )
    things = [row["s"] for row in rows if isinstance(row["s"], ox.NamedNode)]
    return things, total


def count(graph: GraphReader, kinds: tuple[str, ...]) -> dict[str, int]:
    """Return how many things of some kinds there are, in one query."""
    assert set(kinds) <= set(TYPES)
    parts = " UNION ".join(
        f'{{ SELECT ("{kind}" AS ?kind) (COUNT(DISTINCT ?s) AS ?n) WHERE {{ {_members(kind)} }} }}'
        for kind in kinds
    )
    rows = graph.select(f"SELECT ?kind ?n WHERE {{ {parts} }}")
    counts = {row["kind"].value: int(row["n"].value) for row in rows}
    return {kind: counts.get(kind, 0) for kind in kinds}


@dataclass
class NamedGraph:
    """A named graph: how many triples and subjects it has, and the first of them."""

    iri: ox.NamedNode
    triples: int
    subjects: int
    things: list[ox.NamedNode]
    names: Names


def read_graph(graph: GraphReader, iri: ox.NamedNode) -> NamedGraph | None:
    """Return a named graph with its first subjects; None when it has no triple."""
    counted = graph.select(
        f"SELECT (COUNT(*) AS ?n) (COUNT(DISTINCT ?s) AS ?m) WHERE {{ GRAPH {iri} {{ ?s ?p ?o }} }}"
    )[0]
    triples, subjects = int(counted["n"].value), int(counted["m"].value)
    if not triples:
        return None
    rows = graph.select(
        f"SELECT DISTINCT ?s WHERE {{ GRAPH {iri} {{ ?s ?p ?o }} FILTER(isIRI(?s)) }} "
        f"ORDER BY ?s LIMIT {SUBJECTS_SHOWN}"
    )
    things = [row["s"] for row in rows if isinstance(row["s"], ox.NamedNode)]
    return NamedGraph(iri, triples, subjects, things, find_names(graph, things))
