"""Reduce text to what is compared: folded words, pairs of Chinese characters, acronyms, slips."""

from __future__ import annotations

import re
import unicodedata
import zlib
from collections.abc import Iterator

#: Characters of a text that count; a longer query is no name.
LONGEST = 1_000

#: Words that say little, left out of names and queries that have others.
STOPWORDS = frozenset("a an and as at by for from in is of on or the to with".split())  # noqa: SIM905

_HAN = "\u3005\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_WORD = re.compile(f"[{_HAN}]+|[^\\W_{_HAN}]+")
_IS_HAN = re.compile(f"[{_HAN}]")

#: R&D and U.S. are one word each; a possessive is none.
_JOINED = re.compile(r"(?<![a-z0-9])([a-z]{1,2})\s?&\s?([a-z]{1,2})(?![a-z0-9])")
_DOTTED = re.compile(r"\b(?:\w\.){2,}")
_POSSESSIVE = re.compile(r"['’]s\b|['’`´]")


def fold(text: str) -> str:
    """Return a text without case, accents and punctuation, its words divided by single spaces."""
    return " ".join(_words(text))


def _words(text: str) -> Iterator[str]:
    if not text.isascii():
        # Decomposed, so that accents fall off; composed again for scripts that are made of parts.
        parts = unicodedata.normalize("NFKD", text[:LONGEST])
        unaccented = "".join(c for c in parts if unicodedata.category(c) != "Mn")
        text = unicodedata.normalize("NFC", unaccented)
    text = _POSSESSIVE.sub("", text[:LONGEST].casefold())
    if "&" in text:
        text = _JOINED.sub(r"\1\2", text)
    if "." in text:
        text = _DOTTED.sub(lambda match: match[0].replace(".", "") + " ", text)
    return iter(_WORD.findall(text))


def tokens(folded: str) -> list[str]:
    """Split a folded text into what the index holds, in order and each once.

    Chinese has no spaces: a run of its characters is taken in overlapping pairs.
    """
    words: dict[str, None] = {}
    stopwords: dict[str, None] = {}
    for word in folded.split():
        if is_han(word):
            words.update(dict.fromkeys(pairs(word)))
        elif word in STOPWORDS:
            stopwords[word] = None
        else:
            words[singular(word)] = None
    return list(words or stopwords)


def pairs(word: str) -> list[str]:
    """Return the overlapping pairs of characters of a Chinese word."""
    return [word[i : i + 2] for i in range(len(word) - 1)] or [word]


def is_han(word: str) -> bool:
    """Check whether a word begins with a Chinese character."""
    return bool(_IS_HAN.match(word))


def singular(word: str) -> str:
    """Return a word without the ending of an English plural (Harman's S-stemmer)."""
    if len(word) < 4 or word[-1] != "s" or not word.isascii():
        return word
    if word.endswith("ies") and word[-4] not in "ae":
        return word[:-3] + "y"
    if word.endswith("es") and word[-3] not in "aeo":
        return word[:-1]
    return word[:-1] if word[-2] not in "us" and word[-2] != "i" else word


def acronym(name: str) -> str:
    """Return the acronym that an English name is known by: wipo; empty where it makes none.

    It is made of the capitals that all words but "of", "the" and the like begin with.
    """
    words = [w for w in re.findall(r"[^\W_][\w’'-]*", name) if w not in STOPWORDS]
    if not 3 <= len(words) <= 8 or not all(w[0].isascii() and w[0].isupper() for w in words):
        return ""
    return "".join(word[0] for word in words).casefold()


def initials(folded: str) -> str:
    """Return the first letters of the words of a query, such as rd for research and development."""
    words = [word for word in folded.split() if word not in STOPWORDS]
    if not 2 <= len(words) <= 8 or any(is_han(word) or not word[0].isalpha() for word in words):
        return ""
    return "".join(word[0] for word in words)


def slip_keys(word: str) -> list[int]:
    """Return numbers for a word and for what is left of it without each one of its letters.

    Two words that share such a number differ by a slip: a letter added, lost, changed, or two
    swapped. Numbers, codes and short words have none, for every one is another's slip.
    """
    if len(word) < 4 or sum(map(str.isalpha, word)) < 0.75 * len(word):
        return []
    spellings = {word, *(word[:i] + word[i + 1 :] for i in range(len(word)))}
    return [zlib.crc32(spelling.encode()) for spelling in spellings]
