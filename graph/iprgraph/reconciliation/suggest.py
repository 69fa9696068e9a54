"""Suggestions for what a person types: things, classes and properties, each in few words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from html import escape
from typing import Any

from iprgraph.errors import Text, UsageError
from iprgraph.namespaces import PREFIXES, to_curie, to_iri
from iprgraph.reconciliation.queries import id_of, iri_of
from iprgraph.search.index import Index, SearchResult
from iprgraph.search.tokenise import fold

#: Returns the name of a class or property in a language, or nothing.
NameOf = Callable[[str, str], str]

#: Properties that say nothing new: the type that was asked for, and the name once more.
_OBVIOUS = {PREFIXES["rdf"] + "type", PREFIXES["rdfs"] + "label"}
_OURS = PREFIXES["ipr"]


class Suggest:
    """Suggestions from one index; `name_of` names standard terms."""

    def __init__(self, index: Index, name_of: NameOf) -> None:
        self._index = index
        self._name_of = name_of

    def entity(self, prefix: str, language: str, limit: int, offset: int) -> list[dict[str, Any]]:
        """Return things whose name or identifier a text may begin."""
        exact = self._index.get(iri_of(prefix)) if prefix else None
        things = [exact] if exact else self._index.best(prefix, limit=limit + offset)
        return [
            {
                **self.thing(thing, language),
                "notable": [self.term(iri, language) for iri in notable_types(thing)],
            }
            for thing in things[offset : offset + limit]
        ]

    def type(self, prefix: str, language: str, limit: int, offset: int) -> list[dict[str, Any]]:
        """Return classes that suit a text, ours and those most used first."""
        return self._terms(self._index.terms.types, prefix, language)[offset : offset + limit]

    def property(self, prefix: str, language: str, limit: int, offset: int) -> list[dict[str, Any]]:
        """Return properties that suit a text."""
        terms = self._terms(self._index.terms.properties, prefix, language)
        return terms[offset : offset + limit]

    def proposed(self, type_: str, language: str, limit: int) -> list[dict[str, Any]]:
        """Return the properties that things of a class have, the commonest first; raises UsageError."""
        used = self._index.terms.used.get(to_iri(type_)) if type_ else None
        if type_ and used is None:
            raise UsageError(Text("no thing is of the type {type}", type=repr(type_)))
        counts = self._index.terms.properties if used is None else used
        order = sorted(counts, key=lambda iri: (-counts[iri], iri))
        return [self.term(iri, language) for iri in order if iri not in _OBVIOUS][:limit]

    def flyout(self, kind: str, identifier: str, language: str) -> dict[str, str] | None:
        """Return a few lines of HTML about a thing, class or property; None where there is none."""
        if kind == "entity":
            thing = self._index.get(iri_of(identifier))
            summary = self.thing(thing, language) if thing else None
        else:
            known = self._index.terms
            terms = known.types if kind == "type" else known.properties
            iri = to_iri(identifier)
            summary = self.term(iri, language) if iri in terms else None
        if summary is None:
            return None
        text = f"<p>{escape(summary['description'])}</p>" if "description" in summary else ""
        html = f"<p><strong>{escape(summary['name'])}</strong></p>{text}"
        return {"id": identifier, "html": html}

    def thing(self, thing: SearchResult, language: str) -> dict[str, Any]:
        """Return a thing's identifier, name, and a description that sets it apart from namesakes."""
        description = thing.description(language) or _other_name(thing, language)
        return _summary(id_of(thing.iri), thing.name(language), description)

    def term(self, iri: str, language: str) -> dict[str, Any]:
        """Return a class or property with its name and description."""
        known = self._index.terms
        names = known.names.get(iri, {})
        name = names.get(language) or self._name_of(iri, language) or names.get("en")
        description = known.descriptions.get(iri, {}).get(language)
        return _summary(to_curie(iri), name or to_curie(iri), description)

    def _terms(self, used: Mapping[str, int], prefix: str, language: str) -> list[dict[str, Any]]:
        folded = fold(prefix)
        order = sorted(used, key=lambda iri: (not iri.startswith(_OURS), -used[iri], iri))
        terms = [self.term(iri, language) for iri in order if iri not in _OBVIOUS]
        if not prefix:
            return terms
        exact = [t for t in terms if prefix in (t["id"], to_iri(t["id"]))]
        begins = [t for t in terms if folded and fold(t["name"]).startswith(folded)]
        begins.sort(key=lambda t: len(t["name"]))
        holds = [t for t in terms if folded and folded in f"{fold(t['name'])} {fold(t['id'])}"]
        return list({t["id"]: t for t in (*exact, *begins, *holds)}.values())


def notable_types(thing: SearchResult) -> list[str]:
    """Return the classes that say most of a thing: ours, or all where it is of none of ours."""
    ours = [name for name in thing.types if name.startswith(_OURS)]
    return ours or list(thing.types)


def _other_name(thing: SearchResult, language: str) -> str:
    return next((name for tag, name in sorted(thing.names.items()) if tag != language), "")


def _summary(id: str, name: str, description: str | None) -> dict[str, Any]:
    summary = {"id": id, "name": name}
    return {**summary, "description": description} if description else summary
