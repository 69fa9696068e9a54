"""An article's own text with the passages of its claims marked, where the client may read it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise

from flask import Flask, g, request

from iprgraph.claims.model import Claim, Passage
from iprgraph.namespaces import expand
from iprgraph_server.models.page_context import page_context
from iprgraph_server.models.thing import Thing


def install(app: Flask) -> None:
    """Add `sentence(claim, passage)` to all templates: the passage's own words, or nothing."""

    @app.context_processor
    def words() -> dict[str, object]:
        return {"sentence": _sentence}


def _sentence(claim: Claim, passage: Passage) -> str:
    text = _readable_text(claim.text_digest) if passage.start is not None else None
    return text[passage.start : passage.end] if text is not None else ""


def _readable_text(digest: str) -> str | None:
    """Return a text that the client may read, and mark the answer as private."""
    text = page_context().texts.get(digest, request) if digest else None
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


def marked_paragraphs(thing: Thing) -> list[list[Piece]]:
    """Return an article's paragraphs with the passages of its claims marked; none without the text."""
    digest = thing.first("ipr:textDigest") if thing.kind == "article" else None
    text = _readable_text(digest.value) if digest is not None else None
    source = expand("ipr:source")
    by_source = (links.things for links in thing.claims_by if links.predicate.value == source)
    claims = [thing.claims[iri.value] for iri in next(by_source, [])]
    return mark(text, claims) if text is not None else []


def mark(text: str, claims: Iterable[Claim]) -> list[list[Piece]]:
    """Return the paragraphs of a text in pieces, cut at the edges of passages."""
    claims = list(claims)
    spans = [
        (p.start, p.end, number, claim)
        for number, claim in enumerate(claims, 1)
        for p in claim.passages
        if p.start is not None and p.end is not None and p.start < p.end <= len(text)
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
