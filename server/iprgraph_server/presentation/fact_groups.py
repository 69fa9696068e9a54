"""Group facts by what they are about, and claims by the source that makes them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

import pyoxigraph as ox

from iprgraph_server.models.claims import Claim
from iprgraph_server.models.site import Term, expand
from iprgraph_server.models.thing import Fact, Links

#: Facts by what they are about, in the order of the page; what is in none of them comes last.
GROUPS = {
    "figures": (
        "ipr:indicator", "ipr:area", "ipr:period", "ipr:value", "ipr:lowerBound", "ipr:rank",
        "ipr:unit", "ipr:estimate", "ipr:ranksAbove",
    ),
    "dates": (
        "schema:startDate", "schema:endDate", "schema:birthDate", "schema:foundingDate",
        "dcterms:date", "dcterms:issued", "dcterms:modified", "eli:date_document",
        "eli:date_publication", "eli:first_date_entry_in_force", "schema:datePublished",
    ),
    "roles": (
        "ipr:holder", "ipr:post", "ipr:speaker", "ipr:party", "ipr:treaty", "org:postIn",
        "org:subOrganizationOf", "org:resultingOrganization", "dcterms:replaces",
        "schema:organizer", "schema:participant", "schema:agent", "schema:location",
        "schema:containedInPlace",
    ),
    "law": (
        "eli:number", "eli:passed_by", "eli:jurisdiction", "eli:amends", "eli:amended_by",
        "ipr:provides", "dcterms:extent",
    ),
    "aims": (
        "ipr:intends", "ipr:contributesTo", "ipr:assessment", "ipr:askedAbout", "schema:object",
        "schema:about",
    ),
}  # fmt: skip

#: The group of what is in none of them.
OTHER = "other"

_GROUP = {expand(name): group for group, names in GROUPS.items() for name in names}


def group_facts(facts: Iterable[Fact]) -> list[tuple[str, list[Fact]]]:
    """Group facts that are in reading order already; a few facts need no groups."""
    facts = list(facts)
    if len(facts) <= 4:
        return [("", facts)] if facts else []
    found: dict[str, list[Fact]] = {}
    for fact in facts:
        found.setdefault(_GROUP.get(fact.predicate.value, OTHER), []).append(fact)
    if len(found) == 1:
        return [("", facts)]
    return [(group, found[group]) for group in (*GROUPS, OTHER) if group in found]


@dataclass
class SourceClaims:
    """The claims of one source among those of a list."""

    source: Term | None
    claims: list[Claim]

    @property
    def of_article(self) -> bool:
        """Check whether the source is an article."""
        return self.source is not None and "/id/article/" in self.source.value


def group_claims(group: Links, claims: dict[str, Claim]) -> list[SourceClaims]:
    """Group the claims of a list by their source: articles first, then the source with most."""
    listed = [claims[iri.value] for iri in group.things]
    groups = [
        SourceClaims(source, list(members))
        for source, members in groupby(
            sorted(listed, key=lambda claim: claim.place), lambda claim: claim.first("ipr:source")
        )
    ]
    return sorted(groups, key=lambda one: (not one.of_article, -len(one.claims), str(one.source)))


@dataclass
class Member:
    """A thing next to another: where its name stands in the drawing."""

    term: ox.NamedNode
    y: int


@dataclass
class Bundle:
    """Things next to another by one property: where the property stands, and they under it."""

    predicate: ox.NamedNode
    members: list[Member]
    more: int
    y: int


@dataclass
class Walk:
    """What is next to a thing, ready to be drawn: what points here, and where it points."""

    into: list[Bundle]
    out: list[Bundle]
    height: int


#: Properties that put a thing in a category, which is no place to walk to.
_CATEGORIES = {
    expand(name)
    for name in ("ipr:basis", "ipr:estimate", "ipr:evidence", "ipr:modality", "ipr:status",
                 "ipr:verdict", "skos:inScheme")
}  # fmt: skip

#: How many properties a side of the drawing shows, how many things of each, and a line's height.
SIDE, EACH, ROW = 6, 4, 26


def walk(thing: ox.NamedNode, facts: Iterable[Fact], links: Iterable[Links]) -> Walk | None:
    """Lay out the neighbourhood of a thing; None when nothing is next to it."""
    outward = []
    for fact in (fact for fact in facts if fact.predicate.value not in _CATEGORIES):
        terms = [v.term for v in fact.values if isinstance(v.term, ox.NamedNode)]
        own = [term for term in terms if "/iprgraph/id/" in term.value and term != thing]
        if own:
            outward.append((fact.predicate, own, fact.total - (len(terms) - len(own))))
    inward = [(group.predicate, group.things, group.total) for group in links]
    into, left = _bundles(inward)
    out, right = _bundles(outward)
    return Walk(into, out, max(left, right, 3 * ROW)) if into or out else None


def _bundles(
    found: list[tuple[ox.NamedNode, list[ox.NamedNode], int]],
) -> tuple[list[Bundle], int]:
    bundles, y = [], ROW
    for predicate, things, total in found[:SIDE]:
        members = [Member(term, y + ROW * (i + 1)) for i, term in enumerate(things[:EACH])]
        more = total - len(members)
        bundles.append(Bundle(predicate, members, more, y))
        y += ROW * (len(members) + bool(more > 0) + 1) + ROW // 2
    return bundles, y - ROW // 2
