"""Arrange what is known about a thing for its page: which facts come first, which stand apart."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

import pyoxigraph as ox
from markupsafe import Markup

from iprgraph.claims.model import Claim
from iprgraph.namespaces import PREFIXES, expand
from iprgraph.rdf.query_results import Term
from iprgraph_server.http.formats import DOCUMENTS
from iprgraph_server.linked_data.documents import write
from iprgraph_server.models.labels import Name
from iprgraph_server.models.listing import CLASSES
from iprgraph_server.models.thing import Links, PropertyValues, StatedValue, Thing
from iprgraph_server.presentation.check_plot import CheckPlot, draw_check
from iprgraph_server.presentation.fact_groups import SourceClaims, group_claims, group_facts
from iprgraph_server.presentation.neighbourhood import Neighbourhood, draw_neighbourhood
from iprgraph_server.presentation.query_links import ThingQueries
from iprgraph_server.presentation.timeline import TimelineDrawing, draw_timeline
from iprgraph_server.presentation.wording import Wording, local

#: Shown in the heading, so not among the facts.
_HEADING = ("rdf:type", "skos:prefLabel", "skos:altLabel", "skos:definition", "schema:description")

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

#: Literals that are numbers in the thing's own unit.
_COMPARED = ("ipr:claimedValue", "ipr:referenceValue", "ipr:difference")
_MEASURED = {expand(p) for p in (*_COMPARED, "ipr:value", "ipr:lowerBound")}
_UNIT = expand("ipr:unit")
_METHOD = expand("ipr:method")
_TO_CLAIMS = {expand("ipr:checks"), expand("ipr:against")}
_COMPARISON = {expand(p) for p in (*_COMPARED, "ipr:unit", "ipr:verdict")}
_RANK = {expand(p): i for i, p in enumerate(_FIRST_FACTS)}
_NOT_AMONG_FACTS = {expand(p) for p in (*_HEADING, *_IDENTIFIERS)}


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
    #: The claim's own graph in Turtle, for a claim.
    turtle: str

    @property
    def assertions(self) -> list[tuple[object, list[tuple[ox.NamedNode, list[ox.Triple]]]]]:
        """Return what a claim asserts: subject by subject, property by property, names first."""
        order = {expand(p): i for i, p in enumerate(_HEADING)}

        def place(triple: ox.Triple) -> tuple[str, int, str, bool, str]:
            predicate = triple.predicate.value
            # Of a text in several languages, the page's own comes first.
            other = getattr(triple.object, "language", None) not in (None, self.language)
            rank = order.get(predicate, len(order))
            return str(triple.subject), rank, predicate, other, str(triple)

        triples = sorted(self.thing.assertion, key=place)
        return [
            (
                subject,
                [(p, list(values)) for p, values in groupby(statements, lambda t: t.predicate)],
            )
            for subject, statements in groupby(triples, lambda t: t.subject)
        ]

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
    def related_claims(self) -> list[Links]:
        """Return the claims that confirm, correct or update this one, by property."""
        return [g for g in self.thing.links if g.predicate.value.startswith(PREFIXES["cito"])]

    @property
    def links(self) -> list[Links]:
        """Return what points here, without what the page of a claim shows elsewhere."""
        if self.thing.kind != "claim":
            return self.thing.links
        elsewhere = [
            *self.related_claims,
            *(g for g in self.thing.links if g.predicate.value in _TO_CLAIMS),
        ]
        return [group for group in self.thing.links if group not in elsewhere]

    def compared(self, compact: str, words: Wording) -> Markup | None:
        """Write one of the values that a check compares."""
        term = self.thing.first(compact)
        return words.compared(compact, term, self.unit, self.thing.measures) if term else None

    @property
    def plot(self) -> CheckPlot | None:
        """Return the plot of the two values that a check compares."""
        bound = expand("ipr:lowerBound") in self.thing.measures
        rank = expand("ipr:rank") in self.thing.measures
        claimed, reference = map(self.thing.first, _COMPARED[:2])
        return draw_check(claimed, reference, bound, rank)

    @property
    def differs(self) -> bool:
        """Check whether the check found a difference."""
        difference = self.thing.first("ipr:difference")
        return difference is not None and _number(difference) not in (None, 0)

    @property
    def difference_percent(self) -> str:
        """Return the difference of amounts in percent of the open-data value."""
        difference, reference = map(self.thing.first, ("ipr:difference", "ipr:referenceValue"))
        if self.unit is None or difference is None or reference is None:
            return ""
        amount, whole = _number(difference), _number(reference)
        return f"{100 * amount / whole:+.2g}".replace("-", "−") if amount and whole else ""

    @property
    def method(self) -> list[ox.Literal]:
        """Return how a check was made, in the page's language."""
        return _texts(v.term for f in self.facts for v in f.values if f.predicate.value == _METHOD)

    def claims_of(self, compact: str) -> list[Claim]:
        """Return the claims that a property names, in their order in the source."""
        iris = (term.value for term in self.thing.all(compact))
        return sorted((self.thing.claims[i] for i in iris if i in self.thing.claims),
                      key=lambda claim: claim.place)  # fmt: skip

    @property
    def other_facts(self) -> list[PropertyValues]:
        """Return the facts of a check that its page shows nowhere else."""
        elsewhere = {_METHOD, expand("ipr:checks"), expand("ipr:against"), expand("ipr:verdict")}
        return [fact for fact in self.facts if fact.predicate.value not in elsewhere]

    def unit_of(self, fact: PropertyValues) -> ox.NamedNode | None:
        """Return the unit of a fact's values, if it has one."""
        return self.unit if fact.predicate.value in _MEASURED else None

    def unit_in_assertion(self, triple: ox.Triple) -> object:
        """Return the unit that a claim asserts beside a value."""
        if triple.predicate.value not in _MEASURED:
            return None
        units = {t.subject: t.object for t in self.thing.assertion if t.predicate.value == _UNIT}
        return units.get(triple.subject)


def arrange(thing: Thing, words: Wording) -> ThingPage:
    """Return the page of a thing in one language."""

    def place(fact: PropertyValues | Links) -> tuple[int, str]:
        rank = _RANK.get(fact.predicate.value, len(_RANK))
        return rank, words.name(fact.predicate).text.casefold()

    facts = [
        _in_language(f, words.language)
        for f in thing.asserted
        if f.predicate.value not in _NOT_AMONG_FACTS
    ]
    comparison = [f for p in _COMPARED for f in facts if f.predicate.value == expand(p)]
    if comparison:
        facts = [f for f in facts if f.predicate.value not in _COMPARISON]
    order = {expand(p): i for i, p in enumerate(_IDENTIFIERS)}
    identifiers = [f for f in thing.asserted if f.predicate.value in order]
    unclaimed = {g for f in thing.asserted for v in f.values if not v.claims for g in v.graphs}
    unit = thing.first("ipr:unit")
    facts.sort(key=place)
    return ThingPage(
        thing=thing,
        language=words.language,
        name=words.name(thing.iri),
        other_name=words.other(thing.iri),
        types=_types(thing),
        aliases=_texts(thing.all("skos:altLabel")),
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
        turtle=_turtle(thing),
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


def _texts(terms: Iterable[object]) -> list[ox.Literal]:
    return [term for term in terms if isinstance(term, ox.Literal)]


def _descriptions(thing: Thing, words: Wording) -> list[ox.Literal]:
    """Return the descriptions in the page's language, or all where there is none."""
    texts = _texts([*thing.all("skos:definition"), *thing.all("schema:description")])
    return [text for text in texts if text.language == words.language] or texts


def _turtle(thing: Thing) -> str:
    if not thing.assertion:
        return ""
    quads = [ox.Quad(t.subject, t.predicate, t.object) for t in thing.assertion]
    return write(quads, DOCUMENTS[0]).decode()


def _number(term: Term) -> float | None:
    try:
        value = float(term.value)
    except ValueError:
        return None
    return value if math.isfinite(value) else None
