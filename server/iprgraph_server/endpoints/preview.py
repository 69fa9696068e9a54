"""Write the preview of a thing: a small page that others show in a frame."""

from __future__ import annotations

from iprgraph.search.index import SearchResult
from iprgraph_server.i18n.language import Reader
from iprgraph_server.presentation.templates import render


def preview(thing: SearchResult, types: list[str], address: str, reader: Reader) -> bytes:
    """Return a page with the names of a thing, what it is, and a link to its own page."""
    others = [text for tag, text in sorted(thing.names.items()) if tag != reader.language]
    return render(
        "preview.html",
        reader,
        name=thing.name(reader.language),
        others=others,
        types=types,
        description=thing.description(reader.language),
        address=address,
    )
