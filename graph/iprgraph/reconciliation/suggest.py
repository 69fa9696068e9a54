"""Complete what a person types to things, classes and properties, and tell of each in few words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from html import escape
from typing import Any

from iprgraph.errors import UsageError
from iprgraph.namespaces import PREFIXES
from iprgraph.reconciliation.queries import id_of, iri_of
from iprgraph.search.index import Index, Result
from iprgraph.search.tokenise import fold
from iprgraph.search.vocabulary import compact, expand

#: Gives the name of a class or property in a language, or nothing.
NameOf = Callable[[str, str], str]

#: Properties that say nothing new: the type that was asked for, and the name once more.
_OBVIOUS = {PREFIXES["rdf"] + "type", PREFIXES["rdfs"] + "label"}
_OURS = PREFIXES["ipr"]


class Suggest:
    """Suggest from one index; `name_of` knows what standard terms are called."""

    def __init__(self, index: Index, name_of: NameOf) -> None:
        self._index = index
        self._name_of = name_of

    def entity(self, prefix: str, language: str, limit: int, offset: int) -> list[dict[str, Any]]:
        """Suggest things."""
        exact = self._index.get(iri_of(prefix)) if prefix else None
        found = [exact] if exact else self._index.best(prefix, limit=limit + offset)
        return [
            {
                **self.thing(thing, language),
                "notable": [self.term(name, language) for name in notable(thing)],
            }
            for thing in found[offset : offset + limit]
        ]

    def type(self, prefix: str, language: str, limit: int, offset: int) -> list[dict[str, Any]]:
        """Suggest classes, ours and those most used first."""
        return self._terms(self._index.vocabulary.types, prefix, language)[offset : offset + limit]

    def property(self, prefix: str, language: str, limit: int, offset: int) -> list[dict[str, Any]]:
        """Suggest properties."""
        found = self._terms(self._index.vocabulary.properties, prefix, language)
        return found[offset : offset + limit]

    def proposed(self, type_: str, language: str, limit: int) -> list[dict[str, Any]]:
        """Propose the properties that things of a class have, the commonest first."""
        used = self._index.vocabulary.used.get(expand(type_)) if type_ else None
        if type_ and used is None:
            raise UsageError(f"no thing is of the type {type_!r}")
        counts = self._index.vocabulary.properties if used is None else used
        order = sorted(counts, key=lambda iri: (-counts[iri], iri))
        return [self.term(iri, language) for iri in order if iri not in _OBVIOUS][:limit]

    def flyout(self, kind: str, identifier: str, language: str) -> dict[str, str] | None:
        """Tell of a thing, class or property in a few lines of HTML."""
        if kind == "entity":
            thing = self._index.get(iri_of(identifier))
            told = self.thing(thing, language) if thing else None
        else:
            vocabulary = self._index.vocabulary
            known = vocabulary.types if kind == "type" else vocabulary.properties
            iri = expand(identifier)
            told = self.term(iri, language) if iri in known else None
        if told is None:
            return None
        more = f"<p>{escape(told['description'])}</p>" if "description" in told else ""
        return {"id": identifier, "html": f"<p><strong>{escape(told['name'])}</strong></p>{more}"}

    def thing(self, thing: Result, language: str) -> dict[str, Any]:
        """Name a thing, and tell it from its namesakes."""
        told = thing.description(language) or _other_name(thing, language)
        found = {"id": id_of(thing.iri), "name": thing.name(language)}
        return {**found, "description": told} if told else found

    def term(self, iri: str, language: str) -> dict[str, Any]:
        """Name a class or property."""
        vocabulary = self._index.vocabulary
        names = vocabulary.names.get(iri, {})
        name = names.get(language) or self._name_of(iri, language) or names.get("en")
        found = {"id": compact(iri), "name": name or compact(iri)}
        told = vocabulary.descriptions.get(iri, {}).get(language)
        return {**found, "description": told} if told else found

    def _terms(self, used: Mapping[str, int], prefix: str, language: str) -> list[dict[str, Any]]:
        asked = fold(prefix)
        order = sorted(used, key=lambda iri: (not iri.startswith(_OURS), -used[iri], iri))
        terms = [self.term(iri, language) for iri in order if iri not in _OBVIOUS]
        if not prefix:
            return terms
        exact = [t for t in terms if prefix in (t["id"], expand(t["id"]))]
        begins = [t for t in terms if asked and fold(t["name"]).startswith(asked)]
        begins.sort(key=lambda t: len(t["name"]))
        holds = [t for t in terms if asked and asked in f"{fold(t['name'])} {fold(t['id'])}"]
        return list({t["id"]: t for t in (*exact, *begins, *holds)}.values())


def notable(thing: Result) -> list[str]:
    """Choose the classes that say most of a thing: ours, or all where it is of none of ours."""
    ours = [name for name in thing.types if name.startswith(_OURS)]
    return ours or list(thing.types)


def _other_name(thing: Result, language: str) -> str:
    return next((name for tag, name in sorted(thing.names.items()) if tag != language), "")
