"""Read reconciliation queries of both versions into one form; whatever is wrong is said where."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from iprgraph.errors import UsageError
from iprgraph.namespaces import ID
from iprgraph.search.vocabulary import expand

#: Queries in a batch, and candidates for one query.
MOST_QUERIES = 1_000
MOST_CANDIDATES = 100
_LIMIT = 10


class Entity(NamedTuple):
    """A value that is a thing, by its IRI."""

    iri: str


Given = str | Entity


@dataclass(frozen=True)
class Condition:
    """A value that a property of the thing should have; `quantifier` is any, all or none."""

    property: str
    values: tuple[Given, ...]
    is_required: bool = False
    quantifier: str = "any"


@dataclass(frozen=True)
class Asked:
    """One query: a name, identifiers, types (which may be `any`, `all` or `should`), conditions."""

    text: str = ""
    ids: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    strict: str = "any"
    conditions: tuple[Condition, ...] = ()
    limit: int = _LIMIT
    language: str = ""


class Place:
    """Read parts of a JSON document, and say where one is not what it should be."""

    def __init__(self, value: Any, where: str) -> None:
        self.value = value
        self.where = where

    def at(self, name: str) -> Place:
        """Give a member; its value is None when it is absent."""
        found = self.mapping().get(name)
        return Place(found, f"{self.where}.{name}")

    def mapping(self) -> Mapping[str, Any]:
        """Give the value as an object."""
        return self._checked(dict, "an object")  # type: ignore[no-any-return]

    def list(self) -> list[Place]:
        """Give the items of the value as an array."""
        items = self._checked(list, "an array")
        return [Place(item, f"{self.where}[{i}]") for i, item in enumerate(items)]

    def text(self, default: str = "") -> str:
        """Give the value as a string, or the default when it is absent."""
        return default if self.value is None else str(self._checked(str, "a string"))

    def one_of(self, *names: str) -> str:
        """Give the value as one of some names, the first being the default."""
        found = self.text(names[0])
        if found not in names:
            raise UsageError(f"{self.where} is {found!r}; give one of {', '.join(names)}")
        return found

    def limit(self) -> int:
        """Give the value as a number of candidates."""
        found = _LIMIT if self.value is None else self.value
        if isinstance(found, bool) or not isinstance(found, int | float) or not found >= 1:
            raise UsageError(f"{self.where} is {found!r}; give a positive number")
        return int(min(found, MOST_CANDIDATES))

    def given(self) -> tuple[Given, ...]:
        """Give the value, or the values in an array, as they are compared."""
        places = self.list() if isinstance(self.value, list) else [self]
        return tuple(place._one() for place in places)

    def _one(self) -> Given:
        if isinstance(self.value, dict):
            return Entity(iri_of(self.at("id").text()))
        if isinstance(self.value, str):
            return self.value
        if isinstance(self.value, bool | int | float):
            return json.dumps(self.value)
        raise UsageError(f"{self.where} is no value: give a string, a number, true, false or an id")

    def _checked(self, kind: type, called: str) -> Any:
        if not isinstance(self.value, kind):
            raise UsageError(f"{self.where} is not {called}")
        return self.value


def parse(text: str | bytes, where: str) -> Place:
    """Read a JSON document."""
    try:
        return Place(json.loads(text), where)
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{where} is not JSON: {error}") from None


def batch(document: Place) -> dict[str, Asked]:
    """Read the batch of version 0.2: queries by their keys."""
    queries = {key: Place(q, f"{document.where}.{key}") for key, q in document.mapping().items()}
    return {key: _query(place) for key, place in queries.items()}


def draft_batch(document: Place) -> list[Asked]:
    """Read the batch of the draft: queries in their order."""
    return [_draft_query(place) for place in document.at("queries").list()]


def _query(place: Place) -> Asked:
    asked = Asked(
        text=place.at("query").text(),
        types=_types(place.at("type")),
        strict=place.at("type_strict").one_of("any", "all", "should"),
        conditions=tuple(
            Condition(expand(p.at("pid").text()), p.at("v").given())
            for p in (place.at("properties").list() if "properties" in place.mapping() else [])
        ),
        limit=place.at("limit").limit(),
    )
    if not asked.text and not asked.conditions:
        raise UsageError(f"{place.where} has neither query nor properties")
    return asked


def _types(place: Place) -> tuple[str, ...]:
    if place.value is None or place.value == "":
        return ()
    places = place.list() if isinstance(place.value, list) else [place]
    # A client may hand back the whole type that it was given.
    return tuple(
        p.at("id").text() if isinstance(p.value, dict) else p.text() for p in places if p.value
    )


def _draft_query(place: Place) -> Asked:
    texts: list[str] = []
    ids: list[str] = []
    conditions = []
    listed = place.at("conditions").list()
    for one in listed:
        kind = one.at("matchType").text()
        values = one.at("propertyValue").given()
        if kind == "name":
            texts += [value if isinstance(value, str) else value.iri for value in values]
        elif kind == "id":
            ids += [iri_of(value) if isinstance(value, str) else value.iri for value in values]
        elif kind == "property":
            quantifier = one.at("matchQuantifier").one_of("any", "all", "none")
            name = expand(one.at("propertyId").text())
            required = one.at("required").value is True
            conditions.append(Condition(name, values, required, quantifier))
        else:
            raise UsageError(f"{one.where}.matchType is {kind!r}; give name, id or property")
    if not listed:
        raise UsageError(f"{place.where}.conditions is empty; give at least one")
    return Asked(
        text=texts[0] if texts else "",
        ids=tuple(ids),
        types=_types(place.at("type")),
        conditions=tuple(conditions),
        limit=place.at("limit").limit(),
        language=place.at("lang").text(),
    )


def iri_of(identifier: str) -> str:
    """Write an identifier of ours in full: organization/wipo; an IRI stays as it is."""
    return identifier if ":" in identifier else ID.iri + identifier.strip("/")


def id_of(iri: str) -> str:
    """Write an IRI as the identifier that clients see."""
    return iri.removeprefix(ID.iri)
