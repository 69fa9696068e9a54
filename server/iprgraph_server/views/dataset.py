"""The dataset itself: its identity, its description (VoID, DCAT) in every format, and the files of releases."""

from __future__ import annotations

from flask import Blueprint, Response, request, url_for

from iprgraph_server.http.formats import (
    BY_SUFFIX,
    DOCUMENTS,
    HTML,
    JSON,
    MAPPINGS,
    SUFFIXES,
    TEXT,
    Format,
)
from iprgraph_server.i18n.formatting import date
from iprgraph_server.i18n.language import choose
from iprgraph_server.linked_data import release_files, responses
from iprgraph_server.linked_data.memento_headers import date_memento
from iprgraph_server.linked_data.responses import alternates, link, passed_on, pick, see_other
from iprgraph_server.linked_data.signposting import of_dataset
from iprgraph_server.models.page_context import page_context
from iprgraph_server.openapi.described import described
from iprgraph_server.presentation import pages
from iprgraph_server.views.vocabulary import stored_document

views = Blueprint("dataset", __name__)
download_views = Blueprint("downloads", __name__)


@views.get("/dataset")
@views.get("/void")
@described("dataset", formats=DOCUMENTS, redirect=303, refusals=(406,))
def identity() -> Response:
    """Redirect the dataset and its description: people to the start page, programs to the data."""
    form = pick(request, (*DOCUMENTS, HTML), "the dataset")
    response = see_other(
        url_for("start.start") if form is HTML else url_for("dataset.data", **passed_on("format"))
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


#: Formats and media types of the files of a release.
FILES = (
    *DOCUMENTS, JSON, TEXT, MAPPINGS, "application/gzip", "application/vnd.sqlite3",
    "application/x-gzip", "application/octet-stream",
)  # fmt: skip

#: The files of a release in the order of the page, by what they are for.
GROUPS = {
    "graph": ("iprgraph.ttl", "iprgraph.nt", "iprgraph.rdf"),
    "dataset": ("iprgraph.trig", "iprgraph.nq", "iprgraph.jsonld"),
    "vocabulary": ("ontology.ttl", "shapes.ttl", "context.jsonld"),
    "description": ("void.ttl", "dataset.jsonld", "linksets.sssom.tsv", "report.ttl", "search.db"),
    "claims": ("nanopubs.trig",),
    "proof": ("manifest.json", "SHA256SUMS", "SHA256SUMS.minisig", "iprgraph.pub"),
}


@download_views.get("/downloads/")
@described("releases", HTML, query=("lang",), refusals=())
def index() -> Response:
    """List the files with size, checksum, what each holds, and how to verify them."""
    release = page_context().release
    groups = {}
    for group, names in GROUPS.items():
        files = [
            (release_files.find(release, name), release_files.find(release, f"{name}.gz"))
            for name in names
        ]
        groups[group] = [(file, twin) for file, twin in files if file]
    issued = date(release.manifest["issued"], choose(request))
    return _linked(pages.page("downloads.html", groups=groups, issued=issued))


@download_views.get("/downloads/<name>")
@described("releases", *FILES, examples={"name": "iprgraph.ttl"})
def current(name: str) -> Response:
    """Send a file of the release that is served now."""
    release = page_context().release
    response = release_files.send(release, name, request, immutable=False)
    lasting = url_for("downloads.kept", release_id=release.id, name=name)
    return _linked(response, (lasting, {"rel": "alternate", "type": str(response.mimetype)}))


@download_views.get("/releases/<release_id>/<name>", endpoint="kept")
@described("releases", *FILES, examples={"name": "iprgraph.ttl"})
def release_file(release_id: str, name: str) -> Response:
    """Send a file of a release by its own address, under which it never changes."""
    archive = page_context().archive
    release = archive.find(release_id) if archive else page_context().release
    response = _linked(release_files.send(release, name, request, immutable=True))
    if archive and response.status_code < 400:
        date_memento(response, archive, release, f"/downloads/{name}")
    return response


def _linked(response: Response, *links: responses.Link) -> Response:
    described: responses.Link = (url_for("dataset.data"), {"rel": "describedby"})
    whole: responses.Link = (url_for("start.start"), {"rel": "collection", "type": "text/html"})
    return link(response, described, whole, *links)
