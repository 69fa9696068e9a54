"""Queries for what a page leaves out; the page links them to the endpoint."""

from __future__ import annotations

from dataclasses import dataclass

import pyoxigraph as ox

from iprgraph_server.models.thing import Links, PropertyValues, StatedValue


@dataclass(frozen=True)
class ThingQueries:
    """Queries about one thing, with names in one language."""

    thing: ox.NamedNode
    language: str

    @property
    def everything(self) -> str:
        """Return the query for all statements about the thing."""
        return f"SELECT DISTINCT ?property ?value WHERE {{\n  {self.thing} ?property ?value\n}}"

    def values(self, fact: PropertyValues) -> str:
        """Return the query for every value of a property."""
        return f"SELECT DISTINCT ?value WHERE {{\n  {self.thing} {fact.predicate} ?value\n}}"

    def statements(self, fact: PropertyValues, value: StatedValue) -> str:
        """Return the query for every claim that states a triple."""
        return (
            "SELECT ?claim ?name WHERE {\n"
            f"  GRAPH ?claim {{ {self.thing} {fact.predicate} {value.term} }}\n"
            "  ?claim a ipr:Claim .\n"
            f"  OPTIONAL {{ {self._named('claim')} }}\n}}\nORDER BY ?claim"
        )

    def links(self, links: Links) -> str:
        """Return the query for everything that points here by one property."""
        return (
            f"SELECT ?thing ?name WHERE {{\n  ?thing {links.predicate} {self.thing} .\n"
            f"  OPTIONAL {{ {self._named('thing')} }}\n}}\nORDER BY ?thing"
        )

    def _named(self, variable: str) -> str:
        return f'?{variable} skos:prefLabel ?name FILTER(lang(?name) = "{self.language}")'
