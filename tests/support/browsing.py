"""Read pages as browsers do: their elements, links and text."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from support.client import Client, Reply

BROWSER = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"}


class Document(HTMLParser):
    """A page as a reader sees it: elements, links and text; fails where it is not well-formed."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.words: list[str] = []
        self._open: list[str] = []
        self.feed(reply.text)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        return re.sub(r"\s+", " ", " ".join(self.words))

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.elements if name == tag]


def show(site: Client, path: str, language: str = "en") -> Document:
    """Read a page that is there."""
    reply = site("GET", path, headers=BROWSER | {"accept-language": language})
    assert (reply.status, reply.media_type) == (404 if path == "/nowhere" else 200, "text/html"), (
        path
    )
    return Document(reply)
