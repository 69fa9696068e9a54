"""Read things from RDF as a link finder sees them: names, types, identifiers, dates, neighbours."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import pyoxigraph as ox

from iprgraph.linking.name_similarity import FIELDS, Spelling, spellings
from iprgraph.namespaces import PREFIXES

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


@dataclass(slots=True)
class Thing:
    """A thing of either side."""

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
        """Give a name to show: a label rather than an alias, English rather than Chinese."""
        order = tuple(FIELDS)
        shown = min(self.names, key=lambda n: (order.index(n.field), n.is_chinese), default=None)
        return shown.text if shown else self.iri


def spelt(predicate: str, text: str) -> Iterator[Spelling]:
    """Spell a name by the property that gives it."""
    return spellings(text, "label" if predicate in LABELS else "alias")


def read(triples: Iterable[tuple[str, str, object]]) -> dict[str, Thing]:
    """Collect things from triples, in the order in which they come."""
    found: dict[str, Thing] = {}
    for subject, predicate, value in triples:
        thing = found.get(subject)
        if thing is None:
            thing = found[subject] = Thing(subject)
        note(thing, predicate, value)
    return found


def note(thing: Thing, predicate: str, value: object) -> None:
    """Add what one triple says to its subject."""
    if isinstance(value, ox.NamedNode):
        _note_link(thing, predicate, value.value)
    elif isinstance(value, ox.Literal):
        text = value.value
        if predicate in LABELS or predicate in ALIASES:
            known = {(name.field, name.plain) for name in thing.names}
            thing.names += [n for n in spelt(predicate, text) if (n.field, n.plain) not in known]
        elif _CODES.search(predicate):
            thing.identifiers.update(_code(text))
        elif year := _YEAR.match(text):
            what = next((w for w, pattern in _DATES if pattern.search(predicate)), None)
            if what:
                thing.years.add((what, year[0]))


def _note_link(thing: Thing, predicate: str, target: str) -> None:
    if predicate == _TYPE:
        thing.types.add(target)
        local = target.replace("#", "/").rpartition("/")[2]
        thing.kinds |= {kind for kind, pattern in _KINDS if pattern.search(local)}
    elif predicate in LINKS:
        thing.links.add(target)
        thing.identifiers |= identifier(target)
    elif _CODES.search(predicate):
        thing.identifiers |= identifier(target)
    else:
        thing.neighbours.add(target)


def identifier(iri: str) -> set[tuple[str, str]]:
    """Read an IRI as an identifier: whose it is, and its last part."""
    parts = urlsplit(iri)
    last = iri.rstrip("/#").replace("#", "/").rpartition("/")[2]
    return {(parts.hostname.removeprefix("www."), last.casefold())} if parts.hostname else set()


def _code(text: str) -> set[tuple[str, str]]:
    """Read a code with or without its scheme: iso3166-1:CHN, 02fzqav45."""
    if "://" in text:
        return identifier(text)
    scheme, _, value = text.rpartition(":")
    return {(scheme.casefold(), value.strip().casefold())} if value.strip() else set()
