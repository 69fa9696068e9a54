"""Write the OpenAPI document of a server, from its routes and their descriptions.

OpenAPI 3.1 is at <https://spec.openapis.org/oas/v3.1.1.html>.
"""

from __future__ import annotations

import inspect
from http import HTTPStatus
from typing import Any

from flask import Flask
from werkzeug.routing import BaseConverter, Rule
from werkzeug.routing.converters import AnyConverter

from iprgraph import __version__
from iprgraph.claims.citation import CitedAnswer
from iprgraph.claims.nanopublication import FILE, read
from iprgraph.release.release import Release
from iprgraph_server.http.formats import CSL, HTML, JSON, JSONLD, PROBLEM_JSON, TEXT
from iprgraph_server.linked_data.responses import LICENSE_URL
from iprgraph_server.openapi.described import Operation, operation_of
from iprgraph_server.openapi.parameters import (
    CLAIM_EXAMPLE,
    PATH_EXAMPLES,
    QUERY_EXAMPLE,
    QUERY_PARAMETERS,
)
from iprgraph_server.openapi.protocol_operations import PROTOCOL_OPERATIONS
from iprgraph_server.openapi.request_bodies import POSTED, Posted
from iprgraph_server.openapi.schemas import SCHEMAS

Document = dict[str, Any]

_JSON_TYPES = ("application/json", "+json")
#: Media types of JSON with a schema of their own.
_OTHER_JSON = {JSONLD.media_type, CSL.media_type}
#: A refusal, in the forms that it takes.
_PROBLEM_SCHEMA = {"schema": {"$ref": "#/components/schemas/Problem"}}
_PROBLEM: Document = {
    PROBLEM_JSON.media_type: _PROBLEM_SCHEMA,
    JSON.media_type: _PROBLEM_SCHEMA,
    HTML.media_type: {},
    TEXT.media_type: {},
}
#: What any address may answer: too long an address, no worker free, no room.
_ANYWHERE = (400, 414, 503)


def describe(app: Flask, release: Release, address: str) -> Document:
    """Return the description of every address but those of SPARQL, which describes itself."""
    paths: Document = {}
    for rule in app.url_map.iter_rules():
        view = app.view_functions[rule.endpoint]
        if operation := operation_of(view):
            summary = inspect.getdoc(view) or ""
            parts = _path_parameters(rule, operation, release)
            paths[_template(rule)] = {"get": _operation(_name(rule), summary, operation, parts)}
    for path, (summary, operation) in PROTOCOL_OPERATIONS.items():
        paths[path] = {"get": _operation(_joined(path), summary, operation, [])}
    for path, posted in POSTED.items():
        post = _operation(f"post_{_joined(path)}", posted.summary, posted.operation, [])
        post["requestBody"] = {"required": True, "content": _bodies(posted)}
        paths.setdefault(path, {})["post"] = post
    manifest = release.manifest
    return {
        "openapi": "3.1.1",
        "info": {
            "title": "IPR Graph",
            "version": __version__,
            "summary": manifest["title"],
            "description": (
                "The addresses beyond SPARQL. `/sparql` and `/graph-store` follow W3C standards and "
                "are described at `/sparql?format=turtle`. A form may be asked for by Accept as well "
                "as by `format=`; every refusal is a problem document (RFC 9457)."
            ),
            "license": {"name": "CC BY 4.0 (the data)", "url": LICENSE_URL},
        },
        "servers": [{"url": address}],
        "paths": dict(sorted(paths.items())),
        "components": {"schemas": SCHEMAS},
    }


def _operation(name: str, summary: str, operation: Operation, parts: list[Document]) -> Document:
    first, _, rest = summary.partition("\n\n")
    parameters = [*parts, *map(_query_parameter, operation.query), *_format_parameter(operation)]
    return {
        "operationId": name,
        "tags": [operation.tag],
        "summary": " ".join(first.split()),
        **({"description": " ".join(rest.split())} if rest else {}),
        **({"parameters": parameters} if parameters else {}),
        "responses": _responses(operation),
    }


def _joined(path: str) -> str:
    return path.strip("/").replace("/", "_")


def _bodies(posted: Posted) -> Document:
    bodies: Document = {}
    for media_type, (schema, example) in posted.bodies.items():
        bodies[media_type] = {"schema": schema}
        if example is not None:
            bodies[media_type]["example"] = example
    return bodies


def _responses(operation: Operation) -> Document:
    responses: Document = {}
    if operation.media_types:
        content = {form: _body(form, operation.schema) for form in operation.media_types}
        responses["200"] = {"description": "The whole answer.", "content": content}
    if operation.redirect:
        location = {"Location": {"schema": {"type": "string"}}}
        described = "See the address in Location."
        responses[str(operation.redirect)] = {"description": described, "headers": location}
    for status in sorted({*operation.refusals, *_ANYWHERE}):
        responses[str(status)] = {"description": HTTPStatus(status).phrase, "content": _PROBLEM}
    if operation.schema == "Health":
        responses["503"] = {**responses["200"], "description": "Not ready to answer."}
    return responses


def _body(media_type: str, schema: str) -> Document:
    is_json = media_type.endswith(_JSON_TYPES) and media_type not in _OTHER_JSON
    return {"schema": {"$ref": f"#/components/schemas/{schema}"}} if schema and is_json else {}


def _format_parameter(operation: Operation) -> list[Document]:
    """Return the parameter `format`, where the address takes it."""
    if not operation.formats:
        return []
    schema = {"enum": list(operation.formats)}
    return [_parameter("format", schema, "The form of the answer.", operation.formats[0])]


def _query_parameter(name: str) -> Document:
    return _parameter(name.rstrip("!"), *QUERY_PARAMETERS[name.rstrip("!")], name.endswith("!"))


def _parameter(
    name: str, schema: Document, description: str, example: Any, required: bool = False
) -> Document:
    parameter: Document = {
        "name": name,
        "in": "query",
        "description": description,
        "schema": schema,
        "required": required,
    }
    return parameter if example is None else {**parameter, "example": example}


def _path_parameters(rule: Rule, operation: Operation, release: Release) -> list[Document]:
    """Describe the parts of a path by what the route takes."""
    nanopub = read(release.dir / FILE, slug=CLAIM_EXAMPLE)
    examples = {
        **PATH_EXAMPLES,
        **dict.fromkeys(("release_id", "old", "new"), release.id),
        "code": nanopub.code if nanopub else "",
        "key": CitedAnswer(QUERY_EXAMPLE, release.id).key,
        **operation.examples,
    }
    parameters = []
    for name in sorted(rule.arguments):
        schema = _converter_schema(rule._converters[name])
        example = examples[name]
        if "enum" in schema and example not in schema["enum"]:
            example = schema["enum"][0]
        parameters.append(
            {"name": name, "in": "path", "required": True, "schema": schema, "example": example}
        )
    return parameters


def _converter_schema(converter: BaseConverter) -> Document:
    if isinstance(converter, AnyConverter):
        return {"enum": sorted(converter.items)}
    pattern = converter.regex
    if pattern.replace("|", "").isalpha():
        return {"enum": pattern.split("|")}
    return {"type": "string", "minLength": 1}


def _template(rule: Rule) -> str:
    """Write a route's path with its parts in braces."""
    return "".join(f"{{{part}}}" if dynamic else part for dynamic, part in rule._trace).lstrip("|")


def _name(rule: Rule) -> str:
    path = "".join(c if c.isalnum() else "_" for c in _template(rule).strip("/"))
    return f"{rule.endpoint.replace('.', '_')}__{path}" if path else rule.endpoint.replace(".", "_")
