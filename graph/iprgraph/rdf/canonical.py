"""Canonical form and hashes of graphs (RDFC-1.0): the same graph has the same bytes everywhere."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import pyoxigraph as ox


def canonical_quads(quads: Iterable[ox.Quad]) -> list[ox.Quad]:
    """Return quads with blank nodes labelled by RDFC-1.0, in the code-point order of the N-Quads lines.

    https://www.w3.org/TR/rdf-canon/
    """
    dataset = ox.Dataset(quads)
    dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    # A quad's text is its line less the final " .", which does not change the order.
    return sorted(dataset, key=str)


def nquads(quads: Iterable[ox.Quad]) -> bytes:
    """Return quads as canonical N-Quads, one line each, in the order given."""
    return ox.serialize(quads, format=ox.RdfFormat.N_QUADS) or b""


def dataset_hash(quads: Iterable[ox.Quad]) -> str:
    """Return the SHA-256, in hex, of the canonical N-Quads of a dataset."""
    return hashlib.sha256(nquads(canonical_quads(quads))).hexdigest()


def graph_hashes(quads: Iterable[ox.Quad]) -> dict[str, tuple[str, int]]:
    """Return each named graph's hash, as a graph by itself, and its number of triples."""
    graphs: dict[str, list[ox.Quad]] = {}
    for quad in quads:
        plain = ox.Quad(quad.subject, quad.predicate, quad.object)
        graphs.setdefault(str(quad.graph_name)[1:-1], []).append(plain)
    return {name: (dataset_hash(graphs[name]), len(graphs[name])) for name in sorted(graphs)}
