"""Look for the names that may suit a question, from the strictest way of matching to the loosest."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import combinations

import apsw

from iprgraph.search.ranking import Candidate, Row, Term, score
from iprgraph.search.tokenise import STOPWORDS, initials, is_han, tokens
from iprgraph.search.words import Words

#: Words of a question that are looked at.
MOST_WORDS = 16
#: A search goes on to looser ways while it has found fewer names than this.
ENOUGH = 5

#: Ways in which a word may stand in a name, in FTS5's syntax: "patent", "paten"*.
Ways = list[str]


class Asked:
    """Hold one question, folded, while its candidates are looked for."""

    def __init__(self, index: apsw.Connection, folded: str, marks: list[str], most: int) -> None:
        self._index = index
        self._folded = folded
        self._marks = [f'"{mark}"' for mark in marks]
        self._most = most
        self._words = Words(index)
        self._seen: set[int] = set()
        held = tokens(folded)[:MOST_WORDS]
        counts = self._words.counts(held)
        self._terms = [Term(token, counts.get(token, 0)) for token in held]
        # Whoever types has perhaps not finished the last word.
        self._begun = "" if folded.split()[-1] in STOPWORDS and len(held) > 1 else held[-1]

    def candidates(self) -> Iterator[Candidate]:
        """Give each name that may suit once."""
        yield from self._same()
        yield from self._matching([_whole(term) for term in self._terms])
        ways = [self._ways(term) for term in self._terms]
        yield from self._matching(ways)
        if len(self._seen) >= ENOUGH:
            return
        if short := initials(self._folded):
            yield from self._matching([[f'"{short}"']], [Term(short, 1)])
        for term, way in zip(self._terms, ways, strict=True):
            term.alike = self._words.alike(term.token)
            way += [f'"{word}"' for word in term.alike]
        yield from self._matching(ways)
        yield from self._fewer(ways)

    def _ways(self, term: Term) -> Ways:
        ways = _whole(term)
        is_pair = is_han(term.token) and len(term.token) > 1
        if not is_pair and (term.token == self._begun or (not term.names and len(term.token) > 2)):
            ways.append(f'"{term.token}"*')
        return ways

    def _same(self) -> Iterator[Candidate]:
        """Give the names that are the question itself."""
        rows = self._index.execute(
            "SELECT id FROM name WHERE folded = ? ORDER BY id LIMIT ?", (self._folded, self._most)
        )
        found = [row for (row,) in rows]
        if found and self._marks:
            rows = self._index.execute(
                "SELECT rowid FROM held WHERE held MATCH ? AND rowid BETWEEN ? AND ?",
                (" OR ".join(self._marks), found[0], found[-1]),
            )
            marked = {row for (row,) in rows}
            found = [row for row in found if row in marked]
        yield from self._scored(found, self._terms)

    def _fewer(self, ways: list[Ways]) -> Iterator[Candidate]:
        """Leave out one word, then half of them, then all but one; rare words are kept longest."""
        known = [pair for pair in zip(self._terms, ways, strict=True) if pair[1]]
        known.sort(key=lambda pair: (pair[0].names or 1, pair[0].token))
        for size in sorted({len(known) - 1, (len(known) + 1) // 2, 1}, reverse=True):
            if 0 < size < len(self._terms) and len(self._seen) < ENOUGH:
                rarest = [way for _, way in known[: size + 2]]
                for chosen in combinations(rarest, min(size, len(rarest))):
                    yield from self._matching(list(chosen))

    def _matching(self, ways: list[Ways], terms: list[Term] | None = None) -> Iterator[Candidate]:
        """Give the names in which every word stands in one of its ways."""
        if not ways or not all(ways):
            return
        parts = [*ways, self._marks] if self._marks else ways
        match = " AND ".join(f"({' OR '.join(part)})" for part in parts)
        rows = self._index.execute(
            "SELECT rowid FROM held WHERE held MATCH ? ORDER BY rowid LIMIT ?", (match, self._most)
        )
        yield from self._scored([row for (row,) in rows], terms or self._terms)

    def _scored(self, found: list[int], terms: list[Term]) -> Iterator[Candidate]:
        fresh = [row for row in found if row not in self._seen]
        self._seen.update(fresh)
        rows = self._index.execute(
            "SELECT name.id, thing, field, text, folded, kind, weight "
            "FROM json_each(?) JOIN name ON name.id = value JOIN thing ON thing.id = thing",
            (json.dumps(fresh),),
        )
        for row in rows:
            yield score(self._folded, terms, self._begun, Row(*row))


def _whole(term: Term) -> Ways:
    return [f'"{term.token}"'] if term.names else []
