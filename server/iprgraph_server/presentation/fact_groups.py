"""Group facts by what they are about, and claims by the source that makes them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from iprgraph.claims.model import Claim
from iprgraph.namespaces import expand
from iprgraph.rdf.query_results import Term
from iprgraph_server.models.thing import Links, PropertyValues

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

_GROUP_OF = {expand(name): group for group, names in GROUPS.items() for name in names}


def group_facts(facts: Iterable[PropertyValues]) -> list[tuple[str, list[PropertyValues]]]:
    """Return facts in their groups, in the given order; a few facts stay in one group."""
    facts = list(facts)
    if len(facts) <= 4:
        return [("", facts)] if facts else []
    groups: dict[str, list[PropertyValues]] = {}
    for fact in facts:
        groups.setdefault(_GROUP_OF.get(fact.predicate.value, OTHER), []).append(fact)
    if len(groups) == 1:
        return [("", facts)]
    return [(group, groups[group]) for group in (*GROUPS, OTHER) if group in groups]


@dataclass
class SourceClaims:
    """The claims of one source among those of a list."""

    source: Term | None
    claims: list[Claim]

    @property
    def of_article(self) -> bool:
        """Check whether an article makes them."""
        return self.source is not None and "/id/article/" in self.source.value


def group_claims(links: Links, claims: dict[str, Claim]) -> list[SourceClaims]:
    """Return the claims of a list by source: articles first, then the source with most."""
    listed = [claims[iri.value] for iri in links.things]
    by_source = [
        SourceClaims(source, list(grouped))
        for source, grouped in groupby(
            sorted(listed, key=lambda claim: claim.place), lambda claim: claim.first("ipr:source")
        )
    ]
    return sorted(
        by_source,
        key=lambda group: (not group.of_article, -len(group.claims), str(group.source)),
    )
