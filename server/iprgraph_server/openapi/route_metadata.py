"""What the routes do not tell of themselves: parameters, forms and refusals of each address."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from iprgraph.namespaces import BASE
from iprgraph_server.http import formats
from iprgraph_server.http.formats import Format
from iprgraph_server.linked_data.memento import LINK_FORMAT


def media_types(forms: Iterable[Format]) -> tuple[str, ...]:
    """Return the media types that are sent."""
    return tuple(form.media_type for form in forms)


HTML, JSON, TEXT, TSV = media_types((formats.HTML, formats.JSON, formats.TEXT, formats.MAPPINGS))
QUADS = (formats.TRIG, formats.NQUADS)
RDF = media_types(formats.DOCUMENTS)
CITATIONS = media_types(formats.CITATIONS)
LINKSETS = media_types(formats.LINKSETS)

#: Media types of the files of a release.
FILES = (
    *RDF, JSON, TEXT, TSV, "application/gzip", "application/vnd.sqlite3", "application/x-gzip",
    "application/octet-stream",
)  # fmt: skip


class Told(NamedTuple):
    """What one address takes and gives.

    ``forms`` are the media types of a whole answer, ``schema`` names the shape of its JSON,
    ``asks`` names query parameters, a required one with `!`; ``redirects`` tells the status of
    those, ``refusals`` the others.
    """

    tag: str
    forms: tuple[str, ...] = ()
    schema: str = ""
    asks: tuple[str, ...] = ()
    redirects: int = 0
    refusals: tuple[int, ...] = (404,)


_DOCUMENT = ("infer", "format:rdf")
_IDENTITY = ("format:rdf", "lang")

#: By Flask endpoint.
TOLD: dict[str, Told] = {
    "things.identity": Told("things", (), "", _IDENTITY, 303, (404, 406, 410)),
    "things.page": Told("things", (HTML,), "", ("lang",), 0, (404, 410)),
    "things.data": Told("things", RDF, "", _DOCUMENT, 0, (404, 406, 410)),
    "things.data_as": Told("things", RDF, "", ("infer",), 0, (404, 410)),
    "things.index": Told("lists", (HTML,), "", ("page", "lang")),
    "signposts.thing": Told(
        "things",
        LINKSETS,
        "Linkset",
        ("format:linkset",),
        0,
        (404, 406, 410),
    ),
    "signposts.thing_as": Told("things", LINKSETS, "Linkset", (), 0, (404, 410)),
    "signposts.dataset": Told(
        "dataset",
        LINKSETS,
        "Linkset",
        ("format:linkset",),
        0,
        (406,),
    ),
    "signposts.dataset_as": Told("dataset", LINKSETS, "Linkset", (), 0, (404,)),
    "dataset.identity": Told("dataset", (), "", ("format:rdf",), 303, (406,)),
    "dataset.void": Told("dataset", (), "", (), 303, ()),
    "dataset.data": Told("dataset", RDF, "", ("format:rdf",), 0, (404, 406)),
    "dataset.data_as": Told("dataset", RDF),
    "graphs.graph": Told("dataset", (*RDF, HTML), "", ("format:rdf", "lang"), 0, (404, 406, 410)),
    "graphs.graph_as": Told("dataset", RDF, "", (), 0, (404, 410)),
    "vocabulary.identity": Told("vocabulary", (), "", _IDENTITY, 303, (404, 406)),
    "vocabulary.version": Told("vocabulary", (), "", _IDENTITY, 303, (404, 406)),
    "vocabulary.shape": Told("vocabulary", (), "", _IDENTITY, 303, (404, 406)),
    "vocabulary.ontology_page": Told("vocabulary", (HTML,), "", ("lang",), 0, ()),
    "vocabulary.shapes_page": Told("vocabulary", (HTML,), "", ("lang",), 0, ()),
    "vocabulary.data": Told("vocabulary", RDF, "", ("format:rdf",), 0, (404, 406)),
    "vocabulary.data_as": Told("vocabulary", RDF),
    "vocabulary.context": Told("vocabulary", ("application/ld+json",)),
    "linksets.index": Told("linksets", (HTML,), "", ("lang",), 303, (406,)),
    "linksets.table": Told("linksets", (TSV,)),
    "linksets.linkset": Told("linksets", (*RDF, TSV, HTML), "", ("lang",), 0, (404, 406)),
    "linksets.linkset_as": Told("linksets", RDF),
    "linksets.linkset_table": Told("linksets", (TSV,)),
    "downloads.index": Told("releases", (HTML,), "", ("lang",), 0, ()),
    "downloads.current": Told("releases", FILES),
    "downloads.kept": Told("releases", FILES),
    "nanopubs.of_claim": Told("things", (formats.TRIG.media_type,)),
    "nanopubs.by_code": Told("things", media_types(QUADS), "", ("format:quads",), 0, (404, 406)),
    "cite.cite": Told(
        "citations",
        CITATIONS,
        "Citation",
        ("query!", "release", "infer", "format:citation", "lang"),
        303,
        (400, 403, 404, 406, 507),
    ),
    "cite.cited": Told(
        "citations", CITATIONS, "Citation", ("format:citation", "lang"), 0, (404, 406)
    ),
    "cite.thing": Told(
        "citations",
        media_types(formats.REFERENCES),
        "",
        ("format:reference", "lang"),
        303,
        (404, 406, 410),
    ),
    "releases.index": Told(
        "releases", (HTML, JSON), "Releases", ("format:json", "lang"), 0, (404, 406)
    ),
    "releases.one": Told(
        "releases", (HTML, JSON), "Release", ("format:json", "lang"), 0, (404, 406)
    ),
    "releases.sparql": Told("releases", (), "", (), 307),
    "releases.difference": Told(
        "releases",
        media_types(formats.DIFFERENCES),
        "Difference",
        ("format:diff", "lang"),
        0,
        (404, 406),
    ),
    "releases.timemap": Told("releases", (JSON, LINK_FORMAT), "TimeMap"),
    "search.search": Told(
        "search",
        (JSON, HTML),
        "Found",
        ("q!", "type", "lang", "limit", "page", "format:json"),
        0,
        (400, 404, 406),
    ),
    "why.why": Told(
        "search",
        (JSON, TEXT, *RDF, HTML),
        "Proofs",
        ("subject!", "predicate!", "object!", "most", "lang"),
        0,
        (400, 404, 406),
    ),
    "query.page": Told("pages", (HTML,), "", ("lang",)),
    "speakers.speakers": Told("pages", (HTML,), "", ("lang",), 0, ()),
    "quality.quality": Told("pages", (HTML,), "", ("lang",), 0, ()),
    "reports.form": Told("pages", (HTML,), "", ("about!", "lang"), 0, (400,)),
    "problems.index": Told("pages", (HTML,), "", ("lang",), 0, ()),
    "problems.problem": Told("pages", (HTML,), "", ("lang",)),
    "start.start": Told("pages", (HTML,), "", ("lang",), 303, (406,)),
    "start.robots": Told("operation", (TEXT,), "", (), 0, ()),
    "status.health": Told("operation", (JSON,), "Health", (), 0, ()),
    "api.description": Told("operation", (JSON,), "", (), 0, ()),
}

#: Addresses that are not pages', and what each does.
OWN: dict[str, tuple[str, Told]] = {
    "/metrics": (
        "Give the metrics, for Prometheus.",
        Told("operation", (TEXT, "application/openmetrics-text"), "", (), 0, ()),
    ),
    "/settings": (
        "Show the settings in force.",
        Told("operation", (JSON, HTML), "Settings", ("format:json",), 0, (406,)),
    ),
    "/reconcile": (
        "Describe the reconciliation service, by version 0.2 of its API.",
        Told("reconciliation", (JSON,), "Manifest", (), 0, (400, 404)),
    ),
    "/reconcile/draft": (
        "Describe the reconciliation service, by the draft of its API.",
        Told("reconciliation", (JSON,), "Manifest", (), 0, (400, 404)),
    ),
}
for _root in ("/reconcile", "/reconcile/draft"):
    for _kind in ("entity", "property", "type"):
        OWN[f"{_root}/suggest/{_kind}"] = (
            f"Complete the name as one types: {_kind}.",
            Told(
                "reconciliation", (JSON,), "Suggestions", ("prefix", "limit", "lang"), 0, (400, 404)
            ),
        )
    OWN[f"{_root}/extend/propose"] = (
        "Propose properties that things of a type have.",
        Told("reconciliation", (JSON,), "Proposed", ("type!", "limit", "lang"), 0, (400, 404)),
    )
    OWN[f"{_root}/preview"] = (
        "Show a thing in little, for a frame.",
        Told("reconciliation", (HTML,), "", ("id!", "lang"), 0, (400, 404)),
    )
    OWN[f"{_root}/view"] = (
        "Lead to the page of a thing.",
        Told("reconciliation", (), "", ("id!",), 303, (400, 404)),
    )

TEXTS = {"type": "string"}

#: What the citation that serves as an example asks.
QUERY = "ASK {}"

#: Query parameters by name: schema, what it says, an example.
PARAMETERS: dict[str, tuple[dict[str, Any], str, Any]] = {
    "lang": ({"enum": ["en", "zh"]}, "Language of names and texts.", "en"),
    "infer": ({"enum": ["true", "false"]}, "Whether what is inferred is there.", "false"),
    "with-graph": ({"enum": ["true", "false", "1", "0"]}, "Whether the graph is beside the document.", "false"),
    "prefix": (TEXTS, "What was typed so far.", "wip"),
    "id": (TEXTS, "What a thing is called in matches.", "organization/wipo"),
    "page": ({"type": "integer", "minimum": 1, "maximum": 1000}, "Which page, from 1.", 1),
    "limit": ({"type": "integer", "minimum": 1, "maximum": 100}, "Results to a page.", 8),
    "q": ({"type": "string", "minLength": 1, "maxLength": 200}, "Words, beginnings, acronyms, identifiers.", "wipo"),
    "type": (TEXTS, "A class, such as `ipr:Treaty`; searches take a kind too, such as `treaty`.", "ipr:Organization"),
    "subject": (TEXTS, "The triple's subject: an IRI, a prefixed name.", "organization:wipo"),
    "predicate": (TEXTS, "The triple's predicate.", "rdf:type"),
    "object": (TEXTS, "The triple's object: an IRI, a prefixed name, or a literal as in N-Triples.", "prov:Agent"),
    "most": ({"type": "integer", "minimum": 1, "maximum": 10}, "Most proofs given.", 1),
    "query": (TEXTS, "The query whose answer is cited.", QUERY),
    "release": (TEXTS, "The id of the release that is asked; the newest unless given.", None),
    "about": (TEXTS, "The IRI of the thing the report is about.", f"{BASE}id/organization/wipo"),
}  # fmt: skip

#: Values of `format=` by what is asked.
FORMATS = {
    name: [form.name for form in forms]
    for name, forms in {
        "rdf": formats.DOCUMENTS,
        "quads": QUADS,
        "json": (formats.JSON, formats.HTML),
        "diff": formats.DIFFERENCES,
        "linkset": formats.LINKSETS,
        "report": formats.REPORTS,
        "citation": formats.CITATIONS,
        "reference": formats.REFERENCES,
    }.items()
}

#: A claim that has all that a claim can have.
CLAIM = "gt1238517-gii-rank"

#: Values of parts of paths that lead somewhere, by name, after a blueprint or endpoint where it matters.
EXAMPLES = {
    "kind": "organization",
    "slug": "wipo",
    "nanopubs.of_claim/slug": CLAIM,
    "suffix": "ttl",
    "version": "1.0.0",
    "shape": "name-once",
    "form": "json",
    "original": "id/organization/wipo",
    "name": "ontology",
    "downloads/name": "iprgraph.ttl",
    "graphs/name": "checks",
    "linksets/name": "wikidata",
    "problems/name": "not-found",
}
