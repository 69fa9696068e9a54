"""Write plain HTML pages in the site's style: results, problems and the query form of the endpoint.

They need no script and no template. Whatever text comes from a query or from the graph passes
through ``escape``.
"""

from __future__ import annotations

from html import escape

from iprgraph_server.i18n.catalogue import LANGUAGES
from iprgraph_server.i18n.language import HTML_TAGS, NAMES, Reader, translate

_LINKS = (
    ("/page/claim/", "things"),
    ("/speakers", "speakers"),
    ("/page/check/", "checks"),
    ("/ontology", "ontology"),
    ("/quality", "quality"),
    ("/downloads/", "downloads"),
    ("/query", "query"),
)


def page(title: str, body: str, reader: Reader) -> bytes:
    """Wrap a body (HTML, already escaped) as a page with a title (text), in the reader's language."""
    language = reader.language
    links = "".join(
        f'<li><a href="{reader.to(address)}">{translate(f"nav.{name}", language)}</a></li>'
        for address, name in _LINKS
    )
    site = translate("site.name", language)
    return (
        f'<!doctype html>\n<html lang="{HTML_TAGS[language]}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)} – {site}</title>\n"
        '<meta name="color-scheme" content="light dark">\n'
        '<link rel="stylesheet" href="/static/site.css">\n'
        '<link rel="icon" type="image/svg+xml" href="/static/mark.svg">\n</head>\n<body>\n'
        f'<header class="site"><div class="wrap"><a class="brand" href="{reader.to("/")}">'
        '<img src="/static/mark.svg" alt="" width="28" height="28">'
        f"<span>{site}</span></a>"
        f'<nav aria-label="{translate("site.navigation", language)}"><ul>{links}</ul></nav>'
        f"{_languages(reader)}</div></header>\n"
        f'<main class="wrap"><div class="title"><h1>{escape(title)}</h1></div>\n{body}\n</main>\n'
        "</body>\n</html>\n"
    ).encode("utf-8", "replace")


def _languages(reader: Reader) -> str:
    """Write the switch of languages, which keeps the request; what was posted has none."""
    if reader.query_string is None:
        return ""
    items = ""
    for tag in LANGUAGES:
        name, spoken = NAMES[tag], HTML_TAGS[tag]
        items += (
            f'<li><span lang="{spoken}" aria-current="true">{name}</span></li>'
            if tag == reader.language
            else f'<li><a lang="{spoken}" hreflang="{spoken}" href="{escape(reader.switch(tag))}">'
            f"{name}</a></li>"
        )
    label = translate("site.language", reader.language)
    return f'<nav class="languages" aria-label="{label}"><ul>{items}</ul></nav>'
