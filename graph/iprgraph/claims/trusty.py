"""Trusty URIs of module RA: an IRI that holds the hash of the quads it names.

<https://arxiv.org/abs/1401.5775>; the form of what is hashed is that of the nanopublication
network's own tools: sorted quads, a term a line, with a space where the hash will be.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from typing import Any

import pyoxigraph as ox

from iprgraph.namespaces import XSD

#: Stands for the hash while it is not known; no IRI of ours holds it.
PLACEHOLDER = "RA-to-be-hashed"

_MODULE = "RA"


def hashed(quads: Iterable[ox.Quad]) -> tuple[str, list[ox.Quad]]:
    """Give the artifact code (RA…) of quads, and the quads with it in place of PLACEHOLDER."""
    found = list(dict.fromkeys(quads))
    lines = sorted((_key(quad) for quad in found), key=lambda key: key[:-1])
    text = "".join(key[-1] for key in lines)
    digest = hashlib.sha256(text.encode()).digest()
    code = _MODULE + base64.urlsafe_b64encode(digest).decode().rstrip("=")
    return code, [_named(quad, code) for quad in found]


def _key(quad: ox.Quad) -> tuple[Any, ...]:
    """Give what a quad is sorted by, and in the end what is hashed of it."""
    places = [_blanked(str(term)[1:-1]) for term in (quad.graph_name, quad.subject, quad.predicate)]
    value = quad.object
    if isinstance(value, ox.Literal):
        language = value.language or ""
        kind = "" if language else value.datatype.value
        place: tuple[Any, ...] = (1, value.value.encode(), kind, language)
        kind = f"@{language.lower()}" if language else f"^{kind or XSD.string.value}"
        escaped = value.value.replace("\\", "\\\\").replace("\n", "\\n")
        last = f"{kind} {escaped}"
    else:
        last = _blanked(str(value)[1:-1])
        place = (0, last.encode())
    text = "".join(f"{line}\n" for line in (*places, last))
    return (*(line.encode() for line in places), place, text)


def _blanked(iri: str) -> str:
    return iri.replace(PLACEHOLDER, " ")


def _named(quad: ox.Quad, code: str) -> ox.Quad:
    def name(term: Any) -> Any:
        if isinstance(term, ox.NamedNode) and PLACEHOLDER in term.value:
            return ox.NamedNode(term.value.replace(PLACEHOLDER, code))
        return term

    return ox.Quad(name(quad.subject), quad.predicate, name(quad.object), name(quad.graph_name))
