"""Describe a thing: its names and types, and each fact with the claim that makes it."""

from __future__ import annotations

from dataclasses import dataclass

from iprgraph.claims.model import Claim, Edition
from iprgraph.claims.reader import parse_name, read_labels, read_named_claims
from iprgraph.errors import UsageError
from iprgraph.namespaces import shorten
from iprgraph.rdf.query_results import Select, Value, to_python

_FACTS = """
SELECT ?claim ?property ?value ?inverse {
  { GRAPH ?claim { %(thing)s ?property ?value } BIND (false AS ?inverse) }
  UNION { GRAPH ?claim { ?value ?property %(thing)s } BIND (true AS ?inverse) }
  ?claim a ipr:Claim
} ORDER BY ?inverse ?property ?value ?claim LIMIT %(limit)d"""


@dataclass(frozen=True)
class Fact:
    """One statement about a thing, and the claim that makes it.

    Where ``is_inverse``, the thing is the statement's object, and ``value`` its subject.
    """

    property: str
    value: Value
    value_name: str
    is_inverse: bool
    claim: Claim


@dataclass(frozen=True)
class ThingDescription:
    """What is asserted of a thing; where ``cut``, there are more facts than the limit."""

    iri: str
    name: str
    names: dict[str, str]
    types: tuple[str, ...]
    facts: tuple[Fact, ...]
    cut: bool
    release: str


def describe(select: Select, thing: str, limit: int, edition: Edition) -> ThingDescription:
    """Return what claims assert of a thing, at most ``limit`` facts.

    Raises UsageError where there is no such thing.
    """
    node = parse_name(thing)
    types = select(f"SELECT DISTINCT ?type {{ {node} a ?type FILTER (isIRI(?type)) }}")
    rows = select(_FACTS % {"thing": node, "limit": limit + 1})
    edition.labels.update(read_labels(select, [node, *(row["value"] for row in rows[:limit])]))
    names = edition.labels.get(node.value, {})
    if not rows and not names and not types:
        raise UsageError(
            f"nothing in {edition.release} is named {thing}; search finds what there is"
        )
    iris = {row["claim"].value for row in rows[:limit]}
    claims = {claim.iri: claim for claim in read_named_claims(select, iris, edition)}
    facts = tuple(
        Fact(
            shorten(row["property"].value),
            to_python(row["value"]),
            edition.label(row["value"]),
            bool(to_python(row["inverse"])),
            claims[row["claim"].value],
        )
        for row in rows[:limit]
        if row["claim"].value in claims
    )
    return ThingDescription(
        iri=node.value,
        name=edition.label(node) or next(iter(names.values()), ""),
        names=names,
        types=tuple(sorted(shorten(row["type"].value) for row in types)),
        facts=facts,
        cut=len(rows) > limit,
        release=edition.release,
    )
