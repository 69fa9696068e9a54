"""Show an article's own text with its passages marked, where the operator has the text at hand.

The text is its publisher's: it is never part of a release, and is shown to the operator's own
machine only, unless told otherwise.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from ipaddress import ip_address
from itertools import pairwise
from pathlib import Path
from urllib.parse import urlsplit

from flask import Flask, Request, g, request

from iprgraph.errors import UsageError
from iprgraph_server.models.claims import Claim, Passage
from iprgraph_server.models.site import expand, site
from iprgraph_server.models.thing import Thing

#: Headers by which a proxy says that a request is another machine's.
_PASSED_ON = ("Forwarded", "X-Forwarded-For", "X-Real-IP", "Via")


class Texts:
    """Hold the texts of a folder by their SHA-256; raises UsageError where there is no folder."""

    def __init__(self, folder: str, readers: str) -> None:
        if readers not in ("local", "all"):
            raise UsageError(f"--texts-for: {readers!r} is neither local nor all")
        self._for_all = readers == "all"
        self._found: dict[str, str] = {}
        if not folder:
            return
        if not Path(folder).is_dir():
            raise UsageError(f"--texts: there is no folder {folder}")
        for path in sorted(Path(folder).glob("*.txt")):
            content = path.read_bytes()
            self._found[hashlib.sha256(content).hexdigest()] = content.decode("utf-8", "replace")

    def get(self, digest: str, request: Request) -> str | None:
        """Give the text of a digest, if it is at hand and whoever asks may read it."""
        text = self._found.get(digest.lower())
        return text if text is not None and (self._for_all or is_local(request)) else None


def is_local(request: Request) -> bool:
    """Tell whether a request comes from this machine, and not through a proxy on it."""
    if any(name in request.headers for name in _PASSED_ON):
        return False
    host = urlsplit(f"//{request.host}").hostname or ""
    return _loopback(request.remote_addr or "") and (host == "localhost" or _loopback(host))


def _loopback(address: str) -> bool:
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False


def install(app: Flask) -> None:
    """Give every template `sentence(claim, passage)`: the passage's own words, where at hand."""

    @app.context_processor
    def words() -> dict[str, object]:
        return {"sentence": _sentence}


def _sentence(claim: Claim, passage: Passage) -> str:
    text = _at_hand(claim.digest) if passage.bounded else None
    return text[int(passage.start) : int(passage.end)] if text is not None else ""


def _at_hand(digest: str) -> str | None:
    """Give a text for the page that is being written, which then is for its reader alone."""
    text = site().texts.get(digest, request) if digest else None
    if text is not None:
        g.private = True
    return text


@dataclass
class Piece:
    """A stretch of a text between two edges of passages, and the claims that rest on it."""

    text: str
    claims: list[Claim] = field(default_factory=list)
    #: Claims whose first passage begins here, with their numbers on the page.
    begins: list[tuple[int, Claim]] = field(default_factory=list)


def marked(thing: Thing) -> list[list[Piece]]:
    """Give an article's paragraphs with the passages of its claims marked; none without the text."""
    digest = thing.value("ipr:textDigest") if thing.kind == "article" else None
    text = _at_hand(digest.value) if digest is not None else None
    source = expand("ipr:source")
    listed = (links.things for links in thing.claims_by if links.predicate.value == source)
    claims = [thing.claims[iri.value] for iri in next(listed, [])]
    return mark(text, claims) if text is not None else []


def mark(text: str, claims: Iterable[Claim]) -> list[list[Piece]]:
    """Cut a text into paragraphs of pieces, so that each passage is whole pieces of it."""
    claims = list(claims)
    spans = [
        (int(p.start), int(p.end), number, claim)
        for number, claim in enumerate(claims, 1)
        for p in claim.passages
        if p.bounded and 0 <= p.start < p.end <= len(text)
    ]
    edges = sorted({0, len(text), *(e for s in spans for e in s[:2])}
                   | {i + 1 for i, char in enumerate(text) if char == "\n"})  # fmt: skip
    paragraphs: list[list[Piece]] = [[]]
    for start, end in pairwise(edges):
        piece = Piece(text[start:end])
        for first, last, number, claim in spans:
            if first <= start and end <= last:
                piece.claims.append(claim)
            if first == start:
                piece.begins.append((number, claim))
        paragraphs[-1].append(piece)
        if piece.text.endswith("\n"):
            paragraphs.append([])
    return [p for p in paragraphs if "".join(piece.text for piece in p).strip()]
