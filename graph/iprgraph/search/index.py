"""Read the search index of a release.

What a person types never becomes SQL or FTS5 syntax: it is folded to words, which hold letters and
digits alone, and these are quoted.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from queue import Empty, LifoQueue

import apsw

from iprgraph.errors import ReleaseError, UsageError
from iprgraph.namespaces import TYPES
from iprgraph.search.build import LAYOUT, NAME, TYPE_MARK
from iprgraph.search.candidates import Asked
from iprgraph.search.ranking import Candidate
from iprgraph.search.tokenise import fold
from iprgraph.search.vocabulary import Vocabulary, expand

Row = tuple[object, ...]

#: Names that are ranked for one question; a thing beyond them is not found.
MOST_RANKED = 1_000
#: The score under which a name is not told: too little of it and the question are the same.
LEAST_SCORE = 40.0

_MAPPED_BYTES = 4_000_000_000
_FIELDS = "id, iri, kind, types, names, descriptions"
_BY_IRI = f"SELECT {_FIELDS} FROM thing WHERE iri = ?"  # noqa: S608
_BY_ID = f"SELECT {_FIELDS} FROM thing WHERE id IN (SELECT value FROM json_each(?))"  # noqa: S608


@dataclass(frozen=True)
class Result:
    """A thing that was found: what it is, its names and descriptions by language, and the score.

    The score is 0 to 100; ``matched`` is the name that was found, ``field`` which of its names
    that is: label, alias, acronym or identifier.
    """

    iri: str
    kind: str
    types: tuple[str, ...]
    names: dict[str, str]
    descriptions: dict[str, str]
    score: float = 100.0
    matched: str = ""
    field: str = "identifier"

    def name(self, language: str) -> str:
        """Give the name in a language, or in another one failing that."""
        return _in(language, self.names)

    def description(self, language: str) -> str:
        """Give the description in a language, or in another one, or nothing."""
        return _in(language, self.descriptions)


class Index:
    """Answer searches on the index of a release's folder; several threads may ask at once.

    Raises ReleaseError where the release has no index, or one of another layout.
    """

    def __init__(self, folder: Path) -> None:
        path = folder / NAME
        if not path.is_file():
            raise _built_otherwise(folder, "no search index")
        # Nobody writes a file of a release, so no lock and no change need be looked for.
        self._uri = f"{path.absolute().as_uri()}?mode=ro&immutable=1"
        self._free: LifoQueue[apsw.Connection] = LifoQueue()
        with self._connection() as index:
            if index.pragma("user_version") != LAYOUT:
                raise _built_otherwise(folder, "a search index of another layout")
            self._types: dict[str, int] = dict(index.execute("SELECT name, id FROM type"))
            self.vocabulary = Vocabulary.read(index)

    def search(
        self, text: str, type: str | None = None, limit: int = 20, page: int = 1
    ) -> tuple[int, list[Result]]:
        """Find things by name: how many suit, and one page of them, best first.

        `type` is a kind (treaty), a prefixed name or the IRI of a class; raises UsageError where
        there is no thing of it.
        """
        found = self._find(text, (type,) if type else (), MOST_RANKED)
        start = (page - 1) * limit
        return len(found), self._results(found[start : start + limit])

    def best(self, text: str, types: Sequence[str] = (), limit: int = 20) -> list[Result]:
        """Find the things of any of some types whose names suit a text best."""
        return self._results(self._find(text, types, 5 * limit)[:limit])

    def get(self, iri: str) -> Result | None:
        """Give the thing with an IRI, if it has a name."""
        with self._connection() as index:
            row = index.execute(_BY_IRI, (iri,)).fetchone()
        return _result(row) if row else None

    def _find(self, text: str, types: Sequence[str], most: int) -> list[Candidate]:
        marks = [f"{TYPE_MARK}{self._types[self.type(name)]}" for name in types]
        folded = fold(text)
        if not folded:
            return []
        with self._connection() as index:
            best: dict[int, Candidate] = {}
            for candidate in Asked(index, folded, marks, most).candidates():
                known = best.get(candidate.thing)
                if known is None or candidate.order < known.order:
                    best[candidate.thing] = candidate
        return sorted(c for c in best.values() if c.score >= LEAST_SCORE)

    def _results(self, found: list[Candidate]) -> list[Result]:
        with self._connection() as index:
            numbers = json.dumps([candidate.thing for candidate in found])
            things = {row[0]: row for row in index.execute(_BY_ID, (numbers,))}
        return [_result(things[c.thing], c) for c in found]

    def type(self, name: str) -> str:
        """Write a type in full; raises UsageError where no thing is of it."""
        whole = expand(name)
        if whole not in self._types:
            kinds = ", ".join(kind for kind in TYPES if kind in self._types)
            raise UsageError(
                f"there is no thing of the type {name!r}; a type is a class, such as "
                f"org:Organization, or a kind: {kinds}"
            )
        return whole

    @contextmanager
    def _connection(self) -> Iterator[apsw.Connection]:
        """Lend a connection, for each serves one thread at a time."""
        try:
            connection = self._free.get_nowait()
        except Empty:
            flags = apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI
            connection = apsw.Connection(self._uri, flags)
            connection.pragma("mmap_size", _MAPPED_BYTES)
        try:
            yield connection
        finally:
            self._free.put(connection)


def _built_otherwise(folder: Path, what: str) -> ReleaseError:
    return ReleaseError(
        f"release {folder.name} has {what}, for another version built it; "
        "remove its folder and run `iprgraph build`"
    )


def _in(language: str, texts: dict[str, str]) -> str:
    return texts.get(language) or next(iter(texts.values()), "")


def _result(row: Row, found: Candidate | None = None) -> Result:
    _, iri, kind, *documents = map(str, row)
    types, names, descriptions = map(json.loads, documents)
    result = Result(iri, kind, tuple(types), names, descriptions)
    if found is None:
        return result
    return replace(result, score=found.score, matched=found.text, field=found.field)
