"""Evidence: whether the passages that claims rest on are where the graph says, in the text itself."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import pyoxigraph as ox

from iprgraph.claims import text_fragments
from iprgraph.claims.model import Passage
from iprgraph.claims.reader import read_claims, read_labels
from iprgraph.errors import DataError
from iprgraph.namespaces import PREFIXES, shorten
from iprgraph.rdf.query_results import Row, rows_of

_ARTICLES = "SELECT ?article ?digest { ?article ipr:textDigest ?digest }"
_CLAIMS = "SELECT DISTINCT ?claim { ?claim ipr:evidence ?passage . ?passage oa:hasSource %s }"


@dataclass
class Evidence:
    """A passage that a claim rests on, and what is wrong with it."""

    claim: str
    labels: Mapping[str, str]
    passage: Passage
    #: The passage's own words.
    text: str = ""
    problems: list[str] = field(default_factory=list)

    def label(self, language: str = "en") -> str:
        """Return the claim's paraphrase in a language, else in any."""
        return self.labels.get(language) or next(iter(self.labels.values()), "")


def check(quads: Iterable[ox.Quad], content: bytes) -> list[Evidence]:
    """Check every passage of the article whose text this is, and return them in its order.

    The article is found by the SHA-256 of its text. Raises DataError for a text that no article
    has, and for one that is not UTF-8.
    """
    store = ox.Store()
    store.extend(quads)

    def select(query: str) -> list[Row]:
        return rows_of(store.query(query, prefixes=PREFIXES, use_default_graph_as_union=True))

    article = _article_of(select(_ARTICLES), content)
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        raise DataError(f"the text is not UTF-8: {error}") from error
    claims = read_claims(select, (row["claim"].value for row in select(_CLAIMS % article)))
    labels = read_labels(select, map(ox.NamedNode, claims))
    evidence = [
        Evidence(shorten(iri), labels.get(iri, {}), passage)
        for iri, claim in claims.items()
        for passage in claim.passages
        if passage.source == article.value
    ]
    for item in evidence:
        _check_one(item, text)
    return sorted(evidence, key=lambda e: (e.passage.start or 0, e.passage.end or 0, e.claim))


def _article_of(rows: list[Row], content: bytes) -> ox.NamedNode:
    digest = hashlib.sha256(content).hexdigest()
    for row in rows:
        article = row["article"]
        if row["digest"].value.lower() == digest and isinstance(article, ox.NamedNode):
            return article
    known = "; ".join(f"{shorten(row['article'].value)} {row['digest'].value}" for row in rows)
    raise DataError(
        f"this text is of no article in the graph: its SHA-256 is {digest}. "
        f"Known: {known or 'none'}. "
        "The text must be the one the offsets were counted in, byte for byte."
    )


def _check_one(item: Evidence, text: str) -> None:
    """Fill in the passage's words, and what is wrong with its place or its link."""
    start, end, link = item.passage.start, item.passage.end, item.passage.link
    if start is None or end is None:
        item.problems.append("the passage needs one selector with one oa:start and one oa:end")
        return
    if not 0 <= start < end <= len(text):
        item.problems.append(
            f"offsets {start} to {end} do not lie in the text, which has {len(text)} characters"
        )
        return
    item.text = text[start:end]
    if item.text != item.text.strip():
        item.problems.append("the passage begins or ends with white space")
    if not link:
        item.problems.append("the passage has no link (schema:url)")
        return
    directives = text_fragments.parse(link)
    if len(directives) != 1:
        item.problems.append(f"the link has {len(directives)} text fragments, not one")
        return
    place = text_fragments.find(text, directives[0])
    if place is None:
        item.problems.append("the link's text fragment finds nothing in the text")
    elif place != (start, end):
        words = text[place[0] : place[1]]
        shown = words if len(words) <= 60 else f"{words[:40]} … {words[-15:]}"
        item.problems.append(
            f"the link's text fragment finds characters {place[0]} to {place[1]} instead: {shown!r}"
        )
