"""Parse tokens into a tree by the grammar's table, in time that grows with their number only.

The parser keeps a stack of its own, so that no depth of nesting is too much for it. What the table
says of a token is worked out once for each state, and looked up from then on.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache, cached_property
from typing import Any

from iprgraph.sparql.grammar import ALONE, FUNCTIONS, KEYWORDS, RULES, in_words
from iprgraph.sparql.nodes import Node, Token

_KINDS = {
    **{word: word for word in KEYWORDS - FUNCTIONS},
    **dict.fromkeys(FUNCTIONS, "function"),
}
#: What a token is where the grammar does not tell it from others.
_FALLBACKS = {**ALONE, "prefix": "name"}
#: Kinds of tokens that are the same to the grammar.
_PLAIN = frozenset({"variable", "iri", "string", "number", "language", "blank"})
_MARKS = {mark[1:-1]: mark for mark in re.findall(r'"[^"]+"', RULES)}
#: Marks that mean something else before another.
_PAIRS = {("(", ")"): '"()"', ("[", "]"): '"[]"', ("<<", "("): '"<<("', ("{", "|"): '"{|"'}


class OutsideGrammar(Exception):
    """Raised where a text leaves the grammar: the token's index, and what could stand there, in words.

    The index is the number of tokens where the text ends too early. ``node`` is the innermost node
    that is not complete then.
    """

    def __init__(self, index: int, expected: list[str], node: Node) -> None:
        self.index = index
        self.expected = expected
        self.node = node


def build(tokens: Sequence[Token], *, update: bool = False) -> Node:
    """Build the tree over tokens; raises OutsideGrammar."""
    kinds = [
        token.kind if token.kind in _PLAIN else _kind(token, after)
        for token, after in zip(tokens, [*tokens[1:], None], strict=False)
    ]
    root = "Update" if update else "Query"
    stack, node, index = _run(root, tokens, kinds)
    if index == len(tokens) and all("" in state.expected for state in stack):
        while node.parent is not None:
            node = node.parent
        return node
    # Once more up to there: the states left on the way to that token were possible, too.
    stack, node, _ = _run(root, tokens[:index], kinds)
    expected: set[str] = {""}
    for state in reversed(stack):
        if "" in expected:
            expected = (expected - {""}) | state.expected
    raise OutsideGrammar(index, in_words({token or "the end" for token in expected}), node)


def _run(root: str, tokens: Sequence[Token], kinds: Sequence[str]) -> tuple[list[State], Node, int]:
    """Take tokens as far as the grammar goes: what is to come then, the open node, how many."""
    node = Node(root, None)
    stack = [_start(root)]
    for index, token in enumerate(tokens):
        kind = kinds[index]
        after = None
        while after is None:
            if not stack:
                return stack, node, index
            current = stack.pop()
            try:
                move = current.moves[kind]
            except KeyError:
                move = current.moves[kind] = current.move(kind)
            if move is None:
                return stack, node, index
            actions, after = move
            for action, name in actions:
                if action == "close":
                    assert node.parent is not None
                    node = node.parent
                elif action == "rename":
                    node.kind = name
                else:
                    inner = Node(name, node)
                    if action == "wrap":
                        element = node.children.pop()
                        element.parent = inner
                        inner.children.append(element)
                    node.children.append(inner)
                    node = inner
        node.children.append(token)
        token.parent = node
        stack += after
    return stack, node, len(tokens)


def _kind(token: Token, after: Token | None) -> str:
    """Return what a token is to the grammar."""
    kind, text = token.kind, token.text
    if kind == "word":
        return "a" if text == "a" else _KINDS.get(text.upper(), kind)
    if kind == "name":
        return "prefix" if text[-1] == ":" else kind
    pair = after and _PAIRS.get((text, after.text))
    return pair or _MARKS.get(text, kind)


@cache
def rules() -> dict[str, Any]:
    """Return the body of each rule: nested pairs of an operator and what it works on."""
    bodies = {}
    for text in re.split(r"\n+(?=\S)", RULES.strip()):
        name, _, body = text.partition(" = ")
        bodies[name] = _choice(re.findall(r'"[^"]+"|[<@]\w+|[()|?*+>]|\w+', body))
    return bodies


def _choice(words: list[str]) -> Any:
    """Read alternatives up to a closing bracket or the end; the words read are removed."""
    rows: list[list[Any]] = [[]]
    while words and words[0] != ")":
        word = words.pop(0)
        if word == "|":
            rows.append([])
        elif word in {"?", "*", "+"}:
            rows[-1].append((word, rows[-1].pop()))
        elif word == "(":
            rows[-1].append(_choice(words))
            words.pop(0)
        elif word[0] in "<@>":
            rows[-1].append((_ACTIONS[word[0]], word[1:]))
        else:
            is_rule = word.lstrip("_")[0].isupper() and not word.isupper()
            rows[-1].append(("rule" if is_rule else "token", word))
    made = [row[0] if len(row) == 1 else ("row", tuple(row)) for row in rows]
    return made[0] if len(made) == 1 else ("choice", tuple(made))


_ACTIONS = {"<": "wrap", "@": "rename", ">": "close"}


@cache
def first(part: Any) -> frozenset[str]:
    """Return the tokens with which a part of the grammar can begin; one that may be empty has ""."""
    operator, inner = part
    if operator == "token":
        return frozenset({inner})
    if operator == "rule":
        return first(rules()[inner])
    if operator == "choice":
        return frozenset().union(*map(first, inner))
    if operator == "row":
        beginnings: set[str] = {""}
        for element in inner:
            if "" in beginnings:
                beginnings = (beginnings - {""}) | first(element)
        return frozenset(beginnings)
    if operator in {"?", "*"}:
        return first(inner) | {""}
    return first(inner) if operator == "+" else frozenset({""})


class State:
    """Parts of the grammar that are still to come, and where each token leads from here."""

    def __init__(self, parts: tuple[Any, ...]) -> None:
        self.parts = parts
        self.moves: dict[str, Move | None] = {}

    def move(self, token: str) -> Move | None:
        """Find where a token leads; None where the grammar does not have it here."""
        actions: list[Action] = []
        for position, part in enumerate(self.parts):
            if wanted := _begins(part, token):
                rest = _enter(part, wanted, actions)
                left = (self.parts[position + 1 :], rest)
                return tuple(actions), tuple(_state(parts) for parts in left if parts)
            if part[0] in _OPERATIONS:
                actions.append(part)
            elif "" not in first(part):
                return None
        return tuple(actions), None

    @cached_property
    def expected(self) -> frozenset[str]:
        """Return the tokens that can come here, with "" where these parts may all be empty."""
        return first(("row", self.parts))


#: What is done to the tree: open, close, wrap or rename, and the name of a node.
Action = tuple[str, str]
_OPERATIONS = frozenset({"open", "close", "wrap", "rename"})
#: Actions before a token is taken, and the states after it, the innermost last; None where the token
#: is left to the next state.
Move = tuple[tuple[Action, ...], tuple[State, ...] | None]


@cache
def _state(parts: tuple[Any, ...]) -> State:
    """Return the one state that has these parts."""
    return State(parts)


@cache
def _start(root: str) -> State:
    return _state((rules()[root],))


def _begins(part: Any, token: str) -> str | None:
    """Return the token, or what else it can be, if a part can begin with it."""
    return next((t for t in (token, _FALLBACKS.get(token)) if t in first(part)), None)


def _enter(part: Any, token: str, actions: list[Action]) -> tuple[Any, ...]:
    """Collect the actions up to a token with which a part begins; returns what comes after it."""
    operator, inner = part
    if operator == "token":
        return ()
    if operator == "rule":
        if inner[0] == "_":
            return _enter(rules()[inner], token, actions)
        actions.append(("open", inner))
        return (*_enter(rules()[inner], token, actions), ("close", ""))
    if operator == "choice":
        return _enter(next(p for p in inner if token in first(p)), token, actions)
    if operator == "row":
        for position, element in enumerate(inner):
            if token in first(element):
                return (*_enter(element, token, actions), *inner[position + 1 :])
            if element[0] in _OPERATIONS:
                actions.append(element)
    rest = _enter(inner, token, actions)
    return rest if operator == "?" else (*rest, ("*", inner))
