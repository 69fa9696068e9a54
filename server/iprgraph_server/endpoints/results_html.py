"""Show answers to a browser: a table of the first rows, without a script.

The engine's own TSV and N-Triples are read here line by line, and only the lines that are shown,
so that a page costs the same for an answer of a thousand rows and one of a million.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple
from urllib.parse import quote, urlencode

from iprgraph.namespaces import BASE, shorten
from iprgraph_server.http.formats import GRAPHS, HTML, RESULTS, Format
from iprgraph_server.i18n.language import Reader, translate
from iprgraph_server.presentation.templates import render

_PARTS = ("subject", "predicate", "object")

#: Rows on a page; the page says how many more there are.
ROWS = 1000

_LITERAL = re.compile(r'"((?:[^"\\]|\\.)*)"(?:@([A-Za-z0-9-]+)|\^\^<([^<>]*)>)?$', re.DOTALL)
_ESCAPE = re.compile(r"\\(u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|.)")
_ESCAPES = {"t": "\t", "n": "\n", "r": "\r", "b": "\b", "f": "\f"}


class Cell(NamedTuple):
    """A cell of a table: one term as a page shows it."""

    text: str
    #: Where a link leads; empty for what a browser does not fetch.
    address: str = ""
    language: str = ""
    datatype: str = ""
    is_string: bool = False


def write(body: bytes, form: str, query: str, reader: Reader) -> bytes:
    """Write the answer to a query of a form: TSV for SELECT and ASK, else N-Triples."""
    if form == "SELECT":
        return solutions(body, query, reader)
    if form == "ASK":
        answer = "yes" if body.strip() == b"true" else "no"
        title = translate(f"results.{answer}", reader.language)
        return _page(reader, query, RESULTS, title=title)
    return triples(body, query, reader)


def solutions(tsv: bytes, query: str, reader: Reader) -> bytes:
    """Write the answer to a SELECT, given as TSV."""
    lines = tsv.split(b"\n", ROWS + 1)
    names = lines[0].decode().split("\t") if lines[0] else []
    rest = lines.pop() if len(lines) > ROWS + 1 else b""
    rows = [line.decode().split("\t") for line in lines[1:]]
    if rows and tsv.endswith(b"\n") and not rest:
        rows.pop()  # what follows the last line end is no row
    names = [name.lstrip("?") for name in names]
    return _table(names, rows, rest.count(b"\n"), "result", query, RESULTS, reader)


def triples(ntriples: bytes, query: str, reader: Reader) -> bytes:
    """Write the answer to a CONSTRUCT or DESCRIBE, or a graph, given as N-Triples."""
    lines = ntriples.split(b"\n", ROWS)
    rest = lines.pop()
    rows = [line.decode().removesuffix(" .").split(" ", 2) for line in lines]
    names = [translate(f"results.{name}", reader.language) for name in _PARTS]
    return _table(names, rows, rest.count(b"\n"), "triple", query, GRAPHS, reader)


def parse_cell(written: str, root: str = "") -> Cell:
    """Parse one term, given in the syntax of N-Triples or TSV; own addresses begin with the root."""
    if written.startswith("<") and written.endswith(">") and not written.startswith("<<"):
        return _iri(_unescape(written[1:-1]), root)
    literal = _LITERAL.match(written)
    if literal is None:
        return Cell(written)
    text, language, datatype = _unescape(literal[1]), literal[2] or "", literal[3]
    if datatype:
        return Cell(text, datatype=shorten(_unescape(datatype)))
    return Cell(text, language=language, is_string=True)


def _iri(iri: str, root: str) -> Cell:
    if iri.startswith(BASE):
        # The project's own things are shown by the server at hand.
        path = quote(iri[len(BASE) :], safe="/#?=&%:@!$,;~")
        return Cell(shorten(iri), f"{root}/{path}")
    # Only what a browser fetches may be followed: javascript: and data: are not.
    return Cell(shorten(iri), iri if iri.startswith(("https://", "http://")) else "")


def _unescape(text: str) -> str:
    if "\\" not in text:
        return text

    def one(match: re.Match[str]) -> str:
        code = match[1]
        if len(code) > 1:
            point = int(code[1:], 16)
            return chr(point) if point < 0x110000 else "\ufffd"
        return _ESCAPES.get(code, code)

    return _ESCAPE.sub(one, text)


def _table(
    names: Sequence[str],
    rows: list[list[str]],
    more: int,
    noun: str,
    query: str,
    formats: tuple[Format, ...],
    reader: Reader,
) -> bytes:
    total = len(rows) + more
    key = f"results.{noun}{'s' * (total != 1)}"
    title = translate(key, reader.language, count=f"{total:,}")
    cells = [[parse_cell(text, reader.root) for text in row] for row in rows]
    return _page(reader, query, formats, title=title, names=names, rows=cells, more=more)


def _page(reader: Reader, query: str, formats: tuple[Format, ...], **values: object) -> bytes:
    editor = urlencode({"query": query} | ({"lang": reader.language} if reader.is_chosen else {}))
    # What is chosen first is what is shown.
    forms = sorted(formats, key=lambda form: form is not HTML)
    return render("result.html", reader, query=query, editor=editor, formats=forms, **values)
