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

#: How claims are meant, in the order of the page.
MODALITIES = ("plan", "fact", "evaluation")

#: How many claims are read, how many speakers shown, and how many claims of each kind by one.
READ, SPEAKERS_SHOWN, CLAIMS_SHOWN = 3_000, 12, 8

_THEME = {kind: theme for theme, kinds in THEMES.items() for kind in kinds}


@dataclass
class Speaker:
    """Who speaks: claims by theme and by how they are meant; each list is in the article's order."""

    agent: ox.NamedNode
    total: int
    themes: dict[str, list[Claim]] = field(default_factory=dict)
    modalities: dict[str, list[Claim]] = field(default_factory=dict)
    #: How many claims are meant each way, whether shown or not.
    counts: Counter[str] = field(default_factory=Counter)


@dataclass
class _Row:
    agents: set[Term] = field(default_factory=set)
    themes: set[str] = field(default_factory=set)
    modality: str = "fact"


def read_speakers(graph: GraphReader) -> tuple[list[Speaker], Names]:
    """Read the speakers of articles, those with most claims first, and the names of all shown."""
    found = _read(graph)
    totals = Counter(agent for row in found.values() for agent in row.agents)
    ranked = sorted(totals.items(), key=lambda item: (-item[1], str(item[0])))[:SPEAKERS_SHOWN]
    speakers = [Speaker(a, n) for a, n in ranked if isinstance(a, ox.NamedNode)]
    kept: dict[str, list[tuple[Speaker, _Row]]] = {}
    for speaker in speakers:
        for iri, row in sorted(found.items()):
            if speaker.agent in row.agents:
                speaker.counts[row.modality] += 1
                if speaker.counts[row.modality] <= CLAIMS_SHOWN * 4:
                    kept.setdefault(iri, []).append((speaker, row))
    claims = read_claims(graph.select, list(kept)[:200])
    for claim in sorted(claims.values(), key=lambda claim: claim.place):
        for speaker, row in kept[claim.iri]:
            speaker.modalities.setdefault(row.modality, []).append(claim)
            for theme in row.themes:
                speaker.themes.setdefault(theme, []).append(claim)
    named = [*(speaker.agent for speaker in speakers), *terms_of(claims.values())]
    return speakers, find_names(graph, [*named, *(ID[f"modality/{name}"] for name in MODALITIES)])


def _read(graph: GraphReader) -> dict[str, _Row]:
    rows = graph.select(
        "SELECT ?claim ?agent ?modality ?about ?figure WHERE { ?source a ipr:Article . "
        "?claim ipr:source ?source ; ipr:attributedTo ?agent . "
        "OPTIONAL { ?claim ipr:modality ?modality } OPTIONAL { ?claim ipr:about ?about } "
        "OPTIONAL { GRAPH ?claim { ?figure a ipr:Observation } } } "
        f"ORDER BY ?claim LIMIT {READ}"
    )
    found: dict[str, _Row] = {}
    for row in rows:
        told = found.setdefault(row["claim"].value, _Row())
        told.agents.add(row["agent"])
        if "modality" in row:
            told.modality = row["modality"].value.rpartition("/")[2]
        if "figure" in row:
            told.themes.add("figures")
        if "about" in row:
            kind = row["about"].value.rpartition("/id/")[2].partition("/")[0]
            told.themes.add(_THEME.get(kind, "other"))
    for told in found.values():
        # What is about a country only because everything is, has a theme of its own.
        told.themes = (told.themes - {"other"}) or {"other"}
    return found
