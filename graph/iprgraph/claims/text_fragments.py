"""Text fragments: what a link's `#:~:text=` finds in a text, as a browser would look for it.

https://wicg.github.io/scroll-to-text-fragment/
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import unquote

_MARK = ":~:"


class Directive(NamedTuple):
    """One text directive: `text=[prefix-,]start[,end][,-suffix]`."""

    start: str
    end: str = ""
    prefix: str = ""
    suffix: str = ""


def parse(url: str) -> list[Directive]:
    """Parse the text directives of an address; malformed ones are skipped, as browsers do."""
    _, mark, directives = url.partition("#")[2].partition(_MARK)
    parsed = []
    for item in directives.split("&") if mark else []:
        name, _, value = item.partition("=")
        parts = value.split(",")
        prefix = parts.pop(0)[:-1] if parts[0].endswith("-") else ""
        suffix = parts.pop()[1:] if parts and parts[-1].startswith("-") else ""
        if name == "text" and 1 <= len(parts) <= 2 and all(parts):
            start, end = (*parts, "")[:2]
            parsed.append(Directive(*map(unquote, (start, end, prefix, suffix))))
    return parsed


def find(text: str, directive: Directive) -> tuple[int, int] | None:
    """Return the first range that a directive matches, in code points, or None.

    Letter case and the length of white space do not matter. Each part of the directive lies within
    one line, for a browser looks for it within one block, and matches whole words.
    """
    return _Page(text).find(directive)


class _Page:
    """A text with case and white space folded, and each character's place in the original."""

    def __init__(self, text: str) -> None:
        chars: list[str] = []
        places: list[int] = []
        for place, char in enumerate(text):
            if not char.isspace():
                folded = char.casefold()
                chars += folded
                places += [place] * len(folded)
            elif char == "\n" and chars and chars[-1] == " ":
                chars[-1] = char
            elif not chars or not chars[-1].isspace():
                chars.append("\n" if char == "\n" else " ")
                places.append(place)
        self.text = "".join(chars)
        self._places = [*places, len(text)]

    def find(self, directive: Directive) -> tuple[int, int] | None:
        start, end, prefix, suffix = (" ".join(part.casefold().split()) for part in directive)
        for begin in self._starts(start, prefix, ends=bool(end or not suffix)):
            after = begin + len(start)
            stops = self._places_of(end, after, starts=True, ends=not suffix) if end else [after]
            for stop in (place + len(end) for place in stops):
                if not suffix or self._is_at(suffix, self._skip(stop), ends=True):
                    return self._places[begin], self._places[stop - 1] + 1
        return None

    def _starts(self, start: str, prefix: str, *, ends: bool) -> Iterator[int]:
        """Yield each place of the start text, right after the prefix if there is one."""
        if not prefix:
            yield from self._places_of(start, 0, starts=True, ends=ends)
        for before in self._places_of(prefix, 0, starts=True) if prefix else ():
            place = self._skip(before + len(prefix))
            if self._is_at(start, place, ends=ends):
                yield place

    def _places_of(
        self, part: str, place: int, *, starts: bool = False, ends: bool = False
    ) -> Iterator[int]:
        """Yield each place of a part; `starts` and `ends` require the edge of a word there."""
        while (place := self.text.find(part, place)) >= 0:
            if self._is_at(part, place, starts=starts, ends=ends):
                yield place
            place += 1

    def _is_at(self, part: str, place: int, *, starts: bool = False, ends: bool = False) -> bool:
        if not self.text.startswith(part, place):
            return False
        return (not starts or self._edge(place)) and (not ends or self._edge(place + len(part)))

    def _edge(self, place: int) -> bool:
        """Check whether a word begins or ends at a place."""
        around = self.text[max(0, place - 1) : place + 1]
        # Chinese has no spaces: any place between its characters may be an edge.
        return not (len(around) == 2 and all(c.isalnum() and ord(c) < 0x2E80 for c in around))

    def _skip(self, place: int) -> int:
        """Return the next place that is not white space."""
        while place < len(self.text) and self.text[place].isspace():
            place += 1
        return place
