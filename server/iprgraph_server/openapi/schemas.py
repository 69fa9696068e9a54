"""The shapes of JSON answers, as JSON Schema."""

from __future__ import annotations

from typing import Any

Schema = dict[str, Any]

_TEXT: Schema = {"type": "string"}
_COUNT: Schema = {"type": "integer", "minimum": 0}
_IRI: Schema = {"type": "string", "format": "iri"}


def _object(optional: tuple[str, ...] = (), **properties: Schema) -> Schema:
    """Write an object whose properties are there unless they are optional; there may be more."""
    required = [name for name in properties if name not in optional]
    return {"type": "object", "properties": properties, "required": required}


def _list(of: Schema) -> Schema:
    return {"type": "array", "items": of}


_RESULT = _object(
    id=_IRI,
    name=_TEXT,
    names={"type": "object", "additionalProperties": _TEXT},
    kind=_TEXT,
    types=_list(_TEXT),
    description=_TEXT,
    score={"type": "number", "minimum": 0, "maximum": 100},
    matched=_TEXT,
    field={"enum": ["label", "alias", "acronym", "identifier"]},
    url=_TEXT,
)

_RELEASE = _object(
    id=_TEXT,
    version=_TEXT,
    issued=_TEXT,
    title=_TEXT,
    dataset_hash=_TEXT,
    counts={"type": "object", "additionalProperties": _COUNT},
    current={"type": "boolean"},
    url=_TEXT,
    sparql=_TEXT,
    diff={"type": ["string", "null"]},
)

_NAMED = _object(id=_TEXT, name=_TEXT)

_CANDIDATE = _object(
    id=_TEXT,
    name=_TEXT,
    type=_list(_NAMED),
    score={"type": "number", "minimum": 0, "maximum": 100},
    match={"type": "boolean"},
    features=_list(_object(id=_TEXT)),
)

SCHEMAS: dict[str, Schema] = {
    "Problem": _object(
        ("instance", "request_id"),
        type=_IRI,
        title=_TEXT,
        status={"type": "integer", "minimum": 400, "maximum": 599},
        detail=_TEXT,
        instance=_TEXT,
        request_id=_TEXT,
    ),
    "Found": _object(
        query=_TEXT,
        total=_COUNT,
        page={"type": "integer", "minimum": 1},
        pages=_COUNT,
        results=_list(_RESULT),
        release=_TEXT,
        writes_since=_COUNT,
    ),
    "Release": _RELEASE,
    "Releases": _object(releases=_list(_RELEASE)),
    "Citation": _object(
        key=_TEXT,
        query=_TEXT,
        release=_TEXT,
        date=_TEXT,
        sha256=_TEXT,
        rows=_COUNT,
        matches={"type": ["boolean", "null"]},
        newest=_object(release=_TEXT),
        url=_TEXT,
        citation=_TEXT,
    ),
    "Difference": {"type": "object"},
    "TimeMap": _object(
        original_uri=_TEXT, mementos=_object(("first", "last"), list=_list(_object(uri=_TEXT)))
    ),
    "Linkset": _object(linkset=_list(_object(anchor=_TEXT))),
    "Proofs": _list({"type": "object"}),
    "Settings": {"type": "object"},
    "Manifest": _object(
        ("versions", "identifierSpace", "schemaSpace"),
        name=_TEXT,
        identifierSpace=_TEXT,
        schemaSpace=_TEXT,
        versions=_list(_TEXT),
        defaultTypes=_list(_object(id=_TEXT, name=_TEXT)),
    ),
    "Report": _object(
        conforms={"type": "boolean"},
        violations=_COUNT,
        warnings=_COUNT,
        infos=_COUNT,
        results=_list(
            _object(
                severity={"enum": ["Violation", "Warning", "Info"]},
                focus=_TEXT,
                path=_TEXT,
                value=_TEXT,
                messages={"type": "object", "additionalProperties": _TEXT},
                shape=_TEXT,
                component=_TEXT,
            )
        ),
        left=_list(_object(shape=_TEXT, why=_TEXT)),
    ),
    "Matches": {
        "anyOf": [
            {"type": "object", "additionalProperties": _object(result=_list(_CANDIDATE))},
            _object(meta=_list(_NAMED), rows={"type": "object"}),
        ]
    },
    "Suggestions": _object(result=_list(_NAMED)),
    "Proposed": _object(properties=_list(_NAMED)),
    "Health": _object(
        status={"enum": ["ready", "not ready"]},
        ready={"type": "boolean"},
        release=_TEXT,
        workers=_object(size=_COUNT, running=_COUNT, waiting=_COUNT),
    ),
}
