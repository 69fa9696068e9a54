"""Say in the language of the reader what an error says in English.

An error is raised in English beside what it is about, be it in the library, in a worker or here,
and crosses processes as a text. The catalogue has each of these texts in both languages, and the
English one finds the other, as with gettext; its values are found between its words. What is not in
the catalogue, such as the words of the engine, stays English and says so.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import product
from typing import NamedTuple

from markupsafe import Markup

from iprgraph.reasoning.verbalise import SENTENCES
from iprgraph_server.i18n.catalogue import LANGUAGES, catalogue
from iprgraph_server.i18n.language import HTML_TAGS

#: Values that are words themselves; all others are names, numbers and codes of no language.
WORDS = frozenset({"told", "what", "where", "how", "listed"})

_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_SENTENCE = re.compile(r"(?<=\.) (?=\S)")
_NEXT = re.compile(r"\.\s|\n")
_ARTICLE = re.compile(r"(\b[Aa] )")
_LISTED = re.compile(r"(, | or )")
_JOINED = {", ": "、", " or ": " 或 "}

#: Words within words are looked for so deep, in texts of so many characters, and in so many parts of
#: one, at most: whoever asks may have written the values, and is answered soon all the same.
_DEEPEST = 4
_LONGEST = 4_000
_MOST_PARTS = 100


class Run(NamedTuple):
    """A stretch of text; the language is empty for what belongs to none."""

    text: str
    language: str = ""


class _Entry(NamedTuple):
    """A text of the catalogue: its English words, the names of what stands between, the other text."""

    words: tuple[str, ...]
    names: tuple[str, ...]
    other: str

    def values(self, text: str) -> dict[str, str] | None:
        """Give the values in an English text, if it is this one."""
        first, *between = self.words
        # The same words are a sentence in one place and a part of one in another.
        text = lowered(text) if first else text
        if not between:
            return {} if text == first else None
        last = between.pop()
        end = len(text) - len(last)
        if end < len(first) or not (text.startswith(first) and text.endswith(last)):
            return None
        text, found = text[len(first) : end], []
        for words in between:
            value, there, text = text.partition(words)
            if not there:
                return None
            found.append(value)
        # Nothing but words goes on over the end of a sentence: what follows is another text.
        if not last and self.names[-1] not in WORDS and _NEXT.search(text):
            return None
        return dict(zip(self.names, [*found, text], strict=True))


class Details:
    """Tell texts in a language; ``quoted`` has what is not in the catalogue, in English and in it."""

    def __init__(self, language: str, quoted: Mapping[str, str] | None = None) -> None:
        self.language = language
        self._quoted = quoted or {}
        self._entries = () if language == LANGUAGES[0] else _entries(language)

    def text(self, told: str) -> str:
        """Tell a text as plain text."""
        return "".join(run.text for run in self.runs(told))

    def html(self, told: str) -> Markup:
        """Tell a text as HTML, with English marked where it is not the language of the page."""
        marked = Markup('<span lang="{}">{}</span>')
        return Markup("").join(
            marked.format(HTML_TAGS[run.language], run.text)
            if run.language not in {"", self.language}
            else run.text
            for run in self.runs(told)
        )

    def runs(self, told: str) -> list[Run]:
        """Tell a text line by line, and where a line is not known, sentence by sentence."""
        if not self._entries:
            return [Run(told, self.language)]
        if len(told) > _LONGEST or told.count("\n") + told.count(". ") > _MOST_PARTS:
            return self._sentence(told) or [Run(told, LANGUAGES[0])]
        runs: list[Run] = []
        for i, line in enumerate(told.split("\n")):
            if i:
                runs.append(Run("\n"))
            runs += self._sentence(line) or self._sentences(line)
        return runs

    def _sentences(self, line: str) -> Iterator[Run]:
        rest = list(filter(None, _SENTENCE.split(line)))
        while rest:
            sentence = rest.pop(0)
            found = self._sentence(sentence)
            yield from found or [Run(sentence, LANGUAGES[0]), Run(" " if rest else "")]

    def _sentence(self, text: str) -> list[Run]:
        found = self._told(text.removesuffix("."), 0)
        return [*found, Run("。", self.language)] if found and text.endswith(".") else found

    def _told(self, text: str, depth: int) -> list[Run]:
        for quoted in (text, f"{text}."):
            if quoted in self._quoted:
                return [Run(self._quoted[quoted].removesuffix("。"), self.language)]
        if (depth and len(text) > _LONGEST) or depth > _DEEPEST:
            return []
        text = text.removesuffix(".")
        for entry in self._entries:
            values = entry.values(text)
            if values is not None:
                return list(self._filled(entry.other, values, depth + 1))
        return []

    def _filled(self, other: str, values: Mapping[str, str], depth: int) -> Iterator[Run]:
        for i, part in enumerate(_PLACEHOLDER.split(other)):
            if not i % 2:
                yield Run(part, self.language)
            elif part == "listed":
                yield from self._listed(values[part], depth)
            elif part in WORDS:
                yield from self._told(values[part], depth) or [Run(values[part], LANGUAGES[0])]
            else:
                yield Run(values[part])

    def _listed(self, listed: str, depth: int) -> Iterator[Run]:
        """Tell a list such as `a name, "(" or the end`."""
        parts = _LISTED.split(listed) if len(listed) <= _LONGEST else [listed]
        for part in parts if len(parts) <= 2 * _MOST_PARTS else [listed]:
            if part in _JOINED:
                yield Run(_JOINED[part], self.language)
            else:
                yield from self._told(part, depth) or [Run(part)]


def lowered(text: str) -> str:
    """Give a text as it stands within another."""
    return text[:1].lower() + text[1:]


@cache
def _entries(language: str) -> tuple[_Entry, ...]:
    """Give the texts of errors in a language in the order in which they are looked for."""

    def order(entry: _Entry) -> tuple[bool, int]:
        # What is put after other words, such as their place, is looked for before these.
        is_after = entry.words[0] == "" and entry.names[0] == "told"
        return not is_after, -len("".join(entry.words))

    texts = [
        (entry[LANGUAGES[0]], entry[language])
        for key, entry in catalogue().items()
        if key.startswith(("details.", "hints."))
    ]
    return tuple(sorted(map(_entry, [*texts, *_rules(language)]), key=order))


def _rules(language: str) -> Iterator[tuple[str, str]]:
    """Give how the library tells that the data contradict a rule, and how it is told in a language."""
    two = catalogue()["details.two_values"]
    for sentences in SENTENCES.values():
        english, other = sentences[0], sentences[LANGUAGES.index(language)]
        # What is filled in decides about each article.
        for words in map("".join, product(*map(_articles, _ARTICLE.split(english)))):
            yield f"{words} ({{rule}})", f"{other}（{{rule}}）"
            yield f"{words} {two[LANGUAGES[0]]} ({{rule}})", f"{other}{two[language]}（{{rule}}）"


def _articles(part: str) -> tuple[str, ...]:
    return (part, f"{part[0]}n ") if _ARTICLE.fullmatch(part) else (part,)


def _entry(texts: tuple[str, str]) -> _Entry:
    english, other = texts
    if english.endswith("."):
        english, other = english[:-1], other.removesuffix("。")
    parts = _PLACEHOLDER.split(english)
    return _Entry((lowered(parts[0]), *parts[2::2]), tuple(parts[1::2]), other)
