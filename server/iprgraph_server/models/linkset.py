"""Read the linksets of a release for their pages: what each leads to, and its links."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import pyoxigraph as ox

from iprgraph.namespaces import OWL, RDF, expand
from iprgraph.release.link_targets import TARGETS
from iprgraph.release.linksets import LINKSETS, SSSOM
from iprgraph.release.release import Release
from iprgraph_server.i18n.catalogue import LANGUAGES

#: How many links a page shows; the files have them all.
LINKS_SHOWN = 500

OWL_AXIOM = ox.NamedNode(f"{OWL.iri}Axiom")

_FILE = "linkset-{}.ttl"


@dataclass(frozen=True)
class OutgoingLink:
    """A link to another dataset: its justification, its confidence, and the claim that states it."""

    subject: ox.NamedNode
    predicate: ox.NamedNode
    target: ox.NamedNode
    justification: str
    confidence: str
    claim: ox.NamedNode | None


@dataclass(frozen=True)
class Linkset:
    """All links to one dataset."""

    slug: str
    title: dict[str, str]
    homepage: str
    total: int
    links: list[OutgoingLink]


def slugs(release: Release) -> list[str]:
    """Return the names of the linksets of a release, known targets first."""
    start, end = _FILE.split("{}")
    files = release.manifest["files"]
    names = {
        name.removeprefix(start).removesuffix(end)
        for name in files
        if name.startswith(start) and name.endswith(end)
    }
    order = {target.slug: place for place, target in enumerate(TARGETS)}
    return sorted(names, key=lambda slug: (order.get(slug, len(order)), slug))


def read_linkset(release: Release, slug: str) -> Linkset | None:
    """Return a linkset; None when the release has no such one."""
    if slug not in slugs(release):
        return None
    return _read(Path(release.dir) / _FILE.format(slug), slug)


@lru_cache(maxsize=64)
def _read(path: Path, slug: str) -> Linkset:
    subjects: dict[object, dict[str, list[ox.NamedNode | ox.Literal]]] = {}
    for quad in ox.parse(path=str(path), format=ox.RdfFormat.TURTLE):
        properties = subjects.setdefault(quad.subject, {})
        properties.setdefault(quad.predicate.value, []).append(quad.object)
    links = [
        _link(axiom) for axiom in subjects.values() if OWL_AXIOM in axiom.get(RDF.type.value, ())
    ]
    links.sort(key=lambda link: (link.subject.value, link.predicate.value, link.target.value))
    target = subjects[LINKSETS[f"{slug}#target"]]
    titles = {
        term.language: term.value
        for term in target[expand("dcterms:title")]
        if isinstance(term, ox.Literal) and term.language in LANGUAGES
    }
    homepage = target[expand("foaf:homepage")][0].value
    return Linkset(slug, titles, homepage, len(links), links[:LINKS_SHOWN])


def _link(axiom: dict[str, list[ox.NamedNode | ox.Literal]]) -> OutgoingLink:
    def node(name: str) -> ox.NamedNode:
        term = axiom[name][0]
        assert isinstance(term, ox.NamedNode)
        return term

    claims = axiom.get(expand("rdfs:seeAlso"))
    return OutgoingLink(
        node(f"{OWL.iri}annotatedSource"),
        node(f"{OWL.iri}annotatedProperty"),
        node(f"{OWL.iri}annotatedTarget"),
        node(f"{SSSOM.iri}mapping_justification").value.rpartition("/")[2],
        axiom[f"{SSSOM.iri}confidence"][0].value,
        node(expand("rdfs:seeAlso")) if claims else None,
    )
