"""Write plain HTML pages in the site's style: results, problems and the query form of the endpoint.

They need no script and no template. Whatever text comes from a query or from the graph passes
through ``escape``.
"""

from __future__ import annotations

from html import escape

from iprgraph_server.language import HTML_TAGS, translate
from iprgraph_server.negotiate import HTML, Format

#: Sent with every such page: only the site's own style and mark are loaded, and nothing runs.
POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)

_LINKS = (
    ("/page/claim/", "things"),
    ("/speakers", "speakers"),
    ("/page/check/", "checks"),
    ("/ontology", "ontology"),
    ("/quality", "quality"),
    ("/downloads/", "downloads"),
    ("/query", "query"),
)

#: Sent with everything else: data, should a browser ever show it, may do nothing at all.
DATA_POLICY = "default-src 'none'; frame-ancestors 'none'"


def type_headers(form: Format) -> list[tuple[str, str]]:
    """Give the headers that say what a body is, and what a browser may do with it."""
    policy = POLICY if form is HTML else DATA_POLICY
    return [("content-type", form.content_type), ("content-security-policy", policy)]


def page(title: str, body: str, language: str) -> bytes:
    """Wrap a body (HTML, already escaped) as a page with a title (text) in a language."""
    links = "".join(
        f'<li><a href="{address}">{translate(f"nav.{name}", language)}</a></li>'
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
        '<header class="site"><div class="wrap"><a class="brand" href="/">'
        '<img src="/static/mark.svg" alt="" width="28" height="28">'
        f"<span>{site}</span></a>"
        f'<nav aria-label="{translate("site.navigation", language)}"><ul>{links}</ul></nav></div></header>\n'
        f'<main class="wrap"><div class="title"><h1>{escape(title)}</h1></div>\n{body}\n</main>\n'
        "</body>\n</html>\n"
    ).encode("utf-8", "replace")
