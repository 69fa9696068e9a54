"""Rank names: how well one suits a search, from 0 to 100."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import NamedTuple

from rapidfuzz import fuzz
from rapidfuzz.distance import OSA

from iprgraph.search.tokenise import tokens

#: Factors on the score: by what the name is to its thing, and by the kind of the thing. What people
#: look for by name comes before what is said of it.
_FIELDS = {"label": 1.0, "alias": 0.98, "identifier": 0.98, "acronym": 0.95}
_KINDS = {
    **dict.fromkeys(("indicator", "measure", "event", "post", "report", "topic"), 0.97),
    **dict.fromkeys(("article", "source", "scheme", "basis", "modality", "status"), 0.94),
    **dict.fromkeys(("action", "check", "claim", "observation", "tenure"), 0.9),
}


@dataclass(slots=True)
class QueryWord:
    """A word of a search: how many names hold it, and which words it may be a slip for."""

    token: str
    names: int
    alike: list[str] = field(default_factory=list)

    @property
    def weight(self) -> float:
        """Return what finding it says: a rare word more than a common one."""
        return 1 / (1 + math.log10(1 + self.names))


class IndexedName(NamedTuple):
    """A name as the index has it, with the kind and weight of its thing."""

    thing: int
    field: str
    text: str
    folded: str
    kind: str
    weight: int


class ScoredName(NamedTuple):
    """A name with its score; sorted, the best come first, then those of the best-known things."""

    order: tuple[float, int, int]
    thing: int
    score: float
    text: str
    field: str


def score(folded: str, words: list[QueryWord], unfinished: str, name: IndexedName) -> ScoredName:
    """Score a name: the share of the search found in it, of it in the search, and likeness.

    `unfinished` is the word that may be only the beginning of one.
    """
    if name.folded == folded:
        similarity = 1.0
    else:
        name_tokens = tokens(name.folded)
        degrees = [_degree(word, name_tokens, unfinished) for word in words]
        weight = sum(word.weight for word in words)
        in_name = sum(d * word.weight for d, word in zip(degrees, words, strict=True)) / weight
        in_search = min(1.0, sum(degrees) / len(name_tokens))
        likeness = fuzz.ratio(folded, name.folded) / 100
        similarity = 0.6 * in_name + 0.2 * in_search + 0.18 * likeness
    points = round(100 * _KINDS.get(name.kind, 1.0) * _FIELDS[name.field] * similarity, 1)
    order = (-points, -name.weight, name.thing)
    return ScoredName(order, name.thing, points, name.text, name.field)


def _degree(word: QueryWord, name_tokens: list[str], unfinished: str) -> float:
    """Return how well a name has a word: 1 when it holds it, less for a beginning or a slip."""
    token = word.token
    if token in name_tokens:
        return 1.0
    best = 0.0
    for other in name_tokens:
        if other.startswith(token) and (token == unfinished or not word.names):
            best = max(best, 0.6 + 0.4 * len(token) / len(other))
        elif other in word.alike:
            best = max(best, 0.9 * OSA.normalized_similarity(token, other))
    return best
