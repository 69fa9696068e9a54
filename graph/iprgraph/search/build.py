"""Build the search index of a release: one SQLite file, the same bytes for the same quads."""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import apsw
import pyoxigraph as ox

from iprgraph.namespaces import kind_of
from iprgraph.search.collect import Collected, CollectedThing, collect
from iprgraph.search.tokenise import slip_keys, tokens

#: The file's name in a release, and its media type.
NAME = "search.db"
MEDIA_TYPE = "application/vnd.sqlite3"

#: Goes up with every change of the tables, so that an index of another layout is known as such.
LAYOUT = 1

#: Begins the token of a type; no text folds to it.
TYPE_MARK = "\ue000"

_SCHEMA = f"""
PRAGMA user_version = {LAYOUT};
PRAGMA page_size = 4096;
PRAGMA auto_vacuum = NONE;
PRAGMA encoding = 'UTF-8';
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
BEGIN;
CREATE TABLE type (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, things INTEGER NOT NULL);
CREATE TABLE used (property TEXT NOT NULL, type TEXT NOT NULL, things INTEGER NOT NULL);
CREATE TABLE term (iri TEXT NOT NULL, names TEXT NOT NULL, descriptions TEXT NOT NULL);
CREATE TABLE thing (
    id INTEGER PRIMARY KEY, iri TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, weight INTEGER NOT NULL,
    types TEXT NOT NULL, names TEXT NOT NULL, descriptions TEXT NOT NULL
);
CREATE TABLE name (
    id INTEGER PRIMARY KEY, thing INTEGER NOT NULL, field TEXT NOT NULL, text TEXT NOT NULL,
    folded TEXT NOT NULL
);
CREATE TABLE word (id INTEGER PRIMARY KEY, word TEXT NOT NULL UNIQUE, names INTEGER NOT NULL);
CREATE TABLE slip (
    shape INTEGER NOT NULL, word INTEGER NOT NULL, PRIMARY KEY (shape, word)
) WITHOUT ROWID;
CREATE TEMPORARY TABLE loose (shape INTEGER, word INTEGER);
CREATE VIRTUAL TABLE held USING fts5 (
    tokens, content = '', detail = none, columnsize = 0, prefix = '1 2 3', tokenize = 'ascii'
);
"""


def content(quads: Iterable[ox.Quad]) -> bytes:
    """Return the index of some quads as the content of its file."""
    with tempfile.TemporaryDirectory(prefix="iprgraph-search-") as folder:
        path = Path(folder) / NAME
        write(quads, path)
        return path.read_bytes()


def write(quads: Iterable[ox.Quad], path: Path) -> None:
    """Write the index of some quads to a new file."""
    collected = collect(quads)
    index = apsw.Connection(str(path))
    try:
        # A statement that gives a row stops there until it is asked for more.
        index.execute(_SCHEMA).fetchall()
        _fill(index, collected)
        index.execute("COMMIT")
        index.execute("INSERT INTO held(held) VALUES ('optimize')")
        index.execute("VACUUM")
    finally:
        index.close()


def _fill(index: apsw.Connection, collected: Collected) -> None:
    """Insert all rows, each table in an order of its own that the quads' order has no part in."""
    iris = collected.named()
    things = [collected.things[iri] for iri in iris]
    type_numbers = _insert_types(index, collected, iris)
    index.executemany(
        "INSERT INTO thing VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            (number, iri, kind_of(iri), collected.weights[iri], *_documents(thing))
            for number, (iri, thing) in enumerate(zip(iris, things, strict=True), 1)
        ),
    )
    rows = sorted(
        (len(tokens(folded)), -collected.weights[iri], folded, number, field, text)
        for number, (iri, thing) in enumerate(zip(iris, things, strict=True))
        for field, text, folded in thing.spellings()
    )
    # Names with few words come first: the first matches in the order of the rows are the best.
    words: Counter[str] = Counter()
    for row, (_, _, folded, number, field, text) in enumerate(rows, 1):
        name_tokens = tokens(folded)
        words.update(name_tokens)
        types = sorted({*things[number].types, kind_of(iris[number])})
        marks = (f"{TYPE_MARK}{type_numbers[name]}" for name in types)
        line = " ".join((*name_tokens, *marks))
        index.execute(
            "INSERT INTO name VALUES (?, ?, ?, ?, ?)", (row, number + 1, field, text, folded)
        )
        index.execute("INSERT INTO held(rowid, tokens) VALUES (?, ?)", (row, line))
    _insert_words(index, sorted(words.items()))
    index.execute("CREATE INDEX name_folded ON name (folded)")
    index.execute("CREATE INDEX name_thing ON name (thing)")


def _insert_types(index: apsw.Connection, collected: Collected, iris: list[str]) -> dict[str, int]:
    """Insert types, what their things have, and what terms are called; return each type's number."""
    types: Counter[str] = Counter()
    used: Counter[tuple[str, str]] = Counter()
    for iri in iris:
        thing = collected.things[iri]
        classes = set(thing.types)
        types.update((*classes, kind_of(iri)))
        used.update((p, c) for p in collected.used(thing) for c in classes)
    index.executemany(
        "INSERT INTO type VALUES (?, ?, ?)",
        ((number, name, count) for number, (name, count) in enumerate(sorted(types.items()), 1)),
    )
    index.executemany(
        "INSERT INTO used VALUES (?, ?, ?)", ((*key, count) for key, count in sorted(used.items()))
    )
    labelled = {*types, *(name for name, _ in used)} & collected.terms.keys()
    index.executemany(
        "INSERT INTO term VALUES (?, ?, ?)",
        ((iri, *map(_json, collected.terms[iri])) for iri in sorted(labelled)),
    )
    return {name: number for number, name in enumerate(sorted(types), 1)}


def _insert_words(index: apsw.Connection, words: list[tuple[str, int]]) -> None:
    index.executemany(
        "INSERT INTO word VALUES (?, ?, ?)", ((n, *pair) for n, pair in enumerate(words, 1))
    )
    index.executemany(
        "INSERT INTO loose VALUES (?, ?)",
        ((shape, n) for n, (word, _) in enumerate(words, 1) for shape in slip_keys(word)),
    )
    index.execute("INSERT INTO slip SELECT DISTINCT shape, word FROM loose ORDER BY shape, word")


def _documents(thing: CollectedThing) -> tuple[str, str, str]:
    types = _json(sorted(set(thing.types)))
    return types, _json(thing.labels()), _json(thing.descriptions)


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
