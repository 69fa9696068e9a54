"""Parse the JSON of reconciliation queries; an error names the part of the document that is wrong."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from iprgraph.errors import Text, UsageError
from iprgraph.namespaces import ID, to_iri

#: Queries in a batch, and candidates for one query.
MOST_QUERIES = 1_000
MOST_CANDIDATES = 100
_DEFAULT_LIMIT = 10


class Entity(NamedTuple):
    """A value that is a thing, by its IRI."""

    iri: str


#: A value as a client gives it, to be compared with those of the graph.
GivenValue = str | Entity


@dataclass(frozen=True)
class PropertyCondition:
    """Values of which a property of the thing should have one."""

    property: str
    values: tuple[GivenValue, ...]


@dataclass(frozen=True)
class ReconciliationQuery:
    """A name or identifier, types (a candidate has `any` or `all`, or `should` have one), conditions."""

    text: str = ""
    types: tuple[str, ...] = ()
    type_strict: str = "any"
    conditions: tuple[PropertyCondition, ...] = ()
    limit: int = _DEFAULT_LIMIT


class JsonPart:
    """A part of a JSON document and its path, which every error names."""

    def __init__(self, value: Any, path: str) -> None:
        self.value = value
        self.path = path

    def member(self, name: str) -> JsonPart:
        """Return a member; its value is None when it is absent."""
        return JsonPart(self.mapping().get(name), f"{self.path}.{name}")

    def mapping(self) -> Mapping[str, Any]:
        """Return the value as an object."""
        return self._checked(dict, "an object")  # type: ignore[no-any-return]

    def items(self) -> list[JsonPart]:
        """Return the items of the value as an array."""
        items = self._checked(list, "an array")
        return [JsonPart(item, f"{self.path}[{i}]") for i, item in enumerate(items)]

    def text(self, default: str = "") -> str:
        """Return the value as a string, or the default when it is absent."""
        return default if self.value is None else str(self._checked(str, "a string"))

    def one_of(self, *names: str) -> str:
        """Return the value as one of some names, the first being the default."""
        name = self.text(names[0])
        if name not in names:
            raise UsageError(
                Text(
                    "{place} is {value}; give one of {listed}",
                    place=self.path,
                    value=repr(name),
                    listed=list(names),
                )
            )
        return name

    def limit(self) -> int:
        """Return the value as a number of candidates."""
        number = _DEFAULT_LIMIT if self.value is None else self.value
        if isinstance(number, bool) or not isinstance(number, int | float) or not number >= 1:
            raise UsageError(
                Text(
                    "{place} is {value}; give a positive number",
                    place=self.path,
                    value=repr(number),
                )
            )
        return int(min(number, MOST_CANDIDATES))

    def given_values(self) -> tuple[GivenValue, ...]:
        """Return the value, or the values in an array, in the form in which they are compared."""
        parts = self.items() if isinstance(self.value, list) else [self]
        return tuple(part._given_value() for part in parts)

    def _given_value(self) -> GivenValue:
        if isinstance(self.value, dict):
            return Entity(iri_of(self.member("id").text()))
        if isinstance(self.value, str):
            return self.value
        if isinstance(self.value, bool | int | float):
            return json.dumps(self.value)
        raise UsageError(
            Text(
                "{place} is no value: give a string, a number, true, false or an id",
                place=self.path,
            )
        )

    def _checked(self, kind: type, called: str) -> Any:
        if not isinstance(self.value, kind):
            raise UsageError(Text("{place} is not {what}", place=self.path, what=Text(called)))
        return self.value


def parse_json(text: str | bytes, path: str) -> JsonPart:
    """Parse a JSON document; raises UsageError where it is none."""
    try:
        return JsonPart(json.loads(text), path)
    except (ValueError, RecursionError) as error:
        raise UsageError(
            Text("{place} is not JSON: {told}", place=path, told=Text.of(error))
        ) from None


def parse_batch(document: JsonPart) -> dict[str, ReconciliationQuery]:
    """Parse a batch of queries by their keys; raises UsageError."""
    parts = {
        key: JsonPart(value, f"{document.path}.{key}") for key, value in document.mapping().items()
    }
    return {key: _parse_query(part) for key, part in parts.items()}


def _parse_query(part: JsonPart) -> ReconciliationQuery:
    query = ReconciliationQuery(
        text=part.member("query").text(),
        types=_parse_types(part.member("type")),
        type_strict=part.member("type_strict").one_of("any", "all", "should"),
        conditions=tuple(
            PropertyCondition(to_iri(p.member("pid").text()), p.member("v").given_values())
            for p in (part.member("properties").items() if "properties" in part.mapping() else [])
        ),
        limit=part.member("limit").limit(),
    )
    if not query.text and not query.conditions:
        raise UsageError(Text("{place} has neither query nor properties", place=part.path))
    return query


def _parse_types(part: JsonPart) -> tuple[str, ...]:
    if part.value is None or part.value == "":
        return ()
    parts = part.items() if isinstance(part.value, list) else [part]
    # A client may send back the whole type as a candidate has it.
    return tuple(
        p.member("id").text() if isinstance(p.value, dict) else p.text() for p in parts if p.value
    )


def iri_of(identifier: str) -> str:
    """Return the IRI of an identifier such as organization/wipo; an IRI stays as it is."""
    return identifier if ":" in identifier else ID.iri + identifier.strip("/")


def id_of(iri: str) -> str:
    """Return the identifier by which clients know an IRI."""
    return iri.removeprefix(ID.iri)
