"""Weigh a pair: what speaks for the two being the same, what against, and the score that comes of it.

Each feature adds or takes points of log-odds, so that the score is a probability of sorts, and
every point of it can be told.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from iprgraph.linking.entities import LinkEntity, identifier
from iprgraph.linking.name_similarity import Rarity, Spelling, likeness

#: Points before anything is known, and at most for each feature.
_PRIOR = -4.0
_SAME_NAME, _LEAST_NAME = 6.0, -4.0
_OTHER_SCRIPT, _OTHER_SCRIPT_DIFFERS = 2.5, -2.0
_IDENTIFIER, _IDENTIFIER_DIFFERS, _CODE = 6.0, -6.0, 1.5
_KIND, _KIND_DIFFERS = 1.0, -5.0
_YEAR, _YEAR_DIFFERS = 1.5, -3.0
_NEIGHBOUR = 1.5
_NAMESAKE = -1.2

#: Shorter identifiers are codes that several schemes may give to different things.
_LONG_CODE = 5


@dataclass(frozen=True)
class Feature:
    """One reason: what it is, the points it brings, and what was compared."""

    name: str
    points: float
    told: str


@dataclass(frozen=True)
class Pair:
    """A thing of ours and one of theirs, with the reasons and the score, 0 to 1."""

    ours: LinkEntity
    theirs: LinkEntity
    features: tuple[Feature, ...]

    @property
    def score(self) -> float:
        """Return the score."""
        return 1 / (1 + math.exp(-(_PRIOR + sum(f.points for f in self.features))))

    @property
    def why(self) -> str:
        """Return the reasons in one line, the weightiest first."""
        ordered = sorted(self.features, key=lambda f: -abs(f.points))
        return "; ".join(f"{f.name} {f.points:+.1f} ({f.told})" for f in ordered)


def weigh(
    ours: LinkEntity, theirs: LinkEntity, rarity: Rarity, neighbours: Iterable[str], namesakes: int
) -> Pair:
    """Return a pair with all that speaks for and against it.

    `neighbours` are names of things that both lead to; `namesakes` is how many other things of
    theirs are called nearly the same.
    """
    features = [
        *_names(ours, theirs, rarity),
        *_identifiers(ours, theirs),
        *_kinds(ours, theirs),
        *_years(ours, theirs),
    ]
    if shared := sorted(neighbours):
        features.append(Feature("neighbours", _NEIGHBOUR, f"both lead to {', '.join(shared[:3])}"))
    if namesakes:
        points = _NAMESAKE * math.log2(1 + namesakes)
        features.append(Feature("namesakes", points, f"{namesakes} others are called so"))
    return Pair(ours, theirs, tuple(features))


def _names(ours: LinkEntity, theirs: LinkEntity, rarity: Rarity) -> Iterable[Feature]:
    latin = _closest(ours, theirs, rarity, is_chinese=False)
    chinese = _closest(ours, theirs, rarity, is_chinese=True)
    closest = [pair for pair in (latin, chinese) if pair]
    if not closest:
        return
    closest.sort(key=lambda pair: -pair[0])
    alike, one, other = closest[0]
    yield Feature("name", _name_points(alike), f"{one.text} = {other.text}, {alike:.2f}")
    if len(closest) == 2 and _is_named(ours, theirs, is_chinese=closest[1][1].is_chinese):
        alike, one, other = closest[1]
        part = (alike - 0.5) * 2
        points = _OTHER_SCRIPT * part if part > 0 else -_OTHER_SCRIPT_DIFFERS * part
        yield Feature("other script", points, f"{one.text} = {other.text}, {alike:.2f}")


def _name_points(alike: float) -> float:
    """Return points for a likeness: much for the same name, quickly less, and then against."""
    return max(_LEAST_NAME, _SAME_NAME - 22 * (1 - alike))


def _is_named(ours: LinkEntity, theirs: LinkEntity, *, is_chinese: bool) -> bool:
    """Check whether both have names of their own, not made ones, in a script."""
    return all(
        any(n.is_chinese == is_chinese and n.field in ("label", "alias") for n in thing.names)
        for thing in (ours, theirs)
    )


def _closest(
    ours: LinkEntity, theirs: LinkEntity, rarity: Rarity, *, is_chinese: bool
) -> tuple[float, Spelling, Spelling] | None:
    best = None
    for one in ours.names:
        if one.is_chinese == is_chinese:
            for other in theirs.names:
                if other.is_chinese == is_chinese:
                    alike = likeness(one, other, rarity)
                    if best is None or alike > best[0]:
                        best = (alike, one, other)
    return best


def _identifiers(ours: LinkEntity, theirs: LinkEntity) -> Iterable[Feature]:
    own = {(scheme, value) for scheme, value in ours.identifiers if value}
    # What another dataset calls a thing is an identifier of that thing, too.
    other = theirs.identifiers | identifier(theirs.iri)
    values = {value for _, value in own} & {value for _, value in other}
    strong = sorted(v for v in values if len(v) >= _LONG_CODE and any(c.isdigit() for c in v))
    if strong:
        yield Feature("identifier", _IDENTIFIER, f"both {strong[0]}")
    elif values:
        yield Feature("code", _CODE, f"both {min(values)}")
    schemes = {scheme for scheme, _ in own} & {scheme for scheme, _ in other} - {""}
    apart = [s for s in sorted(schemes) if not _of(own, s) & _of(other, s)]
    if apart and not strong:
        scheme = apart[0]
        told = f"{scheme}: {min(_of(own, scheme))}, not {min(_of(other, scheme))}"
        yield Feature("identifier differs", _IDENTIFIER_DIFFERS, told)


def _of(identifiers: set[tuple[str, str]], scheme: str) -> set[str]:
    return {value for named, value in identifiers if named == scheme}


def _kinds(ours: LinkEntity, theirs: LinkEntity) -> Iterable[Feature]:
    if not ours.kinds or not theirs.kinds:
        return
    shared = ours.kinds & theirs.kinds
    apart = [thing.kinds - shared for thing in (ours, theirs)]
    if shared and not all(apart):
        yield Feature("kind", _KIND, f"both {max(shared)}")
    else:
        told = f"{min(apart[0])}, not {min(apart[1])}"
        yield Feature("kind differs", _KIND_DIFFERS, told)


def _years(ours: LinkEntity, theirs: LinkEntity) -> Iterable[Feature]:
    for what in sorted({w for w, _ in ours.years} & {w for w, _ in theirs.years}):
        own, other = _of(ours.years, what), _of(theirs.years, what)
        if shared := own & other:
            yield Feature(f"year of {what}", _YEAR, f"both {min(shared)}")
        else:
            told = f"{min(own)}, not {min(other)}"
            yield Feature(f"year of {what} differs", _YEAR_DIFFERS, told)
