"""The contents of a graph in numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import pyoxigraph as ox

from iprgraph.namespaces import ID, IPR, RDF, RDFS, SKOS, shorten
from iprgraph.release.link_targets import target_of
from iprgraph.release.linksets import mappings

#: Section -> (name, count), the largest first.
Stats = dict[str, list[tuple[str, int]]]

_VERDICT = ox.NamedNode(IPR.iri + "verdict")


def stats(quads: Iterable[ox.Quad]) -> Stats:
    """Return counts of things, claims, checks and links, each by its properties.

    Names are English labels, or the term where there is none.
    """
    quads = list(quads)
    labels = _labels(quads)
    triples = {(quad.subject, quad.predicate, quad.object) for quad in quads}
    claims = {s for s, p, o in triples if p == RDF.type and o == IPR.Claim}
    counts: dict[str, Counter[str]] = {
        name: Counter()
        for name in (
            "things by class",
            "claims by source",
            "claims by speaker",
            "claims by modality",
            "claims by basis",
            "claims by status",
            "checks by verdict",
            "links by target",
        )
    }

    def name(term: object) -> str:
        return labels.get(term) or (shorten(term.value) if isinstance(term, ox.NamedNode) else "")

    of_claims = {
        IPR.source: "claims by source",
        IPR.attributedTo: "claims by speaker",
        IPR.modality: "claims by modality",
        IPR.basis: "claims by basis",
        IPR.status: "claims by status",
    }
    for s, p, o in triples:
        if s in claims and p in of_claims:
            counts[of_claims[p]][name(o)] += 1
        elif (
            p == RDF.type
            and s in ID
            and isinstance(o, ox.NamedNode)
            and o.value.startswith(IPR.iri)
        ):
            counts["things by class"][name(o)] += 1
        elif p == _VERDICT:
            counts["checks by verdict"][name(o)] += 1
    links = {(link.subject, link.target) for link in mappings(quads)}
    for _, target in links:
        counts["links by target"][target_of(target.value).title["en"]] += 1
    return {
        section: sorted(counter.items(), key=lambda item: (-item[1], item[0]))
        for section, counter in counts.items()
    }


def _labels(quads: list[ox.Quad]) -> dict[object, str]:
    """Return the English label of each thing; a preferred label before a plain one."""
    labels: dict[object, str] = {}
    for predicate in (RDFS.label, SKOS.prefLabel):
        for quad in quads:
            label = quad.object
            if (
                quad.predicate == predicate
                and isinstance(label, ox.Literal)
                and label.language == "en"
            ):
                labels[quad.subject] = label.value
    return labels
