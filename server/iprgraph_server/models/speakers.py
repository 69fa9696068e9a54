"""Read who says what in articles: speakers by theme, and their plans against facts."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import pyoxigraph as ox

from iprgraph.claims.model import Claim, terms_of
from iprgraph.claims.reader import read_claims
from iprgraph.namespaces import ID
from iprgraph.rdf.query_results import Term
from iprgraph_server.models.graph_reader import GraphReader
from iprgraph_server.models.labels import Names, find_names

#: Themes of claims by the kinds of things that they are about, in the order of the page.
THEMES = {
    "figures": ("observation", "indicator", "report"),
    "law": ("law", "plan", "treaty", "action"),
    "measures": ("measure",),
    "people": ("person", "organization", "event", "post", "tenure"),
    "ideas": ("topic",),
    "other": ("country", "place", "article"),
}

#: Modalities of claims, in the order of the page.
MODALITIES = ("plan", "fact", "evaluation")

#: How many claims are read, how many speakers shown, and how many claims of each kind by one.
CLAIMS_READ, SPEAKERS_SHOWN, CLAIMS_SHOWN = 3_000, 12, 8

_THEME = {kind: theme for theme, kinds in THEMES.items() for kind in kinds}


@dataclass
class Speaker:
    """A speaker: claims by theme and by modality, each list in the order of the article."""

    agent: ox.NamedNode
    total: int
    themes: dict[str, list[Claim]] = field(default_factory=dict)
    modalities: dict[str, list[Claim]] = field(default_factory=dict)
    #: How many claims there are of each modality, shown or not.
    counts: Counter[str] = field(default_factory=Counter)


@dataclass
class _ClaimRow:
    agents: set[Term] = field(default_factory=set)
    themes: set[str] = field(default_factory=set)
    modality: str = "fact"


def read_speakers(graph: GraphReader) -> tuple[list[Speaker], Names]:
    """Return the speakers of articles, those with most claims first, and the names of all shown."""
    rows = _read_claim_rows(graph)
    totals = Counter(agent for row in rows.values() for agent in row.agents)
    ranked = sorted(totals.items(), key=lambda item: (-item[1], str(item[0])))[:SPEAKERS_SHOWN]
    speakers = [Speaker(a, n) for a, n in ranked if isinstance(a, ox.NamedNode)]
    shown: dict[str, list[tuple[Speaker, _ClaimRow]]] = {}
    for speaker in speakers:
        for iri, row in sorted(rows.items()):
            if speaker.agent in row.agents:
                speaker.counts[row.modality] += 1
                if speaker.counts[row.modality] <= CLAIMS_SHOWN * 4:
                    shown.setdefault(iri, []).append((speaker, row))
    claims = read_claims(graph.select, list(shown)[:200])
    for claim in sorted(claims.values(), key=lambda claim: claim.place):
        for speaker, row in shown[claim.iri]:
            speaker.modalities.setdefault(row.modality, []).append(claim)
            for theme in row.themes:
                speaker.themes.setdefault(theme, []).append(claim)
    named = [*(speaker.agent for speaker in speakers), *terms_of(claims.values())]
    return speakers, find_names(graph, [*named, *(ID[f"modality/{name}"] for name in MODALITIES)])


def _read_claim_rows(graph: GraphReader) -> dict[str, _ClaimRow]:
    rows = graph.select(
        "SELECT ?claim ?agent ?modality ?about ?figure WHERE { ?source a ipr:Article . "
        "?claim ipr:source ?source ; ipr:attributedTo ?agent . "
        "OPTIONAL { ?claim ipr:modality ?modality } OPTIONAL { ?claim ipr:about ?about } "
        "OPTIONAL { GRAPH ?claim { ?figure a ipr:Observation } } } "
        f"ORDER BY ?claim LIMIT {CLAIMS_READ}"
    )
    by_claim: dict[str, _ClaimRow] = {}
    for row in rows:
        claim = by_claim.setdefault(row["claim"].value, _ClaimRow())
        claim.agents.add(row["agent"])
        if "modality" in row:
            claim.modality = row["modality"].value.rpartition("/")[2]
        if "figure" in row:
            claim.themes.add("figures")
        if "about" in row:
            kind = row["about"].value.rpartition("/id/")[2].partition("/")[0]
            claim.themes.add(_THEME.get(kind, "other"))
    for claim in by_claim.values():
        # Nearly every claim is about a country too, so that counts only where there is no other theme.
        claim.themes = (claim.themes - {"other"}) or {"other"}
    return by_claim
