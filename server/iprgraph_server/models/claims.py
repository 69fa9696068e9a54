"""Read what pages tell about claims: who says it, when, how meant, where, how it was checked."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import pyoxigraph as ox

from iprgraph.claims import text_fragments
from iprgraph.namespaces import INFERRED, expand
from iprgraph.rdf.query_results import Row, Term, values
from iprgraph_server.models.graph_reader import GraphReader

#: What a page tells about a claim.
_TOLD = (
    "ipr:attributedTo", "ipr:saidOn", "ipr:saidAt", "ipr:modality", "ipr:status", "ipr:basis",
    "ipr:source",
)  # fmt: skip


@dataclass
class Passage:
    """Where a source says something: the address that opens it there, or a description of it."""

    iri: str
    address: str = ""
    described: list[ox.Literal] = field(default_factory=list)
    start: float = math.inf
    end: float = math.inf

    @property
    def bounded(self) -> bool:
        """Tell whether its offsets in the text are known."""
        return math.isfinite(self.start) and math.isfinite(self.end)

    @property
    def quote(self) -> str:
        """Give the few words of the source by which its address finds the passage."""
        return " … ".join(
            part for d in text_fragments.parse(self.address) for part in d[:2] if part
        )


@dataclass
class Checked:
    """A check of a claim: its verdict, and what open data says where that is one value."""

    iri: Term
    verdict: Term
    reference: Term | None
    unit: Term | None
    rank: bool


@dataclass
class Claim:
    """What a page tells about one claim."""

    iri: str
    told: dict[str, list[Term]] = field(default_factory=dict)
    passages: list[Passage] = field(default_factory=list)
    checks: list[Checked] = field(default_factory=list)
    #: The address of its source on the Web, and the SHA-256 of the source's text.
    home: str = ""
    digest: str = ""

    @property
    def start(self) -> float:
        """Give where its first passage starts; claims without an offset come last."""
        return min((passage.start for passage in self.passages), default=math.inf)

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


def read_claims(graph: GraphReader, iris: Iterable[str]) -> dict[str, Claim]:
    """Read what pages tell about claims: who, when, how meant, passages, checks."""
    claims = {iri: Claim(iri) for iri in sorted(iris)}
    if not claims:
        return {}
    these = values("claim", (ox.NamedNode(iri) for iri in claims))
    rows = graph.select(
        "SELECT ?claim ?p ?o ?passage ?end ?check ?unit ?rank WHERE { "
        f"{{ {these} GRAPH ?g {{ ?claim ?p ?o }} "
        f"FILTER(?g != {INFERRED} && ?p IN ({', '.join(_TOLD)})) }} UNION "
        f"{{ {these} ?claim ipr:evidence ?passage . {{ ?passage oa:hasSelector ?place . "
        "?place oa:start ?o ; oa:end ?end BIND(oa:start AS ?p) } UNION "
        "{ VALUES ?p { schema:url dcterms:description } ?passage ?p ?o } } UNION "
        f"{{ {these} VALUES ?p {{ schema:url ipr:textDigest }} ?claim ipr:source ?source . "
        "?source ?p ?o } UNION "
        f"{{ {these} ?check ipr:checks ?claim ; ipr:verdict ?p "
        "OPTIONAL { ?check ipr:referenceValue ?o } OPTIONAL { ?check ipr:unit ?unit } "
        "OPTIONAL { ?check ipr:claimedObservation/ipr:rank ?rank } } }"
    )
    passages: dict[tuple[str, str], Passage] = {}
    for row in rows:
        claim = claims[row["claim"].value]
        if "check" in row:
            claim.checks.append(
                Checked(row["check"], row["p"], row.get("o"), row.get("unit"), "rank" in row)
            )
        elif "passage" in row:
            key = (claim.iri, row["passage"].value)
            if key not in passages:
                passages[key] = Passage(key[1])
                claim.passages.append(passages[key])
            _tell(passages[key], row)
        elif row["p"].value == expand("schema:url"):
            claim.home = _web(row["o"])
        elif row["p"].value == expand("ipr:textDigest"):
            claim.digest = row["o"].value
        else:
            claim.told.setdefault(row["p"].value, []).append(row["o"])
    for claim in claims.values():
        claim.passages.sort(key=lambda passage: (passage.start, passage.iri))
        claim.checks.sort(key=lambda check: str(check.iri))
    return claims


def _tell(passage: Passage, row: Row) -> None:
    """Fill in what a row tells about a passage."""
    told = row["o"]
    if "end" in row:
        if told.value.isdecimal() and row["end"].value.isdecimal():
            passage.start, passage.end = int(told.value), int(row["end"].value)
    elif isinstance(told, ox.Literal):
        passage.described.append(told)
    else:
        passage.address = _web(told)


def _web(term: Term) -> str:
    """Give an address on the Web; empty for what is none, such as `javascript:`."""
    known = isinstance(term, ox.NamedNode) and urlsplit(term.value).scheme in ("http", "https")
    return term.value if known else ""


def terms_of(claims: dict[str, Claim]) -> Iterator[object]:
    """Give every term that the lines about claims name."""
    for claim in claims.values():
        yield ox.NamedNode(claim.iri)
        for told in claim.told.values():
            yield from told
        for check in claim.checks:
            yield from (check.iri, check.verdict)
