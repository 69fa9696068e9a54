"""Describe things for DESCRIBE: what is known of them, by which claims, and what all that is called."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import islice
from typing import Any

import pyoxigraph as ox

from iprgraph.namespaces import PREFIXES
from iprgraph.sparql.rewrite import selecting_described
from iprgraph.sparql.tree import Tree

#: So many of the things that a query describes get their claims and labels.
MOST_THINGS = 200

_HEADER = "".join(f"PREFIX {name}: <{PREFIXES[name]}> " for name in ("ipr", "rdf", "rdfs", "skos"))

_CLAIMS = """
CONSTRUCT { ?claim ipr:about ?thing ; ?said ?value }
WHERE {
  { SELECT DISTINCT ?claim ?thing WHERE {
      VALUES ?thing { %s }
      { ?claim ipr:about ?thing } UNION { GRAPH ?claim { ?thing ?p ?o } } UNION { GRAPH ?claim { ?s ?p ?thing } }
      ?claim a ipr:Claim } }
  VALUES ?said { rdf:type skos:prefLabel ipr:source ipr:attributedTo ipr:saidOn ipr:saidAt ipr:modality ipr:status }
  ?claim ?said ?value .
  FILTER (?said != rdf:type || ?value = ipr:Claim)
}"""

_NAMES = """
CONSTRUCT { ?thing ?p ?value }
WHERE { VALUES ?thing { %s } VALUES ?p { rdf:type skos:prefLabel rdfs:label } ?thing ?p ?value }"""


def describe(
    run: Callable[[str], Any], own: Iterable[ox.Triple], query: Tree, most: int
) -> tuple[list[ox.Triple], bool]:
    """Add to what the engine describes: claims about the things, labels and types of all it names.

    ``run`` evaluates a query over the same dataset; ``own`` is the engine's answer to the DESCRIBE.
    Returns at most ``most`` triples, and whether there were more.
    """
    triples: dict[ox.Triple, None] = {}
    cut = _add(triples, own, most)
    things = _things(run, query)
    if len(things) > MOST_THINGS:
        things, cut = things[:MOST_THINGS], True
    if things and not cut:
        cut = _add(triples, run(_HEADER + _CLAIMS % _values(things)), most)
    if triples and not cut:
        named = {
            term
            for t in triples
            for term in (t.subject, t.object)
            if isinstance(term, ox.NamedNode)
        }
        cut = _add(triples, run(_HEADER + _NAMES % _values(sorted(named, key=str))), most)
    return sorted(triples, key=str), cut


def _things(run: Callable[[str], Any], query: Tree) -> list[ox.NamedNode]:
    """Find the IRIs that a DESCRIBE describes."""
    selecting, constants = selecting_described(query)
    things: dict[ox.NamedNode, None] = {}
    queries = [selecting] if selecting else []
    if constants:
        values = " ".join(constants)
        queries.insert(0, f"{query.prologue}SELECT ?thing {{ VALUES ?thing {{ {values} }} }}")
    for select in queries:
        for row in islice(run(select), MOST_THINGS + 1):
            things.update((term, None) for term in row if isinstance(term, ox.NamedNode))
    return list(things)


def _add(triples: dict[ox.Triple, None], more: Iterable[ox.Triple], most: int) -> bool:
    """Add triples up to a number; tell whether that left some out."""
    for triple in more:
        if triple in triples:
            continue
        if len(triples) == most:
            return True
        triples[triple] = None
    return False


def _values(nodes: Iterable[ox.NamedNode]) -> str:
    return " ".join(map(str, nodes))
