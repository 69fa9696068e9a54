"""Graphs as documents of bounded size, without prefixes that they do not use."""

from __future__ import annotations

import re
from collections.abc import Callable

import pyoxigraph as ox

from iprgraph.errors import FormatError, Text
from iprgraph.namespaces import PREFIXES
from iprgraph.rdf.syntax import SYNTAXES
from iprgraph.store.bounded_buffer import ResultBuffer

_DECLARATION = re.compile(rb"@prefix ([\w.-]+): <[^>]*> \.\n")
#: In a larger document, unused prefixes stay.
_LARGE = 1_000_000


def graph_document(write: Callable[..., object], format: str, most: int) -> tuple[bytes, str]:
    """Return a graph in a syntax, and the media type; `most` is the number of bytes allowed.

    `write` is called with a buffer, the syntax of pyoxigraph and prefixes. Raises FormatError for an
    unknown syntax, ResultTooLarge.
    """
    if format not in SYNTAXES:
        raise FormatError(
            Text("a graph has no {format}; it has {listed}", format=format, listed=list(SYNTAXES))
        )
    buffer = ResultBuffer(most)
    prefixes = PREFIXES if format in {"turtle", "trig"} else None
    write(buffer, _triples_format(format), prefixes=prefixes)
    body = buffer.value()
    if prefixes and len(body) <= _LARGE:
        body = _without_unused_prefixes(body)
    return body, SYNTAXES[format].media_type


def _triples_format(format: str) -> ox.RdfFormat:
    """Return the syntax for triples: every Turtle document is TriG, every N-Triples one N-Quads."""
    return SYNTAXES[{"trig": "turtle", "nquads": "ntriples"}.get(format, format)].format


def _without_unused_prefixes(body: bytes) -> bytes:
    """Return a Turtle document with sorted declarations of the prefixes that it uses."""
    head = 0
    while match := _DECLARATION.match(body, head):
        head = match.end()
    used = set(re.findall(rb"([A-Za-z][\w.-]*):", body[head:]))
    declarations = sorted(m[0] for m in _DECLARATION.finditer(body, 0, head) if m[1] in used)
    return b"".join(declarations) + body[head:]
