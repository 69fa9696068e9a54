"""The dataset itself: its identity, and its description (VoID, DCAT) in every format."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request, url_for

from iprgraph_server.http.formats import BY_SUFFIX, DOCUMENTS, HTML, SUFFIXES, Format
from iprgraph_server.linked_data.responses import alternates, link, pick, see_other
from iprgraph_server.linked_data.signposting import of_dataset
from iprgraph_server.models.page_context import page_context
from iprgraph_server.openapi.described import described
from iprgraph_server.views.vocabulary import stored_document

views = Blueprint("dataset", __name__)


@views.get("/dataset")
@views.get("/void")
@described("dataset", formats=DOCUMENTS, redirect=303, refusals=(406,))
def identity() -> Response:
    """Redirect the dataset and its description: people to the start page, programs to the data."""
    form = pick(request, (*DOCUMENTS, HTML), "the dataset")
    kept: dict[str, Any] = {"format": request.args["format"]} if "format" in request.args else {}
    response = see_other(
        url_for("start.start") if form is HTML else url_for("dataset.data", **kept)
    )
    return link(response, *alternates("dataset.data_as"))


@views.get("/.well-known/void")
@described("dataset", redirect=303, refusals=())
def void() -> Response:
    """Redirect to the description of the dataset, as its well-known address is registered to do."""
    return see_other(url_for("dataset.data"))


@views.get("/data/dataset")
@described("dataset", *DOCUMENTS, formats=DOCUMENTS, refusals=(404, 406))
def data() -> Response:
    """Send the description in the format negotiated."""
    form = pick(request, DOCUMENTS, "the description")
    response = _document(form)
    response.vary.add("Accept")
    suffix = SUFFIXES[form.name]
    response.headers["Content-Location"] = url_for("dataset.data_as", suffix=suffix)
    return response


@views.get(f"/data/dataset.<any({', '.join(BY_SUFFIX)}):suffix>")
@described("dataset", *DOCUMENTS)
def data_as(suffix: str) -> Response:
    """Send the description in the format that the address ends with."""
    return _document(BY_SUFFIX[suffix])


def _document(form: Format) -> Response:
    return link(
        stored_document("void", form),
        (url_for("dataset.data"), {"rel": "canonical"}),
        *alternates("dataset.data_as", form),
        (url_for("start.start"), {"rel": "alternate", "type": HTML.media_type}),
        *of_dataset(page_context()).of_document(),
    )
