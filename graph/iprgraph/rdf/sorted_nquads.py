"""Find what a dump says of a thing without loading it: its lines are sorted, so by halving."""

from __future__ import annotations

import mmap
from collections.abc import Iterable
from pathlib import Path

import pyoxigraph as ox

from iprgraph.namespaces import INFERRED, RDFS, SKOS

#: What names a thing, best last.
_NAMING = (RDFS.label, SKOS.prefLabel)

#: Names by IRI and language.
Names = dict[str, dict[str, str]]


def quads_of(dump: Path, subject: str) -> list[ox.Quad]:
    """Give the quads of a sorted N-Quads file with this IRI as their subject."""
    return list(ox.parse(_lines(dump, subject), ox.RdfFormat.N_QUADS, lenient=True))


def is_asserted(dump: Path, subject: str) -> bool:
    """Tell whether a sorted N-Quads file asserts anything of an IRI."""
    inferred = f" {INFERRED} .".encode()
    return any(not line.endswith(inferred) for line in _lines(dump, subject).splitlines())


def names_of(dump: Path, subjects: Iterable[str]) -> Names:
    """Look up the names of things by language."""
    found: Names = {}
    for subject in subjects:
        quads = [quad for quad in quads_of(dump, subject) if quad.predicate in _NAMING]
        quads.sort(key=lambda quad: (_NAMING.index(quad.predicate), str(quad.object)))
        for quad in quads:
            if isinstance(quad.object, ox.Literal):
                found.setdefault(subject, {})[quad.object.language or ""] = quad.object.value
    return found


def _lines(dump: Path, subject: str) -> bytes:
    """Give the lines that begin with a subject."""
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
            last = low
            while lines[last : last + len(start)] == start:
                last = lines.find(b"\n", last) + 1 or len(lines)
            return lines[low:last]
