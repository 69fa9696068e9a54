"""The words of the pages in English and Chinese, chosen by `?lang=` or Accept-Language."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import quote, urlencode

from flask import Flask, Request, request, url_for
from markupsafe import Markup, escape
from werkzeug.datastructures import LanguageAccept
from werkzeug.http import parse_accept_header

from iprgraph_server.i18n.catalogue import LANGUAGES, catalogue

#: What each language calls itself, and its full tag for HTML.
NAMES = {"en": "English", "zh": "中文"}
HTML_TAGS = {"en": "en", "zh": "zh-Hans"}


def translate(key: str, language: str, **values: object) -> Markup:
    """Give a text of the catalogue with its {placeholders} filled, escaped unless they are Markup.

    Raises KeyError for a key that the catalogue lacks.
    """
    return escape(catalogue()[key][language]).format(**values)


class Reader(NamedTuple):
    """For whom a page is written: in which language, and by what query string it can be had again."""

    language: str
    #: None for what was posted, which no link asks for again.
    query_string: str | None = None
    #: Whether the address chose the language.
    is_chosen: bool = False

    def to(self, address: str) -> str:
        """Link to a page; a language chosen by the address stays chosen."""
        return f"{address}?lang={self.language}" if self.is_chosen else address

    def switch(self, other: str) -> str:
        """Link to this page in another language: the same request, but for `lang=`."""
        parts = [p for p in (self.query_string or "").split("&") if p.partition("=")[0] != "lang"]
        asked = "&".join([*filter(None, parts), f"lang={other}"])
        # As WSGI hands it on, a query string may have bytes that no address has, in Latin-1.
        return "?" + quote(asked.encode("latin-1"), safe="%/:@!$&'()*+,;=~?[]")


def read_query_string(query_string: str) -> str | None:
    """Give the language that a query string asks for."""
    parts = (part.partition("=") for part in query_string.split("&"))
    asked = next((value for name, _, value in parts if name == "lang"), "")
    return asked if asked in LANGUAGES else None


def _kinds(language: str) -> dict[str, str]:
    """Give the names of the kinds of things, for the scripts."""
    return {
        key.removeprefix("kind_of."): texts[language]
        for key, texts in catalogue().items()
        if key.startswith("kind_of.")
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
    """Choose by an Accept-Language header: what is liked best, else what is not refused."""
    # zh-CN is zh here: werkzeug's own match would prefer a worse-liked language that is exact.
    ranges = [
        (tag.split("-")[0].lower(), quality)
        for tag, quality in parse_accept_header(header, LanguageAccept)
    ]
    named = [tag for tag, _ in ranges]
    others = max((quality for tag, quality in ranges if tag == "*"), default=0)

    def liking(language: str) -> tuple[float, bool, int]:
        if language not in named:
            return others, True, -len(named)
        best = max(quality for tag, quality in ranges if tag == language)
        return best, best > 0, -named.index(language) if best else 0

    return max(LANGUAGES, key=liking)


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
