"""Cite an answer: a query on a release, the hash of what it gave, and the day; kept by a short key."""

from __future__ import annotations

import base64
import fcntl
import hashlib
import json
import os
import threading
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import pyoxigraph as ox

from iprgraph.canonical import canonical_quads, nquads
from iprgraph.errors import DataError


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


def in_text(cited: Cited, title: str, issued: str, url: str, language: str = "en") -> str:
    """Write a citation as a line of text, in English or Chinese."""
    if language == "zh":
        return (
            f"{title}（{issued[:4]}年）。SPARQL 查询结果，版本 {cited.release}（{issued}发布），"
            f"{cited.rows} 行，SHA-256 {cited.sha256}。引用日期 {cited.date}。{url}"
        )
    return (
        f"{title} ({issued[:4]}). Answer to a SPARQL query on release {cited.release} (issued "
        f"{issued}), {_counted(cited.rows)}, SHA-256 {cited.sha256}. Cited {cited.date}. {url}"
    )


def in_bibtex(cited: Cited, title: str, issued: str, url: str) -> str:
    """Write a citation for BibTeX."""
    fields = {
        "author": f"{{{{{title}}}}}",
        "title": f"{{Answer to a {{SPARQL}} query on {title}}}",
        "year": f"{{{issued[:4]}}}",
        "version": f"{{{cited.release}}}",
        "howpublished": f"{{\\url{{{url}}}}}",
        "note": f"{{{_counted(cited.rows)}, SHA-256 {cited.sha256}}}",
        "urldate": f"{{{cited.date}}}",
    }
    body = "".join(f"  {name} = {value},\n" for name, value in fields.items())
    return f"@misc{{iprgraph-{cited.key},\n{body}}}\n"


def in_csl(cited: Cited, title: str, issued: str, url: str) -> dict[str, Any]:
    """Give a citation as CSL-JSON has it."""
    return {
        "id": f"iprgraph-{cited.key}",
        "type": "dataset",
        "title": f"Answer to a SPARQL query on {title}",
        "author": [{"literal": title}],
        "version": cited.release,
        "issued": {"date-parts": [_parts(issued)]},
        "accessed": {"date-parts": [_parts(cited.date)]},
        "URL": url,
        "note": f"{_counted(cited.rows)}, SHA-256 {cited.sha256}",
    }


def _counted(rows: int) -> str:
    return f"{rows} row{'' if rows == 1 else 's'}"


def _parts(day: str) -> Iterable[int]:
    return [int(part) for part in day[:10].split("-")]
