"""Cite an answer by its query, release, hash and day, kept by a short key; cite a thing by its release."""

from __future__ import annotations

import base64
import fcntl
import hashlib
import json
import os
import re
import threading
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

import pyoxigraph as ox

from iprgraph.errors import DataError
from iprgraph.namespaces import ID
from iprgraph.rdf.canonical import canonical_quads, nquads


class Cited(NamedTuple):
    """An answer that is cited. What is asked makes the key; the rest is what came of it, and when."""

    query: str
    release: str
    default_graphs: tuple[str, ...] = ()
    named_graphs: tuple[str, ...] = ()
    infer: bool = True
    sha256: str = ""
    rows: int = 0
    date: str = ""

    @property
    def key(self) -> str:
        """Give 16 letters and digits: the same question on the same release always has the same."""
        asked = json.dumps(self[:5], ensure_ascii=False, separators=(",", ":"))
        digest = hashlib.sha256(asked.encode("utf-8", "replace")).digest()
        return base64.b32encode(digest[:10]).decode().lower()


class Rows(NamedTuple):
    """An answer as sorted lines: of a table, of canonical N-Quads, or `true` or `false`."""

    head: str
    lines: list[str]

    @property
    def sha256(self) -> str:
        """Give the hash of the head, where there is one, and the sorted lines."""
        written = [self.head, *self.lines] if self.head else self.lines
        return hashlib.sha256("".join(f"{line}\n" for line in written).encode()).hexdigest()

    def since(self, before: Rows) -> tuple[list[str], list[str]]:
        """Give the lines that came and those that went."""
        new, old = Counter(self.lines), Counter(before.lines)
        return sorted((new - old).elements()), sorted((old - new).elements())


def rows_of(form: str, body: bytes) -> Rows:
    """Read an answer: TSV for SELECT and ASK, else N-Triples."""
    if form in {"SELECT", "ASK"}:
        lines = body.decode().removesuffix("\n").split("\n")
        return Rows(lines[0], sorted(lines[1:])) if form == "SELECT" else Rows("", lines)
    quads = ox.parse(body, ox.RdfFormat.N_TRIPLES, lenient=True)
    return Rows("", nquads(canonical_quads(quads)).decode().splitlines())


class Citations:
    """Keep what was cited in a file that only grows, a line of JSON each, up to a number of bytes."""

    def __init__(self, file: Path, most: int) -> None:
        self._file = file
        self._most = most
        self._found: dict[str, Cited] = {}
        self._read = 0
        self._lock = threading.Lock()

    def find(self, key: str) -> Cited | None:
        """Give what was cited under a key."""
        with self._lock:
            self._follow()
            return self._found.get(key)

    def keep(self, cited: Cited) -> Cited:
        """Keep a citation, unless it is kept already: the first stays. Raises DataError when full."""
        line = json.dumps(cited, ensure_ascii=False).encode("utf-8", "replace") + b"\n"
        try:
            with self._lock, self._file.open("ab") as file:
                # Another server may keep citations in the same folder.
                fcntl.flock(file, fcntl.LOCK_EX)
                self._follow()
                kept = self._found.get(cited.key)
                if kept is not None:
                    return kept
                if self._read + len(line) > self._most:
                    raise DataError(f"{self._file.name} has no room for another citation")
                # What a crash cut short was never told to anyone.
                file.truncate(self._read)
                file.write(line)
                file.flush()
                os.fsync(file.fileno())
                self._follow()
                return cited
        except OSError as error:
            raise DataError(f"{self._file.name} cannot be written: {error.strerror}") from error

    def _follow(self) -> None:
        """Read what has been added."""
        try:
            with self._file.open("rb") as file:
                file.seek(self._read)
                added = file.read()
        except OSError:
            return
        whole = added[: added.rfind(b"\n") + 1]
        for line in whole.splitlines():
            cited = _cited(json.loads(line))
            self._found.setdefault(cited.key, cited)
        self._read += len(whole)


def _cited(values: list[Any]) -> Cited:
    query, release, default, named, *rest = values
    return Cited(query, release, tuple(default), tuple(named), *rest)


class Reference(NamedTuple):
    """What a citation says, in whichever form it is written."""

    key: str
    #: The dataset that is cited, and the day on which its release was issued.
    dataset: str
    issued: str
    release: str
    title: str
    text: str
    url: str
    note: str = ""
    #: The day on which it was cited, where the answer may differ on another.
    accessed: str = ""
    language: str = "en"

    @property
    def bibtex(self) -> str:
        """Write it for BibTeX."""
        fields = {
            "author": f"{{{_tex(self.dataset)}}}",
            # In braces of its own a name keeps its capitals.
            "title": f"{{{_tex(self.title)}}}",
            "year": self.issued[:4],
            "version": _tex(self.release),
            "howpublished": _url(self.url),
            "note": _tex(self.note),
            "urldate": self.accessed,
        }
        body = "".join(f"  {name} = {{{told}}},\n" for name, told in fields.items() if told)
        return f"@misc{{iprgraph-{self.key},\n{body}}}\n"

    @property
    def csl(self) -> dict[str, Any]:
        """Give it as CSL-JSON has it."""
        told = {
            "id": f"iprgraph-{self.key}",
            "type": "dataset",
            "title": self.title,
            "author": [{"literal": self.dataset}],
            "version": self.release,
            "issued": {"date-parts": [_parts(self.issued)]},
            "accessed": {"date-parts": [_parts(self.accessed)]} if self.accessed else None,
            "URL": self.url,
            "note": self.note,
            "language": self.language,
        }
        return {name: value for name, value in told.items() if value}


def of_answer(cited: Cited, dataset: str, issued: str, url: str, language: str = "en") -> Reference:
    """Cite an answer; its line of text is in English or Chinese."""
    counted = f"{cited.rows} row{'' if cited.rows == 1 else 's'}"
    if language == "zh":
        text = (
            f"{dataset}（{issued[:4]}年）。SPARQL 查询结果，版本 {cited.release}（{issued}发布），"
            f"{cited.rows} 行，SHA-256 {cited.sha256}。引用日期 {cited.date}。{url}"
        )
    else:
        text = (
            f"{dataset} ({issued[:4]}). Answer to a SPARQL query on release {cited.release} "
            f"(issued {issued}), {counted}, SHA-256 {cited.sha256}. Cited {cited.date}. {url}"
        )
    return Reference(
        cited.key, dataset, issued, cited.release, f"Answer to a SPARQL query on {dataset}", text,
        url, f"{counted}, SHA-256 {cited.sha256}", cited.date,
    )  # fmt: skip


class Said(NamedTuple):
    """Who says a claim, when, in which source, and the address that opens it there."""

    by: str = ""
    on: str = ""
    source: str = ""
    link: str = ""

    def in_words(self, language: str) -> str:
        """Write it as the note of a citation."""
        by, source = ("{}", "载于“{}”") if language == "zh" else ("said by {}", "in “{}”")
        told = (
            by.format(self.by) if self.by else "",
            self.on,
            source.format(self.source) if self.source else "",
            self.link,
        )
        return ("，" if language == "zh" else ", ").join(part for part in told if part)


def of_thing(
    iri: str, title: str, dataset: str, issued: str, release: str, language: str, said: Said
) -> Reference:
    """Cite what a release says of a thing: the same on any day, for a release never changes."""
    key = iri.removeprefix(ID.iri).replace("/", "-")
    note = said.in_words(language)
    if language == "zh":
        text = f"{dataset}（{issued[:4]}年）。“{title}”，版本 {release}（{issued}发布）。{iri}"
        text += f"（{note}）" if note else ""
    else:
        text = f"{dataset} ({issued[:4]}). “{title}”, release {release} (issued {issued}). {iri}"
        text += f" ({note})" if note else ""
    return Reference(key, dataset, issued, release, title, text, iri, note, "", language)


#: What TeX takes for itself; a lone brace in a field would break it even where it is escaped.
_IN_TEX = str.maketrans(
    {
        "\\": r"\textbackslash{}",
        "{": r"\textbraceleft{}",
        "}": r"\textbraceright{}",
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
        **{mark: f"\\{mark}" for mark in "#$%&_"},
    }
)
_IN_URL = str.maketrans({"{": "%7B", "}": "%7D", "\\": "%5C", " ": "%20"})


_URL = re.compile(r"(https?://\S+)")


def _tex(text: str) -> str:
    parts = _URL.split(" ".join(text.split()))
    return "".join(_url(part) if i % 2 else part.translate(_IN_TEX) for i, part in enumerate(parts))


def _url(address: str) -> str:
    return f"\\url{{{address.translate(_IN_URL)}}}"


def _parts(day: str) -> list[int]:
    return [int(part) for part in day[:10].split("-")]
