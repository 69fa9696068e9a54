"""Spellings of names for comparison: folded, in parts, with pinyin and acronyms, and the keys by which they are compared."""

from __future__ import annotations

import math
import re
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pypinyin import lazy_pinyin
from rapidfuzz import fuzz

from iprgraph.search.tokenise import acronym, fold, is_han, slip_keys, tokens

#: What a name counts for by how it was come by.
FIELDS = {"label": 1.0, "alias": 0.98, "short": 0.95, "acronym": 0.9, "pinyin": 0.9}
#: What a name may do without: (Malvinas), and in an inverted one ", Federated States of".
_SPARE = re.compile(r"\s*(?:[(（][^()（）]*[)）]|, [^,]+ of(?: the)?$)")
#: Likeness of names whose numbers differ: Resolution 12 is not Resolution 13.
_OTHER_NUMBER = 0.4
_SHORT = 3


@dataclass(frozen=True, slots=True)
class Spelling:
    """A name as it is compared; `parts` are its words, or pairs of Chinese characters."""

    text: str
    field: str
    is_chinese: bool
    #: The folded name, its words in order where they are words.
    plain: str
    parts: tuple[str, ...]
    numbers: frozenset[str]


def spell(text: str, field: str) -> Spelling | None:
    """Return the spelling of a name; None where nothing of it can be compared."""
    folded = fold(text)
    if not folded:
        return None
    chinese = any(is_han(word) for word in folded.split())
    parts = tuple(tokens(folded))
    plain = folded.replace(" ", "") if chinese else " ".join(sorted(parts))
    numbers = frozenset(part for part in parts if part.isdigit())
    return Spelling(text, field, chinese, plain, parts, numbers)


def spellings(text: str, field: str) -> Iterator[Spelling]:
    """Yield the spellings of a name, and of what it is also known by: a short form, the acronym, the pinyin."""
    name = spell(text, field)
    if name is None:
        return
    yield name
    if (short := _SPARE.sub("", text)) != text and (made := spell(short, "short")):
        yield made
    if name.is_chinese:
        for written in _pinyin(name.plain):
            if latin := spell(written, "pinyin"):
                yield latin
    elif field == "label" and (made := spell(acronym(text), "acronym")):
        yield made


def _pinyin(name: str) -> set[str]:
    """Return a Chinese name in Latin letters: as a person's (Wang Wenbin), and all syllables apart."""
    syllables = lazy_pinyin(name)
    if not 2 <= len(syllables) <= 12:
        return set()
    first, rest = syllables[0], "".join(syllables[1:])
    return {f"{first} {rest}", " ".join(syllables), "".join(syllables)}


def keys(name: Spelling) -> Iterator[int]:
    """Yield the keys by which a name is compared with others: the whole, each part and pair of parts, and slips of parts.

    Two names that share no key are never compared.
    """
    yield _key("=", name.plain)
    if name.field == "pinyin":
        return
    parts = name.parts[:8]
    for i, part in enumerate(parts):
        yield _key("1", part)
        for other in parts[i + 1 :]:
            yield _key("2", "\t".join(sorted((part, other))))
        for key in () if name.is_chinese else slip_keys(part):
            yield key | 1 << 40


def _key(kind: str, text: str) -> int:
    # Numbers, for a million texts as keys would take the memory that is to be bounded.
    return zlib.crc32(text.encode()) | ord(kind) << 32


class Rarity:
    """How rare each part of our names is."""

    def __init__(self, counts: Mapping[str, int], total: int) -> None:
        self._counts = counts
        self._total = max(2, total)

    def of(self, part: str) -> float:
        """Return the weight of a part: more for rarer ones."""
        return math.log(1 + self._total / (1 + self._counts.get(part, 0)))


def likeness(one: Spelling, other: Spelling, rarity: Rarity) -> float:
    """Return how alike two names are, from 0 to 1; names in different scripts are not."""
    if one.is_chinese != other.is_chinese:
        return 0.0
    worth = min(FIELDS[one.field], FIELDS[other.field])
    if one.plain == other.plain:
        # Few letters are the name of many a thing.
        return worth if len(one.plain) > _SHORT or one.is_chinese else 0.9 * worth
    if one.field in ("acronym", "pinyin") or other.field in ("acronym", "pinyin"):
        return 0.0
    if one.numbers != other.numbers:
        return _OTHER_NUMBER * worth
    best = fuzz.ratio(one.plain, other.plain) / 100
    shared = set(one.parts) & set(other.parts)
    if shared:
        union = {*one.parts, *other.parts}
        held = sum(map(rarity.of, shared)) / sum(map(rarity.of, union))
        best = max(best, 0.95 * held)
    return best * worth
