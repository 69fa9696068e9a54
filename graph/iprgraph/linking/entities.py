"""Entities of either side: their names, types, identifiers, dates and neighbours, collected from RDF."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import pyoxigraph as ox

from iprgraph.linking.name_similarity import FIELDS, Spelling, spellings
from iprgraph.namespaces import ID, PREFIXES, kind_of
from iprgraph.release.release import Release

_RDFS, _SKOS, _SCHEMA = PREFIXES["rdfs"], PREFIXES["skos"], PREFIXES["schema"]
_OLD_SCHEMA = "http://schema.org/"
_GN, _FOAF, _DCTERMS, _DC = (
    PREFIXES["gn"], PREFIXES["foaf"], PREFIXES["dcterms"], "http://purl.org/dc/elements/1.1/",
)  # fmt: skip
_XL = "http://www.w3.org/2008/05/skos-xl#"

#: Properties that name things in vocabularies that are in use.
LABELS = {
    f"{_SKOS}prefLabel", f"{_RDFS}label", f"{_FOAF}name", f"{_SCHEMA}name", f"{_OLD_SCHEMA}name",
    f"{_DCTERMS}title", f"{_DC}title", f"{_GN}name", f"{_GN}officialName",
    f"{_SCHEMA}legalName", f"{_OLD_SCHEMA}legalName",
}  # fmt: skip
ALIASES = {
    f"{_SKOS}altLabel", f"{_SKOS}hiddenLabel", f"{_SCHEMA}alternateName",
    f"{_OLD_SCHEMA}alternateName", f"{_GN}alternateName", f"{_GN}shortName", f"{_FOAF}nick",
    f"{_DCTERMS}alternative", f"{_XL}literalForm",
}  # fmt: skip
LINKS = {
    f"{_SKOS}exactMatch", f"{PREFIXES['owl']}sameAs", f"{_SCHEMA}sameAs", f"{_OLD_SCHEMA}sameAs",
}  # fmt: skip
_CODES = re.compile(r"(?:identifier|notation|code|isni|ror|geonamesid|iso\w*)$", re.IGNORECASE)
_TYPE = f"{PREFIXES['rdf']}type"

#: What kind of thing a class is of, by words in its name.
_KINDS = (
    ("person", re.compile(r"person|human|Q5$", re.IGNORECASE)),
    ("country", re.compile(r"country|nation$|Q6256$", re.IGNORECASE)),
    ("city", re.compile(r"city|town|settlement|populatedplace", re.IGNORECASE)),
    ("place", re.compile(
        r"country|nation$|Q6256$|city|town|settlement|place|location|feature|territor|admin",
        re.IGNORECASE)),
    ("organization", re.compile(
        r"organi[sz]ation|company|corporat|agency|government|ministry|institut|universit",
        re.IGNORECASE)),
    ("instrument", re.compile(
        r"treaty|law$|legislation|legal|convention|agreement|amendment|plan$", re.IGNORECASE)),
)  # fmt: skip

#: What a date is about, by words in the name of its property.
_DATES = (
    ("birth", re.compile(r"birth", re.IGNORECASE)),
    ("death", re.compile(r"death", re.IGNORECASE)),
    ("founding", re.compile(r"found|incept|establish", re.IGNORECASE)),
    ("end", re.compile(r"dissol|abolish|enddate", re.IGNORECASE)),
    ("force", re.compile(r"force", re.IGNORECASE)),
)
_YEAR = re.compile(r"-?\d{4}(?=$|-)")

#: Kinds that are of the world, rather than of this graph.
WORLD_KINDS = {
    "article", "country", "indicator", "law", "organization", "person", "place", "plan", "report",
    "topic", "treaty",
}  # fmt: skip


@dataclass(slots=True)
class LinkEntity:
    """A thing of ours or of the other dataset."""

    iri: str
    names: list[Spelling] = field(default_factory=list)
    types: set[str] = field(default_factory=set)
    kinds: set[str] = field(default_factory=set)
    #: (scheme, value): ("www.wikidata.org", "q42").
    identifiers: set[tuple[str, str]] = field(default_factory=set)
    #: (what of, year).
    years: set[tuple[str, str]] = field(default_factory=set)
    neighbours: set[str] = field(default_factory=set)
    #: IRIs that it is said to be the same as.
    links: set[str] = field(default_factory=set)

    @property
    def name(self) -> str:
        """Return a name to show: a label rather than an alias, English rather than Chinese."""
        order = tuple(FIELDS)
        first = min(self.names, key=lambda n: (order.index(n.field), n.is_chinese), default=None)
        return first.text if first else self.iri


def spellings_by(predicate: str, text: str) -> Iterator[Spelling]:
    """Return the spellings of a name by the property that gives it."""
    return spellings(text, "label" if predicate in LABELS else "alias")


def collect(triples: Iterable[tuple[str, str, object]]) -> dict[str, LinkEntity]:
    """Return the entities of triples by IRI, in the order in which they come."""
    entities: dict[str, LinkEntity] = {}
    for subject, predicate, value in triples:
        entity = entities.get(subject)
        if entity is None:
            entity = entities[subject] = LinkEntity(subject)
        add(entity, predicate, value)
    return entities


def add(entity: LinkEntity, predicate: str, value: object) -> None:
    """Add what one triple says to its subject."""
    if isinstance(value, ox.NamedNode):
        _add_iri(entity, predicate, value.value)
    elif isinstance(value, ox.Literal):
        text = value.value
        if predicate in LABELS or predicate in ALIASES:
            known = {(name.field, name.plain) for name in entity.names}
            entity.names += [
                n for n in spellings_by(predicate, text) if (n.field, n.plain) not in known
            ]
        elif _CODES.search(predicate):
            entity.identifiers.update(_code(text))
        elif year := _YEAR.match(text):
            what = next((w for w, pattern in _DATES if pattern.search(predicate)), None)
            if what:
                entity.years.add((what, year[0]))


def _add_iri(entity: LinkEntity, predicate: str, target: str) -> None:
    if predicate == _TYPE:
        entity.types.add(target)
        local = target.replace("#", "/").rpartition("/")[2]
        entity.kinds |= {kind for kind, pattern in _KINDS if pattern.search(local)}
    elif predicate in LINKS:
        entity.links.add(target)
        entity.identifiers |= identifier(target)
    elif _CODES.search(predicate):
        entity.identifiers |= identifier(target)
    else:
        entity.neighbours.add(target)


def identifier(iri: str) -> set[tuple[str, str]]:
    """Return an IRI as an identifier: its host, and its last part."""
    parts = urlsplit(iri)
    last = iri.rstrip("/#").replace("#", "/").rpartition("/")[2]
    return {(parts.hostname.removeprefix("www."), last.casefold())} if parts.hostname else set()


def _code(text: str) -> set[tuple[str, str]]:
    """Parse a code with or without its scheme: iso3166-1:CHN, 02fzqav45."""
    if "://" in text:
        return identifier(text)
    scheme, _, value = text.rpartition(":")
    return {(scheme.casefold(), value.strip().casefold())} if value.strip() else set()


def our_entities(release: Release, type: str | None = None) -> list[LinkEntity]:
    """Return the entities of a release, all that may be linked or those of a type.

    Raises UsageError for a type that no thing is of.
    """
    wanted = release.names.type(type) if type else ""
    return [
        entity
        for iri, entity in collect(_triples(release)).items()
        if (kind_of(iri) in WORLD_KINDS if not wanted else wanted in (kind_of(iri), *entity.types))
    ]


def _triples(release: Release) -> Iterator[tuple[str, str, object]]:
    for quad in ox.parse(path=release.dir / "iprgraph.nq"):
        if isinstance(quad.subject, ox.NamedNode) and quad.subject in ID:
            yield quad.subject.value, quad.predicate.value, quad.object
