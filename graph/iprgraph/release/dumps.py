"""Dumps of the graph in every syntax, plain and gzipped; the same quads give the same bytes."""

from __future__ import annotations

import gzip
import hashlib
import io
from collections.abc import Iterator
from typing import NamedTuple

import pyoxigraph as ox

from iprgraph.errors import DataError
from iprgraph.namespaces import ALIGNMENT, CONCEPTS, ONTOLOGY, SHAPES
from iprgraph.rdf import jsonld
from iprgraph.rdf.canonical import dataset_hash
from iprgraph.rdf.syntax import SYNTAXES, serialize

GZIP = "application/gzip"


class DumpFile(NamedTuple):
    """One file of a release before it is written."""

    name: str
    content: bytes
    media_type: str


def dumps(quads: list[ox.Quad], context: jsonld.Context) -> Iterator[DumpFile]:
    """Return the whole graph in every syntax, each file followed by its gzipped copy.

    Turtle, N-Triples and RDF/XML hold the union of all graphs, which is what the default graph of
    a query sees; TriG, N-Quads and JSON-LD keep the named graphs.
    """
    for syntax in SYNTAXES.values():
        if syntax.name == "jsonld":
            content = _checked_jsonld(quads, context)
        else:
            content = serialize(quads, syntax.name)
        yield from with_gzip(DumpFile(f"iprgraph.{syntax.extension}", content, syntax.media_type))


def with_gzip(file: DumpFile) -> tuple[DumpFile, DumpFile]:
    """Return a file and its gzipped copy."""
    return file, DumpFile(f"{file.name}.gz", compress(file.content), GZIP)


def turtle_parts(quads: list[ox.Quad]) -> Iterator[DumpFile]:
    """Return the ontology, with its alignment and concepts, and the shapes as Turtle files."""
    for name, graphs in (
        ("ontology.ttl", (ONTOLOGY, ALIGNMENT, CONCEPTS)),
        ("shapes.ttl", (SHAPES,)),
    ):
        part = [quad for quad in quads if quad.graph_name in graphs]
        yield DumpFile(name, serialize(part, "turtle"), SYNTAXES["turtle"].media_type)


def sha256(content: bytes) -> str:
    """Return the SHA-256 of bytes in hex."""
    return hashlib.sha256(content).hexdigest()


def checksums(files: dict[str, str], manifest: bytes) -> bytes:
    """Return the content of SHA256SUMS for the files and the manifest, as `sha256sum --check` reads it."""
    listed = {**files, "manifest.json": sha256(manifest)}
    return "".join(f"{listed[name]}  {name}\n" for name in sorted(listed)).encode()


def compress(content: bytes) -> bytes:
    """Return bytes gzipped without time and file name, so that the result is always the same."""
    buffer = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", fileobj=buffer, mtime=0) as file:
        file.write(content)
    return buffer.getvalue()


def _checked_jsonld(quads: list[ox.Quad], context: jsonld.Context) -> bytes:
    """Return the quads as JSON-LD, after reading it back: an error in the context would change the data."""
    content = jsonld.write(quads, context)
    try:
        hash_read_back = dataset_hash(ox.parse(content, ox.RdfFormat.JSON_LD))
    except SyntaxError as error:
        raise DataError(f"ontology/context.jsonld cannot be used: {error}") from error
    if hash_read_back != dataset_hash(quads):
        raise DataError(
            "ontology/context.jsonld changes the data when they are read back: "
            "compare its @id, @type and @language with the ontology's terms and ranges"
        )
    return content
