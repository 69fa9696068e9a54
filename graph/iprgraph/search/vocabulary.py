"""The classes and properties of a release that its index knows: how often each is used, and names."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field

import apsw

from iprgraph.namespaces import PREFIXES, shorten


@dataclass(frozen=True)
class Vocabulary:
    """Hold classes and properties by IRI, each with the number of things."""

    types: dict[str, int]
    properties: Counter[str]
    #: Class -> property -> things of the class that have it.
    used: dict[str, dict[str, int]]
    names: dict[str, dict[str, str]] = field(default_factory=dict)
    descriptions: dict[str, dict[str, str]] = field(default_factory=dict)

    @classmethod
    def read(cls, index: apsw.Connection) -> Vocabulary:
        """Read the vocabulary of an index."""
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
        found = cls(types, properties, used)
        for iri, names, descriptions in index.execute("SELECT * FROM term"):
            found.names[iri] = json.loads(names)
            found.descriptions[iri] = json.loads(descriptions)
        return found


def expand(name: str) -> str:
    """Write a class or property in full: org:Organization; an IRI stays as it is."""
    prefix, _, local = name.partition(":")
    return PREFIXES[prefix] + local if local and prefix in PREFIXES else name


def compact(iri: str) -> str:
    """Write a class or property shortly, with its prefix where it has one."""
    return shorten(iri).strip("<>")
