"""The catalogue of the words of the pages, in English and Chinese."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

#: Languages of the pages, the first being the fallback; labels in the graph have the same tags.
LANGUAGES = ("en", "zh")

CATALOGUE = Path(__file__).with_name("catalogue.toml")


@cache
def catalogue() -> dict[str, dict[str, str]]:
    """Return the catalogue as {"section.key": {"en": …, "zh": …}}."""
    sections = tomllib.loads(CATALOGUE.read_text(encoding="utf-8"))
    return {
        f"{section}.{key}": dict(zip(LANGUAGES, texts, strict=True))
        for section, entries in sections.items()
        for key, texts in entries.items()
    }


def term_names(compact: str) -> dict[str, str]:
    """Return the names of a standard term such as `schema:publisher`; empty when there are none."""
    return catalogue().get(f"terms.{compact}", {})
