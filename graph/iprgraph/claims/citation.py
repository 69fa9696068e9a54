"""Citations: of an answer by its query, release, hash and date, under a short key; of a thing by its release."""

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


class CitedAnswer(NamedTuple):
    """An answer that is cited: the request, which makes the key, then the result and its date."""

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
        """Return 16 letters and digits, the same whenever a release is asked the same."""
        request = json.dumps(self[:5], ensure_ascii=False, separators=(",", ":"))
        digest = hashlib.sha256(request.encode("utf-8", "replace")).digest()
        return base64.b32encode(digest[:10]).decode().lower()


class AnswerLines(NamedTuple):
    """An answer as sorted lines: of a table, of canonical N-Quads, or `true` or `false`."""

    head: str
    lines: list[str]

    @property
    def sha256(self) -> str:
        """Return the hash of the head, where there is one, and the sorted lines."""
        lines = [self.head, *self.lines] if self.head else self.lines
        return hashlib.sha256("".join(f"{line}\n" for line in lines).encode()).hexdigest()

    def compare(self, before: AnswerLines) -> tuple[list[str], list[str]]:
        """Return the lines added since an earlier answer, and those removed."""
        new, old = Counter(self.lines), Counter(before.lines)
        return sorted((new - old).elements()), sorted((old - new).elements())


def answer_lines(form: str, body: bytes) -> AnswerLines:
    """Parse an answer: TSV for SELECT and ASK, else N-Triples."""
    if form in {"SELECT", "ASK"}:
        lines = body.decode().removesuffix("\n").split("\n")
        if form == "ASK":
            return AnswerLines("", lines)
        return AnswerLines(lines[0], sorted(lines[1:]))
    quads = ox.parse(body, ox.RdfFormat.N_TRIPLES, lenient=True)
    return AnswerLines("", nquads(canonical_quads(quads)).decode().splitlines())


class Citations:
    """The citations in a file that only grows, a line of JSON each, up to a number of bytes."""

    def __init__(self, file: Path, max_bytes: int) -> None:
        self._file = file
        self._max_bytes = max_bytes
        self._by_key: dict[str, CitedAnswer] = {}
        self._bytes_read = 0
        self._lock = threading.Lock()

    def find(self, key: str) -> CitedAnswer | None:
        """Return what was cited under a key."""
        with self._lock:
            self._read_added()
            return self._by_key.get(key)

    def add(self, cited: CitedAnswer) -> CitedAnswer:
        """Store a citation and return it, or the one that its key already has.

        Raises DataError where the file is full or cannot be written.
        """
        line = json.dumps(cited, ensure_ascii=False).encode("utf-8", "replace") + b"\n"
        try:
            with self._lock, self._file.open("ab") as file:
                # Another server may write citations to the same file.
                fcntl.flock(file, fcntl.LOCK_EX)
                self._read_added()
                if stored := self._by_key.get(cited.key):
                    return stored
                if self._bytes_read + len(line) > self._max_bytes:
                    raise DataError(f"{self._file.name} has no room for another citation")
                # No one was told the key of a line that a crash cut short.
                file.truncate(self._bytes_read)
                file.write(line)
                file.flush()
                os.fsync(file.fileno())
                self._read_added()
                return cited
        except OSError as error:
            raise DataError(f"{self._file.name} cannot be written: {error.strerror}") from error

    def _read_added(self) -> None:
        """Read the lines added to the file since it was last read."""
        try:
            with self._file.open("rb") as file:
                file.seek(self._bytes_read)
                added = file.read()
        except OSError:
            return
        whole = added[: added.rfind(b"\n") + 1]
        for line in whole.splitlines():
            query, release, default, named, *rest = json.loads(line)
            cited = CitedAnswer(query, release, tuple(default), tuple(named), *rest)
            self._by_key.setdefault(cited.key, cited)
        self._bytes_read += len(whole)


class Reference(NamedTuple):
    """The parts of a citation, and the forms in which it is written."""

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
        """Return the citation in BibTeX."""
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
        body = "".join(f"  {name} = {{{value}}},\n" for name, value in fields.items() if value)
        return f"@misc{{iprgraph-{self.key},\n{body}}}\n"

    @property
    def csl(self) -> dict[str, Any]:
        """Return the citation as an item of CSL-JSON."""
        fields = {
            "id": f"iprgraph-{self.key}",
            "type": "dataset",
            "title": self.title,
            "author": [{"literal": self.dataset}],
            "version": self.release,
            "issued": {"date-parts": [_date_parts(self.issued)]},
            "accessed": {"date-parts": [_date_parts(self.accessed)]} if self.accessed else None,
            "URL": self.url,
            "note": self.note,
            "language": self.language,
        }
        return {name: value for name, value in fields.items() if value}


def of_answer(
    cited: CitedAnswer, dataset: str, issued: str, url: str, language: str = "en"
) -> Reference:
    """Return the citation of an answer; its line of text is in English or Chinese."""
    row_count = f"{cited.rows} row{'' if cited.rows == 1 else 's'}"
    if language == "zh":
        text = (
            f"{dataset}（{issued[:4]}年）。SPARQL 查询结果，版本 {cited.release}（{issued}发布），"
            f"{cited.rows} 行，SHA-256 {cited.sha256}。引用日期 {cited.date}。{url}"
        )
    else:
        text = (
            f"{dataset} ({issued[:4]}). Answer to a SPARQL query on release {cited.release} "
            f"(issued {issued}), {row_count}, SHA-256 {cited.sha256}. Cited {cited.date}. {url}"
        )
    return Reference(
        cited.key, dataset, issued, cited.release, f"Answer to a SPARQL query on {dataset}", text,
        url, f"{row_count}, SHA-256 {cited.sha256}", cited.date,
    )  # fmt: skip


class Attribution(NamedTuple):
    """Who makes a claim, when, in which source, and the address that opens it there."""

    speaker: str = ""
    date: str = ""
    source: str = ""
    link: str = ""

    def in_words(self, language: str) -> str:
        """Return the attribution as the note of a citation."""
        speaker, source = ("{}", "载于“{}”") if language == "zh" else ("said by {}", "in “{}”")
        parts = (
            speaker.format(self.speaker) if self.speaker else "",
            self.date,
            source.format(self.source) if self.source else "",
            self.link,
        )
        return ("，" if language == "zh" else ", ").join(part for part in parts if part)


def of_thing(
    iri: str,
    title: str,
    dataset: str,
    issued: str,
    release: str,
    language: str,
    attribution: Attribution,
) -> Reference:
    """Return the citation of a thing in a release; it has no date of access, as a release never changes."""
    key = iri.removeprefix(ID.iri).replace("/", "-")
    note = attribution.in_words(language)
    if language == "zh":
        text = f"{dataset}（{issued[:4]}年）。“{title}”，版本 {release}（{issued}发布）。{iri}"
        text += f"（{note}）" if note else ""
    else:
        text = f"{dataset} ({issued[:4]}). “{title}”, release {release} (issued {issued}). {iri}"
        text += f" ({note})" if note else ""
    return Reference(key, dataset, issued, release, title, text, iri, note, "", language)


#: Characters with a meaning in TeX; an unpaired brace breaks a field even where it is escaped.
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


def _date_parts(day: str) -> list[int]:
    return [int(part) for part in day[:10].split("-")]
