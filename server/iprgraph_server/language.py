"""The words of the pages in English and Chinese, chosen by `?lang=` or Accept-Language."""

from __future__ import annotations

import json
from functools import lru_cache
from urllib.parse import quote, urlencode

from flask import Flask, Request, request, url_for
from markupsafe import Markup, escape
from werkzeug.datastructures import LanguageAccept
from werkzeug.http import parse_accept_header

from iprgraph_server.catalogue import LANGUAGES, catalogue

#: What each language calls itself, and its full tag for HTML.
NAMES = {"en": "English", "zh": "中文"}
HTML_TAGS = {"en": "en", "zh": "zh-Hans"}


def translate(key: str, language: str, **values: object) -> Markup:
    """Give a text of the catalogue with its {placeholders} filled, escaped unless they are Markup.

    Raises KeyError for a key that the catalogue lacks.
    """
    return escape(catalogue()[key][language]).format(**values)


def _kinds(language: str) -> dict[str, str]:
    """Give the names of the kinds of things, for the scripts."""
    return {
        key.removeprefix("kinds."): texts[language]
        for key, texts in catalogue().items()
        if key.startswith("kinds.")
    }


def explicit(req: Request) -> str | None:
    """Give the language that the address itself asks for."""
    asked = req.args.get("lang", "")
    return asked if asked in LANGUAGES else None


def choose(req: Request) -> str:
    """Choose the language of a page: the address first, then what the reader prefers."""
    return explicit(req) or preferred(req.headers.get("Accept-Language", ""))


@lru_cache(256)
def preferred(header: str) -> str:
    """Choose by an Accept-Language header."""
    # zh-CN is zh here: werkzeug's own match would prefer a worse-liked language that is exact.
    liked = (
        tag.split("-")[0].lower()
        for tag, quality in parse_accept_header(header, LanguageAccept)
        if quality > 0
    )
    return next((tag for tag in liked if tag in LANGUAGES), LANGUAGES[0])


def install(app: Flask) -> None:
    """Give every template `language`, `t()`, `to()` and `switch()`."""

    @app.context_processor
    def words() -> dict[str, object]:
        language = choose(request)

        def t(key: str, **values: object) -> Markup:
            return translate(key, language, **values)

        def to(endpoint: str, **values: object) -> str:
            """Link to a page; a language chosen by the address stays chosen."""
            if asked := explicit(request):
                values.setdefault("lang", asked)
            return url_for(endpoint, **values)  # type: ignore[arg-type]

        def switch(other: str) -> str:
            """Link to this page in another language."""
            query = urlencode({**request.args.to_dict(), "lang": other})
            return f"{request.script_root}{quote(request.path)}?{query}"

        return {
            "language": language,
            "html_tag": HTML_TAGS[language],
            "kind_names": lambda: json.dumps(_kinds(language), ensure_ascii=False),
            "languages": {tag: (NAMES[tag], HTML_TAGS[tag]) for tag in LANGUAGES},
            "catalogue": catalogue(),
            "t": t,
            "to": to,
            "switch": switch,
        }
