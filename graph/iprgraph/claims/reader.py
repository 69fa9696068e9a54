"""Read claims, passages and checks by SPARQL alone.

Queries run where ``select`` runs them: on the engine of a release, on a server, within its pages.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import replace
from urllib.parse import urlsplit

import pyoxigraph as ox

from iprgraph.claims.model import Check, Claim, Edition, Passage
from iprgraph.errors import UsageError
from iprgraph.namespaces import INFERRED, PREFIXES, expand
from iprgraph.rdf.query_results import Row, Select, Term, values

#: Things that one query asks about: so many VALUES make a query of moderate length.
_BATCH = 500

#: Properties of a check whose values are claims.
_COMPARED = ("ipr:checks", "ipr:against")
_URL, _DIGEST = expand("schema:url"), expand("ipr:textDigest")

_CLAIMS = f"""
SELECT ?claim ?p ?o ?passage ?end ?check ?unit ?rank {{
  {{ %(claims)s GRAPH ?g {{ ?claim ?p ?o }} FILTER (?g != {INFERRED} && ?p IN (ipr:attributedTo,
      ipr:saidOn, ipr:saidAt, ipr:modality, ipr:status, ipr:basis, ipr:confidence, ipr:source)) }}
  UNION {{ %(claims)s ?claim ipr:evidence ?passage .
    {{ ?passage oa:hasSelector ?selector . ?selector oa:start ?o ; oa:end ?end
      BIND (oa:start AS ?p) }}
    UNION {{ VALUES ?p {{ schema:url dcterms:description oa:hasSource }} ?passage ?p ?o }} }}
  UNION {{ %(claims)s VALUES ?p {{ schema:url ipr:textDigest }}
    ?claim ipr:source ?source . ?source ?p ?o }}
  UNION {{ %(claims)s ?check ipr:checks ?claim ; ipr:verdict ?p
    OPTIONAL {{ ?check ipr:referenceValue ?o }} OPTIONAL {{ ?check ipr:unit ?unit }}
    OPTIONAL {{ ?check ipr:claimedObservation/ipr:rank ?rank }} }}
}}"""

_CHECKS = f"""
SELECT ?check ?p ?o ?start ?measure {{
  {{ %(checks)s GRAPH ?g {{ ?check ?p ?o }} FILTER (?g != {INFERRED}) }}
  UNION {{ %(checks)s ?check ipr:checks/ipr:evidence/oa:hasSelector/oa:start ?start }}
  UNION {{ %(checks)s ?check ipr:claimedObservation ?observation .
    VALUES ?measure {{ ipr:rank ipr:lowerBound }} ?observation ?measure ?any }}
}}"""

_LABELS = """
SELECT ?thing ?best ?name {
  %s { ?thing skos:prefLabel ?name BIND (true AS ?best) } UNION { ?thing rdfs:label ?name }
}"""

_ABOUT = """
SELECT DISTINCT ?claim {
  { ?claim ipr:about %(thing)s } UNION { GRAPH ?claim { %(thing)s ?p ?o } }
  UNION { GRAPH ?claim { ?s ?p %(thing)s } }
  ?claim a ipr:Claim
} ORDER BY ?claim LIMIT %(limit)d"""

_CHECKS_OF = """
{ SELECT DISTINCT ?check {
    { BIND (%(what)s AS ?check) } UNION { ?check ipr:checks %(what)s }
    UNION { ?check ipr:claimedObservation|ipr:referenceObservation|ipr:against %(what)s }
    UNION { ?check ipr:checks/ipr:about %(what)s }
    ?check a ipr:Check } }"""


def parse_name(name: str) -> ox.NamedNode:
    """Parse an IRI or a prefixed name; raises UsageError for what is neither."""
    prefix, colon, local = name.partition(":")
    iri = name.strip("<>")
    if colon and prefix in PREFIXES and not local.startswith("//"):
        iri = PREFIXES[prefix] + local
    try:
        return ox.NamedNode(iri)
    except ValueError:
        raise UsageError(
            f"{name!r} is neither an IRI nor a name such as organization:wipo; search finds names"
        ) from None


def read_labels(select: Select, terms: Iterable[object]) -> dict[str, dict[str, str]]:
    """Return the names of the IRIs among some terms, by IRI and language; preferred labels win."""
    labels: dict[str, dict[str, str]] = {}
    for block in _blocks("thing", (term for term in terms if isinstance(term, ox.NamedNode))):
        rows = select(_LABELS % block)
        for row in sorted(rows, key=lambda row: ("best" in row, row["name"].value)):
            name = row["name"]
            if isinstance(name, ox.Literal):
                labels.setdefault(row["thing"].value, {})[name.language or ""] = name.value
    return labels


def read_claims(
    select: Select,
    iris: Iterable[str],
    edition: Edition = Edition(),  # noqa: B008 (immutable)
) -> dict[str, Claim]:
    """Return claims by their IRIs, with passages and checks; names of things are not read."""
    rows: dict[str, list[Row]] = {iri: [] for iri in sorted(set(iris))}
    for block in _blocks("claim", map(ox.NamedNode, rows)):
        for row in select(_CLAIMS % {"claims": block}):
            rows[row["claim"].value].append(row)
    return {iri: _claim(iri, about, edition) for iri, about in rows.items()}


def read_named_claims(select: Select, iris: Iterable[str], edition: Edition) -> list[Claim]:
    """Return claims with the names of sources and speakers, in the order of sources and passages.

    What has no source, and so is no claim, is left out.
    """
    claims = [claim for claim in read_claims(select, iris, edition).values() if claim.source]
    named = {
        term
        for claim in claims
        for term in (
            ox.NamedNode(claim.iri), *claim.all("ipr:source"), *claim.all("ipr:attributedTo")
        )
    }  # fmt: skip
    edition.labels.update(read_labels(select, named))
    return sorted(claims, key=lambda claim: claim.place)


def claims_about(select: Select, thing: str, limit: int, edition: Edition) -> list[Claim]:
    """Return the claims about a thing, or that name it."""
    rows = select(_ABOUT % {"thing": parse_name(thing), "limit": limit})
    return read_named_claims(select, [row["claim"].value for row in rows], edition)


def read_checks(select: Select, iris: Iterable[Term]) -> list[Check]:
    """Return checks in the order of the passages that they check; their claims are not read."""
    blocks = _blocks("check", iris)
    checks = (check for block in blocks for check in _checks(select, block, Edition()))
    return sorted(checks, key=lambda check: (check.start, check.iri))


def checks_of(select: Select, what: str, edition: Edition) -> list[Check]:
    """Return the checks that have to do with a check, claim, observation or thing."""
    checks = _checks(select, _CHECKS_OF % {"what": parse_name(what)}, edition)
    compared = {t.value for c in checks for edge in _COMPARED for t in c.all(edge)}
    claims = {claim.iri: claim for claim in read_named_claims(select, compared, edition)}

    def of(check: Check, edge: str) -> tuple[Claim, ...]:
        return tuple(
            claims[iri] for iri in sorted({t.value for t in check.all(edge)} & claims.keys())
        )

    return [
        replace(check, claims=of(check, "ipr:checks"), against=of(check, "ipr:against"))
        for check in sorted(checks, key=lambda check: check.iri)
    ]


def _blocks(variable: str, terms: Iterable[object]) -> Iterator[str]:
    """Yield VALUES blocks of moderate length."""
    listed = sorted(set(terms), key=str)
    for i in range(0, len(listed), _BATCH):
        yield values(variable, listed[i : i + _BATCH])


def _statements(rows: Iterable[Row]) -> dict[str, tuple[Term, ...]]:
    """Return the values in ?o by the property in ?p, each once."""
    statements: dict[str, dict[Term, None]] = {}
    for row in rows:
        statements.setdefault(row["p"].value, {})[row["o"]] = None
    return {predicate: tuple(terms) for predicate, terms in statements.items()}


def _claim(iri: str, rows: list[Row], edition: Edition) -> Claim:
    passages: dict[str, list[Row]] = {}
    for row in rows:
        if "passage" in row:
            passages.setdefault(row["passage"].value, []).append(row)
    statements = _statements(row for row in rows if not row.keys() & {"check", "passage"})
    # These two are the source's.
    urls, digests = statements.pop(_URL, ()), statements.pop(_DIGEST, ())
    checks = {row["check"].value: _check_of_claim(row, edition) for row in rows if "check" in row}
    return Claim(
        iri=iri,
        statements=statements,
        edition=edition,
        passages=tuple(
            sorted(
                (_passage(passage, about, edition) for passage, about in passages.items()),
                key=lambda passage: (passage.start is None, passage.start or 0, passage.iri),
            )
        ),
        checks=tuple(check for _, check in sorted(checks.items())),
        source_url=min(filter(None, map(_web_address, urls)), default=""),
        text_digest=digests[0].value if digests else "",
    )


def _passage(iri: str, rows: list[Row], edition: Edition) -> Passage:
    statements = _statements(row for row in rows if "end" not in row)
    places = {(row["o"].value, row["end"].value) for row in rows if "end" in row}
    # Offsets that are given twice, or are no numbers, are no place.
    place = next(iter(places)) if len(places) == 1 else ("", "")
    start, end = map(int, place) if all(map(str.isdecimal, place)) else (None, None)
    return Passage(
        iri=iri,
        statements=statements,
        edition=edition,
        start=start,
        end=end,
        link=next(filter(None, map(_web_address, statements.get(_URL, ()))), ""),
    )


def _check_of_claim(row: Row, edition: Edition) -> Check:
    values = {"ipr:verdict": "p", "ipr:referenceValue": "o", "ipr:unit": "unit"}
    return Check(
        iri=row["check"].value,
        statements={expand(p): (row[name],) for p, name in values.items() if name in row},
        edition=edition,
        measures=frozenset({expand("ipr:rank")} if "rank" in row else ()),
    )


def _checks(select: Select, pattern: str, edition: Edition) -> list[Check]:
    """Return the checks that a pattern binds to ?check."""
    rows: dict[str, list[Row]] = {}
    for row in select(_CHECKS % {"checks": pattern}):
        rows.setdefault(row["check"].value, []).append(row)
    return [_check(iri, about, edition) for iri, about in rows.items()]


def _check(iri: str, rows: list[Row], edition: Edition) -> Check:
    statements = sorted((row for row in rows if "p" in row), key=lambda row: str(row["o"]))
    return Check(
        iri=iri,
        statements=_statements(statements),
        edition=edition,
        measures=frozenset(row["measure"].value for row in rows if "measure" in row),
        start=min((int(row["start"].value) for row in rows if "start" in row), default=math.inf),
    )


def _web_address(term: Term) -> str:
    """Return an address on the Web; empty for what is none, such as `javascript:`."""
    known = isinstance(term, ox.NamedNode) and urlsplit(term.value).scheme in ("http", "https")
    return term.value if known else ""
