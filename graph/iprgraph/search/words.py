"""The words of an index: how many names hold each, and which are spelt alike."""

from __future__ import annotations

import json
from collections.abc import Iterable

import apsw
from rapidfuzz.distance import OSA

from iprgraph.search.build import shapes

#: Spellings that a misspelt word may stand for.
MOST_ALIKE = 8


class Words:
    """Look words up in an index."""

    def __init__(self, index: apsw.Connection) -> None:
        self._index = index

    def counts(self, words: Iterable[str]) -> dict[str, int]:
        """Give the number of names that hold each of some words; words in none are left out."""
        rows = self._index.execute(
            "SELECT word, names FROM word WHERE word IN (SELECT value FROM json_each(?))",
            (json.dumps(list(words)),),
        )
        return dict(rows)

    def alike(self, word: str) -> list[str]:
        """Give the words that differ from one by a slip or two, the likeliest first."""
        rows = self._index.execute(
            "SELECT DISTINCT word.word, names FROM slip JOIN word ON word.id = slip.word "
            "WHERE shape IN (SELECT value FROM json_each(?))",
            (json.dumps(shapes(word)),),
        )
        most = 1 if len(word) < 8 else 2
        found = [(OSA.distance(word, other), -names, other) for other, names in rows]
        # The first letter is seldom wrong, and a short word with another one is another word.
        near = sorted(
            row for row in found if 0 < row[0] <= most and (row[2][0] == word[0] or len(word) > 5)
        )
        return [other for _, _, other in near[:MOST_ALIKE]]
