"""What version 0.2 of the Reconciliation Service API demands of answers, as rules of our own.

Each rule follows the sentence of the specification that is named beside it.
"""

from __future__ import annotations

import re
from typing import Any

#: "Date and time formatted in ISO format"
DATE = re.compile(r"-?\d{4,}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?$")


def texts(document: dict[str, Any], *names: str) -> None:
    for name in names:
        assert isinstance(document[name], str) and document[name], (name, document)


def term(document: dict[str, Any]) -> None:
    """A type, property or entity: id and name are required, the description is optional."""
    texts(document, "id", "name")
    assert isinstance(document.get("description", ""), str)
    assert document.keys() <= {"id", "name", "description", "notable", "lang", "broader"}


def manifest(document: dict[str, Any]) -> None:
    """Service Manifest: what is required, and the shape of what is optional."""
    assert "0.2" in document["versions"]
    texts(document, "name")
    for one in document["defaultTypes"]:
        term(one)
    preview, extend = document["preview"], document["extend"]
    assert isinstance(preview["width"], int) and isinstance(preview["height"], int)
    texts(document, "identifierSpace", "schemaSpace")
    assert "{{id}}" in document["view"]["url"] and "{{id}}" in preview["url"]
    for kind in ("entity", "property", "type"):
        service = document["suggest"][kind]
        texts(service, "service_url", "service_path", "flyout_service_url")
        assert "${id}" in service["flyout_service_path"]
    texts(extend["propose_properties"], "service_url", "service_path")
    settings = [(s["name"], s["label"], s) for s in extend["property_settings"]]
    kinds = {"number": (int, float), "text": str, "checkbox": bool, "select": str}
    for key, label, setting in settings:
        assert key and label and isinstance(setting["default"], kinds[setting["type"]])
        assert ("choices" in setting) == (setting["type"] == "select")


def candidates(found: list[dict[str, Any]]) -> None:
    """Reconciliation Query Responses: candidates by decreasing score, at most one sure."""
    scores = [one["score"] for one in found]
    assert scores == sorted(scores, reverse=True)
    assert sum(one["match"] for one in found) <= 1
    for one in found:
        texts(one, "id", "name")
        assert 0 <= one["score"] <= 100 and isinstance(one["match"], bool)
        assert one["type"] and all(t["id"] and t["name"] for t in one["type"])
        keys = [feature["id"] for feature in one["features"]]
        assert keys and len(set(keys)) == len(keys)
        for feature in one["features"]:
            assert isinstance(feature["value"], bool | int | float)


def cell(values: list[dict[str, Any]]) -> None:
    """Data Extension Responses: a value is an entity, a text, a number or a date, or nothing."""
    for value in values:
        kinds = value.keys() - {"lang", "dir"}
        assert kinds in ({"id", "name"}, {"str"}, {"int"}, {"float"}, {"date"}), value
        if "date" in value:
            assert DATE.match(value["date"])
        assert isinstance(value.get("int", 0), int) and isinstance(value.get("float", 0.0), float)


def extension(document: dict[str, Any], ids: list[str], properties: list[str]) -> None:
    """Data Extension Responses: metadata of each property, a row for each entity, all cells."""
    assert [one["id"] for one in document["meta"]] == properties
    assert all(one["name"] for one in document["meta"])
    rows = document["rows"]
    assert list(rows) == ids
    for row in rows.values():
        assert list(row) == properties
        for values in row.values():
            cell(values)
