"""Signposting: typed links by which programs find what belongs to a thing, without reading pages.

The relations are those of FAIR Signposting, <https://signposting.org/FAIR/>: in the Link header of
each answer, and all together as a link set of RFC 9264, <https://www.rfc-editor.org/rfc/rfc9264>.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urljoin

import pyoxigraph as ox
from flask import request, url_for

from iprgraph.namespaces import BASE, SCHEMA
from iprgraph.release.release import Release
from iprgraph.release.void import is_dump
from iprgraph_server.http.formats import LINKSET_JSON, LINKSET_TEXT, Format
from iprgraph_server.http.public_address import site_root
from iprgraph_server.linked_data.responses import LICENSE_URL, Link, alternates, written
from iprgraph_server.linked_data.tombstones import local
from iprgraph_server.models.page_context import PageContext

DATASET = ox.NamedNode(BASE + "dataset")

#: Most items in a Link header, and in the link set.
ITEMS_IN_HEADER = 20
ITEMS = 1_000


_SINGLE = {"media", "title", "type"}


@dataclass
class Signposts:
    """The typed links of one landing page: what it is about, its documents, its items."""

    page: str
    cite_as: str
    types: list[str]
    authors: list[str]
    #: Documents that describe it, by what they are; the links back are made from these.
    documents: list[Link]
    items: list[Link]
    collection: str
    linkset: str

    def of_page(self, most: int = ITEMS_IN_HEADER) -> list[Link]:
        """Return the links of the landing page itself."""
        types = [f"{SCHEMA.iri}AboutPage", *self.types]
        return [
            (self.cite_as, {"rel": "cite-as"}),
            *((iri, {"rel": "type"}) for iri in types),
            *((iri, {"rel": "author"}) for iri in self.authors),
            *(
                (address, {**attributes, "rel": "describedby"})
                for address, attributes in self.documents
            ),
            *(
                (address, {**attributes, "rel": "item"})
                for address, attributes in self.items[:most]
            ),
            *([(self.collection, {"rel": "collection"})] if self.collection else []),
            *_linksets(self.linkset),
        ]

    def of_document(self) -> list[Link]:
        """Return the links of a document that describes it."""
        return describing(self.page, self.cite_as, self.linkset, self.authors)

    def write(self, form: Format, base: str) -> bytes:
        """Write all links as a link set, every address in full as the standard recommends."""
        licence: Link = (LICENSE_URL, {"rel": "license"})
        sets = {self.page: [*self.of_page(ITEMS), licence]}
        for address, _ in self.documents:
            sets[address] = [*self.of_document(), licence]
        for address, _ in self.items:
            sets[address] = [(self.page, {"rel": "collection", "type": "text/html"})]
        full = {
            urljoin(base, anchor): [(urljoin(base, href), attributes) for href, attributes in links]
            for anchor, links in sets.items()
        }
        return _json(full) if form is LINKSET_JSON else _text(full)


def describing(page: str, cite_as: str, linkset: str, authors: Iterable[str]) -> list[Link]:
    """Return the links of a document that describes what a page is about."""
    return [
        (page, {"rel": "describes", "type": "text/html"}),
        (cite_as, {"rel": "cite-as"}),
        *((iri, {"rel": "author"}) for iri in authors),
        *_linksets(linkset),
    ]


def _linksets(address: str) -> list[Link]:
    return [
        (f"{address}.{suffix}", {"rel": "linkset", "type": form.media_type})
        for suffix, form in (("json", LINKSET_JSON), ("txt", LINKSET_TEXT))
    ]


def _json(sets: dict[str, list[Link]]) -> bytes:
    contexts = []
    for anchor, links in sets.items():
        context: dict[str, object] = {"anchor": anchor}
        for href, attributes in links:
            target: dict[str, object] = {"href": href}
            for name, value in attributes.items():
                # Only the attributes of RFC 8288 that cannot repeat are plain strings.
                if name != "rel":
                    target[name] = value if name in _SINGLE else [value]
            context.setdefault(attributes["rel"], []).append(target)  # type: ignore[attr-defined]
        contexts.append(context)
    return (json.dumps({"linkset": contexts}, ensure_ascii=False, indent=1) + "\n").encode()


def _text(sets: dict[str, list[Link]]) -> bytes:
    links = [
        written((href, {**attributes, "anchor": anchor}))
        for anchor, targets in sets.items()
        for href, attributes in targets
    ]
    return (",\n".join(links) + "\n").encode()


def of_thing(context: PageContext, kind: str, slug: str, thing: ox.NamedNode) -> Signposts:
    """Return the typed links of a thing; the claims of a source are its items."""
    rows = context.graph.select(
        f"SELECT ?type ?source ?claim WHERE {{ {{ {thing} a ?type "
        f'FILTER(STRSTARTS(STR(?type), "{SCHEMA.iri}")) }} UNION {{ {thing} ipr:source ?source }} '
        f"UNION {{ SELECT ?claim WHERE {{ ?claim ipr:source {thing} }} "
        f"ORDER BY ?claim LIMIT {ITEMS} }} }}"
    )

    def iris(name: str) -> list[str]:
        return sorted({row[name].value for row in rows if name in row})

    sources, root = iris("source"), site_root(request.environ)
    return Signposts(
        page=url_for("things.page", kind=kind, slug=slug),
        cite_as=thing.value,
        types=iris("type"),
        authors=authors(context.release),
        documents=alternates("things.data_as", kind=kind, slug=slug),
        items=[(local(iri, root), {"rel": "item"}) for iri in iris("claim")],
        collection=local(sources[0] if sources else DATASET.value, root),
        linkset=url_for("signposts.thing", kind=kind, slug=slug),
    )


def of_dataset(context: PageContext) -> Signposts:
    """Return the typed links of the dataset: its descriptions, and its dumps as items."""
    files = context.release.manifest["files"]
    search: Link = (
        url_for("downloads.current", name="dataset.jsonld"),
        {"rel": "describedby", "type": "application/ld+json", "profile": SCHEMA.iri},
    )
    return Signposts(
        page=url_for("start.start"),
        cite_as=DATASET.value,
        types=[SCHEMA.Dataset.value],
        authors=authors(context.release),
        documents=[*alternates("dataset.data_as"), search],
        items=[
            (url_for("downloads.current", name=name), {"rel": "item", "type": file["media_type"]})
            for name, file in files.items()
            if is_dump(name)
        ],
        collection="",
        linkset=url_for("signposts.dataset"),
    )


def of_document(release: Release, iri: str) -> list[Link]:
    """Return the links of a page or document that has an IRI of its own: a graph, a vocabulary."""
    return [
        (iri, {"rel": "cite-as"}),
        *((author, {"rel": "author"}) for author in authors(release)),
        (local(DATASET.value, site_root(request.environ)), {"rel": "collection"}),
    ]


def authors(release: Release) -> list[str]:
    """Return the IRIs of those who made the dataset."""
    return list(release.manifest.get("creators", ()))
