"""Claims as nanopublications: assertion, provenance and publication info under a trusty URI.

<https://nanopub.net/guidelines/>. What is proposed or rejected is not published. There is no date
in them, so a claim that did not change keeps its address from release to release; and no signature
of their own: that of the release covers the file that holds them all.
"""

from __future__ import annotations

import mmap
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pyoxigraph as ox

from iprgraph.claims.trusty import PLACEHOLDER, hashed
from iprgraph.namespaces import (
    BASE,
    CLAIMS,
    DATASET,
    DCTERMS,
    ID,
    INFERRED,
    IPR,
    NP,
    NPX,
    OA,
    PROV,
    RDF,
    RDFS,
    SKOS,
)
from iprgraph.rdf.syntax import serialize
from iprgraph.release.void import Dataset

#: The file of a release that holds all of them.
FILE = "nanopubs.trig"

NANOPUBS = f"{BASE}np/"

#: An artifact code: the last part of a nanopublication's address.
CODE = re.compile(r"RA[A-Za-z0-9_-]{43}")

#: Not published as claims of ours.
_UNPUBLISHED = {ID["status/proposed"], ID["status/rejected"]}

_HEAD, _ASSERTION, _PROVENANCE, _PUBINFO = (
    ox.NamedNode(f"{NANOPUBS}{PLACEHOLDER}#{part}")
    for part in ("Head", "assertion", "provenance", "pubinfo")
)
_THIS = ox.NamedNode(f"{NANOPUBS}{PLACEHOLDER}")


class Nanopub(NamedTuple):
    """One nanopublication: the claim's slug, its artifact code, and its quads."""

    slug: str
    code: str
    quads: list[ox.Quad]


def nanopubs(quads: Iterable[ox.Quad]) -> Iterator[Nanopub]:
    """Make the nanopublication of every claim of a dataset that is published."""
    quads = list(quads)
    publisher = Dataset(quads) if any(q.graph_name == DATASET for q in quads) else None
    asserted: dict[str, list[ox.Quad]] = {}
    about: dict[object, list[ox.Quad]] = {}
    for quad in quads:
        graph = str(quad.graph_name)[1:-1]
        if graph.startswith(CLAIMS):
            asserted.setdefault(graph, []).append(quad)
        elif quad.graph_name != INFERRED:
            about.setdefault(quad.subject, []).append(quad)
    for claim, assertion in sorted(asserted.items()):
        told = about.get(ox.NamedNode(claim), [])
        if _UNPUBLISHED.isdisjoint(_objects(told, IPR.status)):
            code, made = hashed(_made(ox.NamedNode(claim), assertion, told, about, publisher))
            yield Nanopub(claim.removeprefix(CLAIMS), code, made)


def write(made: Iterable[Nanopub]) -> bytes:
    """Write nanopublications as one TriG document, each under a comment that names it."""
    prefixes: dict[bytes, None] = {}
    parts = []
    for nanopub in made:
        head, body = _split(serialize(nanopub.quads, "trig"))
        prefixes |= dict.fromkeys(head)
        parts.append(b"\n" + _title(nanopub.slug, nanopub.code) + b"\n" + body)
    return b"".join((*(line + b"\n" for line in sorted(prefixes)), *parts))


def read(file: Path, *, slug: str = "", code: str = "") -> Nanopub | None:
    """Find a nanopublication by its claim or its code in a release's file, without reading all."""
    if not file.is_file() or not file.stat().st_size:
        return None
    with file.open("rb") as handle, mmap.mmap(handle.fileno(), 0, access=mmap.ACCESS_READ) as text:
        if slug:
            start = text.find(b"\n" + _title(slug, ""))
        else:
            named = text.find(f" {code}\n".encode())
            start = text.rfind(b"\n", 0, named) if named >= 0 else -1
        if start < 0:
            return None
        end = text.find(b"\n" + _title("", ""), start + 1)
        title, _, body = text[start + 1 : end if end >= 0 else len(text)].partition(b"\n")
        head = text[: text.find(b"\n# ")]
    found_slug, found_code = title.decode().removeprefix("# claim:").split(" ")
    quads = list(ox.parse(head + b"\n" + body, ox.RdfFormat.TRIG))
    return Nanopub(found_slug, found_code, quads)


def contains(file: Path, slug: str) -> bool:
    """Tell whether a release's file has the nanopublication of a claim."""
    if not file.is_file() or not file.stat().st_size:
        return False
    with file.open("rb") as handle, mmap.mmap(handle.fileno(), 0, access=mmap.ACCESS_READ) as text:
        return text.find(b"\n" + _title(slug, "")) >= 0


def _title(slug: str, code: str) -> bytes:
    return f"# claim:{slug}{' ' if slug else ''}{code}".encode()


def _split(document: bytes) -> tuple[list[bytes], bytes]:
    """Part a TriG document into its prefixes and the rest."""
    lines = document.split(b"\n")
    count = next(i for i, line in enumerate(lines) if not line.startswith(b"@prefix"))
    return lines[:count], b"\n".join(lines[count:]).lstrip(b"\n")


def _made(
    claim: ox.NamedNode,
    assertion: list[ox.Quad],
    told: list[ox.Quad],
    about: dict[object, list[ox.Quad]],
    publisher: Dataset | None,
) -> Iterator[ox.Quad]:
    yield ox.Quad(_THIS, RDF.type, NP.Nanopublication, _HEAD)
    yield ox.Quad(_THIS, NP.hasAssertion, _ASSERTION, _HEAD)
    yield ox.Quad(_THIS, NP.hasProvenance, _PROVENANCE, _HEAD)
    yield ox.Quad(_THIS, NP.hasPublicationInfo, _PUBINFO, _HEAD)
    for quad in assertion:
        yield ox.Quad(quad.subject, quad.predicate, quad.object, _ASSERTION)
    # The claim names the graph of the same triples in the dataset.
    yield ox.Quad(_ASSERTION, PROV.wasDerivedFrom, claim, _PROVENANCE)
    for ours, standard in (
        (IPR.attributedTo, PROV.wasAttributedTo),
        (IPR.source, PROV.hadPrimarySource),
        (IPR.evidence, PROV.wasQuotedFrom),
    ):
        for value in _objects(told, ours):
            yield ox.Quad(_ASSERTION, standard, value, _PROVENANCE)
    passages = _objects(told, IPR.evidence)
    selectors = [s for p in passages for s in _objects(about.get(p, []), OA.hasSelector)]
    for subject in dict.fromkeys((claim, *passages, *selectors)):
        for quad in about.get(subject, []):
            yield ox.Quad(quad.subject, quad.predicate, quad.object, _PROVENANCE)
    yield ox.Quad(_THIS, NPX.hasNanopubType, IPR.Claim, _PUBINFO)
    for name in _objects(told, SKOS.prefLabel):
        yield ox.Quad(_THIS, RDFS.label, name, _PUBINFO)
    if publisher:
        yield ox.Quad(_THIS, DCTERMS.source, publisher.node, _PUBINFO)
        for theirs, standard in (
            (DCTERMS.creator, DCTERMS.creator),
            (DCTERMS.publisher, DCTERMS.publisher),
            (DCTERMS.license, DCTERMS.license),
        ):
            for value in publisher.objects(theirs):
                yield ox.Quad(_THIS, standard, value, _PUBINFO)


def _objects(quads: Iterable[ox.Quad], predicate: ox.NamedNode) -> list[Any]:
    return [quad.object for quad in quads if quad.predicate == predicate]
