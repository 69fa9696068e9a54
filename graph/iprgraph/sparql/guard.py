"""Read a query or an update without running it: what it asks for, and whether it may run.

The engine parses without a tokenizer, so that to it ``trueSERVICE<x>{}`` and ``?a<b#>`` can mean
something else than SPARQL's grammar says. The rules here: what could be read in two ways is given to
the engine in a form that has one reading (``Inspection.text``), or is refused.
"""

from __future__ import annotations

import re
from functools import cached_property

from iprgraph.errors import QueryRefused, Text
from iprgraph.namespaces import BASE, PREFIXES
from iprgraph.sparql.nodes import Token
from iprgraph.sparql.parser import OutsideGrammar, build
from iprgraph.sparql.syntax_hints import explain
from iprgraph.sparql.tokens import edit, error_at, place, tokenize
from iprgraph.sparql.tree import Tree, parse

#: What the engine could take for an IRI or for less-than: an IRI that does not begin like a URL's.
_LOOSE = re.compile(r"<(?![A-Za-z][\w+.-]*+://)[^<>\"{}|^`\\\x00-\x20]++>")

_SPACE = r"(?:[ \t\r\n]++|\#[^\r\n]*+)*+"
_PROLOGUE = re.compile(
    rf"(?:[ \t\r\n]++|\#[^\r\n]*+|VERSION{_SPACE}(?:\"[^\"\r\n]*+\"|'[^'\r\n]*+')"
    rf"|(?:BASE|PREFIX{_SPACE}[^\s<>:#]*+:){_SPACE}<[^<>\s]*+>)*+(SELECT|ASK|CONSTRUCT|DESCRIBE)?",
    re.IGNORECASE,
)

#: FROM where it is not part of a name; what is found is looked at closely.
_FROM = re.compile(r"(?<![\w:.?$/-])from")

#: Words and marks of which a long row makes the engine recurse; counted in one pair of brackets.
_CHAINED = {"UNION", "OPTIONAL", "MINUS", "FILTER", "LATERAL", "||", "&&", "*", "/", "|", "!", "^"}

#: Shorter texts than this cannot hold a row long enough to matter.
_SHORT = 8_000

#: Characters written as escapes outside strings and IRIs are rare; each row of them costs a pass.
_MOST_ESCAPES = 20


class Inspection:
    """What a text asks for; ``text`` is what the engine may be given."""

    def __init__(self, text: str, form: str, tree: Tree | None = None) -> None:
        self.text = text
        #: SELECT, ASK, CONSTRUCT, DESCRIBE or UPDATE.
        self.form = form
        #: None where the text has nothing but its form that is of interest here.
        self._parsed = tree

    @cached_property
    def tree(self) -> Tree:
        """Return the tree of the text; raises QuerySyntaxError where none was needed before."""
        return self._parsed or parse(self.text)

    @property
    def has_dataset(self) -> bool:
        """Check whether a query names its dataset."""
        return self._parsed is not None and self._parsed.query.child("DatasetClause") is not None

    @cached_property
    def has_service(self) -> bool:
        """Check whether the text calls a SERVICE."""
        return (
            self._parsed is not None
            and "service" in self.text.lower()
            and any(self._parsed.find("ServiceGraphPattern"))
        )

    @property
    def has_load(self) -> bool:
        """Check whether an update loads from the web."""
        return self._parsed is not None and self._parsed.root.child("Load") is not None


def form_of(text: str) -> str:
    """Return SELECT, ASK, CONSTRUCT or DESCRIBE by the first words; empty when they are none."""
    match = _PROLOGUE.match(text)
    return match[1].upper() if match and match[1] else ""


def inspect(
    text: str,
    *,
    update: bool = False,
    nesting: int = 100,
    chain: int = 1_000,
    chars: int = 1_000_000,
) -> Inspection:
    """Find what a query or an update asks for; raises QueryRefused over a bound, QuerySyntaxError.

    Most queries have nothing that could be refused, and are not parsed. Of all others the engine is
    given only what is in the grammar, so that it finds nothing there that the tree does not have.
    """
    if not update and len(text) > chars:
        raise QueryRefused(
            Text(
                "the query has {count} characters; at most {most} are taken",
                count=len(text),
                most=chars,
            )
        )
    lower = text.lower()
    plain = len(text) <= _SHORT and not (
        "service" in lower
        or "\\u" in lower
        or ("from" in lower and _FROM.search(lower))
        or _LOOSE.search(text)
        or update
        or text.count("{") + text.count("(") + text.count("[") + text.count("<<") > nesting
    )
    if plain and (form := form_of(text)):
        return Inspection(text, form)
    sent, tokens = _decode(text, tokenize(text))
    _bound(sent, tokens, nesting, chain)
    sent, tokens = _unambiguous(sent, tokens)
    try:
        tree = Tree(sent, tokens, build(tokens, update=update))
    except OutsideGrammar:
        raise explain(text, sent, "", PREFIXES, update=update) from None
    if "service" in sent.lower() and _is_ambiguous(tree):
        raise explain(text, sent, "IRI parsing failed", PREFIXES, update=update)
    return Inspection(sent, tree.form, tree)


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
                raise _refused(
                    text, token, Text("brackets are nested more than {most} deep", most=nesting)
                )
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
            raise _refused(
                text, token, Text("more than {most} parts follow one another here", most=chain)
            )


def _unambiguous(text: str, tokens: list[Token]) -> tuple[str, list[Token]]:
    """Write each < so that it has one meaning.

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


def _is_ambiguous(tree: Tree) -> bool:
    """Check for a name that is no IRI: the engine reads ``trueSERVICEx:y {}`` as true and a SERVICE then."""
    return any(
        name.kind == "name" and "service" in name.text.lower() and not tree.resolve(name, BASE)
        for name in tree.root.walk({"Prologue"})
    )


def _refused(text: str, token: Token, message: str) -> QueryRefused:
    line, column = place(text, token.start)
    return QueryRefused(
        Text(
            "line {line}, column {column}: {told}", line=line, column=column, told=Text.of(message)
        )
    )
