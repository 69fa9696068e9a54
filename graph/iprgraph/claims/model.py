"""Claims, passages and checks, each with its statements as terms.

Pages use the terms. Programs use the attributes, which are texts and values in one language.
"""

from __future__ import annotations

import datetime
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

import pyoxigraph as ox

from iprgraph.claims import text_fragments
from iprgraph.namespaces import expand
from iprgraph.rdf.query_results import Term, Value, to_python

T = TypeVar("T")


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
    edition: Edition = field(default=Edition(), repr=False)

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

    def text_of(self, compact: str) -> str:
        """Return the text in the language of the edition, or an empty one."""
        texts = self.texts(compact)
        return next((t.value for t in texts if t.language == self.edition.language), "")

    def iri_of(self, compact: str) -> str:
        """Return an IRI or a literal as text, or an empty one."""
        term = self.first(compact)
        return term.value if term else ""

    def slug_of(self, compact: str) -> str:
        """Return the last part of an IRI: fact, accepted, PERCENT."""
        return self.iri_of(compact).rstrip("/").rpartition("/")[2].rpartition("#")[2]

    def name_of(self, compact: str) -> str:
        """Return the name of a value in the language of the edition, or an empty text."""
        return self.edition.label(self.first(compact))

    def value_of(self, compact: str) -> Value:
        """Return a value as Python has it."""
        return to_python(self.first(compact))


class Attribute(Generic[T]):
    """A read-only attribute: what a method of Resource returns for one property."""

    def __init__(self, read: Callable[[Resource, str], T], compact: str) -> None:
        self._read = read
        self._compact = compact

    def __get__(self, resource: Resource, owner: object) -> T:
        return self._read(resource, self._compact)


@dataclass(frozen=True)
class Passage(Resource):
    """Where a source says something.

    ``start`` and ``end`` count code points of the article's text; ``link`` opens the source at the
    passage, and is empty for a source that has none; ``description`` says in words where it is.
    """

    start: int | None = None
    end: int | None = None
    link: str = ""
    source = Attribute(Resource.iri_of, "oa:hasSource")
    description = Attribute(Resource.text_of, "dcterms:description")

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
    source = Attribute(Resource.iri_of, "ipr:source")
    source_name = Attribute(Resource.name_of, "ipr:source")
    said_by = Attribute(Resource.iri_of, "ipr:attributedTo")
    said_by_name = Attribute(Resource.name_of, "ipr:attributedTo")
    modality = Attribute(Resource.slug_of, "ipr:modality")
    status = Attribute(Resource.slug_of, "ipr:status")
    basis = Attribute(Resource.slug_of, "ipr:basis")

    @property
    def text(self) -> str:
        """Return the paraphrase."""
        return self.edition.label(ox.NamedNode(self.iri))

    @property
    def said_on(self) -> datetime.date | None:
        """Return the day on which it was said."""
        day = self.value_of("ipr:saidOn")
        return day if isinstance(day, datetime.date) else None

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
    name = Attribute(Resource.text_of, "skos:prefLabel")
    verdict = Attribute(Resource.slug_of, "ipr:verdict")
    claimed = Attribute(Resource.value_of, "ipr:claimedValue")
    reference = Attribute(Resource.value_of, "ipr:referenceValue")
    difference = Attribute(Resource.value_of, "ipr:difference")
    unit = Attribute(Resource.slug_of, "ipr:unit")
    period = Attribute(Resource.iri_of, "ipr:period")
    method = Attribute(Resource.text_of, "ipr:method")

    @property
    def has_figures(self) -> bool:
        """Check whether both values are known."""
        return bool(self.first("ipr:claimedValue") and self.first("ipr:referenceValue"))


def terms_of(resources: Iterable[Resource]) -> Iterator[Term]:
    """Yield every term of some claims or checks that a page names."""
    for resource in resources:
        yield from resource.terms()
