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
class CollectedThing:
    """What is said of a thing; `uses` has a bit for each property that it has."""

    names: list[tuple[str, str, str]] = field(default_factory=list)
    types: list[str] = field(default_factory=list)
    descriptions: Texts = field(default_factory=dict)
    uses: int = 0

    def labels(self) -> Texts:
        """Return the preferred name in each language; the first in order where there are several."""
        labels = sorted((n for n in self.names if n[0] == "label"), reverse=True)
        return dict(sorted({language: text for _, language, text in labels}.items()))

    def spellings(self) -> Iterator[tuple[str, str, str]]:
        """Return each name once as (field, text, folded), and the acronyms of labels."""
        by_folded: dict[str, tuple[str, str]] = {}
        order = ("label", "alias", "identifier")
        for field_, _, text in sorted(self.names, key=lambda n: (order.index(n[0]), n)):
            if folded := fold(text):
                by_folded.setdefault(folded, (field_, text))
        for field_, _, text in sorted(self.names):
            if field_ == "label" and (short := acronym(text)):
                by_folded.setdefault(short, ("acronym", text))
        for folded, (field_, text) in by_folded.items():
            yield field_, text, folded


@dataclass
class Collected:
    """Everything that the index is made of."""

    things: dict[str, CollectedThing] = field(default_factory=dict)
    #: Thing -> statements that point to it.
    weights: Counter[str] = field(default_factory=Counter)
    #: Properties by their bits.
    properties: dict[str, int] = field(default_factory=dict)
    #: Class or property -> its labels, and its definitions, by language.
    terms: dict[str, tuple[Texts, Texts]] = field(default_factory=dict)

    def named(self) -> list[str]:
        """Return the things that have a preferred name, sorted."""
        return sorted(
            iri for iri, thing in self.things.items() if any(n[0] == "label" for n in thing.names)
        )

    def used(self, thing: CollectedThing) -> list[str]:
        """Return the properties that a thing has."""
        return [iri for iri, bit in self.properties.items() if thing.uses & bit]


def collect(quads: Iterable[ox.Quad]) -> Collected:
    """Read quads once; inferred ones count, for most types are inferred."""
    collected = Collected()
    for quad in quads:
        subject, value = quad.subject, quad.object
        if isinstance(value, ox.NamedNode) and value in ID:
            collected.weights[value.value] += 1
        if isinstance(subject, ox.NamedNode):
            if subject in ID:
                _add(collected, subject.value, quad.predicate, value)
            else:
                _describe(collected, subject.value, quad.predicate, value)
    return collected


def _add(collected: Collected, iri: str, predicate: ox.NamedNode, value: object) -> None:
    thing = collected.things.get(iri)
    if thing is None:
        thing = collected.things[iri] = CollectedThing()
    bit = 1 << len(collected.properties)
    thing.uses |= collected.properties.setdefault(predicate.value, bit)
    if predicate in FIELDS:
        language = (value.language or "") if isinstance(value, ox.Literal) else ""
        thing.names.append((FIELDS[predicate], language, _text(value)))
    elif predicate == RDF.type and isinstance(value, ox.NamedNode):
        if value.value not in _EMPTY_TYPES:
            thing.types.append(value.value)
    elif predicate in _DESCRIPTIONS and isinstance(value, ox.Literal):
        _put(thing.descriptions, value)


def _describe(collected: Collected, iri: str, predicate: ox.NamedNode, value: object) -> None:
    """Add the label or definition of a term."""
    if predicate in (RDFS.label, SKOS.definition) and isinstance(value, ox.Literal):
        _put(collected.terms.setdefault(iri, ({}, {}))[predicate == SKOS.definition], value)


def _put(texts: Texts, value: ox.Literal) -> None:
    """Add a text; of several in one language the last in order remains."""
    language = value.language or ""
    texts[language] = max(value.value, texts.get(language, ""))


def _text(value: object) -> str:
    """Return the text of a name, of an IRI its last part: Q42, 0000000122031789."""
    if isinstance(value, ox.NamedNode):
        return value.value.rstrip("/#").replace("#", "/").rpartition("/")[2]
    assert isinstance(value, ox.Literal)
    return value.value
