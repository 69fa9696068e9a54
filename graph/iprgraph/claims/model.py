"""Claims, passages and checks, each with its statements as terms.

Pages use the terms. Programs use the attributes, which are texts and values in one language.
"""

from __future__ import annotations

import datetime
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import pyoxigraph as ox

from iprgraph.claims import text_fragments
from iprgraph.namespaces import expand
from iprgraph.rdf.query_results import Term, Value, to_python

#: Names by IRI and language.
Labels = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True)
class Edition:
    """A release, the language of texts, and the labels of what was read in it."""

    release: str = ""
    language: str = "en"
    labels: dict[str, dict[str, str]] = field(default_factory=dict, compare=False, repr=False)

    def label(self, term: Term | None) -> str:
        """Return the name of a thing in the language of the edition, or an empty text."""
        return self.labels.get(term.value, {}).get(self.language, "") if term else ""


@dataclass(frozen=True)
class Resource:
    """A thing of the graph with its statements: values by the property's IRI."""

    iri: str
    statements: Mapping[str, tuple[Term, ...]] = field(default_factory=dict, hash=False, repr=False)
    edition: Edition = Edition()

    @property
    def release(self) -> str:
        """Return the name of the release that was read."""
        return self.edition.release

    def all(self, compact: str) -> tuple[Term, ...]:
        """Return the values of a property by its prefixed name."""
        return self.statements.get(expand(compact), ())

    def first(self, compact: str) -> Term | None:
        """Return a value of a property by its prefixed name."""
        return next(iter(self.all(compact)), None)

    def terms(self) -> Iterator[Term]:
        """Yield the thing itself and every value of its statements."""
        yield ox.NamedNode(self.iri)
        for terms in self.statements.values():
            yield from terms

    def texts(self, compact: str) -> list[ox.Literal]:
        """Return the values of a property that are literals."""
        return [term for term in self.all(compact) if isinstance(term, ox.Literal)]

    def _text(self, compact: str) -> str:
        texts = self.texts(compact)
        return next((t.value for t in texts if t.language == self.edition.language), "")

    def _iri(self, compact: str) -> str:
        term = self.first(compact)
        return term.value if term else ""

    def _slug(self, compact: str) -> str:
        """Return the last part of an IRI: fact, accepted, PERCENT."""
        return self._iri(compact).rstrip("/").rpartition("/")[2].rpartition("#")[2]


@dataclass(frozen=True)
class Passage(Resource):
    """Where a source says something.

    ``start`` and ``end`` count code points of the article's text; ``link`` opens the source at the
    passage, and is empty for a source that has none; ``description`` says in words where it is.
    """

    start: int | None = None
    end: int | None = None
    link: str = ""

    @property
    def source(self) -> str:
        """Return the IRI of the source."""
        return self._iri("oa:hasSource")

    @property
    def description(self) -> str:
        """Return in words where the passage is."""
        return self._text("dcterms:description")

    @property
    def quote(self) -> str:
        """Return the few words of the source by which the link finds the passage."""
        return " … ".join(part for d in text_fragments.parse(self.link) for part in d[:2] if part)


@dataclass(frozen=True)
class Claim(Resource):
    """What a source says: a paraphrase, who says it and when, how it is meant, and where it stands.

    ``modality`` is fact, plan or evaluation; ``basis`` is stated or inferred; ``status`` is
    proposed, accepted, rejected or superseded. ``checks`` have verdict, open-data value and unit.
    """

    passages: tuple[Passage, ...] = ()
    checks: tuple[Check, ...] = ()
    #: The address of its source on the Web, and the SHA-256 of the source's text.
    source_url: str = ""
    text_digest: str = ""

    @property
    def text(self) -> str:
        """Return the paraphrase."""
        return self.edition.label(ox.NamedNode(self.iri))

    @property
    def source(self) -> str:
        """Return the IRI of the source."""
        return self._iri("ipr:source")

    @property
    def source_name(self) -> str:
        """Return the name of the source."""
        return self.edition.label(self.first("ipr:source"))

    @property
    def said_by(self) -> str:
        """Return the IRI of who says it."""
        return self._iri("ipr:attributedTo")

    @property
    def said_by_name(self) -> str:
        """Return the name of who says it."""
        return self.edition.label(self.first("ipr:attributedTo"))

    @property
    def said_on(self) -> datetime.date | None:
        """Return the day on which it was said."""
        day = to_python(self.first("ipr:saidOn"))
        return day if isinstance(day, datetime.date) else None

    @property
    def modality(self) -> str:
        """Return how it is meant: fact, plan or evaluation."""
        return self._slug("ipr:modality")

    @property
    def status(self) -> str:
        """Return proposed, accepted, rejected or superseded."""
        return self._slug("ipr:status")

    @property
    def basis(self) -> str:
        """Return whether the source states it, or the curator infers it: stated or inferred."""
        return self._slug("ipr:basis")

    @property
    def confidence(self) -> float | None:
        """Return how sure the curator is, from 0 to 1."""
        confidence = self.first("ipr:confidence")
        return float(confidence.value) if confidence else None

    @property
    def link(self) -> str:
        """Return the address that opens the source, at the passage where that can be."""
        links = (passage.link for passage in self.passages if passage.link)
        return next(links, "") or self.source_url or self.iri

    @property
    def place(self) -> tuple[str, float, str]:
        """Return the sort key of claims: the source, then the first passage in its text."""
        starts = [passage.start for passage in self.passages if passage.start is not None]
        return self.source, min(starts, default=math.inf), self.iri

    def cite(self) -> str:
        """Return the claim as a citation in one line."""
        said = f", {self.said_on}" if self.said_on else ""
        return (
            f"{self.text} {self.said_by_name}{said}, in: {self.source_name}, {self.link} "
            f"(IPR Graph {self.release}, {self.iri})"
        )

    def terms(self) -> Iterator[Term]:
        """Yield the claim, every value of its statements, its checks and their verdicts."""
        yield from super().terms()
        for check in self.checks:
            yield from (ox.NamedNode(check.iri), *check.all("ipr:verdict"))


@dataclass(frozen=True)
class Check(Resource):
    """A claimed figure beside what open data say.

    ``verdict`` is confirmed, refined, superseded, qualified, contradicted or unverified; the claims
    ``against`` which it was checked have their own sources and passages.
    """

    claims: tuple[Claim, ...] = ()
    against: tuple[Claim, ...] = ()
    #: IRIs of what the claimed observation gives besides a plain value: a rank, a lower bound.
    measures: frozenset[str] = frozenset()
    #: Where the first passage that it checks starts.
    start: float = math.inf

    @property
    def name(self) -> str:
        """Return the name of the check."""
        return self._text("skos:prefLabel")

    @property
    def verdict(self) -> str:
        """Return the verdict as one word."""
        return self._slug("ipr:verdict")

    @property
    def claimed(self) -> Value:
        """Return the claimed value."""
        return to_python(self.first("ipr:claimedValue"))

    @property
    def reference(self) -> Value:
        """Return the value of open data."""
        return to_python(self.first("ipr:referenceValue"))

    @property
    def difference(self) -> Value:
        """Return the claimed value less that of open data."""
        return to_python(self.first("ipr:difference"))

    @property
    def unit(self) -> str:
        """Return the unit of the values, such as PERCENT."""
        return self._slug("ipr:unit")

    @property
    def period(self) -> str:
        """Return the year, month or day that the values are of."""
        return self._iri("ipr:period")

    @property
    def method(self) -> str:
        """Return how it was checked."""
        return self._text("ipr:method")

    @property
    def has_figures(self) -> bool:
        """Check whether both values are known."""
        return bool(self.first("ipr:claimedValue") and self.first("ipr:referenceValue"))


def terms_of(resources: Iterable[Resource]) -> Iterator[Term]:
    """Yield every term of some claims or checks that a page names."""
    for resource in resources:
        yield from resource.terms()
