"""The page of a claim: what it asserts, and what other claims and checks do to it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

import pyoxigraph as ox

from iprgraph.namespaces import PREFIXES, expand
from iprgraph_server.http.formats import TURTLE
from iprgraph_server.linked_data.documents import write
from iprgraph_server.models.thing import Links
from iprgraph_server.presentation.thing_page import HEADING, MEASURED, ThingPage

_UNIT = expand("ipr:unit")
_TO_CLAIMS = {expand("ipr:checks"), expand("ipr:against")}


@dataclass
class ClaimPage(ThingPage):
    """A claim as its page shows it."""

    @property
    def assertions(self) -> list[tuple[object, list[tuple[ox.NamedNode, list[ox.Triple]]]]]:
        """Return what a claim asserts: subject by subject, property by property, names first."""
        order = {expand(p): i for i, p in enumerate(HEADING)}

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
    def turtle(self) -> str:
        """Return the claim's own graph in Turtle."""
        quads = [ox.Quad(t.subject, t.predicate, t.object) for t in self.thing.assertion]
        return write(quads, TURTLE).decode() if quads else ""

    @property
    def related_claims(self) -> list[Links]:
        """Return the claims that confirm, correct or update this one, by property."""
        return [g for g in self.thing.links if g.predicate.value.startswith(PREFIXES["cito"])]

    @property
    def links(self) -> list[Links]:
        """Return what points here, without what the page shows elsewhere."""
        elsewhere = [
            *self.related_claims,
            *(g for g in self.thing.links if g.predicate.value in _TO_CLAIMS),
        ]
        return [group for group in self.thing.links if group not in elsewhere]

    def unit_in_assertion(self, triple: ox.Triple) -> object:
        """Return the unit that a claim asserts beside a value."""
        if triple.predicate.value not in MEASURED:
            return None
        units = {t.subject: t.object for t in self.thing.assertion if t.predicate.value == _UNIT}
        return units.get(triple.subject)
