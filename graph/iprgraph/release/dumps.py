"""Dumps of the graph: every syntax, plain and gzipped, from parsed quads, always the same bytes."""

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
    """Hold one file of a release before it is written."""

    name: str
    content: bytes
    media_type: str


def dumps(quads: list[ox.Quad], context: jsonld.Context) -> Iterator[DumpFile]:
    """Write the whole graph in every syntax, each file followed by its gzipped twin.

    Turtle, N-Triples and RDF/XML hold the union of all graphs, which is what the default graph of
    a query sees; TriG, N-Quads and JSON-LD keep the named graphs.
    """
    for syntax in SYNTAXES.values():
        if syntax.name == "jsonld":
            content = _checked_jsonld(quads, context)
        else:
            content = serialize(quads, syntax.name)
        yield from with_twin(DumpFile(f"iprgraph.{syntax.extension}", content, syntax.media_type))


def with_twin(file: DumpFile) -> tuple[DumpFile, DumpFile]:
    """Give a file and its gzipped twin."""
    return file, DumpFile(f"{file.name}.gz", compress(file.content), GZIP)


def parts(quads: list[ox.Quad]) -> Iterator[DumpFile]:
    """Write the ontology, with its alignment and concepts, and the shapes as Turtle files."""
    for name, graphs in (
        ("ontology.ttl", (ONTOLOGY, ALIGNMENT, CONCEPTS)),
        ("shapes.ttl", (SHAPES,)),
    ):
        part = [quad for quad in quads if quad.graph_name in graphs]
        yield DumpFile(name, serialize(part, "turtle"), SYNTAXES["turtle"].media_type)


def sha256(content: bytes) -> str:
    """Give the SHA-256 of bytes in hex."""
    return hashlib.sha256(content).hexdigest()


def checksums(files: dict[str, str], manifest: bytes) -> bytes:
    """Write SHA256SUMS, as `sha256sum --check` reads it, for the files and the manifest."""
    listed = {**files, "manifest.json": sha256(manifest)}
    return "".join(f"{listed[name]}  {name}\n" for name in sorted(listed)).encode()


def compress(content: bytes) -> bytes:
    """Gzip bytes without the time or a file name, so that they are the same each time."""
    buffer = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", fileobj=buffer, mtime=0) as file:
        file.write(content)
    return buffer.getvalue()


def _checked_jsonld(quads: list[ox.Quad], context: jsonld.Context) -> bytes:
    """Write JSON-LD and read it back, for a slip in the context would change the data."""
    content = jsonld.write(quads, context)
    try:
        again = dataset_hash(ox.parse(content, ox.RdfFormat.JSON_LD))
    except SyntaxError as error:
        raise DataError(f"ontology/context.jsonld cannot be used: {error}") from error
    if again != dataset_hash(quads):
        raise DataError(
            "ontology/context.jsonld changes the data when they are read back: "
            "compare its @id, @type and @language with the ontology's terms and ranges"
        )
    return content
