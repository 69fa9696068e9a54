"""The one Jinja environment: whatever is HTML is drawn by it, with or without a request of Flask."""

from __future__ import annotations

import hashlib
import json
from functools import cache, partial
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup

from iprgraph_server.i18n.catalogue import LANGUAGES, catalogue
from iprgraph_server.i18n.language import HTML_TAGS, NAMES, Reader, translate
from iprgraph_server.linked_data.responses import LICENSE_URL

ROOT = Path(__file__).parents[1]


@cache
def environment() -> Environment:
    """Return the environment that all apps and endpoints share."""
    made = Environment(
        loader=FileSystemLoader(ROOT / "templates"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.globals |= {
        "catalogue": catalogue(),
        "languages": {tag: (NAMES[tag], HTML_TAGS[tag]) for tag in LANGUAGES},
        "licence": Markup('<a rel="license" href="{}">CC BY 4.0</a>').format(LICENSE_URL),
    }
    return made


def static_address(name: str, root: str = "") -> str:
    """Return the address of a static file; it changes with the content, so it keeps for ever."""
    return f"{root}/static/{name}?v={_version(name)}"


def page_values(reader: Reader) -> dict[str, Any]:
    """Return what every template may use: the words of a language, and links that keep it."""
    language = reader.language

    def t(key: str, **values: object) -> Markup:
        return translate(key, language, **values)

    return {
        "reader": reader,
        "language": language,
        "html_tag": HTML_TAGS[language],
        "t": t,
        "kind_names": partial(_kind_names, language),
        "static_file": partial(static_address, root=reader.root),
    }


def render(template: str, reader: Reader, /, **values: Any) -> bytes:
    """Return a page for a reader."""
    values = {**page_values(reader), **values}
    return environment().get_template(template).render(values).encode("utf-8", "replace")


@cache
def _version(name: str) -> str:
    return hashlib.sha256((ROOT / "static" / name).read_bytes()).hexdigest()[:12]


@cache
def _kind_names(language: str) -> str:
    """Return the names of the kinds of things as JSON, for the scripts."""
    kinds = {
        key.removeprefix("kind_of."): texts[language]
        for key, texts in catalogue().items()
        if key.startswith("kind_of.")
    }
    return json.dumps(kinds, ensure_ascii=False)
