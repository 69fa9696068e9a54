"""Names that may suit a search, from the strictest way of matching to the loosest."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from itertools import combinations

import apsw
from rapidfuzz.distance import OSA

from iprgraph.search.ranking import IndexedName, QueryWord, ScoredName, score
from iprgraph.search.tokenise import STOPWORDS, initials, is_han, slip_keys, tokens

#: Words of a search that are looked at.
MOST_WORDS = 16
#: Spellings that a misspelt word may stand for.
MOST_ALIKE = 8
#: A search goes on to looser ways while it has fewer names than this.
ENOUGH = 5

#: Expressions of FTS5 of which a name must match one: "patent", "paten"*.
Alternatives = list[str]


class SearchQuery:
    """One search: its folded text, the types to which it is restricted, and the names seen so far."""

    def __init__(self, index: apsw.Connection, folded: str, marks: list[str], most: int) -> None:
        self._index = index
        self._folded = folded
        self._marks = [f'"{mark}"' for mark in marks]
        self._most = most
        self._seen: set[int] = set()
        words = tokens(folded)[:MOST_WORDS]
        counts = self._name_counts(words)
        self._words = [QueryWord(word, counts.get(word, 0)) for word in words]
        # Whoever types has perhaps not finished the last word.
        self._unfinished = "" if folded.split()[-1] in STOPWORDS and len(words) > 1 else words[-1]

    def names(self) -> Iterator[ScoredName]:
        """Yield each name that may suit once."""
        yield from self._same()
        yield from self._matching([_exact(word) for word in self._words])
        alternatives = [self._alternatives(word) for word in self._words]
        yield from self._matching(alternatives)
        if len(self._seen) >= ENOUGH:
            return
        if short := initials(self._folded):
            yield from self._matching([[f'"{short}"']], [QueryWord(short, 1)])
        for word, expressions in zip(self._words, alternatives, strict=True):
            word.alike = self._words_alike(word.token)
            expressions += [f'"{spelling}"' for spelling in word.alike]
        yield from self._matching(alternatives)
        yield from self._with_fewer_words(alternatives)

    def _alternatives(self, word: QueryWord) -> Alternatives:
        expressions = _exact(word)
        is_pair = is_han(word.token) and len(word.token) > 1
        may_go_on = word.token == self._unfinished or (not word.names and len(word.token) > 2)
        if may_go_on and not is_pair:
            expressions.append(f'"{word.token}"*')
        return expressions

    def _same(self) -> Iterator[ScoredName]:
        """Yield the names that are the text itself."""
        rows = self._index.execute(
            "SELECT id FROM name WHERE folded = ? ORDER BY id LIMIT ?", (self._folded, self._most)
        )
        rowids = [row[0] for row in rows]
        if rowids and self._marks:
            rows = self._index.execute(
                "SELECT rowid FROM held WHERE held MATCH ? AND rowid BETWEEN ? AND ?",
                (" OR ".join(self._marks), rowids[0], rowids[-1]),
            )
            of_types = {row[0] for row in rows}
            rowids = [rowid for rowid in rowids if rowid in of_types]
        yield from self._scored(rowids, self._words)

    def _with_fewer_words(self, alternatives: list[Alternatives]) -> Iterator[ScoredName]:
        """Leave out one word, then half of them, then all but one; rare words stay longest."""
        known = [pair for pair in zip(self._words, alternatives, strict=True) if pair[1]]
        known.sort(key=lambda pair: (pair[0].names or 1, pair[0].token))
        for size in sorted({len(known) - 1, (len(known) + 1) // 2, 1}, reverse=True):
            if 0 < size < len(self._words) and len(self._seen) < ENOUGH:
                rarest = [expressions for _, expressions in known[: size + 2]]
                for chosen in combinations(rarest, min(size, len(rarest))):
                    yield from self._matching(list(chosen))

    def _matching(
        self, alternatives: list[Alternatives], words: list[QueryWord] | None = None
    ) -> Iterator[ScoredName]:
        """Yield the names that match one expression of each."""
        if not alternatives or not all(alternatives):
            return
        parts = [*alternatives, self._marks] if self._marks else alternatives
        match = " AND ".join(f"({' OR '.join(part)})" for part in parts)
        rows = self._index.execute(
            "SELECT rowid FROM held WHERE held MATCH ? ORDER BY rowid LIMIT ?", (match, self._most)
        )
        yield from self._scored([row[0] for row in rows], words or self._words)

    def _scored(self, rowids: list[int], words: list[QueryWord]) -> Iterator[ScoredName]:
        new = [rowid for rowid in rowids if rowid not in self._seen]
        self._seen.update(new)
        rows = self._index.execute(
            "SELECT thing, field, text, folded, kind, weight "
            "FROM json_each(?) JOIN name ON name.id = value JOIN thing ON thing.id = thing",
            (json.dumps(new),),
        )
        for row in rows:
            yield score(self._folded, words, self._unfinished, IndexedName(*row))

    def _name_counts(self, words: Iterable[str]) -> dict[str, int]:
        """Return the number of names that hold each of some words; words in none are left out."""
        rows = self._index.execute(
            "SELECT word, names FROM word WHERE word IN (SELECT value FROM json_each(?))",
            (json.dumps(list(words)),),
        )
        return dict(rows)

    def _words_alike(self, word: str) -> list[str]:
        """Return the words that differ from one by a slip or two, the likeliest first."""
        rows = self._index.execute(
            "SELECT DISTINCT word.word, names FROM slip JOIN word ON word.id = slip.word "
            "WHERE shape IN (SELECT value FROM json_each(?))",
            (json.dumps(slip_keys(word)),),
        )
        most = 1 if len(word) < 8 else 2
        # The first letter is seldom wrong, and a short word with another one is another word.
        near = sorted(
            (distance, -names, other)
            for other, names in rows
            if 0 < (distance := OSA.distance(word, other)) <= most
            and (other[0] == word[0] or len(word) > 5)
        )
        return [other for _, _, other in near[:MOST_ALIKE]]


def _exact(word: QueryWord) -> Alternatives:
    return [f'"{word.token}"'] if word.names else []
