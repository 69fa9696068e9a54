"""Read what the page of a named graph shows: its size, what it describes, and its first claims."""

from __future__ import annotations

from dataclasses import dataclass

import pyoxigraph as ox

from iprgraph_server.models.labels import Names, find_names
from iprgraph_server.models.site import Site

#: How many subjects a page lists.
SHOWN = 200


@dataclass
class GraphPage:
    """A named graph: how many triples and subjects it has, and the first of them."""

    iri: ox.NamedNode
    triples: int
    subjects: int
    things: list[ox.NamedNode]
    names: Names


def read_graph(site: Site, graph: ox.NamedNode) -> GraphPage | None:
    """Read what the page of a graph shows; None when it has no triple."""
    counted = site.select(
        "SELECT (COUNT(*) AS ?n) (COUNT(DISTINCT ?s) AS ?m) "
        f"WHERE {{ GRAPH {graph} {{ ?s ?p ?o }} }}"
    )[0]
    triples, subjects = int(counted["n"].value), int(counted["m"].value)
    if not triples:
        return None
    rows = site.select(
        f"SELECT DISTINCT ?s WHERE {{ GRAPH {graph} {{ ?s ?p ?o }} FILTER(isIRI(?s)) }} "
        f"ORDER BY ?s LIMIT {SHOWN}"
    )
    things = [row["s"] for row in rows if isinstance(row["s"], ox.NamedNode)]
    return GraphPage(graph, triples, subjects, things, find_names(site, things))
