"""The tokens of SPARQL, as the engine takes them.

The engine has no tokenizer: each alternative of the pattern takes exactly what the engine's own
rule takes, greedily and without going back, so that both read a text alike.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from iprgraph.errors import QuerySyntaxError, Text
from iprgraph.sparql.nodes import Token

_BASE = (
    "A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c\u200d"
    "\u2070-\u218f\u2c00-\u2fef\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd"
)
_NAME = f"0-9_\u00b7\u0300-\u036f\u203f\u2040{_BASE}"
_ESCAPE = r"\\(?:u(?![dD][89a-fA-F])|U(?:0000(?![dD][89a-fA-F])|000[1-9a-fA-F]|0010))[0-9a-fA-F]{4}"
_PLX = r"%[0-9a-fA-F]{2}|\\[_~.\-!$&'()*+,;=/?\#@%]"

_TOKEN = re.compile(
    rf"""
    (?P<space>(?:[ \t\r\n]++|\#[^\r\n]*+)++)
    |(?P<variable>[?$][0-9_{_BASE}][{_NAME}]*+)
    |(?P<blank>_:[0-9_{_BASE}][\-{_NAME}]*+(?:\.++[\-{_NAME}]++)*+)
    |(?P<name>(?:[{_BASE}][\-{_NAME}]*+(?:\.++[\-{_NAME}]++)*+)?+:
         (?:(?:[:0-9_{_BASE}]|{_PLX})(?:[:\-{_NAME}]|{_PLX})*+
            (?:\.++(?:[:\-{_NAME}]|{_PLX})++)?+)?+)
    |(?P<word>[A-Za-z_][A-Za-z0-9_]*+)
    |(?P<open><<|[({{\[])
    |(?P<iri><(?:[^<>"{{}}|^`\\\x00-\x20]|{_ESCAPE})*+>)
    |(?P<string>\"{{3}}(?:\"{{0,2}}(?:[^"\\]|\\[tbnrf"'\\]|{_ESCAPE}))*+\"{{3}}
        |'{{3}}(?:'{{0,2}}(?:[^'\\]|\\[tbnrf"'\\]|{_ESCAPE}))*+'{{3}}
        |"(?!"")(?:[^"\\\n\r]|\\[tbnrf"'\\]|{_ESCAPE})*+"
        |'(?!'')(?:[^'\\\n\r]|\\[tbnrf"'\\]|{_ESCAPE})*+')
    |(?P<number>(?:[0-9]++\.?[0-9]*+|\.[0-9]++)(?:[eE][+\-]?[0-9]++)?+)
    |(?P<language>@[A-Za-z]++(?:-++[A-Za-z0-9]++)*+)
    |(?P<close>>>|[)}}\]])
    |(?P<mark>\|\||&&|\^\^|!=|<=|>=|[.,;=<>!|&^/*+\-?~])
    |(?P<escape>{_ESCAPE})
    """,
    re.VERBOSE,
)


def tokenize(text: str) -> list[Token]:
    """Split a text into its tokens, without spaces and comments; raises QuerySyntaxError."""
    tokens = []
    scan = _TOKEN.scanner(text).match  # type: ignore[attr-defined]
    end = 0
    while match := scan():
        kind = match.lastgroup
        if kind != "space":
            tokens.append(Token(kind or "", match[0], end))
        end = match.end()
    if end != len(text):
        raise _unreadable(text, end)
    return tokens


def place(text: str, offset: int) -> tuple[int, int]:
    """Return the line and column of an offset, both from 1."""
    before = text[:offset]
    return before.count("\n") + 1, offset - (before.rfind("\n") + 1) + 1


def edit(text: str, edits: Iterable[tuple[int, int, str]]) -> str:
    """Replace stretches (start, end, replacement), given in order and apart."""
    parts: list[str] = []
    done = 0
    for start, end, replacement in edits:
        parts += (text[done:start], replacement)
        done = end
    return "".join((*parts, text[done:]))


def unescaped(text: str) -> str:
    r"""Undo the \uXXXX and \UXXXXXXXX in an IRI."""
    return re.sub(_ESCAPE, lambda m: chr(int(m[0][2:], 16)), text)


def _unreadable(text: str, offset: int) -> QuerySyntaxError:
    character = text[offset]
    if character in "\"'":
        return error_at(
            text,
            offset,
            "this string does not end",
            Text(
                "close it with {mark}; within it, write \\{again}", mark=character, again=character
            ),
        )
    if character in "“”‘’«»":
        return error_at(
            text,
            offset,
            Text("{mark} is not a quotation mark of SPARQL", mark=character),
            'use "straight" quotes',
        )
    if character == "\u00a0":
        return error_at(text, offset, "this is a no-break space", "use a plain space")
    return error_at(text, offset, Text("{text} cannot stand here", text=repr(character)))


def error_at(text: str, offset: int, message: str, hint: str = "") -> QuerySyntaxError:
    return QuerySyntaxError(message, *place(text, offset), hint)
