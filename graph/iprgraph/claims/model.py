"""What a client hands back: things, claims, passages, checks, each with the release it is from."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass

from iprgraph.rdf.query_results import Value


@dataclass(frozen=True)
class Thing:
    """A thing that a search found; ``score`` is 0 to 100, ``matched`` the name that was found."""

    iri: str
    name: str
    names: dict[str, str]
    kind: str
    types: tuple[str, ...]
    description: str
    score: float
    matched: str
    release: str


class Found(list[Thing]):
    """One page of a search; ``total`` counts the things on all pages."""

    def __init__(self, things: Iterable[Thing], total: int) -> None:
        super().__init__(things)
        self.total = total


@dataclass(frozen=True)
class Passage:
    """Where a source says something.

    ``start`` and ``end`` count code points of the article's text; ``link`` opens the source at the
    passage, and is empty for a source that has none; ``description`` says in words where it is.
    """

    iri: str
    source: str
    start: int | None
    end: int | None
    link: str
    description: str


@dataclass(frozen=True)
class Claim:
    """What a source says: a paraphrase, who says it and when, how it is meant, and where it stands.

    ``modality`` is fact, plan or evaluation; ``basis`` is stated or inferred; ``status`` is
    proposed, accepted, rejected or superseded.
    """

    iri: str
    text: str
    source: str
    source_name: str
    source_url: str
    said_by: str
    said_by_name: str
    said_on: datetime.date | None
    modality: str
    status: str
    basis: str
    confidence: float | None
    passages: tuple[Passage, ...]
    release: str

    @property
    def link(self) -> str:
        """Give the address that opens the source, at the passage where that can be."""
        found = next((passage.link for passage in self.passages if passage.link), "")
        return found or self.source_url or self.iri

    def cite(self) -> str:
        """Write the claim as a citation in one line."""
        said = f", {self.said_on}" if self.said_on else ""
        return (
            f"{self.text} {self.said_by_name}{said}, in: {self.source_name}, {self.link} "
            f"(IPR Graph {self.release}, {self.iri})"
        )


@dataclass(frozen=True)
class Check:
    """A claimed figure beside what open data say.

    ``verdict`` is confirmed, refined, superseded, qualified, contradicted or unverified; the claims
    ``against`` which it was checked have their own sources and passages.
    """

    iri: str
    name: str
    verdict: str
    claimed: Value
    reference: Value
    difference: Value
    unit: str
    period: str
    method: str
    claims: tuple[Claim, ...]
    against: tuple[Claim, ...]
    release: str


@dataclass(frozen=True)
class Fact:
    """One statement about a thing, and the claim that makes it.

    ``is_inverse`` tells that the thing is the statement's object, and ``value`` its subject.
    """

    property: str
    value: Value
    value_name: str
    is_inverse: bool
    claim: Claim


@dataclass(frozen=True)
class Description:
    """What is asserted of a thing; ``cut`` tells that there are more facts than were asked for."""

    iri: str
    name: str
    names: dict[str, str]
    types: tuple[str, ...]
    facts: tuple[Fact, ...]
    cut: bool
    release: str
