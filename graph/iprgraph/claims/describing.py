"""Describe a thing: its names, and each fact with the claim that makes it."""

from __future__ import annotations

from iprgraph.claims import reader
from iprgraph.claims.model import Description, Fact
from iprgraph.errors import UsageError
from iprgraph.namespaces import shorten

_NAMES = """
SELECT ?kind ?name (lang(?name) AS ?language) {
  VALUES ?edge { rdf:type skos:prefLabel } %(thing)s ?edge ?said
  BIND (IF(isIRI(?said), ?said, 1/0) AS ?kind) BIND (IF(isLiteral(?said), ?said, 1/0) AS ?name)
}"""

_FACTS = """
SELECT ?claim ?property ?value ?value_name ?inverse {
  { GRAPH ?claim { %(thing)s ?property ?value } BIND (false AS ?inverse) }
  UNION { GRAPH ?claim { ?value ?property %(thing)s } BIND (true AS ?inverse) }
  ?claim a ipr:Claim
  OPTIONAL { ?value skos:prefLabel ?value_name FILTER (lang(?value_name) = "%(language)s") }
} ORDER BY ?inverse ?property ?value ?claim LIMIT %(limit)d"""


def describe(
    select: reader.Select, thing: str, language: str, release: str, limit: int
) -> Description:
    """Tell what is asserted of a thing, at most so many facts; raises UsageError for no thing."""
    named = reader.iri(thing)
    names: dict[str, str] = {}
    types = set()
    for row in select(_NAMES % {"thing": named}).dicts():
        if row["kind"]:
            types.add(shorten(str(row["kind"])))
        else:
            names[str(row["language"])] = str(row["name"])
    asked = {"thing": named, "language": language, "limit": limit + 1}
    rows = select(_FACTS % asked).dicts()
    if not rows and not names and not types:
        raise UsageError(f"nothing in {release} is named {thing}; search finds what there is")
    cut, rows = len(rows) > limit, rows[:limit]
    found = {str(row["claim"]) for row in rows}
    known = {claim.iri: claim for claim in reader.read(select, found, language, release)}
    facts = tuple(
        Fact(
            shorten(str(row["property"])),
            row["value"],
            str(row["value_name"] or ""),
            bool(row["inverse"]),
            known[str(row["claim"])],
        )
        for row in rows
        if str(row["claim"]) in known
    )
    name = names.get(language) or next(iter(names.values()), "")
    return Description(named[1:-1], name, names, tuple(sorted(types)), facts, cut, release)
