"""Show answers to a browser: a table of the first rows, every term escaped, no script.

The engine's own TSV and N-Triples are read here line by line, and only the lines that are shown,
so that a page costs the same for an answer of a thousand rows and one of a million.
"""

from __future__ import annotations

import re
from html import escape
from urllib.parse import quote, urlencode

from iprgraph.namespaces import BASE, shorten
from iprgraph_server.http.formats import GRAPHS, RESULTS, Format
from iprgraph_server.i18n.language import Reader, translate
from iprgraph_server.presentation.plain_page import page

_PARTS = ("subject", "predicate", "object")

#: Rows on a page; the page says how many more there are.
ROWS = 1000

_LITERAL = re.compile(r'"((?:[^"\\]|\\.)*)"(?:@([A-Za-z0-9-]+)|\^\^<([^<>]*)>)?$', re.DOTALL)
_ESCAPE = re.compile(r"\\(u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|.)")
_ESCAPES = {"t": "\t", "n": "\n", "r": "\r", "b": "\b", "f": "\f"}


def write(body: bytes, form: str, query: str, reader: Reader) -> bytes:
    """Write the answer to a query of a form: TSV for SELECT and ASK, else N-Triples."""
    if form == "SELECT":
        return solutions(body, query, reader)
    if form == "ASK":
        answer = "yes" if body.strip() == b"true" else "no"
        title = str(translate(f"results.{answer}", reader.language))
        return page(title, _form(query, RESULTS, reader), reader)
    return triples(body, query, reader)


def solutions(tsv: bytes, query: str, reader: Reader) -> bytes:
    """Write the answer to a SELECT, given as TSV."""
    lines = tsv.split(b"\n", ROWS + 1)
    names = lines[0].decode().split("\t") if lines[0] else []
    rest = lines.pop() if len(lines) > ROWS + 1 else b""
    rows = [line.decode().split("\t") for line in lines[1:]]
    if rows and tsv.endswith(b"\n") and not rest:
        rows.pop()  # what follows the last line end is no row
    return _table(names, rows, rest.count(b"\n"), "result", query, RESULTS, reader)


def triples(ntriples: bytes, query: str, reader: Reader) -> bytes:
    """Write the answer to a CONSTRUCT or DESCRIBE, or a graph, given as N-Triples."""
    lines = ntriples.split(b"\n", ROWS)
    rest = lines.pop()
    rows = [line.decode().removesuffix(" .").split(" ", 2) for line in lines]
    names = [str(translate(f"results.{name}", reader.language)) for name in _PARTS]
    return _table(names, rows, rest.count(b"\n"), "triple", query, GRAPHS, reader)


def term(written: str) -> str:
    """Write one term, given in the syntax of N-Triples or TSV, as HTML."""
    if written.startswith("<") and written.endswith(">") and not written.startswith("<<"):
        return _iri(_unescape(written[1:-1]))
    literal = _LITERAL.match(written)
    if literal is None:
        return escape(written)
    text, lang, datatype = escape(_unescape(literal[1])), literal[2], literal[3]
    if lang:
        lang = escape(lang)
        return f'<span lang="{lang}" dir="auto">{text}</span> <small>@{lang}</small>'
    if datatype:
        return f"{text} <small>{escape(shorten(_unescape(datatype)))}</small>"
    return f'<span dir="auto">{text}</span>'


def _iri(iri: str) -> str:
    shown = escape(shorten(iri))
    if iri.startswith(BASE):
        # The project's own things are shown by the server at hand.
        return f'<a href="/{escape(quote(iri[len(BASE) :], safe="/#?=&%:@!$,;~"))}">{shown}</a>'
    # Only what a browser fetches may be followed: javascript: and data: are not.
    if iri.startswith(("https://", "http://")):
        return f'<a href="{escape(iri)}">{shown}</a>'
    return shown


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
    names: list[str],
    rows: list[list[str]],
    more: int,
    noun: str,
    query: str,
    formats: tuple[Format, ...],
    reader: Reader,
) -> bytes:
    language = reader.language
    total = len(rows) + more
    title = str(translate(f"results.{noun}{'s' * (total != 1)}", language, count=f"{total:,}"))
    cut = ""
    if more:
        cut = f"<p>{translate('results.cut', language, count=f'{len(rows):,}')}</p>\n"
    head = "".join(f'<th scope="col">{escape(name.lstrip("?"))}</th>' for name in names)
    body = "\n".join(
        "<tr>" + "".join(f"<td>{term(cell)}</td>" for cell in row) + "</tr>" for row in rows
    )
    return page(
        title,
        f'{cut}<div class="scroll"><table>\n<thead><tr>{head}</tr></thead>\n'
        f"<tbody>\n{body}\n</tbody>\n</table></div>\n"
        + (_form(query, formats, reader) if query else ""),
        reader,
    )


def _form(query: str, formats: tuple[Format, ...], reader: Reader) -> str:
    language = reader.language
    chosen = f'<input type="hidden" name="lang" value="{language}">\n' if reader.is_chosen else ""
    editor = urlencode({"query": query} | ({"lang": language} if reader.is_chosen else {}))
    options = "".join(
        f'<option value="{form.name}">{form.name}</option>'
        for form in sorted(formats, key=lambda form: form.name != "html")
    )
    return (
        '<form action="/sparql" method="get" class="ask">\n'
        f"{chosen}"
        f'<p><label for="query">{translate("results.query", language)}</label>\n'
        f'<textarea id="query" name="query" spellcheck="false">{escape(query)}</textarea></p>\n'
        f'<p><a href="/query?{escape(editor)}">{translate("results.open", language)}</a> '
        f"{translate('results.open_lead', language)}</p>\n"
        f"<p><label>{translate('results.format', language)} "
        f'<select name="format">{options}</select></label>\n'
        f'<button class="button">{translate("results.run", language)}</button></p>\n</form>\n'
    )
