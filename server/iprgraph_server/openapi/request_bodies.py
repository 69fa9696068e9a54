"""POST requests beyond SPARQL and the Graph Store: bodies, formats and refusals by address."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from iprgraph_server.endpoints.graph_store import MULTIPART
from iprgraph_server.endpoints.parameters import FORM
from iprgraph_server.http.formats import DOCUMENTS, JSON, REPORTS
from iprgraph_server.openapi.described import Operation, described

Schema = dict[str, Any]

_TEXTS: Schema = {"type": "string"}

#: Examples of a document, and of shapes that it violates.
_DATA = "<urn:x> <urn:p> 1 ."
_SHAPES = (
    "@prefix sh: <http://www.w3.org/ns/shacl#> . "
    "<urn:s> a sh:NodeShape ; sh:targetNode <urn:x> ; sh:property [ sh:path <urn:p> ; sh:maxCount 0 ] ."
)
_DOCUMENTS: Schema = {
    "type": "object",
    "properties": {
        "data": {**_TEXTS, "description": "The document."},
        "shapes": {**_TEXTS, "description": "Shapes; those of the graph unless given."},
    },
    "required": ["data"],
    "additionalProperties": False,
}
_IN_FORM: Schema = {
    **_DOCUMENTS,
    "properties": {
        **_DOCUMENTS["properties"],
        "data-format": {"enum": ["turtle", "ntriples", "nquads", "trig", "jsonld", "rdfxml"]},
        "shapes-format": {"enum": ["turtle", "ntriples", "nquads", "trig", "jsonld", "rdfxml"]},
    },
}
_BATCH: Schema = {
    "type": "object",
    "properties": {
        "queries": {
            **_TEXTS,
            "contentMediaType": JSON.media_type,
            "description": "A JSON object: a key for each query, which has at least `query`.",
        },
        "extend": {
            **_TEXTS,
            "contentMediaType": JSON.media_type,
            "description": "A JSON object with `ids` and `properties`, each of which has an `id`.",
        },
    },
    "minProperties": 1,
    "maxProperties": 1,
}


class Posted(NamedTuple):
    """What POST takes at one address: by media type the schema of the body, and an example."""

    summary: str
    operation: Operation
    bodies: dict[str, tuple[Schema, Any]]


#: By path.
POSTED: dict[str, Posted] = {
    "/validate": Posted(
        "Validate a document that is not stored, with the graph beside it or alone.",
        described(
            "operation",
            *REPORTS,
            schema="Report",
            formats=REPORTS,
            query=("with-graph", "lang"),
            refusals=(400, 403, 406, 408, 413, 415, 422, 500, 507),
        ),
        {
            **{form.media_type: (_TEXTS, None) for form in DOCUMENTS},
            "text/turtle": (_TEXTS, _DATA),
            FORM: (_IN_FORM, {"data": _DATA, "shapes": _SHAPES}),
            MULTIPART: (_DOCUMENTS, {"data": _DATA, "shapes": _SHAPES}),
        },
    ),
    "/reconcile": Posted(
        "Match names to things, or fetch properties of things, by version 0.2 of the API.",
        described(
            "reconciliation", JSON, schema="Matches", query=("lang",), refusals=(400, 408, 413, 415)
        ),
        {FORM: (_BATCH, {"queries": json.dumps({"q": {"query": "WIPO"}})})},
    ),
}
