"""Explain in plain words why a text does not parse, where, and what to do.

The engine tries each keyword where it stands and reports where the longest attempt ended, so its
own place and message are of little use. The place is found by the grammar; where the grammar has
nothing to object to, the engine's reason is told in other words.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from itertools import pairwise

from iprgraph.errors import QuerySyntaxError, Text
from iprgraph.sparql.declarations import Declarations
from iprgraph.sparql.grammar import FORMS, FUNCTIONS, KEYWORDS, UPDATES
from iprgraph.sparql.nodes import Node, Token
from iprgraph.sparql.parser import OutsideGrammar, build
from iprgraph.sparql.tokens import place, tokenize

_OPERATORS = {"AND": "&&", "OR": "||", "NOT": "!", "==": "=", "<>": "!="}
_OPENED = {"}": "{", ")": "(", "]": "[", ">>": "<<"}

#: What the engine says -> what is the matter, and what to do.
_REASONS = {
    "contains a variable that is unbound": (
        "SELECT has a variable that is neither grouped nor aggregated",
        "add it to GROUP BY, or take one of its values with SAMPLE(…)",
    ),
    "contains an expression with a variable that is unbound": (
        "SELECT has an expression with a variable that is neither grouped nor aggregated",
        "add the variable to GROUP BY, or aggregate it",
    ),
    "SELECT * is not authorized with GROUP BY": (
        "SELECT * cannot stand beside GROUP BY",
        "name the columns",
    ),
    "Duplicated variable name in SELECT": ("SELECT has the same variable twice", "rename one"),
    "BIND is overriding": (
        "BIND gives a value to a variable that has one already",
        "choose another name after AS",
    ),
    "VALUES clause rows": (
        "a row of VALUES has more or fewer values than there are variables",
        "write UNDEF where there is none",
    ),
    "Repeated variables are not allowed": ("VALUES has the same variable twice", ""),
    "Already used blank node id": (
        "a blank node is named in two groups, where it would be two",
        "use a variable in its place",
    ),
    "Variables are not allowed in": (
        "data cannot have variables",
        "use INSERT { … } WHERE { … }, or DELETE WHERE { … }",
    ),
    "Blank nodes are not allowed in": ("a blank node cannot stand here", "use a variable"),
    "IRI parsing failed": (
        "an IRI is relative, or has a character that no IRI may have",
        "write it in full, with such characters as %XX",
    ),
}


def explain(
    text: str, sent: str, message: str, prefixes: Mapping[str, str], *, update: bool = False
) -> QuerySyntaxError:
    """Return the error for a text that the engine, given ``sent``, rejects with ``message``.

    ``message`` is empty for a text that leaves the grammar: the engine is not asked then.
    """
    tokens = tokenize(text)
    if any(token.kind == "escape" for token in tokens):
        # With its escapes written out, a text has other tokens.
        text, tokens = sent, tokenize(sent)
    departure = None
    try:
        root = build(tokens, update=update)
    except OutsideGrammar as error:
        departure = error
        *_, root = (error.node, *error.node.ancestors())
    undeclared = _undeclared(tokens, Declarations(root), prefixes)
    if departure and (undeclared is None or departure.index <= undeclared):
        return _outside(text, tokens, departure, update=update)
    if undeclared is not None:
        token = tokens[undeclared]
        prefix = token.text.partition(":")[0]
        close = difflib.get_close_matches(prefix, prefixes, 1)
        hint = Text("add PREFIX {prefix}: <…> at the start", prefix=prefix)
        if close:
            hint = Text("{told}; or did you mean {prefix}: ?", told=hint, prefix=close[0])
        return _at(
            text, token.start, Text("the prefix {prefix}: is not declared", prefix=prefix), hint
        )
    return _by_reason(text, sent, tokens, message)


def _outside(
    text: str, tokens: list[Token], departure: OutsideGrammar, *, update: bool
) -> QuerySyntaxError:
    """Explain a text that leaves the grammar at a token."""
    index, expected = departure.index, departure.expected
    wanted = Text("expected {what}", what=_alternatives(expected))
    if index == len(tokens):
        end = tokens[-1].end if tokens else 0
        opened = _unclosed(departure.node)
        if opened:
            line, column = place(text, opened.start)
            hint = Text(
                "the {bracket} of line {line}, column {column} is not closed",
                bracket=opened.text,
                line=line,
                column=column,
            )
            return _at(text, end, Text("the text ends too early: {what}", what=wanted), hint)
        return _at(
            text,
            end,
            Text("the text ends too early: {what}", what=wanted) if tokens else "there is no query",
            "",
        )
    token = tokens[index]
    before = tokens[index - 1] if index else None
    return _at(
        text,
        token.start,
        Text("{text} cannot stand here: {what}", text=repr(token.text), what=wanted),
        _hint(token, before, expected, update),
    )


def _hint(token: Token, before: Token | None, expected: list[str], update: bool) -> str:
    """Guess what was meant."""
    said = token.text.upper()
    pair = (before.text if before else "") + token.text
    if "SELECT" in expected and said in UPDATES:
        return "this is an update: send it as update=…, by POST"
    if update and said in FORMS:
        return "this is a query: send it as query=…"
    if pair in _OPERATORS:
        return Text("SPARQL writes {word}", word=_OPERATORS[pair])
    if before and before.says("SELECT", "DISTINCT") and (said in FUNCTIONS or said == "COUNT"):
        return Text("write ({function}(…) AS ?name)", function=said)
    return _hint_on_word(token, said) if token.kind == "word" else _hint_on_mark(token, before)


def _hint_on_word(token: Token, said: str) -> str:
    if said in _OPERATORS:
        return Text("SPARQL writes {word}", word=_OPERATORS[said])
    if said in KEYWORDS:
        return ""
    close = difflib.get_close_matches(said, KEYWORDS, 1, 0.8)
    return (
        Text("did you mean {word}?", word=close[0])
        if close
        else Text("{word} is not a word of SPARQL", word=token.text)
    )


def _hint_on_mark(token: Token, before: Token | None) -> str:
    if token.kind == "language":
        return "SPARQL writes PREFIX without @, and without a dot at the end"
    if token.text == "," and before and before.kind in {"variable", "close"}:
        return "columns are separated by spaces"
    if token.text == "." and before and before.kind == "name" and "." in before.text:
        return "the engine takes a name with one dot at most: write the IRI in full, as <…>"
    if token.text in _OPENED:
        return Text(
            "there may be one {mark} too many, or a {other} missing",
            mark=token.text,
            other=_OPENED[token.text],
        )
    if token.kind in {"variable", "name", "iri"} and before and before.kind not in {"word", "mark"}:
        return "a dot may be missing before it"
    return ""


def _by_reason(text: str, sent: str, tokens: list[Token], message: str) -> QuerySyntaxError:
    """Explain what is in the grammar, and yet rejected, by the reason that the engine gives."""
    match = re.search(r"error at (\d+):(\d+)", message)
    line, column = (int(match[1]), int(match[2])) if match and text == sent else (None, None)
    for said, (reason, hint) in _REASONS.items():
        if said in message:
            if reason.startswith("SELECT"):
                first = next((t for t in tokens if t.says("SELECT")), tokens[0])
                return _at(text, first.start, reason, hint)
            return QuerySyntaxError(reason, line, column, hint)
    if twice := _named_twice(tokens):
        return _at(text, twice.start, *_REASONS["Already used blank node id"])
    if taken := _taken(tokens):
        reason = Text("{variable} has a value already where AS gives it one", variable=taken.text)
        return _at(text, taken.start, reason, "choose another name after AS")
    pattern = r"(?:expected (?:one of )?|, )([A-Z][a-z][^,\[\]\"]*[^,\[\]\" .])"
    reasons = "; ".join(s[0].lower() + s[1:] for s in re.findall(pattern, message))
    return QuerySyntaxError(
        reasons or "something up to here has no meaning to the engine", line, column
    )


def _named_twice(tokens: list[Token]) -> Token | None:
    """Find a blank node label in a second pair of braces."""
    seen: dict[str, int] = {}
    group = 0
    for token in tokens:
        group += token.text in {"{", "}"}
        if token.kind == "blank" and seen.setdefault(token.text, group) != group:
            return token
    return None


def _taken(tokens: list[Token]) -> Token | None:
    """Find a variable after AS that stands somewhere before it."""
    seen = set()
    for before, token in pairwise(tokens):
        if token.kind == "variable":
            if before.says("AS") and token.text in seen:
                return token
            seen.add(token.text)
    return None


def _undeclared(
    tokens: list[Token], declarations: Declarations, prefixes: Mapping[str, str]
) -> int | None:
    """Find the first name whose prefix nobody has declared."""
    for i, token in enumerate(tokens):
        if token.kind == "name" and not (token.parent and token.parent.kind == "PrefixDecl"):
            prefix = token.text.partition(":")[0]
            if prefix not in prefixes and not declarations.namespace(prefix, token.start):
                return i
    return None


def _unclosed(open_node: Node) -> Token | None:
    """Find the last bracket that is opened and not closed."""
    for node in (open_node, *open_node.ancestors()):
        opened: list[Token] = []
        for token in node.children:
            if isinstance(token, Token) and token.kind == "open":
                opened.append(token)
            elif token.kind == "close":
                opened.pop()
        if opened:
            return opened[-1]
    return None


def _alternatives(words: list[str]) -> Text:
    # What has a space is a description; all else is the same in every language.
    *listed, last = [Text(word) if " " in word else word for word in words]
    return (
        Text("{listed} or {last}", listed=listed, last=last)
        if listed
        else Text("{1}", **{"1": last})
    )


def _at(text: str, offset: int, message: str, hint: str) -> QuerySyntaxError:
    return QuerySyntaxError(message, *place(text, offset), hint)
