"""Read where a query calls a SERVICE: its pattern, and what of the query is joined with it.

All of it works on tokens of a text that ``sparql.inspect`` has let pass. What is not understood is
left out, which costs a larger answer of the peer and changes no result.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from iprgraph.sparql.tokens import Token

_BRACKETS = {"{": "}", "(": ")", "[": "]", "<<": ">>"}
_GROUPED = ("OPTIONAL", "MINUS", "LATERAL", "GRAPH", "SERVICE", "VALUES")
_STARTS = (*_GROUPED, "FILTER", "BIND")
#: Parts of a group whose solutions are joined with those of the others.
_JOINED = {"TRIPLES", "VALUES", "GRAPH", "{"}


class Part(NamedTuple):
    """One part of a group: its first word, and its stretch of tokens."""

    kind: str
    start: int
    end: int


class Call(NamedTuple):
    """One SERVICE, by the indices of its tokens; ``token`` names the endpoint.

    ``sure`` are the variables that every solution of its pattern binds; ``beside`` the parts of the
    query with which those solutions are joined, SERVICEs that come earlier among them.
    """

    token: Token
    silent: bool
    start: int
    opening: int
    closing: int
    is_nested: bool
    sure: frozenset[str]
    beside: tuple[Part, ...]


def calls(tokens: Sequence[Token]) -> list[Call]:
    """Find what each SERVICE asks, and beside what."""
    layout = _Layout(tokens)
    found: list[Call] = []
    for i, token in enumerate(tokens):
        silent = i > 1 and tokens[i - 1].says("SILENT")
        if not (i and tokens[i - 1 - silent].says("SERVICE")) or token.says("SILENT"):
            continue
        if i + 1 == len(tokens) or tokens[i + 1].text != "{":
            continue
        opening = i + 1
        closing = layout.close[opening]
        nested = any(call.opening < i < call.closing for call in found)
        sure = frozenset(
            name
            for part in layout.parts(opening)
            if part.kind == "TRIPLES"
            for name in variables(tokens[part.start : part.end])
        )
        start = i - 1 - silent
        beside = () if nested else tuple(layout.beside(start))
        found.append(Call(token, silent, start, opening, closing, nested, sure, beside))
    return found


def variables(tokens: Iterable[Token]) -> dict[str, None]:
    """List the variables in order, without their mark."""
    return dict.fromkeys(t.text[1:] for t in tokens if t.kind == "variable")


def _ties(tokens: Iterable[Token]) -> set[str]:
    """List what ties parts together: variables, and blank nodes with a label."""
    return {t.text.replace("$", "?") for t in tokens if t.kind == "variable" or t.text[:2] == "_:"}


def tied(tokens: Sequence[Token], parts: Sequence[Part]) -> list[list[Part]]:
    """Sort parts into heaps that share no variable with one another."""
    heaps: list[tuple[set[str], list[Part]]] = []
    for part in parts:
        ties, heap = _ties(tokens[part.start : part.end]), [part]
        apart = []
        for other in heaps:
            if other[0] & ties:
                ties |= other[0]
                heap = other[1] + heap
            else:
                apart.append(other)
        heaps = [*apart, (ties, heap)]
    return [sorted(heap, key=lambda part: part.start) for _, heap in heaps]


class _Layout:
    """The brackets of a query, and the parts of its groups."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        self._tokens = tokens
        self.close: dict[int, int] = {}
        #: Each token's innermost brace that is open there.
        self._within: list[int] = []
        opened: list[int] = []
        braces = [-1]
        for i, token in enumerate(tokens):
            if token.text in _BRACKETS.values() and opened:
                start = opened.pop()
                self.close[start] = i
                if braces[-1] == start:
                    braces.pop()
            self._within.append(braces[-1])
            if token.text in _BRACKETS:
                opened.append(i)
                if token.text == "{":
                    braces.append(i)
        for start in opened:
            self.close[start] = len(tokens) - 1

    def beside(self, service: int) -> list[Part]:
        """Find the parts joined with a SERVICE: of its own group, and of the one that this extends."""
        group = self._within[service]
        if group < 0 or self._is_strange(group):
            return []
        own = [part for part in self.parts(group) if part.start != service]
        found = [part for part in own if self._is_joined(part, service)]
        before = self._tokens[group - 1] if group else None
        parent = self._within[group]
        if before is None or parent < 0 or self._is_strange(parent):
            return found
        if before.says("OPTIONAL", "MINUS"):
            # What comes later in the outer group meets rows without this one's solutions, too.
            outer = [part for part in self.parts(parent) if part.end <= group]
        elif before.says("EXISTS") and self._filters(group - 1):
            outer = [part for part in self.parts(parent) if not part.start < group < part.end]
        else:
            return found
        return [part for part in outer if self._is_joined(part, service)] + found

    def parts(self, group: int) -> list[Part]:
        """Split a group into its parts; a subquery has none."""
        tokens, end, i = self._tokens, self.close[group], group + 1
        if tokens[i].says("SELECT"):
            return []
        found = []
        while i < end:
            if tokens[i].text == ".":
                i += 1
                continue
            kind, stop = self._part(i, end)
            found.append(Part(kind, i, stop))
            i = stop
        return found

    def _part(self, i: int, end: int) -> tuple[str, int]:
        """Tell what begins at a token of a group, and where it stops."""
        token = self._tokens[i]
        if token.says(*_GROUPED):
            return token.text.upper(), self._after("{", i, end)
        if token.says("BIND"):
            return "BIND", self._after("(", i, end)
        if token.says("FILTER"):
            is_group = self._tokens[i + 1].says("NOT", "EXISTS")
            return "FILTER", self._after("{" if is_group else "(", i, end)
        if token.text == "{":
            stop = self.close[i] + 1
            while stop < end and self._tokens[stop].says("UNION"):
                stop = self._after("{", stop, end)
            return "{", stop
        stop = i
        while stop < end and not (
            self._tokens[stop].text in {".", "{"} or self._tokens[stop].says(*_STARTS)
        ):
            stop = self.close.get(stop, stop) + 1
        return "TRIPLES", max(stop, i + 1)

    def _after(self, bracket: str, i: int, end: int) -> int:
        """Give the index after the next pair of brackets."""
        opening = next((j for j in range(i, end) if self._tokens[j].text == bracket), None)
        return end if opening is None else self.close[opening] + 1

    def _filters(self, exists: int) -> bool:
        """Tell whether an EXISTS is all that a FILTER says."""
        before = self._tokens[exists - 1]
        return before.says("FILTER") or (
            before.says("NOT") and self._tokens[exists - 2].says("FILTER")
        )

    def _is_joined(self, part: Part, service: int) -> bool:
        """Tell whether a part may be evaluated by itself, to be joined."""
        if part.kind == "SERVICE":
            return part.start < service
        inside = self._tokens[part.start : part.end]
        return part.kind in _JOINED and not any(t.says("SERVICE") for t in inside)

    def _is_strange(self, group: int) -> bool:
        """Tell whether parts of a group mean something else by themselves: in a GRAPH, with LATERAL."""
        if any(part.kind == "LATERAL" for part in self.parts(group)):
            return True
        while group > 1:
            if self._tokens[group - 2].says("GRAPH") or self._tokens[group - 1].says("LATERAL"):
                return True
            group = self._within[group]
        return False
