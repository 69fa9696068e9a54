"""Plain-text tables that line up on a terminal, Chinese included."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Sequence
from typing import Any

from iprgraph.namespaces import PREFIXES, shorten


def width(text: str) -> int:
    """Return how many cells of a terminal a text takes."""
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1
        for c in text
    )


def table(headers: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return rows laid out under headers; nothing is cut."""
    cells = [[_one_line(cell) for cell in row] for row in (headers, *rows)]
    widths = [max(width(row[i]) for row in cells) for i in range(len(headers))]
    lines = [_row(row, widths) for row in cells]
    lines.insert(1, "  ".join("-" * w for w in widths))
    return "\n".join(lines)


def results_table(results: bytes) -> str:
    """Return SPARQL JSON results as a table of rows, or as true or false."""
    document: dict[str, Any] = json.loads(results)
    if "boolean" in document:
        return "true" if document["boolean"] else "false"
    names = document["head"]["vars"]
    bindings = document["results"]["bindings"]
    rows = [[_term(row.get(name)) for name in names] for row in bindings]
    count = f"{len(rows)} row{'' if len(rows) == 1 else 's'}"
    return f"{table(names, rows)}\n{count}" if names else count


def _row(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = (cell + " " * (w - width(cell)) for cell, w in zip(cells, widths, strict=True))
    return "  ".join(padded).rstrip()


def _term(binding: dict[str, Any] | None) -> str:
    """Return a term of a result for people: prefixed names, bare numbers, text with its language."""
    if binding is None:
        return ""
    value = str(binding["value"])
    if binding["type"] == "uri":
        return shorten(value)
    if binding["type"] == "bnode":
        return f"_:{value}"
    if "xml:lang" in binding:
        return f"{value}@{binding['xml:lang']}"
    datatype = binding.get("datatype", "")
    if not datatype or datatype.startswith(PREFIXES["xsd"]):
        return value
    return f"{value}^^{shorten(datatype)}"


def _one_line(text: str) -> str:
    return " ".join(text.split("\n"))
