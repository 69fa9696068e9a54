"""Propose links: meet the other dataset's names with ours, weigh what met, and choose."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from iprgraph.linking.candidates import Blocks
from iprgraph.linking.scoring import Pair, weigh
from iprgraph.linking.target_dataset import Target
from iprgraph.linking.things import Thing, read

#: Likeness from which two neighbours are taken to be the same.
_SAME = 0.9
#: Names whose likeness is so near to another's are namesakes.
_NEAR = 0.03

#: Whether a pair, ours and theirs by IRI, has been decided.
Decided = Callable[[str, str], bool]


def propose(
    ours: Iterable[Thing], target: Target, decided: Decided, least: float = 0.5
) -> list[Pair]:
    """Propose at most one link for each thing of either side, the surest first.

    Their names are read once and met with ours; facts are read of those alone that met. Memory
    grows with our things, not with theirs.
    """
    blocks = Blocks(ours)
    for triple in target.names():
        blocks.meet(*triple)
    looked_at = dict(blocks.looked_at())
    theirs = read(target.facts({iri for met in looked_at.values() for iri in met}))
    numbers = {thing.iri: number for number, thing in enumerate(blocks.things)}
    # A link that is there already need not be proposed, nor may its end be given to another.
    linked = {iri for thing in blocks.things for iri in thing.links}
    pairs = []
    for number, met in looked_at.items():
        thing = blocks.things[number]
        for iri, alike in met.items():
            if iri not in theirs or iri in linked or iri == thing.iri or decided(thing.iri, iri):
                continue
            other = theirs[iri]
            shared = [
                blocks.things[n].name
                for n in (numbers.get(near) for near in thing.neighbours)
                if n is not None and _meet(looked_at.get(n, {}), other)
            ]
            namesakes = sum(abs(alike - a) < _NEAR for i, a in met.items() if i != iri)
            pairs.append(weigh(thing, other, blocks.rarity, shared, namesakes))
    return _chosen([pair for pair in pairs if pair.score >= least])


def _meet(met: dict[str, float], other: Thing) -> bool:
    return any(alike >= _SAME and iri in other.neighbours for iri, alike in met.items())


def _chosen(pairs: list[Pair]) -> list[Pair]:
    """Take the surest pairs first, and each thing once."""
    taken: set[str] = set()
    chosen = []
    for pair in sorted(pairs, key=lambda p: (-p.score, p.ours.iri, p.theirs.iri)):
        if not {pair.ours.iri, pair.theirs.iri} & taken:
            taken |= {pair.ours.iri, pair.theirs.iri}
            chosen.append(pair)
    return chosen
