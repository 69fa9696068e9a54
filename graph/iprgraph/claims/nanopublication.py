"""Claims as nanopublications: assertion, provenance and publication info under a trusty URI.

<https://nanopub.net/guidelines/>. What is proposed or rejected is not published. There is no date
in them, so a claim that did not change keeps its address from release to release; and no signature
of their own: that of the release covers the file that holds them all.
"""

from __future__ import annotations

import base64
import hashlib
import mmap
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pyoxigraph as ox

from iprgraph.content.dataset import DatasetDescription
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
    XSD,
)
from iprgraph.rdf.syntax import serialize

#: The file of a release that holds all of them.
FILE = "nanopubs.trig"

NANOPUBS = f"{BASE}np/"

#: An artifact code: the last part of a nanopublication's address.
CODE = re.compile(r"RA[A-Za-z0-9_-]{43}")

#: Stands for the hash while it is not known; no IRI of ours holds it.
PLACEHOLDER = "RA-to-be-hashed"

#: Statuses of claims that are not published.
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
    """Yield the nanopublication of every claim of a dataset that is published."""
    quads = list(quads)
    publisher = DatasetDescription(quads) if any(q.graph_name == DATASET for q in quads) else None
    asserted: dict[str, list[ox.Quad]] = {}
    about: dict[object, list[ox.Quad]] = {}
    for quad in quads:
        graph = str(quad.graph_name)[1:-1]
        if graph.startswith(CLAIMS):
            asserted.setdefault(graph, []).append(quad)
        elif quad.graph_name != INFERRED:
            about.setdefault(quad.subject, []).append(quad)
    for claim, assertion in sorted(asserted.items()):
        node = ox.NamedNode(claim)
        if _UNPUBLISHED.isdisjoint(_objects(about.get(node, []), IPR.status)):
            code, hashed = hash_quads(_quads_of(node, assertion, about, publisher))
            yield Nanopub(claim.removeprefix(CLAIMS), code, hashed)


def write(publications: Iterable[Nanopub]) -> bytes:
    """Write nanopublications as one TriG document, each under a comment that names it."""
    prefixes: dict[bytes, None] = {}
    parts = []
    for nanopub in publications:
        head, body = _split(serialize(nanopub.quads, "trig"))
        prefixes |= dict.fromkeys(head)
        parts.append(b"\n" + _title(nanopub.slug, nanopub.code) + b"\n" + body)
    return b"".join((*(line + b"\n" for line in sorted(prefixes)), *parts))


def read(file: Path, *, slug: str = "", code: str = "") -> Nanopub | None:
    """Return a nanopublication by its claim or its code from a release's file, or None.

    The file is searched without reading all of it into memory.
    """
    if not file.is_file() or not file.stat().st_size:
        return None
    with file.open("rb") as handle, mmap.mmap(handle.fileno(), 0, access=mmap.ACCESS_READ) as text:
        if slug:
            start = text.find(b"\n" + _title(slug, ""))
        else:
            code_start = text.find(f" {code}\n".encode())
            start = text.rfind(b"\n", 0, code_start) if code_start >= 0 else -1
        if start < 0:
            return None
        end = text.find(b"\n" + _title("", ""), start + 1)
        title, _, body = text[start + 1 : end if end >= 0 else len(text)].partition(b"\n")
        head = text[: text.find(b"\n# ")]
    slug, code = title.decode().removeprefix("# claim:").split(" ")
    quads = list(ox.parse(head + b"\n" + body, ox.RdfFormat.TRIG))
    return Nanopub(slug, code, quads)


def contains(file: Path, slug: str) -> bool:
    """Check whether a release's file has the nanopublication of a claim."""
    if not file.is_file() or not file.stat().st_size:
        return False
    with file.open("rb") as handle, mmap.mmap(handle.fileno(), 0, access=mmap.ACCESS_READ) as text:
        return text.find(b"\n" + _title(slug, "")) >= 0


def _title(slug: str, code: str) -> bytes:
    return f"# claim:{slug}{' ' if slug else ''}{code}".encode()


def _split(document: bytes) -> tuple[list[bytes], bytes]:
    """Split a TriG document into its prefix lines and the rest."""
    lines = document.split(b"\n")
    count = next(i for i, line in enumerate(lines) if not line.startswith(b"@prefix"))
    return lines[:count], b"\n".join(lines[count:]).lstrip(b"\n")


def _quads_of(
    claim: ox.NamedNode,
    assertion: list[ox.Quad],
    about: dict[object, list[ox.Quad]],
    publisher: DatasetDescription | None,
) -> Iterator[ox.Quad]:
    statements = about.get(claim, [])
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
        for value in _objects(statements, ours):
            yield ox.Quad(_ASSERTION, standard, value, _PROVENANCE)
    passages = _objects(statements, IPR.evidence)
    selectors = [s for p in passages for s in _objects(about.get(p, []), OA.hasSelector)]
    for subject in dict.fromkeys((claim, *passages, *selectors)):
        for quad in about.get(subject, []):
            yield ox.Quad(quad.subject, quad.predicate, quad.object, _PROVENANCE)
    yield ox.Quad(_THIS, NPX.hasNanopubType, IPR.Claim, _PUBINFO)
    for name in _objects(statements, SKOS.prefLabel):
        yield ox.Quad(_THIS, RDFS.label, name, _PUBINFO)
    if publisher:
        yield ox.Quad(_THIS, DCTERMS.source, publisher.node, _PUBINFO)
        for predicate in (DCTERMS.creator, DCTERMS.publisher, DCTERMS.license):
            for value in publisher.objects(predicate):
                yield ox.Quad(_THIS, predicate, value, _PUBINFO)


def _objects(quads: Iterable[ox.Quad], predicate: ox.NamedNode) -> list[Any]:
    return [quad.object for quad in quads if quad.predicate == predicate]


def hash_quads(quads: Iterable[ox.Quad]) -> tuple[str, list[ox.Quad]]:
    """Return the artifact code (RA…) of quads, and the quads with it in place of PLACEHOLDER.

    What is hashed is in the form of the nanopublication network's own tools: sorted quads, a term
    a line, with a space where the hash will be. <https://arxiv.org/abs/1401.5775>
    """
    distinct = list(dict.fromkeys(quads))
    keys = sorted((_sort_key(quad) for quad in distinct), key=lambda key: key[:-1])
    digest = hashlib.sha256("".join(key[-1] for key in keys).encode()).digest()
    code = "RA" + base64.urlsafe_b64encode(digest).decode().rstrip("=")
    return code, [_with_code(quad, code) for quad in distinct]


def _sort_key(quad: ox.Quad) -> tuple[Any, ...]:
    """Return what a quad is sorted by; the last item is its text, which is hashed."""
    places = [
        _blank_placeholder(str(term)[1:-1])
        for term in (quad.graph_name, quad.subject, quad.predicate)
    ]
    value = quad.object
    if isinstance(value, ox.Literal):
        language = value.language or ""
        kind = "" if language else value.datatype.value
        place: tuple[Any, ...] = (1, value.value.encode(), kind, language)
        kind = f"@{language.lower()}" if language else f"^{kind or XSD.string.value}"
        escaped = value.value.replace("\\", "\\\\").replace("\n", "\\n")
        last = f"{kind} {escaped}"
    else:
        last = _blank_placeholder(str(value)[1:-1])
        place = (0, last.encode())
    text = "".join(f"{line}\n" for line in (*places, last))
    return (*(line.encode() for line in places), place, text)


def _blank_placeholder(iri: str) -> str:
    return iri.replace(PLACEHOLDER, " ")


def _with_code(quad: ox.Quad, code: str) -> ox.Quad:
    def name(term: Any) -> Any:
        if isinstance(term, ox.NamedNode) and PLACEHOLDER in term.value:
            return ox.NamedNode(term.value.replace(PLACEHOLDER, code))
        return term

    return ox.Quad(name(quad.subject), quad.predicate, name(quad.object), name(quad.graph_name))
