"""Find the triple patterns that a query asks for, path steps written out, in one pass over tokens.

What a solution does not need is left out: FILTER, MINUS and SERVICE, and paths whose length or
direction is open, which are kept as one step that no single triple stands for.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count

from iprgraph.sparql.tokens import Token, tokenize

_VALUE = {"iri", "name", "variable", "number", "string"}


@dataclass(frozen=True)
class Pattern:
    """One triple pattern, its terms as they are written; `open` when its predicate is a path."""

    subject: str
    predicate: str
    object: str
    open: bool = False

    def __str__(self) -> str:
        return f"{self.subject} {self.predicate} {self.object} ."


@dataclass
class Asked:
    """What a query asks: its WHERE group as text, and its patterns by statement."""

    group: str
    statements: list[list[Pattern]] = field(default_factory=list)
    variables: set[str] = field(default_factory=set)


def find_patterns(query: str) -> Asked | None:
    """Find the patterns of a query; None where it has no WHERE group.

    Raises QuerySyntaxError for what is no token of SPARQL. A query is expected that the engine has
    taken: what follows where the grammar is left is not looked at.
    """
    tokens = tokenize(query)
    start = _where(tokens)
    if start is None:
        return None
    end = _after(tokens, start)
    inner = [t for t in tokens[start:end] if t.kind == "variable"]
    group = query[tokens[start].start : tokens[end - 1].end]
    asked = Asked(group, variables={t.text[1:] for t in inner})
    _Reader(tokens[start:end], asked).group()
    return asked


def _where(tokens: list[Token]) -> int | None:
    """Find the brace that opens the WHERE group; that of a template of CONSTRUCT is not it."""
    groups: list[int] = []
    i = 0
    while i < len(tokens) and len(groups) < 2:
        if tokens[i].text == "{":
            groups.append(i)
        i = _after(tokens, i) if tokens[i].kind == "open" else i + 1
    constructs = any(t.says("CONSTRUCT") for t in tokens[: groups[0]]) if groups else False
    return groups[1] if constructs and len(groups) > 1 else groups[0] if groups else None


def _after(tokens: list[Token], i: int) -> int:
    """Give the place after the bracket that closes the one at a place."""
    depth = 0
    while i < len(tokens):
        depth += {"open": 1, "close": -1}.get(tokens[i].kind, 0)
        i += 1
        if depth == 0:
            break
    return i


class _Reader:
    """Read a group of patterns; each method leaves the place after what it has read."""

    def __init__(self, tokens: list[Token], asked: Asked) -> None:
        self._tokens = tokens
        self._asked = asked
        self._fresh = count(1)
        self._at = 0

    @property
    def _token(self) -> Token | None:
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def _is(self, *texts: str) -> bool:
        return self._token is not None and self._token.text in texts

    def _says(self, *words: str) -> bool:
        return self._token is not None and self._token.says(*words)

    def _skip(self) -> None:
        """Leave out a token, or all between brackets."""
        token = self._token
        self._at = (
            _after(self._tokens, self._at) if token and token.kind == "open" else self._at + 1
        )

    def group(self) -> None:
        """Read groups within groups by going on: only what is left out needs its end."""
        while self._token is not None:
            if self._says("FILTER", "MINUS", "SERVICE"):
                self._left_out()
            elif self._says("BIND", "VALUES"):
                parts = 1 if self._says("BIND") else 2
                self._at += 1
                for _ in range(parts):
                    self._skip()
            elif self._says("SELECT", "GROUP", "HAVING", "ORDER"):
                self._at += 1
                while self._token is not None and not self._is("{", "}"):
                    self._skip()
            elif self._says("GRAPH"):
                self._at += 2
            elif (
                self._token.kind in _VALUE
                or self._is("[", "(", "<<")
                or self._says("TRUE", "FALSE")
            ):
                self._statement()
            else:
                self._at += 1

    def _left_out(self) -> None:
        """Read to the end of FILTER's condition, or of the group of MINUS or SERVICE."""
        self._at += 1
        while self._token is not None and self._token.kind != "open":
            self._at += 1
        self._skip()

    def _statement(self) -> None:
        """Read a subject with its predicates and objects."""
        patterns: list[Pattern] = []
        subject = self._node(patterns)
        self._properties(subject, patterns)
        if patterns:
            self._asked.statements.append(patterns)

    def _properties(self, subject: str | None, patterns: list[Pattern]) -> None:
        while steps := self._path():
            while True:
                node = self._node(patterns)
                if subject is not None and node is not None:
                    patterns += self._chain(subject, steps, node)
                if not self._is(","):
                    break
                self._at += 1
            while self._is(";"):
                self._at += 1

    def _chain(self, subject: str, steps: list[tuple[str, bool, bool]], node: str) -> list[Pattern]:
        chained = []
        for i, (text, inverse, is_open) in enumerate(steps):
            to = node if i == len(steps) - 1 else f"?__{next(self._fresh)}"
            ends = (to, subject) if inverse else (subject, to)
            chained.append(Pattern(ends[0], text, ends[1], is_open))
            subject = to
        return chained

    def _node(self, patterns: list[Pattern]) -> str | None:
        """Read a term; None for one that no pattern here can hold."""
        token = self._token
        if token is None or token.kind == "close":
            return None
        if self._is("["):
            node = f"?__{next(self._fresh)}"
            self._at += 1
            self._properties(node, patterns)
            self._at += 1
            return node
        if self._is("(", "<<"):
            self._skip()
            return None
        self._at += 1
        text = token.text
        if text in {"+", "-"} and self._token is not None:
            text += self._token.text
            self._at += 1
        if token.kind == "string" and self._token is not None:
            if self._token.kind == "language":
                text += self._token.text
                self._at += 1
            elif self._is("^^") and self._at + 1 < len(self._tokens):
                text += f"^^{self._tokens[self._at + 1].text}"
                self._at += 2
        return None if text.startswith("_:") else text

    def _path(self) -> list[tuple[str, bool, bool]]:
        """Read a predicate as steps: text, whether it goes backwards, whether it stays open."""
        token = self._token
        if token is None:
            return []
        if token.kind == "variable":
            self._at += 1
            return [(token.text, False, False)]
        begun, alternatives = self._at, False
        steps: list[tuple[str, bool, bool]] = []
        while self._token is not None:
            first = self._at
            inverse = self._is("^")
            self._at += inverse
            is_open = self._is("!", "(")
            if self._is("!"):
                self._at += 1
            if not (self._is("(") or self._is("a") or self._token_kind() in {"iri", "name"}):
                self._at = begun if not steps else first
                break
            body = self._at
            self._skip()
            text = self._text(body, self._at)
            if self._is("*", "+", "?"):
                self._at += 1
                is_open = True
            steps.append(
                (self._text(first, self._at), False, True) if is_open else (text, inverse, False)
            )
            if not self._is("/", "|"):
                break
            alternatives = alternatives or self._is("|")
            self._at += 1
        if alternatives:
            return [(self._text(begun, self._at), False, True)]
        return steps

    def _token_kind(self) -> str:
        return self._token.kind if self._token else ""

    def _text(self, start: int, end: int) -> str:
        return "".join(token.text for token in self._tokens[start:end])
