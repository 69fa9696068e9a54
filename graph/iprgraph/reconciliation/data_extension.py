"""Give values of properties of things: what a client adds to its table as new columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pyoxigraph as ox

from iprgraph.errors import UsageError
from iprgraph.namespaces import ID, PREFIXES
from iprgraph.reconciliation.property_values import Select, Value, read
from iprgraph.reconciliation.queries import Place, id_of, iri_of
from iprgraph.reconciliation.suggest import Suggest
from iprgraph.search.vocabulary import expand

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
    """A property asked for, as the client names it, with its settings."""

    id: str
    limit: int = 0
    language: str = "any"
    is_counted: bool = False


def extend(
    select: Select, suggest: Suggest, language: str, document: Place, *, is_draft: bool
) -> dict[str, Any]:
    """Answer a data extension query in the form of version 0.2 or of the draft."""
    ids = [place.text() for place in document.at("ids").list()]
    columns = [_column(place) for place in document.at("properties").list()]
    if len(ids) > MOST_THINGS or len(columns) > MOST_PROPERTIES:
        raise UsageError(f"ask for {MOST_THINGS} ids and {MOST_PROPERTIES} properties at most")
    found = read(select, map(iri_of, ids), (expand(column.id) for column in columns))

    def cell(identifier: str, column: Column) -> list[dict[str, Any]]:
        values = found.get((iri_of(identifier), expand(column.id)), [])
        return _cell(values, column, language, is_draft)

    names = {column.id: suggest.term(expand(column.id), language)["name"] for column in columns}
    meta = [{"id": key, "name": name} for key, name in names.items()]
    if is_draft:
        rows: Any = [
            {"id": i, "properties": [{"id": c.id, "values": cell(i, c)} for c in columns]}
            for i in ids
        ]
    else:
        rows = {i: {c.id: cell(i, c) for c in columns} for i in ids}
    return {"meta": meta, "rows": rows}


def _column(place: Place) -> Column:
    set_ = place.at("settings")
    chosen = set_.mapping() if set_.value is not None else {}
    limit, count = chosen.get("limit") or 0, chosen.get("count")
    if isinstance(limit, str) and limit.strip().isdigit():
        limit = int(limit)
    if isinstance(limit, bool) or not isinstance(limit, int | float) or not limit >= 0:
        raise UsageError(f"{set_.where}.limit is {limit!r}; give a number from 0")
    language = set_.at("language").one_of("any", "en", "zh") if chosen else "any"
    # Forms send a ticked box as the text "on".
    return Column(place.at("id").text(), int(limit), language, count in (True, "on", "true"))


def _cell(
    values: list[Value], column: Column, language: str, with_language: bool
) -> list[dict[str, Any]]:
    wanted = [v for v in values if _is_in(v.term, column.language)]
    if column.is_counted:
        return [{"int": len(wanted)}]
    chosen = wanted[: column.limit or None]
    return [_written(value, language, with_language) for value in chosen]


def _is_in(term: object, language: str) -> bool:
    return (
        language == "any"
        or not isinstance(term, ox.Literal)
        or (term.language or language) == language
    )


def _written(value: Value, language: str, with_language: bool) -> dict[str, Any]:
    term = value.term
    if not isinstance(term, ox.Literal):
        if term in ID:
            name = value.names.get(language) or next(iter(value.names.values()), id_of(term.value))
            return {"id": id_of(term.value), "name": name}
        return {"str": term.value}
    kind = term.datatype.value
    if kind in _INTEGERS:
        return {"int": int(term.value)}
    if kind in _FLOATS:
        return {"float": float(term.value)}
    if kind == f"{_XSD}date":
        return {"date": f"{term.value[:10]}T00:00:00Z"}
    if kind == f"{_XSD}dateTime":
        return {"date": term.value}
    if with_language and term.language:
        return {"str": term.value, "lang": term.language}
    return {"str": term.value}
