"""The vocabulary: the ontology, the shapes, and the JSON-LD context."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

import pyoxigraph as ox
from flask import Blueprint, Response, request, url_for

from iprgraph.errors import Text
from iprgraph.namespaces import BASE, expand
from iprgraph_server.http.formats import BY_SUFFIX, DOCUMENTS, HTML, JSONLD, SUFFIXES, Format
from iprgraph_server.http.problems import NotFound
from iprgraph_server.i18n.language import choose
from iprgraph_server.linked_data import documents, release_files
from iprgraph_server.linked_data.responses import Link, alternates, link, passed_on, pick, see_other
from iprgraph_server.linked_data.signposting import of_document
from iprgraph_server.models.listing import CLASSES
from iprgraph_server.models.page_context import page_context
from iprgraph_server.models.vocabulary import (
    AXIOMS,
    RULES,
    by_class,
    count_terms,
    group_shapes,
    has_shape,
    read_ontology,
    read_shapes,
)
from iprgraph_server.openapi.described import described
from iprgraph_server.presentation import pages
from iprgraph_server.presentation.class_diagram import BOX, draw_classes
from iprgraph_server.presentation.wording import Wording

views = Blueprint("vocabulary", __name__)

_VERSION = re.compile(r"[0-9A-Za-z.-]+$")


@views.get("/<any(ontology, shapes):name>")
@described("vocabulary", formats=DOCUMENTS, query=("lang",), redirect=303, refusals=(404, 406))
def identity(name: str) -> Response:
    """Redirect to the page or the document; a #term in the address stays with the client."""
    form = pick(request, (*DOCUMENTS, HTML), f"the {name}")
    return _linked(see_other(_address(name, form)), name)


@views.get("/ontology/<version>")
@described("vocabulary", formats=DOCUMENTS, query=("lang",), redirect=303, refusals=(404, 406))
def version(version: str) -> Response:
    """Redirect the version that this release has of the ontology; others are in other releases."""
    iri = ox.NamedNode(f"{BASE}ontology/{version}") if _VERSION.match(version) else None
    if iri is None or not page_context().graph.ask(
        f"ASK {{ GRAPH graph:ontology {{ ?ontology owl:versionIRI {iri} }} }}"
    ):
        raise NotFound(
            Text(
                "This release has no version {version} of the ontology. /ontology has one.",
                version=version,
            )
        )
    return identity("ontology")


@views.get("/shape/<slug:shape>")
@described("vocabulary", formats=DOCUMENTS, query=("lang",), redirect=303, refusals=(404, 406))
def shape(shape: str) -> Response:
    """Redirect the identity of a shape to the shapes, where it is found by its name."""
    if not has_shape(page_context().graph, shape):
        raise NotFound(Text("There is no shape {name}. /shapes lists those there are.", name=shape))
    form = pick(request, (*DOCUMENTS, HTML), "this shape")
    response = see_other(_address("shapes", form) + (f"#{shape}" if form is HTML else ""))
    return link(response, *alternates("vocabulary.data_as", name="shapes"))


@views.get("/page/ontology")
@described("vocabulary", HTML, query=("lang",), refusals=())
def ontology_page() -> Response:
    """List the terms of the ontology."""
    terms, names = read_ontology(page_context().graph)
    words = Wording(choose(request), names)
    page = pages.page(
        "ontology.html",
        w=words,
        terms=terms,
        axioms=AXIOMS,
        diagram=draw_classes(terms),
        box_width=BOX,
        counts=count_terms(page_context().graph, terms),
        domains=by_class(terms, "rdfs:domain"),
        ranges=by_class(terms, "rdfs:range"),
        kinds={expand(name): kind for kind, name in CLASSES.items()},
    )
    return _linked(page, "ontology")


@views.get("/page/shapes")
@described("vocabulary", HTML, query=("lang",), refusals=())
def shapes_page() -> Response:
    """List the shapes."""
    shapes, names = read_shapes(page_context().graph)
    words = Wording(choose(request), names)
    groups = group_shapes(shapes)
    page = pages.page("shapes.html", w=words, groups=groups, total=len(shapes), rules=RULES)
    return _linked(page, "shapes")


@views.get("/data/<any(ontology, shapes):name>")
@described("vocabulary", *DOCUMENTS, formats=DOCUMENTS, refusals=(404, 406))
def data(name: str) -> Response:
    """Send the ontology or the shapes in the format negotiated."""
    form = pick(request, DOCUMENTS, f"the {name}")
    response = _document(name, form)
    response.vary.add("Accept")
    address = url_for("vocabulary.data_as", name=name, suffix=SUFFIXES[form.name])
    response.headers["Content-Location"] = address
    return response


@views.get(f"/data/<any(ontology, shapes):name>.<any({', '.join(BY_SUFFIX)}):suffix>")
@described("vocabulary", *DOCUMENTS)
def data_as(name: str, suffix: str) -> Response:
    """Send the ontology or the shapes in the format that the address ends with."""
    return _document(name, BY_SUFFIX[suffix])


@views.get("/context.jsonld")
@described("vocabulary", JSONLD)
def context() -> Response:
    """Send the JSON-LD context of the release."""
    return release_files.send(page_context().release, "context.jsonld", request, immutable=False)


def _address(name: str, form: Format) -> str:
    if form is HTML:
        return url_for(f"vocabulary.{name}_page", **passed_on("lang"))
    return url_for("vocabulary.data", name=name, **passed_on("format"))


def _document(name: str, form: Format) -> Response:
    return _linked(stored_document(name, form), name, form)


def stored_document(name: str, form: Format) -> Response:
    """Answer with a Turtle file of the release in a format; raises NotFound."""
    stored = release_files.find(page_context().release, f"{name}.ttl")
    if stored is None:
        raise NotFound(Text("This release has no {what}.", what=Text.of(name)))
    return Response(_written(stored.path, form), content_type=form.content_type)


@lru_cache(maxsize=16)
def _written(path: Path, form: Format) -> bytes:
    """Return the release's Turtle file in a format; Turtle as it is."""
    if form is DOCUMENTS[0]:
        return path.read_bytes()
    return documents.write(list(ox.parse(path=str(path), format=ox.RdfFormat.TURTLE)), form)


def _linked(response: Response, name: str, form: Format | None = None) -> Response:
    page: Link = (
        url_for(f"vocabulary.{name}_page"),
        {"rel": "alternate", "type": HTML.media_type},
    )
    return link(
        response,
        (url_for("vocabulary.identity", name=name), {"rel": "canonical"}),
        (url_for("dataset.data"), {"rel": "describedby"}),
        *alternates("vocabulary.data_as", form, name=name),
        page,
        *of_document(page_context().release, BASE + name),
    )
