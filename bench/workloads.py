"""The requests of the HTTP comparison: queries in our vocabulary, cold and warm."""

from __future__ import annotations

import re
from dataclasses import dataclass

from iprgraph.content.questions import load as load_questions
from iprgraph.namespaces import PREFIXES

#: Different requests of one cold workload; more than any server can answer in the time.
VARIANTS = 100_000


@dataclass
class Workload:
    """Queries of one kind; `warm` repeats a few, cold asks each once."""

    name: str
    queries: list[str]
    warm: bool = False
    # Rounds of a long answer are that many times as long, so that some are whole.
    lasting: int = 1

    @property
    def title(self) -> str:
        """Tell the kind, and whether it is asked anew or again."""
        return f"{self.name}, {'warm' if self.warm else 'cold'}"


def workloads(triples: int) -> list[Workload]:
    """Make the requests; a number in a comment makes a query new without changing it."""
    claims = max(1, triples // 27)
    p = "".join(
        f"PREFIX {name}: <{PREFIXES[name]}>\n" for name in ("ipr", "skos", "claim", "country")
    )

    def numbered(query: str, n: int) -> list[str]:
        return [f"{p}{query} # {i}" for i in range(n)]

    lookups = [
        f"{p}SELECT ?p ?o {{ claim:g{i * 7919 % claims} ?p ?o }} # {i}" for i in range(VARIANTS)
    ]
    star = [
        f"{p}SELECT ?label ?source ?day {{ ?c ipr:about country:c{i % 200} ; ipr:modality ?m ;"
        f" skos:prefLabel ?label ; ipr:source ?source ; ipr:saidOn ?day }} LIMIT 50 # {i}"
        for i in range(VARIANTS)
    ]
    rows = "SELECT ?c ?label ?day { ?c a ipr:Claim ; skos:prefLabel ?label ; ipr:saidOn ?day }"
    facts = "SELECT ?c ?p ?o { ?c a ipr:Claim ; ?p ?o }"
    aggregate = "SELECT ?m (COUNT(*) AS ?n) { ?c ipr:modality ?m } GROUP BY ?m"
    of_join = "SELECT ?m (COUNT(*) AS ?n) { ?c ipr:modality ?m ; ipr:source ?s } GROUP BY ?m"
    return [
        Workload("point lookup", lookups),
        Workload("star join", star),
        Workload("1,000 rows", numbered(rows + " LIMIT 1000", 4_000)),
        # Our server keeps the counts of a single pattern once they are made, and those of a join not.
        Workload("aggregate", numbered(aggregate, VARIANTS)),
        Workload("aggregate of a join", numbered(of_join, 4_000)),
        Workload("100,000 rows", numbered(facts + " LIMIT 100000", 400), lasting=8),
        Workload("point lookup", lookups[:200], warm=True),
        Workload("1,000 rows", numbered(rows + " LIMIT 1000", 5), warm=True),
    ]


def mixed() -> list[Workload]:
    """Make the mixed load: the competency questions, with every prefix declared for the peers."""
    texts = []
    for question in load_questions():
        used = {name for name in PREFIXES if re.search(rf"\b{name}:", question.query)}
        texts.append(
            "".join(f"PREFIX {n}: <{PREFIXES[n]}>\n" for n in sorted(used)) + question.query
        )
    cold = [f"{texts[i % len(texts)]}\n# {i}" for i in range(VARIANTS)]
    return [Workload("mixed load", cold), Workload("mixed load", texts, warm=True)]
