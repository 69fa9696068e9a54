"""Our things, laid out so that each name of another dataset meets only those that it may be."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

import pyoxigraph as ox

from iprgraph.linking.name_similarity import Rarity, Spelling, keys, likeness
from iprgraph.linking.things import LINKS, Thing, identifier, spelt

#: A key that more of our names have says nothing.
_MOST_OF_A_KEY = 60
#: Likeness under which two names are not worth a closer look.
_LEAST_LIKENESS = 0.62
#: Things of theirs that get a closer look for one of ours, and how many are kept until then.
_LOOKED_AT = 5
_KEPT = 40


class Blocks:
    """Hold our things by the keys of their names, and who of theirs has met them."""

    def __init__(self, things: Iterable[Thing]) -> None:
        self.things = [thing for thing in things if thing.names]
        counts: Counter[str] = Counter()
        for thing in self.things:
            counts.update({part for name in thing.names for part in name.parts})
        self.rarity = Rarity(counts, len(self.things))
        #: Thing's number -> theirs -> likeness of the names that met.
        self.met: list[dict[str, float]] = [{} for _ in self.things]
        self._last = ""
        self._identified: dict[tuple[str, str], list[int]] = {}
        #: All names, and the number of the thing that has each.
        self._names: list[Spelling] = []
        self._owners: list[int] = []
        found: dict[int, list[int]] = {}
        for number, thing in enumerate(self.things):
            for name in thing.names:
                for key in set(keys(name)):
                    listed = found.setdefault(key, [])
                    if len(listed) <= _MOST_OF_A_KEY:
                        listed.append(len(self._names))
                self._names.append(name)
                self._owners.append(number)
            for one in thing.identifiers:
                self._identified.setdefault(one, []).append(number)
        self._by_key = {key: some for key, some in found.items() if len(some) <= _MOST_OF_A_KEY}

    def meet(self, iri: str, predicate: str, value: object) -> None:
        """Let one triple of theirs meet our things."""
        if iri != self._last:
            self._last = iri
            self._identify(iri, identifier(iri))
        if isinstance(value, ox.Literal):
            for other in spelt(predicate, value.value):
                for near in {n for key in keys(other) for n in self._by_key.get(key, ())}:
                    alike = likeness(self._names[near], other, self.rarity)
                    if alike >= _LEAST_LIKENESS:
                        self._note(self._owners[near], iri, alike)
        elif isinstance(value, ox.NamedNode) and predicate in LINKS:
            self._identify(iri, identifier(value.value))

    def looked_at(self) -> Iterator[tuple[int, dict[str, float]]]:
        """Give, for each of our things that was met, who of theirs is worth a closer look."""
        for number, met in enumerate(self.met):
            if met:
                yield number, dict(_best(met, _LOOKED_AT))

    def _identify(self, iri: str, identifiers: set[tuple[str, str]]) -> None:
        for one in identifiers:
            for number in self._identified.get(one, ()):
                self._note(number, iri, 1.0)

    def _note(self, number: int, iri: str, alike: float) -> None:
        met = self.met[number]
        if alike > met.get(iri, 0.0):
            met[iri] = alike
            if len(met) > _KEPT:
                self.met[number] = dict(_best(met, _LOOKED_AT))


def _best(met: dict[str, float], most: int) -> list[tuple[str, float]]:
    return sorted(met.items(), key=lambda item: (-item[1], item[0]))[:most]
