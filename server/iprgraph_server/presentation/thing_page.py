"""The page of a thing: facts in reading order and in groups, identifiers, claims, drawings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeVar

import pyoxigraph as ox

from iprgraph.claims.model import Claim
from iprgraph.namespaces import expand
from iprgraph.rdf.query_results import Term
from iprgraph_server.models.labels import Name
from iprgraph_server.models.listing import CLASSES
from iprgraph_server.models.thing import Links, PropertyValues, StatedValue, Thing
from iprgraph_server.presentation.fact_groups import SourceClaims, group_claims, group_facts
from iprgraph_server.presentation.neighbourhood import Neighbourhood, draw_neighbourhood
from iprgraph_server.presentation.query_links import ThingQueries
from iprgraph_server.presentation.timeline import TimelineDrawing, draw_timeline
from iprgraph_server.presentation.wording import Wording, local

#: Shown in the heading, so not among the facts.
HEADING = ("rdf:type", "skos:prefLabel", "skos:altLabel", "skos:definition", "schema:description")

#: Shown as identifiers and links elsewhere.
_IDENTIFIERS = (
    "skos:exactMatch", "skos:closeMatch", "dcterms:identifier", "foaf:homepage",
    "foaf:isPrimaryTopicOf", "rdfs:seeAlso",
)  # fmt: skip

#: Facts that come first, in this order; the rest follows by name.
_FIRST_FACTS = (
    "ipr:attributedTo", "ipr:saidOn", "ipr:saidAt", "ipr:modality", "ipr:basis", "ipr:confidence",
    "ipr:status", "ipr:source", "ipr:evidence", "ipr:about", "skos:editorialNote",
    "ipr:checks", "ipr:against", "ipr:claimedValue", "ipr:referenceValue", "ipr:difference",
    "ipr:verdict", "ipr:method",
    "ipr:indicator", "ipr:area", "ipr:period",
    "ipr:value", "ipr:lowerBound", "ipr:rank", "ipr:unit",
    "ipr:holder", "ipr:post", "schema:startDate", "schema:endDate",
    "ipr:party", "ipr:treaty", "dcterms:date",
    "schema:headline", "schema:datePublished", "schema:publisher",
)  # fmt: skip

#: The values that a check compares.
COMPARED = ("ipr:claimedValue", "ipr:referenceValue", "ipr:difference")
#: Properties whose values are numbers in the thing's own unit.
MEASURED = {expand(p) for p in (*COMPARED, "ipr:value", "ipr:lowerBound")}
_COMPARISON = {expand(p) for p in (*COMPARED, "ipr:unit", "ipr:verdict")}
_RANK = {expand(p): i for i, p in enumerate(_FIRST_FACTS)}
_NOT_AMONG_FACTS = {expand(p) for p in (*HEADING, *_IDENTIFIERS)}


@dataclass
class ThingPage:
    """A thing as its page shows it; ``facts`` and ``inferred`` are in reading order."""

    thing: Thing
    language: str
    name: Name
    other_name: Name | None
    types: list[ox.NamedNode]
    aliases: list[ox.Literal]
    descriptions: list[ox.Literal]
    facts: list[PropertyValues]
    identifiers: list[PropertyValues]
    inferred: list[PropertyValues]
    #: The values that a check compares; they are not among the facts.
    comparison: list[PropertyValues]
    #: Claims that state every one of the facts, so that they are named once.
    common_claims: list[str]
    groups: list[tuple[str, list[PropertyValues]]]
    #: Lists of claims, each by source.
    claims_by: list[tuple[Links, list[SourceClaims]]]
    timeline: TimelineDrawing | None
    neighbourhood: Neighbourhood | None
    #: Graphs of facts that no claim states.
    unclaimed_graphs: list[str]
    unit: ox.NamedNode | None

    @property
    def claim(self) -> Claim | None:
        """Return the claim that the page is about, if it is about one."""
        return self.thing.claims.get(self.thing.iri.value) if self.thing.kind == "claim" else None

    @property
    def queries(self) -> ThingQueries:
        """Return the queries for what the page leaves out."""
        return ThingQueries(self.thing.iri, self.language)

    @property
    def speakers(self) -> list[tuple[Term, int]]:
        """Return who speaks in an article, and in how many claims; most first."""
        claims = Counter(a for c in self.thing.claims.values() for a in c.all("ipr:attributedTo"))
        return sorted(claims.items(), key=lambda item: (-item[1], str(item[0])))

    @property
    def links(self) -> list[Links]:
        """Return what points here."""
        return self.thing.links

    def unit_of(self, fact: PropertyValues) -> ox.NamedNode | None:
        """Return the unit of a fact's values, if it has one."""
        return self.unit if fact.predicate.value in MEASURED else None


AnyPage = TypeVar("AnyPage", bound=ThingPage)


def arrange(page: type[AnyPage], thing: Thing, words: Wording) -> AnyPage:
    """Return a page of a thing in one language."""

    def place(fact: PropertyValues | Links) -> tuple[int, str]:
        rank = _RANK.get(fact.predicate.value, len(_RANK))
        return rank, words.name(fact.predicate).text.casefold()

    facts = [
        _in_language(f, words.language)
        for f in thing.asserted
        if f.predicate.value not in _NOT_AMONG_FACTS
    ]
    comparison = [f for p in COMPARED for f in facts if f.predicate.value == expand(p)]
    if comparison:
        facts = [f for f in facts if f.predicate.value not in _COMPARISON]
    order = {expand(p): i for i, p in enumerate(_IDENTIFIERS)}
    identifiers = [f for f in thing.asserted if f.predicate.value in order]
    unclaimed = {g for f in thing.asserted for v in f.values if not v.claims for g in v.graphs}
    unit = thing.first("ipr:unit")
    facts.sort(key=place)
    return page(
        thing=thing,
        language=words.language,
        name=words.name(thing.iri),
        other_name=words.other(thing.iri),
        types=_types(thing),
        aliases=texts_of(thing.all("skos:altLabel")),
        descriptions=_descriptions(thing, words),
        facts=facts,
        identifiers=sorted(identifiers, key=lambda f: order[f.predicate.value]),
        inferred=sorted(thing.inferred, key=place),
        comparison=comparison,
        common_claims=_common_claims(facts),
        groups=group_facts(facts),
        claims_by=[(group, group_claims(group, thing.claims)) for group in thing.claims_by],
        timeline=draw_timeline(thing.dates),
        neighbourhood=draw_neighbourhood(thing.iri, facts, thing.links),
        unclaimed_graphs=sorted(unclaimed),
        unit=unit if isinstance(unit, ox.NamedNode) else None,
    )


def _types(thing: Thing) -> list[ox.NamedNode]:
    """Return the types that are more specific than the kind of the thing."""
    obvious = expand(CLASSES.get(thing.kind, "skos:Concept"))
    types = [t for t in thing.all("rdf:type") if isinstance(t, ox.NamedNode)]
    return [t for t in types if t.value != obvious and local(t.value).lower() != thing.kind]


def _common_claims(facts: list[PropertyValues]) -> list[str]:
    """Return the claims that state every one of several facts; none where the claims differ."""
    sets = {tuple(value.claims) for fact in facts for value in fact.values}
    return list(*sets) if len(sets) == 1 and len(facts) > 1 else []


def _in_language(fact: PropertyValues, language: str) -> PropertyValues:
    """Return a fact without the texts in other languages, where there is one in the page's."""

    def language_of(value: StatedValue) -> str:
        return (value.term.language or "") if isinstance(value.term, ox.Literal) else ""

    if language not in map(language_of, fact.values):
        return fact
    values = [v for v in fact.values if language_of(v) in ("", language)]
    return PropertyValues(fact.predicate, values, fact.total - len(fact.values) + len(values))


def texts_of(terms: Iterable[object]) -> list[ox.Literal]:
    """Return the texts among some terms."""
    return [term for term in terms if isinstance(term, ox.Literal)]


def _descriptions(thing: Thing, words: Wording) -> list[ox.Literal]:
    """Return the descriptions in the page's language, or all where there is none."""
    texts = texts_of([*thing.all("skos:definition"), *thing.all("schema:description")])
    return [text for text in texts if text.language == words.language] or texts
