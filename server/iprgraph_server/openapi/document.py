"""Write the OpenAPI description of a server's addresses, from its routes and the table of the rest.

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
from iprgraph_server.linked_data.responses import LICENSE_URL
from iprgraph_server.openapi.request_bodies import POSTED, Posted
from iprgraph_server.openapi.route_metadata import (
    CLAIM,
    EXAMPLES,
    FORMATS,
    HTML,
    OWN,
    PARAMETERS,
    QUERY,
    TEXT,
    TOLD,
    Told,
)
from iprgraph_server.openapi.schemas import SCHEMAS

Document = dict[str, Any]

_JSON_TYPES = ("application/json", "+json")
#: What an address that the table does not know may give: anything, as far as is told here.
_UNTOLD = Told("other", ("*/*",), "", (), 0, ())
#: What pages fetch for themselves.
_PARTS = {"static", "query.claims"}
#: What any address may answer: too long an address, no worker free, no room.
_ANYWHERE = (400, 414, 503)


def describe(app: Flask, release: Release) -> Document:
    """Describe every address but those of SPARQL, which its own service description is for."""
    paths: Document = {}
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: rule.rule):
        if not _is_told(rule):
            continue
        view = app.view_functions[rule.endpoint]
        told = TOLD.get(rule.endpoint, _UNTOLD)
        summary = inspect.getdoc(view) or rule.endpoint
        operation = _operation(_name(rule), summary, told, _parts(rule, release))
        paths[_template(rule)] = {"get": operation}
    for path, (summary, told) in OWN.items():
        paths[path] = {"get": _operation(_joined(path), summary, told, [])}
    for path, posted in POSTED.items():
        operation = _operation(f"post_{_joined(path)}", posted.summary, posted.told, [])
        operation["requestBody"] = {"required": True, "content": _bodies(posted)}
        paths.setdefault(path, {})["post"] = operation
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
        "paths": dict(sorted(paths.items())),
        "components": {"schemas": SCHEMAS},
    }


def _is_told(rule: Rule) -> bool:
    """Tell whether a route is an address to be called: not a file of the pages, nor a mere refusal."""
    refuses = any(name.startswith("_") for name in rule.arguments)
    return rule.endpoint not in _PARTS and "GET" in (rule.methods or ()) and not refuses


def _operation(name: str, summary: str, told: Told, parts: list[Document]) -> Document:
    first, _, rest = summary.partition("\n\n")
    operation: Document = {
        "operationId": name,
        "tags": [told.tag],
        "summary": " ".join(first.split()),
        "parameters": [*parts, *map(_asked, told.asks)],
        "responses": _responses(told),
    }
    if rest:
        operation["description"] = " ".join(rest.split())
    if not operation["parameters"]:
        del operation["parameters"]
    return operation


def _joined(path: str) -> str:
    return path.strip("/").replace("/", "_")


def _bodies(posted: Posted) -> Document:
    found: Document = {}
    for form, (schema, example) in posted.bodies.items():
        found[form] = {"schema": schema}
        if example is not None:
            found[form]["example"] = example
    return found


def _responses(told: Told) -> Document:
    found: Document = {}
    if told.forms:
        content = {form: _body(form, told.schema) for form in told.forms}
        found["200"] = {"description": "The whole answer.", "content": content}
    if told.redirects:
        location = {"Location": {"schema": {"type": "string"}}}
        described = "See the address in Location."
        found[str(told.redirects)] = {"description": described, "headers": location}
    problem = {"schema": {"$ref": "#/components/schemas/Problem"}}
    forms = {"application/problem+json": problem, "application/json": problem, HTML: {}, TEXT: {}}
    if told is _UNTOLD:
        found["default"] = {"description": "Whatever else it may say."}
    for status in sorted({*told.refusals, *_ANYWHERE}):
        found[str(status)] = {"description": HTTPStatus(status).phrase, "content": forms}
    if told.schema == "Health":
        found["503"] = {**found["200"], "description": "Not ready to answer."}
    return found


def _body(form: str, schema: str) -> Document:
    is_json = form.endswith(_JSON_TYPES) and form != "application/ld+json"
    is_json &= "csl" not in form
    return {"schema": {"$ref": f"#/components/schemas/{schema}"}} if schema and is_json else {}


def _asked(name: str) -> Document:
    name, required = name.rstrip("!"), name.endswith("!")
    name, _, values = name.partition(":")
    schema: Document
    schema, described, example = (
        ({"enum": FORMATS[values]}, "The form of the answer.", FORMATS[values][0])
        if values
        else PARAMETERS[name]
    )
    parameter: Document = {"name": name, "in": "query", "description": described, "schema": schema}
    parameter["required"] = required
    return parameter if example is None else {**parameter, "example": example}


def _parts(rule: Rule, release: Release) -> list[Document]:
    """Describe the parts of a path by what the route takes."""
    nanopub = read(release.dir / FILE, slug=CLAIM)
    known = {
        **EXAMPLES,
        **dict.fromkeys(("release_id", "old", "new"), release.id),
        "code": nanopub.code if nanopub else "",
        "key": CitedAnswer(QUERY, release.id).key,
    }
    parts = []
    for name in sorted(rule.arguments):
        schema = _taken(rule._converters[name])
        blueprint = rule.endpoint.partition(".")[0]
        ways = (f"{rule.endpoint}/{name}", f"{blueprint}/{name}", name)
        example = next((known[way] for way in ways if way in known), "")
        if "enum" in schema and example not in schema["enum"]:
            example = schema["enum"][0]
        part = {"name": name, "in": "path", "required": True, "schema": schema}
        parts.append({**part, "example": example})
    return parts


def _taken(converter: BaseConverter) -> Document:
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
