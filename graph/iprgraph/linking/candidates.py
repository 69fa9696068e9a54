"""Pairs of our entities and theirs that may be the same, and the choice of the links to propose.

Names of the other dataset are compared only with those of ours that share a key (blocking).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable

import pyoxigraph as ox

from iprgraph.linking.entities import LINKS, LinkEntity, collect, identifier, spellings_by
from iprgraph.linking.name_similarity import Rarity, Spelling, keys, likeness
from iprgraph.linking.scoring import Pair, weigh
from iprgraph.linking.target_dataset import TargetDataset

#: A key that more of our names have says nothing.
_MOST_OF_A_KEY = 60
#: Likeness under which two names are not worth a closer look.
_LEAST_LIKENESS = 0.62
#: Things of theirs that are compared in full with one of ours, and how many are remembered until then.
_MOST_COMPARED = 5
_MOST_CANDIDATES = 40
#: Likeness from which two neighbours are taken to be the same.
_SAME = 0.9
#: Names whose likeness is so near to another's are namesakes.
_NEAR = 0.03

#: Whether a pair, ours and theirs by IRI, has been decided.
Decided = Callable[[str, str], bool]


class Blocks:
    """Our entities by the keys of their names, and the candidates of theirs for each."""

    def __init__(self, entities: Iterable[LinkEntity]) -> None:
        self.entities = [entity for entity in entities if entity.names]
        counts: Counter[str] = Counter()
        for entity in self.entities:
            counts.update({part for name in entity.names for part in name.parts})
        self.rarity = Rarity(counts, len(self.entities))
        #: By the number of our entity: IRI of theirs -> likeness of their names.
        self.candidates: list[dict[str, float]] = [{} for _ in self.entities]
        self._last = ""
        self._identified: dict[tuple[str, str], list[int]] = {}
        #: All names, and the number of the entity that has each.
        self._names: list[Spelling] = []
        self._owners: list[int] = []
        by_key: dict[int, list[int]] = {}
        for number, entity in enumerate(self.entities):
            for name in entity.names:
                for key in set(keys(name)):
                    listed = by_key.setdefault(key, [])
                    if len(listed) <= _MOST_OF_A_KEY:
                        listed.append(len(self._names))
                self._names.append(name)
                self._owners.append(number)
            for one in entity.identifiers:
                self._identified.setdefault(one, []).append(number)
        self._by_key = {key: some for key, some in by_key.items() if len(some) <= _MOST_OF_A_KEY}

    def add(self, iri: str, predicate: str, value: object) -> None:
        """Add what one triple of theirs names to the candidates of our entities."""
        if iri != self._last:
            self._last = iri
            self._identify(iri, identifier(iri))
        if isinstance(value, ox.Literal):
            for other in spellings_by(predicate, value.value):
                for near in {n for key in keys(other) for n in self._by_key.get(key, ())}:
                    alike = likeness(self._names[near], other, self.rarity)
                    if alike >= _LEAST_LIKENESS:
                        self._put(self._owners[near], iri, alike)
        elif isinstance(value, ox.NamedNode) and predicate in LINKS:
            self._identify(iri, identifier(value.value))

    def best(self) -> dict[int, dict[str, float]]:
        """Return the best candidates of each of our entities that has any, by its number."""
        return {
            number: dict(_best(candidates, _MOST_COMPARED))
            for number, candidates in enumerate(self.candidates)
            if candidates
        }

    def _identify(self, iri: str, identifiers: set[tuple[str, str]]) -> None:
        for one in identifiers:
            for number in self._identified.get(one, ()):
                self._put(number, iri, 1.0)

    def _put(self, number: int, iri: str, alike: float) -> None:
        candidates = self.candidates[number]
        if alike > candidates.get(iri, 0.0):
            candidates[iri] = alike
            if len(candidates) > _MOST_CANDIDATES:
                self.candidates[number] = dict(_best(candidates, _MOST_COMPARED))


def _best(candidates: dict[str, float], most: int) -> list[tuple[str, float]]:
    return sorted(candidates.items(), key=lambda item: (-item[1], item[0]))[:most]


def propose(
    ours: Iterable[LinkEntity], target: TargetDataset, decided: Decided, least: float = 0.5
) -> list[Pair]:
    """Return at most one link for each thing of either side, the surest first.

    Their names are read once; facts are read of the candidates alone. Memory
    grows with our things, not with theirs.
    """
    blocks = Blocks(ours)
    for triple in target.names():
        blocks.add(*triple)
    candidates = blocks.best()
    theirs = collect(target.facts({iri for likely in candidates.values() for iri in likely}))
    numbers = {entity.iri: number for number, entity in enumerate(blocks.entities)}
    # A link that is there already need not be proposed, nor may its end be given to another.
    linked = {iri for entity in blocks.entities for iri in entity.links}
    pairs = []
    for number, likely in candidates.items():
        entity = blocks.entities[number]
        for iri, alike in likely.items():
            if iri not in theirs or iri in linked or iri == entity.iri or decided(entity.iri, iri):
                continue
            other = theirs[iri]
            shared = [
                blocks.entities[n].name
                for n in (numbers.get(near) for near in entity.neighbours)
                if n is not None and _leads_to(other, candidates.get(n, {}))
            ]
            namesakes = sum(abs(alike - a) < _NEAR for i, a in likely.items() if i != iri)
            pairs.append(weigh(entity, other, blocks.rarity, shared, namesakes))
    return _chosen([pair for pair in pairs if pair.score >= least])


def _leads_to(entity: LinkEntity, likely: dict[str, float]) -> bool:
    return any(alike >= _SAME and iri in entity.neighbours for iri, alike in likely.items())


def _chosen(pairs: list[Pair]) -> list[Pair]:
    """Return the surest pairs first, and each thing once."""
    taken: set[str] = set()
    chosen = []
    for pair in sorted(pairs, key=lambda p: (-p.score, p.ours.iri, p.theirs.iri)):
        if not {pair.ours.iri, pair.theirs.iri} & taken:
            taken |= {pair.ours.iri, pair.theirs.iri}
            chosen.append(pair)
    return chosen
