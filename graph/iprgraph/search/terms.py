"""The classes and properties that an index knows: how many things have each, and what it is called."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field

import apsw


@dataclass(frozen=True)
class IndexedTerms:
    """Classes and properties by IRI, each with the number of its things."""

    types: dict[str, int]
    properties: Counter[str]
    #: Class -> property -> things of the class that have it.
    used: dict[str, dict[str, int]]
    names: dict[str, dict[str, str]] = field(default_factory=dict)
    descriptions: dict[str, dict[str, str]] = field(default_factory=dict)

    @classmethod
    def read(cls, index: apsw.Connection) -> IndexedTerms:
        """Read the terms of an index."""
        types = {
            name: things
            for name, things in index.execute("SELECT name, things FROM type")
            if ":" in name
        }
        used: dict[str, dict[str, int]] = {}
        properties: Counter[str] = Counter()
        for property_, type_, things in index.execute("SELECT property, type, things FROM used"):
            used.setdefault(type_, {})[property_] = things
            properties[property_] = max(properties[property_], things)
        terms = cls(types, properties, used)
        for iri, names, descriptions in index.execute("SELECT * FROM term"):
            terms.names[iri] = json.loads(names)
            terms.descriptions[iri] = json.loads(descriptions)
        return terms
