"""Match queries: candidates by name, identifier or property, with what speaks for each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from iprgraph.reconciliation.property_values import Select, Values, having, likeness, read
from iprgraph.reconciliation.queries import Asked, Condition, iri_of
from iprgraph.search.index import Index, Result
from iprgraph.search.tokenise import fold
from iprgraph.search.vocabulary import compact, expand

#: What a condition weighs beside the name, and how alike a required one must be.
_WEIGHT = 0.3
_REQUIRED = 0.8
#: What is left of the score of a thing that is of none of the types that it should be of.
_OTHER_TYPE = 0.8
#: A first candidate is taken to be the thing when it scores so much, and no other nearly as much.
_SURE = 80.0
_AHEAD = 5.0

Feature = bool | float


@dataclass
class Candidate:
    """A thing that may be meant: its score (0 to 100), features by their ids, and the verdict."""

    thing: Result
    score: float
    features: dict[str, Feature]
    is_match: bool = False


def match(index: Index, select: Select, asked: Iterable[Asked]) -> list[list[Candidate]]:
    """Give the candidates for each query, best first; properties are read once for all.

    Raises UsageError for a type that no thing is of.
    """
    queries = list(asked)
    found = [_things(index, select, one) for one in queries]
    values: Values = {}
    for names, group in _by_properties(queries, found).items():
        values |= read(select, group, names)
    return [_ranked(one, things, values) for one, things in zip(queries, found, strict=True)]


def _by_properties(
    queries: list[Asked], found: list[list[Result]]
) -> dict[tuple[str, ...], list[str]]:
    groups: dict[tuple[str, ...], list[str]] = {}
    for one, things in zip(queries, found, strict=True):
        names = tuple(sorted({condition.property for condition in one.conditions}))
        if names:
            groups.setdefault(names, []).extend(thing.iri for thing in things)
    return groups


def _things(index: Index, select: Select, asked: Asked) -> list[Result]:
    """Look for the things that may be meant, before properties are compared."""
    named = list(asked.ids)
    if "/" in asked.text and not any(c.isspace() for c in asked.text):
        named.append(iri_of(asked.text))
    found = {thing.iri: thing for iri in named if (thing := index.get(iri))}
    wanted = () if asked.strict == "should" else asked.types
    most = asked.limit * (3 if asked.conditions else 1)
    if asked.text:
        for thing in index.best(asked.text, wanted, most):
            found.setdefault(thing.iri, thing)
    elif not named:
        for condition in asked.conditions:
            for iri in having(select, condition.property, condition.values, most):
                if iri not in found and (thing := index.get(iri)):
                    found[iri] = thing
    types = [index.type(name) for name in asked.types]
    if asked.strict == "should" or not types:
        return list(found.values())
    enough = all if asked.strict == "all" else any
    return [thing for thing in found.values() if enough(_is_a(thing, name) for name in types)]


def _is_a(thing: Result, name: str) -> bool:
    return name in thing.types or name == thing.kind


def _ranked(asked: Asked, things: list[Result], values: Values) -> list[Candidate]:
    judged = (_judged(asked, thing, values) for thing in things)
    ranked = sorted(
        (candidate for candidate in judged if candidate), key=lambda c: (-c.score, c.thing.iri)
    )
    if ranked and _is_sure(asked, ranked):
        ranked[0] = replace(ranked[0], is_match=True)
    return ranked[: asked.limit]


def _is_sure(asked: Asked, ranked: list[Candidate]) -> bool:
    first = ranked[0]
    ahead = len(ranked) == 1 or first.score - ranked[1].score >= _AHEAD
    known = first.features.get("exact") or first.features.get("id") or not asked.text
    return bool(known and ahead and first.score >= _SURE)


def _judged(asked: Asked, thing: Result, values: Values) -> Candidate | None:
    """Weigh what speaks for a thing; None when a required condition does not hold."""
    is_named = thing.field == "identifier" and not thing.matched
    exact = bool(asked.text) and fold(thing.matched) == fold(asked.text)
    features: dict[str, Feature] = {"name": thing.score, "exact": exact}
    if is_named and (asked.ids or asked.text):
        features["id"] = True
    score = thing.score
    weights, points = 1.0, score / 100
    if not asked.text and not asked.ids:
        weights, points = 0.0, 0.0
    for condition in asked.conditions:
        alike = _holds(condition, thing, values)
        if condition.is_required and alike < _REQUIRED:
            return None
        features[f"property:{compact(condition.property)}"] = round(100 * alike, 1)
        weights, points = weights + _WEIGHT, points + _WEIGHT * alike
    if asked.conditions:
        score = 100 * points / weights
    if asked.types:
        is_of = any(_is_a(thing, expand(name)) for name in asked.types)
        features["type"] = is_of
        score *= 1.0 if is_of else _OTHER_TYPE
    return Candidate(thing, round(score, 1), features)


def _holds(condition: Condition, thing: Result, values: Values) -> float:
    """Tell how well a thing meets a condition, from 0 to 1."""
    has = values.get((thing.iri, condition.property), [])
    best = [
        max((likeness(value, given) for value in has), default=0.0) for given in condition.values
    ]
    if condition.quantifier == "none":
        return 1 - max(best, default=0.0)
    return (min if condition.quantifier == "all" else max)(best, default=0.0)
