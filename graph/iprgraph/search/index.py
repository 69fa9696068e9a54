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

from iprgraph.errors import ReleaseError, Text, UsageError
from iprgraph.namespaces import TYPES, to_iri
from iprgraph.search.build import LAYOUT, NAME, TYPE_MARK
from iprgraph.search.candidates import SearchQuery
from iprgraph.search.ranking import ScoredName
from iprgraph.search.terms import IndexedTerms
from iprgraph.search.tokenise import fold

#: Names that are ranked for one search; a thing beyond them is not found.
MOST_RANKED = 1_000
#: The score under which a name is left out: too little of it and the search are the same.
LEAST_SCORE = 40.0

_MAPPED_BYTES = 4_000_000_000
_FIELDS = "id, iri, kind, types, names, descriptions"
_BY_IRI = f"SELECT {_FIELDS} FROM thing WHERE iri = ?"  # noqa: S608
_BY_ID = f"SELECT {_FIELDS} FROM thing WHERE id IN (SELECT value FROM json_each(?))"  # noqa: S608


@dataclass(frozen=True)
class SearchResult:
    """A thing: what it is, its names and descriptions by language, and its score in a search.

    The score is 0 to 100; ``matched`` is the name that suits, ``field`` which of its names that is: label, alias, acronym or identifier.
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
        """Return the name in a language, or in another one failing that."""
        return _in(language, self.names)

    def description(self, language: str) -> str:
        """Return the description in a language, or in another one, or nothing."""
        return _in(language, self.descriptions)


class Index:
    """The search index of a release's folder; several threads may search at once.

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
            self.terms = IndexedTerms.read(index)

    def search(
        self, text: str, type: str | None = None, limit: int = 20, page: int = 1
    ) -> tuple[int, list[SearchResult]]:
        """Return how many things suit by name, and one page of them, best first.

        `type` is a kind (treaty), a prefixed name or the IRI of a class; raises UsageError where
        there is no thing of it.
        """
        names = self._names(text, (type,) if type else (), MOST_RANKED)
        start = (page - 1) * limit
        return len(names), self._results(names[start : start + limit])

    def best(self, text: str, types: Sequence[str] = (), limit: int = 20) -> list[SearchResult]:
        """Return the things of any of some types whose names suit a text best."""
        return self._results(self._names(text, types, 5 * limit)[:limit])

    def get(self, iri: str) -> SearchResult | None:
        """Return the thing with an IRI; None where it has no name."""
        with self._connection() as index:
            row = index.execute(_BY_IRI, (iri,)).fetchone()
        return _result(row) if row else None

    def _names(self, text: str, types: Sequence[str], most: int) -> list[ScoredName]:
        """Return the best name of each thing that suits, best first."""
        marks = [f"{TYPE_MARK}{self._types[self.type(name)]}" for name in types]
        folded = fold(text)
        if not folded:
            return []
        with self._connection() as index:
            best: dict[int, ScoredName] = {}
            for name in SearchQuery(index, folded, marks, most).names():
                if name.thing not in best or name.order < best[name.thing].order:
                    best[name.thing] = name
        return sorted(name for name in best.values() if name.score >= LEAST_SCORE)

    def _results(self, names: list[ScoredName]) -> list[SearchResult]:
        with self._connection() as index:
            numbers = json.dumps([name.thing for name in names])
            things = {row[0]: row for row in index.execute(_BY_ID, (numbers,))}
        return [_result(things[name.thing], name) for name in names]

    def type(self, name: str) -> str:
        """Return the IRI of a class, or a kind; raises UsageError where no thing is of it."""
        iri = to_iri(name)
        if iri not in self._types:
            kinds = ", ".join(kind for kind in TYPES if kind in self._types)
            raise UsageError(
                Text(
                    "there is no thing of the type {name}; a type is a class, such as org:Organization, "
                    "or a kind: {listed}",
                    name=repr(name),
                    listed=Text.of(kinds),
                )
            )
        return iri

    @contextmanager
    def _connection(self) -> Iterator[apsw.Connection]:
        """Lend a connection; each serves one thread at a time."""
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
        Text(
            "release {id} has {what}, for another version built it; remove its folder and run "
            "`iprgraph build`",
            id=folder.name,
            what=Text.of(what),
        )
    )


def _in(language: str, texts: dict[str, str]) -> str:
    return texts.get(language) or next(iter(texts.values()), "")


def _result(row: tuple[object, ...], name: ScoredName | None = None) -> SearchResult:
    _, iri, kind, *documents = map(str, row)
    types, names, descriptions = map(json.loads, documents)
    result = SearchResult(iri, kind, tuple(types), names, descriptions)
    if name is None:
        return result
    return replace(result, score=name.score, matched=name.text, field=name.field)
