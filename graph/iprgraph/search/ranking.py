"""Rank names: how well one suits a question, from 0 to 100."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import NamedTuple

from rapidfuzz import fuzz
from rapidfuzz.distance import OSA

from iprgraph.search.tokenise import tokens

#: What a name of a thing counts for by what it is, and what a thing does by its kind: what people
#: look for by name comes before what is told of it.
_FIELDS = {"label": 1.0, "alias": 0.98, "identifier": 0.98, "acronym": 0.95}
_KINDS = {
    **dict.fromkeys(("indicator", "measure", "event", "post", "report", "topic"), 0.97),
    **dict.fromkeys(("article", "source", "scheme", "basis", "modality", "status"), 0.94),
    **dict.fromkeys(("action", "check", "claim", "observation", "tenure"), 0.9),
}


@dataclass(slots=True)
class Term:
    """A word of a question: how many names hold it, and which words it may be a slip for."""

    token: str
    names: int
    alike: list[str] = field(default_factory=list)

    @property
    def weight(self) -> float:
        """Give what finding it says: a rare word more than a common one."""
        return 1 / (1 + math.log10(1 + self.names))


class Row(NamedTuple):
    """A name as the index has it, with what its thing is."""

    id: int
    thing: int
    field: str
    text: str
    folded: str
    kind: str
    weight: int


class Candidate(NamedTuple):
    """A name with its score; sorted, the best come first, then those of the best-known things."""

    order: tuple[float, int, int]
    thing: int
    score: float
    text: str
    field: str


def score(folded: str, terms: list[Term], begun: str, row: Row) -> Candidate:
    """Score a name: the share of the question found in it, of it in the question, and likeness.

    `begun` is the word that may be unfinished.
    """
    rank = _KINDS.get(row.kind, 1.0) * _FIELDS[row.field]
    if row.folded == folded:
        found = 1.0
    else:
        held = tokens(row.folded)
        asked = sum(term.weight for term in terms)
        met = [_met(term, held, begun) for term in terms]
        question = sum(m * t.weight for m, t in zip(met, terms, strict=True)) / asked
        name = min(1.0, sum(met) / len(held))
        likeness = fuzz.ratio(folded, row.folded) / 100
        found = 0.6 * question + 0.2 * name + 0.18 * likeness
    points = round(100 * rank * found, 1)
    return Candidate((-points, -row.weight, row.thing), row.thing, points, row.text, row.field)


def _met(term: Term, held: list[str], begun: str) -> float:
    """Tell how well a name meets a word: 1 when it holds it, less for a beginning or a slip."""
    token = term.token
    if token in held:
        return 1.0
    best = 0.0
    for word in held:
        if word.startswith(token) and (token == begun or not term.names):
            best = max(best, 0.6 + 0.4 * len(token) / len(word))
        elif word in term.alike:
            best = max(best, 0.9 * OSA.normalized_similarity(token, word))
    return best
