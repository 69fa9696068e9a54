"""Link sets (RFC 9264): all typed links of a thing, or of the dataset, in one document."""

from __future__ import annotations

from flask import Blueprint, Response, request

from iprgraph_server.http.formats import LINKSET_JSON, LINKSET_TEXT, LINKSETS, Format
from iprgraph_server.linked_data import tombstones
from iprgraph_server.linked_data.responses import link, pick
from iprgraph_server.linked_data.signposting import (
    Signposts,
    of_dataset,
    of_thing,
)
from iprgraph_server.models.page_context import page_context
from iprgraph_server.models.thing import iri_of
from iprgraph_server.openapi.described import described
from iprgraph_server.views.things import unknown

views = Blueprint("signposts", __name__, url_prefix="/signposts")

_SUFFIXES = {"json": LINKSET_JSON, "txt": LINKSET_TEXT}


@views.get("/<kind:kind>/<slug:slug>")
@described("things", *LINKSETS, schema="Linkset", formats=LINKSETS, refusals=(404, 406, 410))
def thing(kind: str, slug: str) -> Response:
    """Send the link set of a thing in the format negotiated."""
    return _negotiated(_of_thing(kind, slug))


@views.get("/<kind:kind>/<slug:slug>.<any(json, txt):suffix>")
@described("things", *LINKSETS, schema="Linkset", refusals=(404, 410))
def thing_as(kind: str, slug: str, suffix: str) -> Response:
    """Send the link set of a thing in the format that the address ends with."""
    return _written(_of_thing(kind, slug), _SUFFIXES[suffix])


@views.get("/dataset")
@described("dataset", *LINKSETS, schema="Linkset", formats=LINKSETS, refusals=(406,))
def dataset() -> Response:
    """Send the link set of the dataset in the format negotiated."""
    return _negotiated(of_dataset(page_context()))


@views.get("/dataset.<any(json, txt):suffix>")
@described("dataset", *LINKSETS, schema="Linkset")
def dataset_as(suffix: str) -> Response:
    """Send the link set of the dataset in the format that the address ends with."""
    return _written(of_dataset(page_context()), _SUFFIXES[suffix])


def _of_thing(kind: str, slug: str) -> Signposts:
    iri = iri_of(kind, slug)
    tombstones.require(page_context(), iri, unknown(kind, slug))
    return of_thing(page_context(), kind, slug, iri)


def _negotiated(signposts: Signposts) -> Response:
    form = pick(request, LINKSETS, "this link set")
    response = _written(signposts, form)
    response.vary.add("Accept")
    suffix = next(suffix for suffix, known in _SUFFIXES.items() if known is form)
    response.headers["Content-Location"] = f"{signposts.linkset}.{suffix}"
    return response


def _written(signposts: Signposts, form: Format) -> Response:
    body = signposts.write(form, request.host_url)
    return link(
        Response(body, content_type=form.content_type),
        (signposts.linkset, {"rel": "canonical"}),
        (signposts.page, {"rel": "describes"}),
    )
