"""Read how good the data are: validation, coverage, checks by verdict, links by target."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

import pyoxigraph as ox

from iprgraph.namespaces import INFERRED, PREFIXES, expand
from iprgraph.rdf.query_results import Term
from iprgraph_server.models.graph_reader import GraphReader
from iprgraph_server.models.labels import Names, find_names


@dataclass(frozen=True)
class Share:
    """How many things have what they should have."""

    key: str
    having: int
    of: int

    @property
    def percent(self) -> float:
        """Return the share in percent; 100 where there are none."""
        return 100 * self.having / self.of if self.of else 100.0


@dataclass
class Quality:
    """What the page of data quality shows."""

    coverage: list[Share]
    verdicts: list[tuple[ox.NamedNode, int]]
    targets: list[tuple[str, int]]
    names: Names


#: Patterns by key: the things that are counted, and what they should have.
_CLAIM = "?s a ipr:Claim"
_COVERAGE = {
    "evidence": (_CLAIM, "?s ipr:evidence ?x"),
    "speaker": (_CLAIM, "?s ipr:attributedTo ?x"),
    "modality": (_CLAIM, "?s ipr:modality ?x"),
    "offsets": (
        "?s a ipr:Claim ; ipr:source ?article . ?article a ipr:Article",
        "?s ipr:evidence/oa:hasSelector/oa:start ?x",
    ),
    "fragment": (
        "?s a ipr:Claim ; ipr:source ?article . ?article a ipr:Article",
        "?s ipr:evidence/schema:url ?x",
    ),
    "checked": (
        "?s a ipr:Claim ; ipr:source ?article . ?article a ipr:Article . "
        "GRAPH ?s { ?figure a ipr:Observation }",
        "?x ipr:checks ?s",
    ),
    "english": ("?s skos:prefLabel ?name", '?s skos:prefLabel ?x FILTER(lang(?x) = "en")'),
    "chinese": ("?s skos:prefLabel ?name", '?s skos:prefLabel ?x FILTER(lang(?x) = "zh")'),
}


def read_quality(graph: GraphReader, nodes: Iterable[str]) -> Quality:
    """Return how good the data are, by four queries, with the names of nodes."""
    parts = [
        f'{{ SELECT ("{key}" AS ?key) (COUNT(DISTINCT ?s) AS ?of) '
        f"(COUNT(DISTINCT ?good) AS ?having) WHERE {{ {things} "
        f"OPTIONAL {{ {required} BIND(?s AS ?good) }} }} }}"
        for key, (things, required) in _COVERAGE.items()
    ]
    counted = {
        row["key"].value: (int(row["having"].value), int(row["of"].value))
        for row in graph.select(f"SELECT ?key ?of ?having WHERE {{ {' UNION '.join(parts)} }}")
    }
    verdicts = _count(graph, "?s ipr:verdict ?what")
    linked = graph.select(
        "SELECT ?host (COUNT(DISTINCT ?o) AS ?n) WHERE { GRAPH ?g { ?s ?p ?o } "
        "FILTER(?p IN (skos:exactMatch, skos:closeMatch, rdfs:seeAlso, foaf:isPrimaryTopicOf, "
        f"owl:equivalentClass, owl:equivalentProperty) && isIRI(?o) && ?g != {INFERRED}) "
        'BIND(REPLACE(STR(?o), "^[a-z]+://([^/]*)/.*$", "$1") AS ?host) '
        "} GROUP BY ?host ORDER BY DESC(?n) ?host LIMIT 30"
    )
    targets: dict[str, int] = {}
    for row in linked:
        host = urlsplit(f"//{row['host'].value}").hostname or row["host"].value
        host = host.removeprefix("www.")
        targets[host] = targets.get(host, 0) + int(row["n"].value)
    return Quality(
        [Share(key, *counted.get(key, (0, 0))) for key in _COVERAGE],
        [(term, n) for term, n in verdicts if isinstance(term, ox.NamedNode)],
        sorted(targets.items(), key=lambda item: (-item[1], item[0])),
        find_names(graph, [*(term for term, _ in verdicts), *_expanded(nodes)]),
    )


def _count(graph: GraphReader, pattern: str) -> list[tuple[Term, int]]:
    rows = graph.select(
        f"SELECT ?what (COUNT(DISTINCT ?s) AS ?n) WHERE {{ {pattern} }} "
        "GROUP BY ?what ORDER BY DESC(?n) ?what"
    )
    return [(row["what"], int(row["n"].value)) for row in rows if "what" in row]


def _expanded(nodes: Iterable[str]) -> list[ox.NamedNode]:
    """Return the IRIs of the prefixed names among the nodes of a report."""
    return [ox.NamedNode(expand(node)) for node in nodes if node.partition(":")[0] in PREFIXES]
