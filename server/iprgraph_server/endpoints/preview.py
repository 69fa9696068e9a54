"""Write the preview of a thing: a small page that others show in a frame."""

from __future__ import annotations

from html import escape

from iprgraph.search.index import Result
from iprgraph_server.i18n.language import HTML_TAGS, translate


def preview(thing: Result, types: list[str], address: str, language: str) -> bytes:
    """Tell of a thing in one language: its names, what it is, and where to read on."""
    name, told = thing.name(language), thing.description(language)
    others = [text for tag, text in sorted(thing.names.items()) if tag != language]
    lines = [
        f"<h1>{escape(name)}</h1>",
        *(f"<p>{escape(text)}</p>" for text in others),
        f'<p class="note">{escape(", ".join(types))}</p>',
        *([f"<p>{escape(told)}</p>"] if told else []),
        f'<p><a href="{escape(address)}" target="_blank" rel="noopener">'
        f"{translate('search.page', language)}</a></p>",
    ]
    return (
        f'<!doctype html>\n<html lang="{HTML_TAGS[language]}">\n<head>\n<meta charset="utf-8">\n'
        f"<title>{escape(name)}</title>\n"
        '<link rel="stylesheet" href="/static/site.css">\n</head>\n'
        f'<body>\n<main class="wrap">\n{chr(10).join(lines)}\n</main>\n</body>\n</html>\n'
    ).encode("utf-8", "replace")
