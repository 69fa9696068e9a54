"""Read a query or an update without running it: what it asks for, and whether it may run.

The engine parses without a tokenizer, so that to it ``trueSERVICE<x>{}`` and ``?a<b#>`` can mean
something else than SPARQL's grammar says. The rules here: what could be read in two ways is given to
the engine in a form that has one reading (``Inspection.text``), or is refused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from iprgraph.errors import QueryRefused, QuerySyntaxError
from iprgraph.sparql.tokens import Token, edit, error_at, place, tokenize, unescaped

#: What the engine could take for an IRI or for less-than: an IRI that does not begin like a URL's.
_LOOSE = re.compile(r"<(?![A-Za-z][\w+.-]*+://)[^<>\"{}|^`\\\x00-\x20]++>")

_PROLOGUE = re.compile(
    r"(?:[ \t\r\n]++|\#[^\r\n]*+|(?:BASE|PREFIX[ \t\r\n]*+[^\s<>:#]*+:)[ \t\r\n]*+<[^<>\s]*+>)*+"
    r"(SELECT|ASK|CONSTRUCT|DESCRIBE)?",
    re.IGNORECASE,
)

#: FROM where it is not part of a name; what is found is looked at closely.
_FROM = re.compile(r"(?<![\w:.?$/-])from")

FORMS = ("SELECT", "ASK", "CONSTRUCT", "DESCRIBE")
UPDATES = ("INSERT", "DELETE", "WITH", "LOAD", "CLEAR", "DROP", "CREATE", "ADD", "MOVE", "COPY")

#: Words and marks of which a long row makes the engine recurse; counted in one pair of brackets.
_CHAINED = {"UNION", "OPTIONAL", "MINUS", "FILTER", "LATERAL", "||", "&&", "*", "/", "|", "!", "^"}

#: Shorter texts than this cannot hold a row long enough to matter.
_SHORT = 8_000

#: After these a name or IRI may be followed by a group without being a service.
_BEFORE_GRAPH = {"GRAPH", "FROM", "NAMED", "DESCRIBE"}

#: Characters written as escapes outside strings and IRIs are rare; each row of them costs a pass.
_MOST_ESCAPES = 20


@dataclass(frozen=True, slots=True)
class Inspection:
    """What a text asks for; ``text`` is what the engine may be given."""

    text: str
    #: SELECT, ASK, CONSTRUCT, DESCRIBE, UPDATE, or empty when none is recognised.
    form: str
    has_dataset: bool = False
    #: The token after each SERVICE [SILENT], of ``text``.
    services: tuple[Token, ...] = ()
    has_load: bool = False


def form_of(text: str) -> str:
    """Tell SELECT, ASK, CONSTRUCT or DESCRIBE by the first words; empty when it cannot be told."""
    match = _PROLOGUE.match(text)
    if match and match[1]:
        return match[1].upper()
    try:
        return _form(tokenize(text))
    except (QuerySyntaxError, QueryRefused):
        return ""


def inspect(
    text: str,
    *,
    update: bool = False,
    nesting: int = 100,
    chain: int = 1_000,
    chars: int = 1_000_000,
) -> Inspection:
    """Find what a query or an update asks for; raises QueryRefused over a bound, QuerySyntaxError."""
    if not update and len(text) > chars:
        raise QueryRefused(f"the query has {len(text)} characters; at most {chars} are taken")
    lower = text.lower()
    plain = len(text) <= _SHORT and not (
        "service" in lower
        or "\\u" in lower
        or ("from" in lower and _FROM.search(lower))
        or _LOOSE.search(text)
        or update
        or text.count("{") + text.count("(") + text.count("[") + text.count("<<") > nesting
    )
    if plain:
        match = _PROLOGUE.match(text)
        if match and match[1]:
            return Inspection(text, match[1].upper())
    text, tokens = _decode(text, tokenize(text))
    _bound(text, tokens, nesting, chain)
    text, tokens = _unambiguous(text, tokens)
    return Inspection(
        text,
        "UPDATE" if update else _form(tokens),
        has_dataset=any(t.says("FROM", "USING") for t in tokens),
        services=_services(text, tokens),
        has_load=update and _loads(tokens),
    )


def _form(tokens: list[Token]) -> str:
    for before, token in zip([None, *tokens], tokens, strict=False):
        if token.says(*FORMS):
            return token.text.upper()
        # Only a prologue may come first: BASE <iri>, PREFIX name: <iri>, VERSION "string".
        if not (token.kind in {"name", "iri", "string"} and before) and not token.says(
            "BASE", "PREFIX", "VERSION"
        ):
            return ""
    return ""


def _decode(text: str, tokens: list[Token]) -> tuple[str, list[Token]]:
    r"""Replace \uXXXX outside strings and IRIs, where the engine takes none (SPARQL 1.1, 19.2)."""
    for _ in range(_MOST_ESCAPES):
        first = next((i for i, t in enumerate(tokens) if t.kind == "escape"), None)
        if first is None:
            return text, tokens
        row: list[Token] = []
        for token in tokens[first:]:
            if token.kind != "escape" or (row and token.start != row[-1].end):
                break
            row.append(token)
        decoded = "".join(chr(int(t.text[2:], 16)) for t in row)
        if "\\" in decoded:
            raise error_at(text, row[0].start, "an escape may not stand for a backslash here")
        text = edit(text, [(row[0].start, row[-1].end, decoded)])
        tokens = tokenize(text)
    raise QueryRefused("there are too many escapes outside strings and IRIs; write the characters")


def _bound(text: str, tokens: list[Token], nesting: int, chain: int) -> None:
    """Refuse brackets within brackets, and rows, that the engine would recurse on too deeply."""
    counts = [0]
    opened = ["{"]
    for token in tokens:
        said = token.text
        if token.kind == "open":
            counts.append(0)
            opened.append(said)
            if len(counts) > nesting + 1:
                raise _refused(text, token, f"brackets are nested more than {nesting} deep")
        elif token.kind == "close":
            if len(counts) > 1:
                counts.pop()
                opened.pop()
        elif said.upper() in _CHAINED or (said in {"+", "-"} and opened[-1] == "("):
            counts[-1] += 1
        elif said.upper() == "AS" and len(counts) > 1:
            counts[-2] += 1
        else:
            continue
        if max(counts[-2:]) > chain:
            raise _refused(text, token, f"more than {chain} parts follow one another here")


def _unambiguous(text: str, tokens: list[Token]) -> tuple[str, list[Token]]:
    """Give each < its one meaning.

    An IRI that could also be less-than and an expression gets its first character escaped, which
    nothing but an IRI can have; << is parted from what follows.
    """
    edits = []
    for token in tokens:
        inside = token.text[1:-1]
        if token.kind == "iri" and inside and _LOOSE.fullmatch(token.text):
            edits.append((token.start + 1, token.start + 2, f"\\U{ord(inside[0]):08X}"))
        elif token.text == "<<":
            edits.append((token.start, token.end, "<< "))
    if not edits:
        return text, tokens
    text = edit(text, edits)
    return text, tokenize(text)


def _services(text: str, tokens: list[Token]) -> tuple[Token, ...]:
    """Find what SERVICE calls; what the engine could take for SERVICE, but is not, is refused."""
    if "service" not in text.lower():
        return ()
    found = []
    is_loose = any(_ends_in_host(tokens, i) for i in range(1, len(tokens)))
    for i, token in enumerate(tokens):
        said = token.text.lower()
        if "service" not in said:
            continue
        if token.says("SERVICE"):
            target = next((t for t in tokens[i + 1 : i + 3] if not t.says("SILENT")), token)
            found.append(target)
        elif token.kind in {"word", "language"}:
            raise error_at(text, token.start, f"{token.text!r} is not a word of SPARQL")
        elif token.kind == "name":
            prefix, _, local = said.partition(":")
            follows = "".join(t.text for t in tokens[i + 1 : i + 2])
            if "service" in prefix and follows == "{" and not tokens[i - 1].says(*_BEFORE_GRAPH):
                raise error_at(text, token.start, f"{token.text!r} cannot stand before a group")
            if "service" in local and is_loose:
                hint = "end each namespace with / or #"
                raise error_at(
                    text, token.start, f"{token.text!r} may become part of a host's name", hint
                )
    return tuple(found)


def _ends_in_host(tokens: list[Token], i: int) -> bool:
    """Tell whether a token is a namespace or base that ends within a host's name.

    Where ex:name is no IRI then, the engine takes ex: alone, and reads on at the name.
    """
    token, before = tokens[i], tokens[i - 1]
    return (
        token.kind == "iri"
        and (before.kind == "name" or before.says("BASE"))
        and re.fullmatch(r"<(?:[^:/?#]*:)?//[^/?#]*>", unescaped(token.text)) is not None
    )


def _loads(tokens: list[Token]) -> bool:
    """Tell whether an update loads from the web; outside braces only operations stand."""
    depth = 0
    for i, token in enumerate(tokens):
        depth += (token.text == "{") - (token.text == "}")
        is_declared = i and tokens[i - 1].says("PREFIX")
        begins = token.kind in {"word", "name"} and token.text.lower().startswith("load")
        if depth == 0 and begins and not is_declared:
            return True
    return False


def _refused(text: str, token: Token, message: str) -> QueryRefused:
    line, column = place(text, token.start)
    return QueryRefused(f"line {line}, column {column}: {message}")
