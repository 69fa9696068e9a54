"""Match queries: candidates by name, identifier or property, with what speaks for each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from iprgraph.namespaces import to_curie, to_iri
from iprgraph.rdf.query_results import Select
from iprgraph.reconciliation.property_values import (
    Values,
    likeness,
    read_values,
    things_having,
)
from iprgraph.reconciliation.queries import PropertyCondition, ReconciliationQuery, iri_of
from iprgraph.search.index import Index, SearchResult
from iprgraph.search.tokenise import fold

#: Weight of a condition beside that of the name, which is 1.
_CONDITION_WEIGHT = 0.3
#: Factor on the score of a thing that is of none of the types that it should be of.
_OTHER_TYPE = 0.8
#: The first candidate is a match when it scores so much, and is so far ahead of the second.
_SURE = 80.0
_AHEAD = 5.0

Feature = bool | float


@dataclass
class ReconciliationCandidate:
    """A thing that may be meant: its score (0 to 100), features by their ids, and the verdict."""

    thing: SearchResult
    score: float
    features: dict[str, Feature]
    is_match: bool = False


def match(
    index: Index, select: Select, queries: Iterable[ReconciliationQuery]
) -> list[list[ReconciliationCandidate]]:
    """Return the candidates for each query, best first; properties are read once for all.

    Raises UsageError for a type that no thing is of.
    """
    queries = list(queries)
    things = [_things(index, select, query) for query in queries]
    values: Values = {}
    for properties, iris in _iris_by_properties(queries, things).items():
        values |= read_values(select, iris, properties)
    return [_ranked(query, found, values) for query, found in zip(queries, things, strict=True)]


def _iris_by_properties(
    queries: list[ReconciliationQuery], things: list[list[SearchResult]]
) -> dict[tuple[str, ...], list[str]]:
    """Group the things whose values are needed by the properties that are needed of them."""
    groups: dict[tuple[str, ...], list[str]] = {}
    for query, results in zip(queries, things, strict=True):
        properties = tuple(sorted({condition.property for condition in query.conditions}))
        if properties:
            groups.setdefault(properties, []).extend(thing.iri for thing in results)
    return groups


def _things(index: Index, select: Select, query: ReconciliationQuery) -> list[SearchResult]:
    """Return the things that may be meant, before their properties are compared."""
    identifier = ""
    if "/" in query.text and not any(c.isspace() for c in query.text):
        identifier = iri_of(query.text)
    thing = index.get(identifier) if identifier else None
    things = {thing.iri: thing} if thing else {}
    required_types = () if query.type_strict == "should" else query.types
    most = query.limit * (3 if query.conditions else 1)
    if query.text:
        for thing in index.best(query.text, required_types, most):
            things.setdefault(thing.iri, thing)
    else:
        for condition in query.conditions:
            for iri in things_having(select, condition.property, condition.values, most):
                if iri not in things and (thing := index.get(iri)):
                    things[iri] = thing
    types = [index.type(name) for name in query.types]
    if query.type_strict == "should" or not types:
        return list(things.values())
    enough = all if query.type_strict == "all" else any
    return [thing for thing in things.values() if enough(_is_a(thing, name) for name in types)]


def _is_a(thing: SearchResult, name: str) -> bool:
    return name in thing.types or name == thing.kind


def _ranked(
    query: ReconciliationQuery, things: list[SearchResult], values: Values
) -> list[ReconciliationCandidate]:
    candidates = [_candidate(query, thing, values) for thing in things]
    candidates.sort(key=lambda c: (-c.score, c.thing.iri))
    if candidates and _is_sure(query, candidates):
        candidates[0] = replace(candidates[0], is_match=True)
    return candidates[: query.limit]


def _is_sure(query: ReconciliationQuery, ranked: list[ReconciliationCandidate]) -> bool:
    first = ranked[0]
    ahead = len(ranked) == 1 or first.score - ranked[1].score >= _AHEAD
    known = first.features.get("exact") or first.features.get("id") or not query.text
    return bool(known and ahead and first.score >= _SURE)


def _candidate(
    query: ReconciliationQuery, thing: SearchResult, values: Values
) -> ReconciliationCandidate:
    """Weigh what speaks for a thing."""
    features: dict[str, Feature] = {
        "name": thing.score,
        "exact": bool(query.text) and fold(thing.matched) == fold(query.text),
    }
    if query.text and thing.field == "identifier" and not thing.matched:
        features["id"] = True
    score = thing.score
    weights, points = (1.0, score / 100) if query.text else (0.0, 0.0)
    for condition in query.conditions:
        alike = _likeness(condition, thing, values)
        features[f"property:{to_curie(condition.property)}"] = round(100 * alike, 1)
        weights, points = weights + _CONDITION_WEIGHT, points + _CONDITION_WEIGHT * alike
    if query.conditions:
        score = 100 * points / weights
    if query.types:
        is_of = any(_is_a(thing, to_iri(name)) for name in query.types)
        features["type"] = is_of
        score *= 1.0 if is_of else _OTHER_TYPE
    return ReconciliationCandidate(thing, round(score, 1), features)


def _likeness(condition: PropertyCondition, thing: SearchResult, values: Values) -> float:
    """Return how well a thing meets a condition, from 0 to 1."""
    return max(
        (
            likeness(value, given)
            for value in values.get((thing.iri, condition.property), ())
            for given in condition.values
        ),
        default=0.0,
    )
