"""Forms of documents, and how tests read them."""

from __future__ import annotations

from collections.abc import Iterable

import pyoxigraph as ox

from iprgraph.namespaces import BASE
from support.client import Reply

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/webp,*/*;q=0.8"
FORMS = {
    "ttl": ("text/turtle", ox.RdfFormat.TURTLE),
    "nt": ("application/n-triples", ox.RdfFormat.N_TRIPLES),
    "rdf": ("application/rdf+xml", ox.RdfFormat.RDF_XML),
    "jsonld": ("application/ld+json", ox.RdfFormat.JSON_LD),
    "trig": ("application/trig", ox.RdfFormat.TRIG),
    "nq": ("application/n-quads", ox.RdfFormat.N_QUADS),
}


def path_of(iri: str) -> str:
    """Return the path at which a server of ours answers for an IRI."""
    return "/" + iri.removeprefix(BASE)


def quads_of(reply: Reply, suffix: str) -> set[ox.Quad]:
    return set(ox.parse(reply.body, FORMS[suffix][1]))


def triples_of(quads: Iterable[ox.Quad]) -> set[ox.Triple]:
    return {quad.triple for quad in quads}
