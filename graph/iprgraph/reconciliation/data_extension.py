"""Data extension: values of properties of things, which a client adds to its table as columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pyoxigraph as ox

from iprgraph.errors import Text, UsageError
from iprgraph.namespaces import ID, PREFIXES, to_iri
from iprgraph.rdf.query_results import Select
from iprgraph.reconciliation.property_values import PropertyValue, read_values
from iprgraph.reconciliation.queries import JsonPart, id_of, iri_of
from iprgraph.reconciliation.suggest import Suggest

#: Things that one request may ask about, and properties of each.
MOST_THINGS = 1_000
MOST_PROPERTIES = 50

_XSD = PREFIXES["xsd"]
_INTEGERS = {_XSD + name for name in ("integer", "int", "long", "nonNegativeInteger")}
_FLOATS = {_XSD + name for name in ("decimal", "double", "float")}

#: What a client may set for each property: id, type, default, and names and help by language.
SETTINGS: tuple[dict[str, Any], ...] = (
    {
        "id": "limit",
        "type": "number",
        "default": 0,
        "name": {"en": "Limit", "zh": "上限"},
        "help": {
            "en": "Most values to a thing; 0 gives all",
            "zh": "每项最多返回的值数；0 表示全部",
        },
    },
    {
        "id": "language",
        "type": "select",
        "default": "any",
        "name": {"en": "Language", "zh": "语言"},
        "help": {"en": "Only texts in this language", "zh": "仅返回该语言的文本"},
        "choices": {
            "any": {"en": "any", "zh": "任意"},
            "en": {"en": "English", "zh": "英文"},
            "zh": {"en": "Chinese", "zh": "中文"},
        },
    },
    {
        "id": "count",
        "type": "checkbox",
        "default": False,
        "name": {"en": "Count", "zh": "计数"},
        "help": {"en": "Give the number of values instead", "zh": "改为返回值的数量"},
    },
)


@dataclass(frozen=True)
class Column:
    """A property, as the client names it, with its settings."""

    id: str
    limit: int = 0
    language: str = "any"
    is_counted: bool = False


def extend(select: Select, suggest: Suggest, language: str, document: JsonPart) -> dict[str, Any]:
    """Return the answer to a data extension query; raises UsageError."""
    ids = [part.text() for part in document.member("ids").items()]
    columns = [_parse_column(part) for part in document.member("properties").items()]
    if len(ids) > MOST_THINGS or len(columns) > MOST_PROPERTIES:
        raise UsageError(
            Text(
                "ask for {ids} ids and {properties} properties at most",
                ids=MOST_THINGS,
                properties=MOST_PROPERTIES,
            )
        )
    values = read_values(select, map(iri_of, ids), (to_iri(column.id) for column in columns))
    names = {column.id: suggest.term(to_iri(column.id), language)["name"] for column in columns}

    def row(thing: str) -> dict[str, Any]:
        keys = ((column, (iri_of(thing), to_iri(column.id))) for column in columns)
        return {column.id: _cell(values.get(key, []), column, language) for column, key in keys}

    return {
        "meta": [{"id": column, "name": name} for column, name in names.items()],
        "rows": {thing: row(thing) for thing in ids},
    }


def _parse_column(part: JsonPart) -> Column:
    settings = part.member("settings")
    mapping = settings.mapping() if settings.value is not None else {}
    limit, count = mapping.get("limit") or 0, mapping.get("count")
    if isinstance(limit, str) and limit.strip().isdigit():
        limit = int(limit)
    if isinstance(limit, bool) or not isinstance(limit, int | float) or not limit >= 0:
        raise UsageError(
            Text(
                "{place}.limit is {value}; give a number from 0",
                place=settings.path,
                value=repr(limit),
            )
        )
    language = settings.member("language").one_of("any", "en", "zh") if mapping else "any"
    # Forms send a ticked box as the text "on".
    return Column(part.member("id").text(), int(limit), language, count in (True, "on", "true"))


def _cell(values: list[PropertyValue], column: Column, language: str) -> list[dict[str, Any]]:
    values = [value for value in values if _is_in(value.term, column.language)]
    if column.is_counted:
        return [{"int": len(values)}]
    return [_written(value, language) for value in values[: column.limit or None]]


def _is_in(term: object, language: str) -> bool:
    return (
        language == "any"
        or not isinstance(term, ox.Literal)
        or (term.language or language) == language
    )


def _written(value: PropertyValue, language: str) -> dict[str, Any]:
    """Return a value as the API writes one of its kind."""
    term = value.term
    if not isinstance(term, ox.Literal):
        if term in ID:
            name = value.names.get(language) or next(iter(value.names.values()), id_of(term.value))
            return {"id": id_of(term.value), "name": name}
        return {"str": term.value}
    datatype = term.datatype.value
    if datatype in _INTEGERS:
        return {"int": int(term.value)}
    if datatype in _FLOATS:
        return {"float": float(term.value)}
    if datatype == f"{_XSD}date":
        return {"date": f"{term.value[:10]}T00:00:00Z"}
    if datatype == f"{_XSD}dateTime":
        return {"date": term.value}
    return {"str": term.value}
