"""The Python client of a release folder, a file of RDF or a running server, all asked alike."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import TYPE_CHECKING

from iprgraph.claims import reader
from iprgraph.claims.description import Fact, ThingDescription, describe
from iprgraph.claims.model import Check, Claim, Edition, Passage
from iprgraph.client.results import Rows, SearchHit, SearchPage, frame, read
from iprgraph.client.sources import Source, open_source
from iprgraph.errors import UsageError
from iprgraph.rdf.query_results import Row, Value, parse_rows
from iprgraph.sparql.guard import form_of

if TYPE_CHECKING:
    from pathlib import Path

    import pandas
    import rdflib

__all__ = [
    "Check", "Claim", "Client", "Fact", "Passage", "Rows", "SearchHit", "SearchPage",
    "ThingDescription", "Value",
]  # fmt: skip


class Client:
    """A client of one graph; things are named by IRI or by prefixed name, as ``organization:wipo``.

    Names and texts come in ``language`` (``en`` or ``zh``). Every method raises an
    ``iprgraph.errors.IprGraphError`` that says what is wrong and what to do.
    """

    def __init__(self, where: str | Path, language: str = "en") -> None:
        if language not in {"en", "zh"}:
            raise UsageError(f"language: {language!r} is neither en nor zh")
        self._source: Source = open_source(where)
        self.language = language

    @property
    def release(self) -> str:
        """Return the name of the release that answers."""
        return self._source.release

    @cached_property
    def dataset(self) -> rdflib.Dataset:
        """Return the graph as an rdflib Dataset whose default graph is the union of all graphs."""
        return self._source.dataset()

    def search(
        self, text: str, type: str | None = None, limit: int = 20, page: int = 1
    ) -> SearchPage:
        """Return the things found by words, beginnings, misspellings, acronyms or identifiers, best first.

        ``type`` is a kind (``treaty``) or a class (``org:Organization``).
        """
        answer = self._source.search(text, type, self.language, limit, page)
        hits = (
            SearchHit(
                iri=hit["id"],
                name=hit["name"],
                names=hit["names"],
                kind=hit["kind"],
                types=tuple(hit["types"]),
                description=hit["description"],
                score=hit["score"],
                matched=hit["matched"],
                release=self.release,
            )
            for hit in answer["results"]
        )
        return SearchPage(hits, answer["total"])

    def claims_about(self, thing: str, limit: int = 1_000) -> list[Claim]:
        """Return the claims about a thing, or that name it, in the order of their sources and passages."""
        return reader.claims_about(self._rows, thing, limit, self._edition())

    def claims(self, iris: Iterable[str]) -> list[Claim]:
        """Return claims by name; one that is not there is left out."""
        names = (reader.parse_name(name).value for name in iris)
        return reader.read_named_claims(self._rows, names, self._edition())

    def evidence(self, claim: str | Claim) -> list[Passage]:
        """Return the passages on which a claim rests; raises UsageError where there is no such claim."""
        if isinstance(claim, Claim):
            return list(claim.passages)
        claims = self.claims([claim])
        if not claims:
            raise UsageError(
                f"there is no claim {claim} in {self.release}; claims_about finds some"
            )
        return list(claims[0].passages)

    def check(self, what: str | Claim) -> list[Check]:
        """Return the checks of a claim, of a figure or of what is claimed about a thing."""
        name = what.iri if isinstance(what, Claim) else what
        return reader.checks_of(self._rows, name, self._edition())

    def describe(self, thing: str, limit: int = 200) -> ThingDescription:
        """Return what is asserted of a thing, each fact with its claim.

        Raises UsageError where there is no such thing.
        """
        return describe(self._rows, thing, limit, self._edition())

    def select(self, query: str, seconds: float | None = None) -> Rows:
        """Return the rows of a SELECT; prefixes are known, and values are Python's (int, Decimal, date …)."""
        answer = self._table(query, "SELECT", seconds)
        if isinstance(answer, bool):
            raise UsageError("this is an ASK; query answers it")
        return answer

    def query(
        self, query: str, seconds: float | None = None
    ) -> pandas.DataFrame | bool | rdflib.Graph:
        """Answer any query: SELECT with a data frame, ASK with a bool, the others with an rdflib Graph.

        Columns of the frame have the types of their values: Int64, Float64, boolean, datetime,
        string. Raises UsageError for a SELECT where pandas is not installed.
        """
        form = form_of(query)
        if form in {"CONSTRUCT", "DESCRIBE"}:
            import rdflib

            body = self._source.ask(query, form, seconds)
            return rdflib.Graph().parse(data=body, format="nt")
        answer = self._table(query, form or "SELECT", seconds)
        if isinstance(answer, bool):
            return answer
        try:
            return frame(answer)
        except ModuleNotFoundError:
            raise UsageError(
                "query gives a data frame, for which pandas is needed (pip install pandas); "
                "select gives the same rows without it"
            ) from None

    def _edition(self) -> Edition:
        return Edition(self.release, self.language)

    def _rows(self, query: str) -> list[Row]:
        return parse_rows(self._source.ask(query, "SELECT"))

    def _table(self, query: str, form: str, seconds: float | None) -> Rows | bool:
        if (actual := form_of(query)) in {"CONSTRUCT", "DESCRIBE"}:
            raise UsageError(f"{actual} gives a graph, not rows; query answers it")
        return read(self._source.ask(query, form, seconds))
