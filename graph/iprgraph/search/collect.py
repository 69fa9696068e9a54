"""Collect from quads what the search index holds: names, types, descriptions and uses of properties."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import pyoxigraph as ox

from iprgraph.namespaces import DCTERMS, ID, OWL, RDF, RDFS, SCHEMA, SKOS
from iprgraph.search.tokenise import acronym, fold

#: Which properties name a thing, and what each is called in the index.
FIELDS = {
    SKOS.prefLabel: "label",
    SKOS.altLabel: "alias",
    SCHEMA.headline: "alias",
    DCTERMS.title: "alias",
    DCTERMS.identifier: "identifier",
    SKOS.exactMatch: "identifier",
}
_DESCRIPTIONS = (SKOS.definition, DCTERMS.description, SCHEMA.description)
#: Everything is one of these.
_EMPTY_TYPES = {OWL.Thing.value, RDFS.Resource.value}

Texts = dict[str, str]


@dataclass(slots=True)
class Thing:
    """What is said of a thing; `uses` has a bit for each property that it has."""

    names: list[tuple[str, str, str]] = field(default_factory=list)
    types: list[str] = field(default_factory=list)
    descriptions: Texts = field(default_factory=dict)
    uses: int = 0

    def labels(self) -> Texts:
        """Give the preferred name in each language; the first in order where there are several."""
        named = sorted((n for n in self.names if n[0] == "label"), reverse=True)
        return dict(sorted({language: text for _, language, text in named}.items()))

    def spelt(self) -> Iterator[tuple[str, str, str]]:
        """Give each name once as (field, text, folded), and the acronyms of labels."""
        found: dict[str, tuple[str, str]] = {}
        order = ("label", "alias", "identifier")
        for kind, _, text in sorted(self.names, key=lambda n: (order.index(n[0]), n)):
            if folded := fold(text):
                found.setdefault(folded, (kind, text))
        for kind, _, text in sorted(self.names):
            if kind == "label" and (short := acronym(text)):
                found.setdefault(short, ("acronym", text))
        for folded, (kind, text) in found.items():
            yield kind, text, folded


@dataclass
class Collected:
    """Everything that the index is made of."""

    things: dict[str, Thing] = field(default_factory=dict)
    #: Thing -> statements that point to it.
    weights: Counter[str] = field(default_factory=Counter)
    #: Properties by their bits.
    properties: dict[str, int] = field(default_factory=dict)
    #: Class or property -> its labels, and its definitions, by language.
    terms: dict[str, tuple[Texts, Texts]] = field(default_factory=dict)

    def named(self) -> list[str]:
        """List the things that have a preferred name, sorted."""
        return sorted(
            iri for iri, thing in self.things.items() if any(n[0] == "label" for n in thing.names)
        )

    def used(self, thing: Thing) -> list[str]:
        """List the properties that a thing has."""
        return [iri for iri, bit in self.properties.items() if thing.uses & bit]


def collect(quads: Iterable[ox.Quad]) -> Collected:
    """Read quads once; inferred ones count, for most types are inferred."""
    found = Collected()
    for quad in quads:
        subject, value = quad.subject, quad.object
        if isinstance(value, ox.NamedNode) and value in ID:
            found.weights[value.value] += 1
        if isinstance(subject, ox.NamedNode):
            if subject in ID:
                _add(found, subject.value, quad.predicate, value)
            else:
                _describe(found, subject.value, quad.predicate, value)
    return found


def _add(found: Collected, iri: str, predicate: ox.NamedNode, value: object) -> None:
    thing = found.things.get(iri)
    if thing is None:
        thing = found.things[iri] = Thing()
    thing.uses |= found.properties.setdefault(predicate.value, 1 << len(found.properties))
    if predicate in FIELDS:
        language = (value.language or "") if isinstance(value, ox.Literal) else ""
        thing.names.append((FIELDS[predicate], language, _text(value)))
    elif predicate == RDF.type and isinstance(value, ox.NamedNode):
        if value.value not in _EMPTY_TYPES:
            thing.types.append(value.value)
    elif predicate in _DESCRIPTIONS and isinstance(value, ox.Literal):
        _put(thing.descriptions, value)


def _describe(found: Collected, iri: str, predicate: ox.NamedNode, value: object) -> None:
    """Note the label or definition of a term."""
    if predicate in (RDFS.label, SKOS.definition) and isinstance(value, ox.Literal):
        _put(found.terms.setdefault(iri, ({}, {}))[predicate == SKOS.definition], value)


def _put(texts: Texts, value: ox.Literal) -> None:
    """Keep one text to a language, always the same."""
    language = value.language or ""
    texts[language] = max(value.value, texts.get(language, ""))


def _text(value: object) -> str:
    """Write a name; an identifier without what says whose it is: Q42, 0000000122031789."""
    if isinstance(value, ox.NamedNode):
        return value.value.rstrip("/#").replace("#", "/").rpartition("/")[2]
    assert isinstance(value, ox.Literal)
    return value.value
