"""Make the search index of a release: one SQLite file, the same bytes for the same quads."""

from __future__ import annotations

import json
import tempfile
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import apsw
import pyoxigraph as ox

from iprgraph.namespaces import DCTERMS, ID, OWL, RDF, RDFS, SCHEMA, SKOS
from iprgraph.search.text import acronym, fold, tokens

#: The file's name in a release, and its media type.
NAME = "search.db"
MEDIA_TYPE = "application/vnd.sqlite3"

#: Which properties name a thing, and what each is called in the index.
FIELDS = {
    SKOS.prefLabel: "label",
    SKOS.altLabel: "alias",
    SCHEMA.headline: "alias",
    DCTERMS.title: "alias",
    DCTERMS.identifier: "identifier",
    SKOS.exactMatch: "identifier",
}
_DESCRIPTIONS = (SKOS.definition, DCTERMS.description, SCHEMA.description)
#: Everything is one of these.
_EMPTY_TYPES = {OWL.Thing.value, RDFS.Resource.value}

#: Begins the token of a type; no text folds to it.
TYPE_MARK = "\ue000"

_SCHEMA = """
PRAGMA page_size = 4096;
PRAGMA auto_vacuum = NONE;
PRAGMA encoding = 'UTF-8';
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
BEGIN;
CREATE TABLE type (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
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


@dataclass
class Thing:
    """Collect what is said of a thing that search needs."""

    names: list[tuple[str, str, str]] = field(default_factory=list)
    types: list[str] = field(default_factory=list)
    descriptions: dict[str, str] = field(default_factory=dict)


def content(quads: Iterable[ox.Quad]) -> bytes:
    """Give the index of some quads as the content of its file."""
    with tempfile.TemporaryDirectory(prefix="iprgraph-search-") as folder:
        path = Path(folder) / NAME
        write(quads, path)
        return path.read_bytes()


def write(quads: Iterable[ox.Quad], path: Path) -> None:
    """Write the index of some quads to a new file; inferred quads count, for types are inferred."""
    things, weights = _collect(quads)
    index = apsw.Connection(str(path))
    try:
        # A statement that gives a row stops there until it is asked for more.
        index.execute(_SCHEMA).fetchall()
        _fill(index, things, weights)
        index.execute("COMMIT")
        index.execute("INSERT INTO held(held) VALUES ('optimize')")
        index.execute("VACUUM")
    finally:
        index.close()


def _collect(quads: Iterable[ox.Quad]) -> tuple[dict[str, Thing], Counter[str]]:
    things: dict[str, Thing] = {}
    weights: Counter[str] = Counter()
    for quad in quads:
        subject, predicate, value = quad.subject, quad.predicate, quad.object
        if isinstance(value, ox.NamedNode) and value in ID:
            weights[value.value] += 1
        if not isinstance(subject, ox.NamedNode) or subject not in ID:
            continue
        if predicate in FIELDS:
            thing = things.setdefault(subject.value, Thing())
            language = (value.language or "") if isinstance(value, ox.Literal) else ""
            thing.names.append((FIELDS[predicate], language, _text(value)))
        elif predicate == RDF.type and isinstance(value, ox.NamedNode):
            if value.value not in _EMPTY_TYPES:
                things.setdefault(subject.value, Thing()).types.append(value.value)
        elif predicate in _DESCRIPTIONS and isinstance(value, ox.Literal):
            told = things.setdefault(subject.value, Thing()).descriptions
            told[value.language or ""] = max(value.value, told.get(value.language or "", ""))
    return things, weights


def _text(value: object) -> str:
    """Write a name; an identifier without what says whose it is: Q42, 0000000122031789."""
    if isinstance(value, ox.NamedNode):
        return value.value.rstrip("/#").replace("#", "/").rpartition("/")[2]
    assert isinstance(value, ox.Literal)
    return value.value


def _fill(index: apsw.Connection, things: dict[str, Thing], weights: Counter[str]) -> None:
    """Insert all rows, each table in an order of its own that the quads' order has no part in."""
    known = sorted(
        iri for iri, thing in things.items() if any(n[0] == "label" for n in thing.names)
    )
    marks: dict[str, int] = {}
    for iri in known:
        for name in (*things[iri].types, kind_of(iri)):
            marks.setdefault(name, 0)
    marks = {name: number for number, name in enumerate(sorted(marks), 1)}
    index.executemany("INSERT INTO type VALUES (?2, ?1)", marks.items())
    index.executemany(
        "INSERT INTO thing VALUES (?, ?, ?, ?, ?, ?, ?)",
        (_row(number, iri, things[iri], weights[iri]) for number, iri in enumerate(known, 1)),
    )
    rows = sorted(
        (len(tokens(folded)), -weights[iri], folded, number, kind, text)
        for number, iri in enumerate(known, 1)
        for kind, text, folded in _names(things[iri])
    )
    # Names with few words come first: the first matches in the order of the rows are the best.
    words: Counter[str] = Counter()
    for row, (_, _, folded, number, kind, text) in enumerate(rows, 1):
        held = tokens(folded)
        words.update(held)
        index.execute("INSERT INTO name VALUES (?, ?, ?, ?, ?)", (row, number, kind, text, folded))
        thing = things[known[number - 1]]
        types = sorted({*thing.types, kind_of(known[number - 1])})
        marked = [f"{TYPE_MARK}{marks[name]}" for name in types]
        line = " ".join((*held, *marked))
        index.execute("INSERT INTO held(rowid, tokens) VALUES (?, ?)", (row, line))
    listed = sorted(words.items())
    index.executemany(
        "INSERT INTO word VALUES (?, ?, ?)", ((n, w, c) for n, (w, c) in enumerate(listed, 1))
    )
    index.executemany(
        "INSERT INTO loose VALUES (?, ?)",
        ((shape, n) for n, (word, _) in enumerate(listed, 1) for shape in shapes(word)),
    )
    index.execute("INSERT INTO slip SELECT DISTINCT shape, word FROM loose ORDER BY shape, word")
    index.execute("CREATE INDEX name_folded ON name (folded)")
    index.execute("CREATE INDEX name_thing ON name (thing)")


def _row(number: int, iri: str, thing: Thing, weight: int) -> tuple[object, ...]:
    labels: dict[str, str] = {}
    for kind, language, text in sorted(thing.names, reverse=True):
        if kind == "label":
            labels[language] = text
    return (
        number, iri, kind_of(iri), weight,
        _json(sorted(set(thing.types))),
        _json(dict(sorted(labels.items()))),
        _json(dict(sorted(thing.descriptions.items()))),
    )  # fmt: skip


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _names(thing: Thing) -> Iterator[tuple[str, str, str]]:
    """Give each name once as (field, text, folded), and the acronyms of labels."""
    found: dict[str, tuple[str, str]] = {}
    order = ("label", "alias", "identifier")
    for kind, _, text in sorted(thing.names, key=lambda n: (order.index(n[0]), n)):
        folded = fold(text)
        if folded:
            found.setdefault(folded, (kind, text))
    for kind, _, text in sorted(thing.names):
        if kind == "label" and (short := acronym(text)):
            found.setdefault(short, ("acronym", text))
    for folded, (kind, text) in found.items():
        yield kind, text, folded


def kind_of(iri: str) -> str:
    """Give the kind that an IRI of ours names: organization."""
    return iri.removeprefix(ID.iri).partition("/")[0]


def shapes(word: str) -> list[int]:
    """Number what is left of a word without each one of its letters, and the word itself.

    Two words that share such a number differ by a slip: a letter added, lost, changed, or two
    swapped. Numbers and short words have none, for every one is another's slip.
    """
    if len(word) < 4 or not word.isalpha():
        return []
    left = {word, *(word[:i] + word[i + 1 :] for i in range(len(word)))}
    return [zlib.crc32(part.encode()) for part in left]
