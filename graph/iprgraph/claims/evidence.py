"""Evidence: whether the passages that claims rest on are where the graph says, in the text itself."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field

import pyoxigraph as ox

from iprgraph.claims import text_fragments
from iprgraph.errors import DataError
from iprgraph.namespaces import IPR, OA, SCHEMA, SKOS, shorten


@dataclass
class Evidence:
    """Hold one passage that a claim rests on; start and end count code points of the text."""

    claim: str
    labels: dict[str, str]
    passage: str
    start: int | None
    end: int | None
    link: str
    #: The passage's own words, once a text was given.
    text: str = ""
    problems: list[str] = field(default_factory=list)

    def label(self, language: str = "en") -> str:
        """Give the claim's paraphrase in a language, else in any."""
        return self.labels.get(language) or next(iter(self.labels.values()), "")


def check(quads: Iterable[ox.Quad], content: bytes) -> list[Evidence]:
    """Check every passage of the article that a text is of, in the order of the text.

    The text is told by its SHA-256. Raises DataError for a text that no article has, and for one
    that is not UTF-8.
    """
    index = _Index(quads)
    article = _article_of(index, content)
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        raise DataError(f"the text is not UTF-8: {error}") from error
    found = [
        _evidence(index, claim, passage)
        for passage in index.subjects(OA.hasSource, article)
        for claim in index.subjects(IPR.evidence, passage)
    ]
    for item in found:
        _check_one(item, text)
    return sorted(found, key=lambda item: (item.start or 0, item.end or 0, item.claim))


def _article_of(index: _Index, content: bytes) -> ox.NamedNode:
    digest = hashlib.sha256(content).hexdigest()
    known = index.pairs(IPR.textDigest)
    found = [article for article, value in known if value.lower() == digest]
    if not found:
        listed = "; ".join(f"{shorten(article.value)} {value}" for article, value in known)
        raise DataError(
            f"this text is of no article in the graph: its SHA-256 is {digest}. "
            f"Known: {listed or 'none'}. "
            "The text must be the one the offsets were counted in, byte for byte."
        )
    return found[0]


def _evidence(index: _Index, claim: ox.NamedNode, passage: ox.NamedNode) -> Evidence:
    selectors = index.objects(passage, OA.hasSelector)
    offsets = [
        [int(o.value) for o in index.objects(s, edge) if isinstance(o, ox.Literal)]
        for edge in (OA.start, OA.end)
        for s in selectors
    ]
    item = Evidence(
        claim=shorten(claim.value),
        labels={
            label.language or "": label.value
            for label in index.objects(claim, SKOS.prefLabel)
            if isinstance(label, ox.Literal)
        },
        passage=shorten(passage.value),
        start=None,
        end=None,
        link=next(
            (o.value for o in index.objects(passage, SCHEMA.url) if isinstance(o, ox.NamedNode)), ""
        ),
    )
    if len(selectors) == 1 and [len(values) for values in offsets] == [1, 1]:
        item.start, item.end = offsets[0][0], offsets[1][0]
    else:
        item.problems.append("the passage needs one selector with one oa:start and one oa:end")
    return item


def _check_one(item: Evidence, text: str) -> None:
    """Fill in the passage's words, and what is wrong with its place or its link."""
    if item.start is None or item.end is None:
        return
    if not 0 <= item.start < item.end <= len(text):
        item.problems.append(
            f"offsets {item.start} to {item.end} do not lie in the text, which has {len(text)} "
            "characters"
        )
        return
    item.text = text[item.start : item.end]
    if item.text != item.text.strip():
        item.problems.append("the passage begins or ends with white space")
    if not item.link:
        item.problems.append("the passage has no link (schema:url)")
        return
    directives = text_fragments.parse(item.link)
    if len(directives) != 1:
        item.problems.append(f"the link has {len(directives)} text fragments, not one")
        return
    found = text_fragments.find(text, directives[0])
    if found is None:
        item.problems.append("the link's text fragment finds nothing in the text")
    elif found != (item.start, item.end):
        words = text[found[0] : found[1]]
        shown = words if len(words) <= 60 else f"{words[:40]} … {words[-15:]}"
        item.problems.append(
            f"the link's text fragment finds characters {found[0]} to {found[1]} instead: {shown!r}"
        )


class _Index:
    """Find objects and subjects by predicate."""

    def __init__(self, quads: Iterable[ox.Quad]) -> None:
        self._objects: dict[tuple[object, object], dict[object, None]] = {}
        self._subjects: dict[tuple[object, object], dict[ox.NamedNode, None]] = {}
        self._pairs: dict[object, list[tuple[ox.NamedNode, str]]] = {}
        for quad in quads:
            if isinstance(quad.subject, ox.NamedNode):
                self._objects.setdefault((quad.subject, quad.predicate), {})[quad.object] = None
                self._subjects.setdefault((quad.predicate, quad.object), {})[quad.subject] = None
                if isinstance(quad.object, ox.Literal):
                    pair = (quad.subject, quad.object.value)
                    self._pairs.setdefault(quad.predicate, []).append(pair)

    def objects(self, subject: object, predicate: ox.NamedNode) -> list[object]:
        return list(self._objects.get((subject, predicate), ()))

    def subjects(self, predicate: ox.NamedNode, value: object) -> list[ox.NamedNode]:
        return list(self._subjects.get((predicate, value), ()))

    def pairs(self, predicate: ox.NamedNode) -> list[tuple[ox.NamedNode, str]]:
        return self._pairs.get(predicate, [])
