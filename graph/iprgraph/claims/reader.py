"""Read claims, passages and checks by SPARQL alone, so that any server can be asked alike."""

from __future__ import annotations

import datetime
import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import pyoxigraph as ox

from iprgraph.claims.model import Check, Claim, Passage
from iprgraph.client.results import Rows
from iprgraph.errors import UsageError
from iprgraph.namespaces import PREFIXES

Select = Callable[[str], Rows]
Row = Mapping[str, Any]

#: Claims that are asked for at once: so many VALUES make a query of moderate length.
_AT_ONCE = 500

_CLAIMS = """
SELECT ?claim ?text ?source ?source_name ?said_by ?said_by_name ?said_on ?modality ?status ?basis
  ?confidence ?passage ?passage_source ?start ?end ?link ?told ?home
{
  VALUES ?claim { %(these)s }
  ?claim a ipr:Claim ; ipr:source ?source .
  OPTIONAL { ?claim skos:prefLabel ?text FILTER (lang(?text) = "%(language)s") }
  OPTIONAL { ?source skos:prefLabel ?source_name FILTER (lang(?source_name) = "%(language)s") }
  OPTIONAL { ?source schema:url ?home }
  OPTIONAL {
    ?claim ipr:attributedTo ?said_by
    OPTIONAL { ?said_by skos:prefLabel ?said_by_name FILTER (lang(?said_by_name) = "%(language)s") }
  }
  OPTIONAL { ?claim ipr:saidOn ?said_on }
  OPTIONAL { ?claim ipr:modality ?modality }
  OPTIONAL { ?claim ipr:status ?status }
  OPTIONAL { ?claim ipr:basis ?basis }
  OPTIONAL { ?claim ipr:confidence ?confidence }
  OPTIONAL {
    ?claim ipr:evidence ?passage . ?passage oa:hasSource ?passage_source
    OPTIONAL { ?passage oa:hasSelector ?selector . ?selector oa:start ?start ; oa:end ?end }
    OPTIONAL { ?passage schema:url ?link }
    OPTIONAL { ?passage dcterms:description ?told FILTER (lang(?told) = "%(language)s") }
  }
}"""

_ABOUT = """
SELECT DISTINCT ?claim {
  { ?claim ipr:about %(thing)s } UNION { GRAPH ?claim { %(thing)s ?p ?o } }
  UNION { GRAPH ?claim { ?s ?p %(thing)s } }
  ?claim a ipr:Claim
} ORDER BY ?claim LIMIT %(limit)d"""

_CHECKS = """
SELECT DISTINCT ?check ?name ?verdict ?claimed ?reference ?difference ?unit ?period ?method ?checked ?against
{
  { SELECT DISTINCT ?check {
      { BIND (%(what)s AS ?check) } UNION { ?check ipr:checks %(what)s }
      UNION { ?check ipr:claimedObservation|ipr:referenceObservation|ipr:against %(what)s }
      UNION { ?check ipr:checks/ipr:about %(what)s }
      ?check a ipr:Check } }
  ?check ipr:verdict ?verdict ; ipr:checks ?checked .
  OPTIONAL { ?check skos:prefLabel ?name FILTER (lang(?name) = "%(language)s") }
  OPTIONAL { ?check ipr:method ?method FILTER (lang(?method) = "%(language)s") }
  OPTIONAL { ?check ipr:against ?against }
  OPTIONAL { ?check ipr:claimedValue ?claimed }
  OPTIONAL { ?check ipr:referenceValue ?reference }
  OPTIONAL { ?check ipr:difference ?difference }
  OPTIONAL { ?check ipr:unit ?unit }
  OPTIONAL { ?check ipr:period ?period }
} ORDER BY ?check"""


def iri(name: str) -> str:
    """Write a thing's IRI or prefixed name for a query; raises UsageError for what is neither."""
    prefix, colon, local = name.partition(":")
    full = name.strip("<>")
    if colon and prefix in PREFIXES and not local.startswith("//"):
        full = PREFIXES[prefix] + local
    try:
        return str(ox.NamedNode(full))
    except ValueError:
        raise UsageError(
            f"{name!r} is neither an IRI nor a name such as organization:wipo; search finds names"
        ) from None


def slug(term: object) -> str:
    """Give the last part of an IRI: fact, accepted, PERCENT."""
    return str(term or "").rstrip("/").rpartition("/")[2].rpartition("#")[2]


def about(select: Select, thing: str, language: str, release: str, limit: int) -> list[Claim]:
    """List the claims about a thing, or that name it."""
    found = select(_ABOUT % {"thing": iri(thing), "limit": limit}).rows
    return read(select, [str(row[0]) for row in found], language, release)


def read(select: Select, iris: Iterable[str], language: str, release: str) -> list[Claim]:
    """Read claims by their IRIs, in the order of their sources and passages."""
    these = sorted({iri(name) for name in iris})
    rows: dict[str, list[Row]] = {}
    for i in range(0, len(these), _AT_ONCE):
        asked = {"these": " ".join(these[i : i + _AT_ONCE]), "language": language}
        for row in select(_CLAIMS % asked).dicts():
            rows.setdefault(str(row["claim"]), []).append(row)
    return sorted((_claim(found, release) for found in rows.values()), key=_place)


def checks(select: Select, what: str, language: str, release: str) -> list[Check]:
    """List the checks that have to do with a check, claim, observation or thing."""
    rows: dict[str, list[Row]] = {}
    for row in select(_CHECKS % {"what": iri(what), "language": language}).dicts():
        rows.setdefault(str(row["check"]), []).append(row)
    named = {str(row[edge]) for found in rows.values() for row in found
             for edge in ("checked", "against") if row[edge]}  # fmt: skip
    known = {claim.iri: claim for claim in read(select, named, language, release)}
    return [_check(found, known, release) for found in rows.values()]


def _place(claim: Claim) -> tuple[str, float, str]:
    starts = [passage.start for passage in claim.passages if passage.start is not None]
    return claim.source, min(starts, default=math.inf), claim.iri


def _claim(rows: list[Row], release: str) -> Claim:
    first = rows[0]
    passages = {row["passage"]: _passage(row) for row in rows if row["passage"]}
    on, confidence = first["said_on"], first["confidence"]
    return Claim(
        iri=first["claim"],
        text=first["text"] or "",
        source=first["source"],
        source_name=first["source_name"] or "",
        source_url=min((row["home"] for row in rows if row["home"]), default=""),
        said_by=first["said_by"] or "",
        said_by_name=first["said_by_name"] or "",
        said_on=on if isinstance(on, datetime.date) else None,
        modality=slug(first["modality"]),
        status=slug(first["status"]),
        basis=slug(first["basis"]),
        confidence=None if confidence is None else float(confidence),
        passages=tuple(sorted(passages.values(), key=lambda p: (p.start is None, p.start or 0))),
        release=release,
    )


def _passage(row: Row) -> Passage:
    return Passage(
        iri=row["passage"],
        source=row["passage_source"],
        start=row["start"],
        end=row["end"],
        link=row["link"] or "",
        description=row["told"] or "",
    )


def _check(rows: list[Row], known: Mapping[str, Claim], release: str) -> Check:
    first = rows[0]
    claims, against = (
        tuple(known[name] for name in sorted({row[edge] for row in rows} & known.keys()))
        for edge in ("checked", "against")
    )
    return Check(
        iri=first["check"],
        name=first["name"] or "",
        verdict=slug(first["verdict"]),
        claimed=first["claimed"],
        reference=first["reference"],
        difference=first["difference"],
        unit=slug(first["unit"]),
        period=str(first["period"] or ""),
        method=first["method"] or "",
        claims=claims,
        against=against,
        release=release,
    )
