"""The words of the pages in English and Chinese, chosen by `?lang=` or Accept-Language."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import quote

from markupsafe import Markup, escape
from werkzeug.datastructures import LanguageAccept
from werkzeug.http import parse_accept_header
from werkzeug.wrappers import Request

from iprgraph_server.i18n.catalogue import LANGUAGES, catalogue

#: What each language calls itself, and its full tag for HTML.
NAMES = {"en": "English", "zh": "中文"}
HTML_TAGS = {"en": "en", "zh": "zh-Hans"}


def translate(key: str, language: str, **values: object) -> Markup:
    """Return a text of the catalogue with its {placeholders} filled, escaped unless they are Markup.

    Raises KeyError for a key that the catalogue lacks.
    """
    return escape(catalogue()[key][language]).format(**values)


class Reader(NamedTuple):
    """For whom a page is written: in which language, and by what address it can be had again."""

    language: str
    #: None for what was posted, which no link asks for again.
    query_string: str | None = None
    #: Whether the address chose the language.
    is_chosen: bool = False
    path: str = ""
    #: What stands before the path of each page: empty, or the address of an older release.
    root: str = ""

    def to(self, path: str) -> str:
        """Return the address of a page; a language chosen by the address stays chosen."""
        return f"{self.root}{path}{f'?lang={self.language}' if self.is_chosen else ''}"

    def switch(self, language: str) -> str:
        """Return a link to this page in another language: the same request, but for `lang=`."""
        parts = [p for p in (self.query_string or "").split("&") if p.partition("=")[0] != "lang"]
        query = "&".join([*filter(None, parts), f"lang={language}"])
        # As WSGI hands it on, a query string may have bytes that no address has, in Latin-1.
        return "?" + quote(query.encode("latin-1"), safe="%/:@!$&'()*+,;=~?[]")


def reader_of(environ: Mapping[str, Any]) -> Reader:
    """Return for whom the answer to a WSGI request is written."""
    query_string: str = environ.get("QUERY_STRING", "")
    chosen = read_query_string(query_string)
    return Reader(
        chosen or preferred(environ.get("HTTP_ACCEPT_LANGUAGE", "")),
        query_string if environ["REQUEST_METHOD"] in {"GET", "HEAD"} else None,
        chosen is not None,
        environ["PATH_INFO"],
        environ.get("SCRIPT_NAME", ""),
    )


def read_query_string(query_string: str) -> str | None:
    """Return the language that a query string asks for."""
    parts = (part.partition("=") for part in query_string.split("&"))
    asked = next((value for name, _, value in parts if name == "lang"), "")
    return asked if asked in LANGUAGES else None


def explicit(req: Request) -> str | None:
    """Return the language that the address itself asks for."""
    asked = req.args.get("lang", "")
    return asked if asked in LANGUAGES else None


def choose(req: Request) -> str:
    """Return the language of a page: the address first, then what the reader prefers."""
    return explicit(req) or preferred(req.headers.get("Accept-Language", ""))


@lru_cache(256)
def preferred(header: str) -> str:
    """Return the language that an Accept-Language header likes best, else one that it does not refuse."""
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
