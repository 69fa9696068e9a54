"""Read what pages tell about claims: who says it, when, how meant, where, how it was checked."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import pyoxigraph as ox

from iprgraph.content import INFERRED
from iprgraph_server.site import Site, Term, expand, values

#: What a page tells about a claim.
_TOLD = (
    "ipr:attributedTo", "ipr:saidOn", "ipr:saidAt", "ipr:modality", "ipr:status", "ipr:basis",
    "ipr:source",
)  # fmt: skip


@dataclass
class Claim:
    """What a page tells about one claim."""

    iri: str
    told: dict[str, list[Term]] = field(default_factory=dict)
    #: Addresses that open the source at the passage, and descriptions where there are none.
    passages: list[Term] = field(default_factory=list)
    #: Checks of this claim, with their verdicts.
    checks: list[tuple[Term, Term]] = field(default_factory=list)
    #: Where its first passage starts; claims without an offset come last.
    start: float = math.inf

    @property
    def place(self) -> tuple[str, float, str]:
        """Give what to sort by: the source, and the order within it."""
        source = self.first("ipr:source")
        return (source.value if source else "", self.start, self.iri)

    def first(self, compact: str) -> Term | None:
        """Give a value by its property's prefixed name."""
        return next(iter(self.all(compact)), None)

    def all(self, compact: str) -> list[Term]:
        """Give the values of a property by its prefixed name."""
        return self.told.get(expand(compact), [])

    @property
    def inferred(self) -> bool:
        """Tell whether the curator infers it, rather than the source states it."""
        basis = self.first("ipr:basis")
        return basis is not None and basis.value.endswith("/inferred")


def read_claims(site: Site, iris: Iterable[str]) -> dict[str, Claim]:
    """Read what pages tell about claims: who, when, how meant, passages, checks."""
    claims = {iri: Claim(iri) for iri in sorted(iris)}
    if not claims:
        return {}
    these = values("claim", (ox.NamedNode(iri) for iri in claims))
    rows = site.select(
        "SELECT ?claim ?p ?o ?check ?start WHERE { "
        f"{{ {these} GRAPH ?g {{ ?claim ?p ?o }} "
        f"FILTER(?g != {INFERRED} && ?p IN ({', '.join(_TOLD)})) }} UNION "
        f"{{ {these} ?claim ipr:evidence/oa:hasSelector/oa:start ?start }} UNION "
        f"{{ {these} ?claim ipr:evidence/schema:url ?o }} UNION "
        f"{{ {these} ?claim ipr:evidence/dcterms:description ?o }} UNION "
        f"{{ {these} ?check ipr:checks ?claim ; ipr:verdict ?o }} }}"
    )
    for row in rows:
        claim = claims[row["claim"].value]
        if "check" in row:
            claim.checks.append((row["check"], row["o"]))
        elif "start" in row:
            claim.start = min(claim.start, int(row["start"].value))
        elif "p" in row:
            claim.told.setdefault(row["p"].value, []).append(row["o"])
        else:
            claim.passages.append(row["o"])
    for claim in claims.values():
        claim.passages.sort(key=str)
        claim.checks.sort(key=str)
    return claims


def terms_of(claims: dict[str, Claim]) -> Iterator[object]:
    """Give every term that the lines about claims name."""
    for claim in claims.values():
        yield ox.NamedNode(claim.iri)
        for told in claim.told.values():
            yield from told
        for check, verdict in claim.checks:
            yield from (check, verdict)
