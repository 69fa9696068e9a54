"""Links to other datasets: each with the claim that states it, its origin, and its confidence.

A linkset holds all links to one dataset, as RDF (VoID, and an SSSOM mapping set) and as an SSSOM
table. <https://www.w3.org/TR/void/#linkset>, <https://mapping-commons.github.io/sssom/spec/>
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

import pyoxigraph as ox

from iprgraph.namespaces import (
    ALIGNMENT,
    BASE,
    CLAIMS,
    DCTERMS,
    FOAF,
    ID,
    INFERRED,
    IPR,
    OWL,
    PREFIXES,
    RDF,
    RDFS,
    SCHEMA,
    SKOS,
    VOID,
    Namespace,
    shorten,
)
from iprgraph.release.link_targets import TARGETS, LinkTarget, target_of

LINKSETS = Namespace(f"{BASE}linksets/")
SSSOM = Namespace(PREFIXES["sssom"])
SEMAPV = Namespace(PREFIXES["semapv"])

#: Predicates that link to the same or a related thing in another dataset.
LINKS = (
    FOAF.isPrimaryTopicOf,
    OWL.sameAs,
    RDFS.seeAlso,
    SCHEMA.sameAs,
    SKOS.broadMatch,
    SKOS.closeMatch,
    SKOS.exactMatch,
)

#: A person saw identifier and thing together in a source.
CURATED = SEMAPV["ManualMappingCuration"]
#: Derived by rule from another link, such as a DBpedia IRI from the title of a Wikipedia page.
DERIVED = SEMAPV["MappingChaining"]

#: Confidence that a term of the ontology matches the one it is is_alignment with.
ALIGNMENT_CONFIDENCE = "0.8"

_INFERRED_BASIS = ID["basis/inferred"]
_ONTOLOGY = ox.NamedNode(f"{BASE}ontology")


class Mapping(NamedTuple):
    """One link to another dataset; ``claim`` is None where the ontology's alignment states it."""

    subject: ox.NamedNode
    predicate: ox.NamedNode
    target: ox.NamedNode
    justification: ox.NamedNode
    confidence: str
    source: ox.NamedNode
    claim: ox.NamedNode | None
    label: str
    comment: str

    @property
    def node(self) -> ox.NamedNode:
        """Return the IRI of the link within its linkset, made from its ends and its claim."""
        set_ = target_of(self.target.value)
        parts = [
            shorten(self.subject.value),
            _local(self.predicate),
            self.target.value.removeprefix(set_.space),
        ]
        if self.claim:
            parts.append(self.claim.value.removeprefix(CLAIMS))
        return LINKSETS[f"{set_.slug}#{'-'.join(map(_fragment_part, parts))}"]


def mappings(quads: Iterable[ox.Quad]) -> list[Mapping]:
    """Return the asserted links, sorted; a link that several claims state has several rows."""
    quads = list(quads)
    values: dict[object, dict[ox.NamedNode, list[ox.Quad]]] = {}
    for quad in quads:
        if quad.predicate in _LINK_PROPERTIES and quad.graph_name != INFERRED:
            values.setdefault(quad.subject, {}).setdefault(quad.predicate, []).append(quad)
    links = []
    for quad in quads:
        subject, target, graph = quad.subject, quad.object, quad.graph_name
        is_alignment = graph == ALIGNMENT and quad.predicate in (SKOS.closeMatch, SKOS.exactMatch)
        is_claimed = subject in ID and str(graph).startswith(f"<{CLAIMS}")
        if not (is_alignment or is_claimed) or quad.predicate not in LINKS:
            continue
        if not isinstance(target, ox.NamedNode) or target.value.startswith(BASE):
            continue
        assert isinstance(subject, ox.NamedNode)
        about = values.get(graph, {})
        links.append(
            Mapping(
                subject,
                quad.predicate,
                target,
                DERIVED if _first(about, IPR.basis) == _INFERRED_BASIS else CURATED,
                _value(about, IPR.confidence) or ALIGNMENT_CONFIDENCE,
                _node(about, IPR.source) or _ONTOLOGY,
                None if is_alignment else ox.NamedNode(graph.value),  # type: ignore[union-attr]
                _english(values.get(subject, {}), SKOS.prefLabel, RDFS.label),
                _english(about, _NOTE),
            )
        )
    return sorted(links, key=lambda mapping: tuple(map(str, mapping)))


_NOTE = ox.NamedNode(f"{SKOS.iri}editorialNote")
_LINK_PROPERTIES = {IPR.basis, IPR.confidence, IPR.source, SKOS.prefLabel, RDFS.label, _NOTE}


def by_target(links: Iterable[Mapping]) -> list[tuple[LinkTarget, list[Mapping]]]:
    """Return the links by the dataset they lead to, in the order of TARGETS."""
    by_slug: dict[str, list[Mapping]] = {}
    targets: dict[str, LinkTarget] = {target.slug: target for target in TARGETS}
    for mapping in links:
        target = target_of(mapping.target.value)
        targets.setdefault(target.slug, target)
        by_slug.setdefault(target.slug, []).append(mapping)
    return [(target, by_slug[slug]) for slug, target in targets.items() if slug in by_slug]


def describe(node: ox.NamedNode, mappings: Iterable[Mapping]) -> list[ox.Quad]:
    """Return VoID of the linksets, one for each target, with a subset for each of several predicates."""
    described = []
    for target, links in by_target(mappings):
        described += [ox.Quad(node, VOID.subset, LINKSETS[target.slug])]
        described += describe_set(node, target, links)
    return list(dict.fromkeys(described))


def describe_set(node: ox.NamedNode, target: LinkTarget, links: list[Mapping]) -> list[ox.Quad]:
    """Return VoID of one linkset."""
    whole = LINKSETS[target.slug]
    dataset = LINKSETS[f"{target.slug}#target"]
    triples = {(link.subject, link.predicate, link.target) for link in links}
    counts = Counter(predicate for _, predicate, _ in triples)
    described = [
        ox.Quad(whole, RDF.type, VOID.Linkset),
        *_titles(whole, "Links to {}", "对外链接：{}", target),
        ox.Quad(whole, VOID.subjectsTarget, node),
        ox.Quad(whole, VOID.objectsTarget, dataset),
        ox.Quad(whole, VOID.triples, ox.Literal(len(triples))),
        ox.Quad(dataset, RDF.type, VOID.Dataset),
        *_titles(dataset, "{}", "{}", target),
        ox.Quad(dataset, VOID.uriSpace, ox.Literal(target.space)),
        ox.Quad(dataset, FOAF.homepage, ox.NamedNode(target.homepage)),
    ]
    if target.identifier:
        property_ = ox.NamedNode(PREFIXES["wdt"] + target.identifier)
        described.append(ox.Quad(dataset, RDFS.seeAlso, property_))
    if len(counts) == 1:
        return [*described, ox.Quad(whole, VOID.linkPredicate, *counts)]
    for predicate, count in sorted(counts.items(), key=str):
        part = LINKSETS[f"{target.slug}#{_local(predicate)}"]
        described += [
            ox.Quad(whole, VOID.subset, part),
            ox.Quad(part, RDF.type, VOID.Linkset),
            *_titles(
                part,
                f"Links to {{}} by {_local(predicate)}",
                f"对外链接（{_local(predicate)}）：{{}}",
                target,
            ),
            ox.Quad(part, VOID.subjectsTarget, node),
            ox.Quad(part, VOID.objectsTarget, dataset),
            ox.Quad(part, VOID.linkPredicate, predicate),
            ox.Quad(part, VOID.triples, ox.Literal(count)),
        ]
    return described


def _titles(node: ox.NamedNode, en: str, zh: str, target: LinkTarget) -> list[ox.Quad]:
    return [
        ox.Quad(node, DCTERMS.title, ox.Literal(text.format(target.title[tag]), language=tag))
        for tag, text in (("en", en), ("zh", zh))
    ]


def _first(about: dict[ox.NamedNode, list[ox.Quad]], predicate: ox.NamedNode) -> object:
    return next((quad.object for quad in about.get(predicate, ())), None)


def _node(about: dict[ox.NamedNode, list[ox.Quad]], predicate: ox.NamedNode) -> ox.NamedNode | None:
    value = _first(about, predicate)
    return value if isinstance(value, ox.NamedNode) else None


def _value(about: dict[ox.NamedNode, list[ox.Quad]], predicate: ox.NamedNode) -> str:
    value = _first(about, predicate)
    return value.value if isinstance(value, ox.Literal) else ""


def _english(about: dict[ox.NamedNode, list[ox.Quad]], *predicates: ox.NamedNode) -> str:
    texts = [
        quad.object.value
        for predicate in predicates
        for quad in about.get(predicate, ())
        if isinstance(quad.object, ox.Literal) and quad.object.language == "en"
    ]
    return min(texts) if texts else ""


def _local(node: ox.NamedNode) -> str:
    return node.value.rsplit("#")[-1].rsplit("/")[-1]


def _fragment_part(text: str) -> str:
    """Return a text with only the characters that a fragment and a compact IRI allow."""
    return re.sub(r"[^A-Za-z0-9]+", "-", text).strip("-")
