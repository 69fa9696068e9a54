"""Ask the graph from Python: a release folder, a file of RDF or a running server, all alike."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import TYPE_CHECKING

from iprgraph.claims import describing, reader
from iprgraph.claims.model import Check, Claim, Description, Fact, Found, Passage, Thing
from iprgraph.client.results import Rows, frame, read
from iprgraph.client.sources import Source, source
from iprgraph.errors import UsageError
from iprgraph.rdf.query_results import Value
from iprgraph.sparql.guard import form_of

if TYPE_CHECKING:
    from pathlib import Path

    import pandas
    import rdflib

__all__ = [
    "Check", "Claim", "Client", "Description", "Fact", "Found", "Passage", "Rows", "Thing", "Value",
]  # fmt: skip


class Client:
    """Ask one graph; things are named by IRI or by prefixed name, as ``organization:wipo``.

    Names and texts come in ``language`` (``en`` or ``zh``). Every method raises an
    ``iprgraph.errors.IprGraphError`` that says what is wrong and what to do.
    """

    def __init__(self, where: str | Path, language: str = "en") -> None:
        if language not in {"en", "zh"}:
            raise UsageError(f"language: {language!r} is neither en nor zh")
        self._source: Source = source(where)
        self.language = language

    @property
    def release(self) -> str:
        """Name the release that answers."""
        return self._source.release

    @cached_property
    def dataset(self) -> rdflib.Dataset:
        """Give the graph as an rdflib Dataset whose default graph is the union of all graphs."""
        return self._source.dataset()

    def search(self, text: str, type: str | None = None, limit: int = 20, page: int = 1) -> Found:
        """Find things by words, beginnings, misspellings, acronyms or identifiers, best first.

        ``type`` is a kind (``treaty``) or a class (``org:Organization``).
        """
        found = self._source.search(text, type, self.language, limit, page)
        things = (
            Thing(
                iri=one["id"],
                name=one["name"],
                names=one["names"],
                kind=one["kind"],
                types=tuple(one["types"]),
                description=one["description"],
                score=one["score"],
                matched=one["matched"],
                release=self.release,
            )
            for one in found["results"]
        )
        return Found(things, found["total"])

    def claims_about(self, thing: str, limit: int = 1_000) -> list[Claim]:
        """List the claims about a thing, or that name it, in the order of their sources and passages."""
        return reader.about(self.select, thing, self.language, self.release, limit)

    def claims(self, iris: Iterable[str]) -> list[Claim]:
        """Look claims up by name; one that is not there is left out."""
        return reader.read(self.select, iris, self.language, self.release)

    def evidence(self, claim: str | Claim) -> list[Passage]:
        """List the passages on which a claim rests; raises UsageError where there is no such claim."""
        if isinstance(claim, Claim):
            return list(claim.passages)
        found = self.claims([claim])
        if not found:
            raise UsageError(
                f"there is no claim {claim} in {self.release}; claims_about finds some"
            )
        return list(found[0].passages)

    def check(self, what: str | Claim) -> list[Check]:
        """List the checks of a claim, of a figure or of what is claimed about a thing."""
        named = what.iri if isinstance(what, Claim) else what
        return reader.checks(self.select, named, self.language, self.release)

    def describe(self, thing: str, limit: int = 200) -> Description:
        """Tell what is asserted of a thing, each fact with its claim; raises UsageError for no thing."""
        return describing.describe(self.select, thing, self.language, self.release, limit)

    def select(self, query: str, seconds: float | None = None) -> Rows:
        """Ask a SELECT; prefixes are known, and values are Python's (int, Decimal, date …)."""
        answer = self._table(query, "SELECT", seconds)
        if isinstance(answer, bool):
            raise UsageError("this is an ASK; query answers it")
        return answer

    def query(
        self, query: str, seconds: float | None = None
    ) -> pandas.DataFrame | bool | rdflib.Graph:
        """Ask any query: SELECT gives a data frame, ASK a bool, CONSTRUCT and DESCRIBE an rdflib Graph.

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

    def _table(self, query: str, form: str, seconds: float | None) -> Rows | bool:
        if (found := form_of(query)) in {"CONSTRUCT", "DESCRIBE"}:
            raise UsageError(f"{found} gives a graph, not rows; query answers it")
        return read(self._source.ask(query, form, seconds))
