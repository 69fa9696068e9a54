"""The page of a check: the two values that it compares, the claims, and how it was made."""

from __future__ import annotations

import math
from dataclasses import dataclass

import pyoxigraph as ox
from markupsafe import Markup

from iprgraph.claims.model import Claim
from iprgraph.namespaces import expand
from iprgraph.rdf.query_results import Term
from iprgraph_server.models.thing import PropertyValues
from iprgraph_server.presentation.check_plot import CheckPlot, draw_check
from iprgraph_server.presentation.thing_page import COMPARED, ThingPage, texts_of
from iprgraph_server.presentation.wording import Wording

_METHOD = expand("ipr:method")


@dataclass
class CheckPage(ThingPage):
    """A check as its page shows it."""

    def compared(self, compact: str, words: Wording) -> Markup | None:
        """Write one of the values that a check compares."""
        term = self.thing.first(compact)
        return words.compared(compact, term, self.unit, self.thing.measures) if term else None

    @property
    def plot(self) -> CheckPlot | None:
        """Return the plot of the two values that a check compares."""
        bound = expand("ipr:lowerBound") in self.thing.measures
        rank = expand("ipr:rank") in self.thing.measures
        claimed, reference = map(self.thing.first, COMPARED[:2])
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
        return texts_of(
            v.term for f in self.facts for v in f.values if f.predicate.value == _METHOD
        )

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


def _number(term: Term) -> float | None:
    try:
        value = float(term.value)
    except ValueError:
        return None
    return value if math.isfinite(value) else None
