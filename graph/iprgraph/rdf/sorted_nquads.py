"""Look up things in a dump without loading it: its lines are sorted, so a binary search finds them."""

from __future__ import annotations

import mmap
from collections.abc import Iterable
from pathlib import Path

import pyoxigraph as ox

from iprgraph.namespaces import INFERRED, RDFS, SKOS

#: Properties that name a thing, best last.
_NAMING = (RDFS.label, SKOS.prefLabel)

#: Names by IRI and language.
Names = dict[str, dict[str, str]]


def quads_of(dump: Path, subject: str) -> list[ox.Quad]:
    """Return the quads of a sorted N-Quads file with this IRI as their subject."""
    return list(ox.parse(_lines(dump, subject), ox.RdfFormat.N_QUADS, lenient=True))


def is_asserted(dump: Path, subject: str) -> bool:
    """Check whether a sorted N-Quads file asserts anything of an IRI."""
    inferred = f" {INFERRED} .".encode()
    return any(not line.endswith(inferred) for line in _lines(dump, subject).splitlines())


def names_of(dump: Path, subjects: Iterable[str]) -> Names:
    """Return the names of things by language."""
    names: Names = {}
    for subject in subjects:
        quads = [quad for quad in quads_of(dump, subject) if quad.predicate in _NAMING]
        quads.sort(key=lambda quad: (_NAMING.index(quad.predicate), str(quad.object)))
        for quad in quads:
            if isinstance(quad.object, ox.Literal):
                names.setdefault(subject, {})[quad.object.language or ""] = quad.object.value
    return names


def _lines(dump: Path, subject: str) -> bytes:
    """Return the lines that begin with a subject."""
    start = f"<{subject}> ".encode()
    with dump.open("rb") as file:
        if not dump.stat().st_size:
            return b""
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as lines:
            low, high = 0, len(lines)
            while low < high:
                begin = lines.rfind(b"\n", 0, (low + high) // 2) + 1
                end = lines.find(b"\n", begin) + 1 or len(lines)
                if lines[begin:end] < start:
                    low = end
                else:
                    high = begin
            end = low
            while lines[end : end + len(start)] == start:
                end = lines.find(b"\n", end) + 1 or len(lines)
            return lines[low:end]
