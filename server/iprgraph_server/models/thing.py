"""Read a thing from the graph: its properties with the claims that state them, and what points to it.

A page takes nine queries at most, however big the thing; what it does not show is counted.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import pyoxigraph as ox

from iprgraph.claims.model import Claim, terms_of
from iprgraph.claims.reader import read_checks, read_claims
from iprgraph.namespaces import CLAIMS, ID, INFERRED, expand
from iprgraph.rdf.query_results import Term
from iprgraph_server.models.dates import Dated, read_dates
from iprgraph_server.models.graph_reader import GraphReader
from iprgraph_server.models.labels import Names, find_names

#: How a claim can belong to a thing, in the order in which pages show them.
RELATIONS = ("ipr:source", "ipr:attributedTo", "ipr:saidAt", "ipr:about", "ipr:evidence")

#: How many claims, and how many things that point here, a page lists by kind of link.
CLAIMS_SHOWN = 60
CLAIMS_OF_SOURCE = 120
LINKS_SHOWN = 12

#: How many properties a page lists, how many values of one, of all, and claims beside one value.
PROPERTIES_SHOWN = 48
VALUES_SHOWN = 24
FACTS_SHOWN = 90
CLAIMS_BESIDE = 3

#: How many statements about a thing are read; the values of a bigger one are counted by a query.
STATEMENTS_READ = 1_500

#: Kinds whose pages have no timeline: what is said of a claim or a figure is not its history.
DATELESS = {"check", "claim", "indicator", "observation", "passage", "selector", "verdict"}

#: Properties of a check whose values are claims.
_COMPARED = {expand("ipr:checks"), expand("ipr:against")}


@dataclass
class StatedValue:
    """One value of a fact, and where it is stated."""

    term: Term
    claims: list[str] = field(default_factory=list)
    graphs: list[str] = field(default_factory=list)
    #: How many claims state it; ``claims`` holds the first of them.
    stated: int = 0


@dataclass
class PropertyValues:
    """The values of one property: the first of them, and how many there are."""

    predicate: ox.NamedNode
    values: list[StatedValue]
    total: int


@dataclass
class Links:
    """Things that point here by one property: the first of them, and how many there are."""

    predicate: ox.NamedNode
    total: int
    things: list[ox.NamedNode]


@dataclass
class Thing:
    """Everything that the page of a thing shows."""

    iri: ox.NamedNode
    kind: str
    slug: str
    asserted: list[PropertyValues]
    inferred: list[PropertyValues]
    #: How many properties are said of it; ``asserted`` holds the first of them.
    properties: int
    claims_by: list[Links]
    links: list[Links]
    claims: dict[str, Claim]
    dates: list[Dated]
    #: What the claim's own graph holds, when the thing is a claim.
    assertion: list[ox.Triple]
    #: What a check's claimed observation gives: a rank, a lower bound, or neither.
    measures: frozenset[str]
    names: Names

    def first(self, compact: str) -> Term | None:
        """Return the first asserted value of a property."""
        return next(iter(self.all(compact)), None)

    def all(self, compact: str) -> list[Term]:
        """Return the asserted values of a property."""
        predicate = expand(compact)
        return [v.term for f in self.asserted if f.predicate.value == predicate for v in f.values]


def iri_of(kind: str, slug: str) -> ox.NamedNode:
    """Return the IRI of a thing."""
    return ID[f"{kind}/{slug}"]


def read_thing(graph: GraphReader, kind: str, slug: str) -> Thing | None:
    """Return all that the page of a thing shows; None when nothing is asserted about it."""
    thing = iri_of(kind, slug)
    asserted, inferred, properties = _facts(graph, thing)
    if not asserted:
        return None
    assertion = _assertion(graph, thing) if kind == "claim" else []
    checks = read_checks(graph.select, [thing] if kind == "check" else [])
    claims_by, links = _links(graph, thing)
    named_claims = {c for fact in asserted for v in fact.values for c in v.claims}
    named_claims |= {t.value for group in claims_by for t in group.things}
    named_claims |= {thing.value} if kind == "claim" else _compared(asserted)
    claims = read_claims(graph.select, named_claims)
    for group in claims_by:
        group.things.sort(key=lambda claim: claims[claim.value].place)
    dates = [] if kind in DATELESS else read_dates(graph, thing)
    shown: list[object] = [thing, *terms_of(claims.values())]
    for group in links:
        shown += [group.predicate, *group.things]
    for dated in dates:
        shown += [dated.predicate, dated.thing]
    for fact in (*asserted, *inferred):
        shown += [fact.predicate, *(v.term for v in fact.values)]
        shown += [ox.NamedNode(g) for v in fact.values for g in v.graphs]
    for triple in assertion:
        shown += [triple.subject, triple.predicate, triple.object]
    return Thing(
        thing, kind, slug, asserted, inferred, properties, claims_by, links, claims, dates,
        assertion, checks[0].measures if checks else frozenset(), find_names(graph, shown),
    )  # fmt: skip


def _assertion(graph: GraphReader, claim: ox.NamedNode) -> list[ox.Triple]:
    rows = graph.select(
        f"SELECT ?s ?p ?o WHERE {{ GRAPH {claim} {{ ?s ?p ?o }} }} LIMIT {STATEMENTS_READ}"
    )
    return sorted((ox.Triple(r["s"], r["p"], r["o"]) for r in rows), key=str)  # type: ignore[arg-type]


def _compared(facts: list[PropertyValues]) -> set[str]:
    """Return the IRIs of the claims that a check compares."""
    return {
        value.term.value
        for fact in facts if fact.predicate.value in _COMPARED
        for value in fact.values if isinstance(value.term, ox.NamedNode)
    }  # fmt: skip


def _facts(
    graph: GraphReader, thing: ox.NamedNode
) -> tuple[list[PropertyValues], list[PropertyValues], int]:
    """Return the first properties of a thing, asserted and inferred, and how many are asserted."""
    rows = graph.select(
        f"SELECT ?g ?p ?o WHERE {{ GRAPH ?g {{ {thing} ?p ?o }} }} LIMIT {STATEMENTS_READ}"
    )
    asserted: dict[Term, dict[Term, StatedValue]] = {}
    inferred: dict[Term, dict[Term, StatedValue]] = {}
    for row in rows:
        named = row["g"].value
        table = inferred if row["g"] == INFERRED else asserted
        value = table.setdefault(row["p"], {}).setdefault(row["o"], StatedValue(row["o"]))
        (value.claims if named.startswith(CLAIMS) else value.graphs).append(named)
    # A triple that is asserted anywhere is not listed as inferred.
    for predicate, values in asserted.items():
        for term in values:
            inferred.get(predicate, {}).pop(term, None)
    totals: dict[Term, int] = {}
    if len(rows) == STATEMENTS_READ:
        counted = graph.select(
            "SELECT ?p (COUNT(DISTINCT ?o) AS ?n) "
            f"WHERE {{ GRAPH ?g {{ {thing} ?p ?o }} FILTER(?g != {INFERRED}) }} GROUP BY ?p"
        )
        totals = {row["p"]: int(row["n"].value) for row in counted if "p" in row}
    return (
        _first_properties(asserted, totals), _first_properties(inferred, {}),
        max(len(asserted), len(totals)),
    )  # fmt: skip


def _first_properties(
    table: dict[Term, dict[Term, StatedValue]], totals: dict[Term, int]
) -> list[PropertyValues]:
    """Return the first properties with the first values of each: fewer values where there are many."""
    properties = [item for item in sorted(table.items(), key=lambda item: str(item[0])) if item[1]]
    shown = properties[:PROPERTIES_SHOWN]
    many = sum(min(len(values), VALUES_SHOWN) for _, values in shown) > FACTS_SHOWN
    limit = max(1, FACTS_SHOWN // len(shown)) if many else VALUES_SHOWN
    facts = []
    for predicate, values in shown:
        assert isinstance(predicate, ox.NamedNode)
        first = sorted(values.values(), key=lambda v: str(v.term))[:limit]
        for value in first:
            value.stated = len(value.claims)
            value.claims = sorted(value.claims)[: 1 if many else CLAIMS_BESIDE]
            value.graphs = sorted(value.graphs)[:CLAIMS_BESIDE]
        facts.append(PropertyValues(predicate, first, max(len(values), totals.get(predicate, 0))))
    return facts


def _links(graph: GraphReader, thing: ox.NamedNode) -> tuple[list[Links], list[Links]]:
    """Return the first things that point here by each property, and how many: claims, then the rest."""
    elsewhere = f"FILTER(?g != {INFERRED})"
    counted = graph.select(
        "SELECT ?p (COUNT(DISTINCT ?s) AS ?n) "
        f"WHERE {{ GRAPH ?g {{ ?s ?p {thing} }} {elsewhere} }} GROUP BY ?p"
    )
    totals = {row["p"]: int(row["n"].value) for row in counted if "p" in row}
    if not totals:
        return [], []
    relations = {expand(r): r for r in RELATIONS}
    parts = []
    for predicate in sorted(totals, key=str):
        parts.append(_first_of(predicate, thing, relations.get(predicate.value)))
    rows = graph.select(f"SELECT ?s ?p WHERE {{ {' UNION '.join(parts)} }} ORDER BY ?p ?s")
    first: dict[Term, list[ox.NamedNode]] = {}
    for row in rows:
        if isinstance(row["s"], ox.NamedNode):
            first.setdefault(row["p"], []).append(row["s"])
    all_links = [
        Links(predicate, totals[predicate], things)
        for predicate, things in first.items()
        if isinstance(predicate, ox.NamedNode)
    ]
    order = list(relations)
    claims = [link for link in all_links if link.predicate.value in relations]
    others = [link for link in all_links if link.predicate.value not in relations]
    claims.sort(key=lambda link: order.index(link.predicate.value))
    others.sort(key=lambda link: link.predicate.value)
    return claims, others


def _first_of(predicate: Term, thing: ox.NamedNode, relation: str | None) -> str:
    """Return a query for the first that point here by a property, claims in the order of a source."""
    pointing = f"GRAPH ?g {{ ?s {predicate} {thing} }} FILTER(?g != {INFERRED})"
    if relation == "ipr:source":
        return (
            f"{{ SELECT ?s ({predicate} AS ?p) WHERE {{ {pointing} "
            "OPTIONAL { ?s ipr:evidence/oa:hasSelector/oa:start ?place } } "
            f"GROUP BY ?s ORDER BY MIN(?place) ?s LIMIT {CLAIMS_OF_SOURCE} }}"
        )
    limit = CLAIMS_SHOWN if relation else LINKS_SHOWN
    return (
        f"{{ SELECT DISTINCT ?s ({predicate} AS ?p) WHERE {{ {pointing} }} "
        f"ORDER BY ?s LIMIT {limit} }}"
    )
