"""Translate the texts of errors: their templates are the keys of ``texts.toml``.

What has no translation, such as the words of the engine, stays English and is marked as English.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

from markupsafe import Markup

from iprgraph.errors import Text
from iprgraph_server.i18n.catalogue import LANGUAGES
from iprgraph_server.i18n.language import HTML_TAGS

ENGLISH = LANGUAGES[0]

_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_COMMA = {"en": ", ", "zh": "、"}


class Run(NamedTuple):
    """A stretch of text; the language is empty for what belongs to none."""

    text: str
    language: str = ""


@cache
def translations() -> dict[str, dict[str, str]]:
    """Return the translation of each template, by language."""
    return tomllib.loads(Path(__file__).with_name("texts.toml").read_text(encoding="utf-8"))


def translate_text(text: Text, language: str) -> str:
    """Return a text in a language, as plain text."""
    return "".join(run.text for run in _runs(text, language))


def translate_html(text: Text, language: str) -> Markup:
    """Return a text in a language as HTML; what is in another language is marked."""
    marked = Markup('<span lang="{}">{}</span>')
    return Markup("").join(
        marked.format(HTML_TAGS[run.language], run.text)
        if run.language not in {"", language}
        else run.text
        for run in _runs(text, language)
    )


def _runs(text: Text, language: str) -> Iterator[Run]:
    template = _template(text, language)
    if template is None:
        yield Run(text, ENGLISH)
        return
    for i, part in enumerate(_PLACEHOLDER.split(template) if text.values else [template]):
        yield from _value(text.values[part], language) if i % 2 else [Run(part, language)]


def _template(text: Text, language: str) -> str | None:
    """Return the template of a text in a language; None where the text is left as it is."""
    if language == ENGLISH:
        return None
    is_only_values = text.values and not any(map(str.isalpha, _PLACEHOLDER.sub("", text.template)))
    return translations()[language].get(text.template, text.template if is_only_values else None)


def _value(value: object, language: str) -> Iterator[Run]:
    if isinstance(value, Text):
        yield from _runs(value, language)
    elif isinstance(value, list):
        for i, item in enumerate(value):
            if i:
                yield Run(_COMMA[language], language)
            yield from _value(item, language)
    elif isinstance(value, Mapping):
        known = language if language in value else ENGLISH
        yield Run(value.get(known) or next(iter(value.values())), known)
    else:
        yield Run(str(value))
