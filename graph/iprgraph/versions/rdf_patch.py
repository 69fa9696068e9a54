"""The quads removed and added between two releases, also as an RDF Patch.

The format is described at <https://afs.github.io/rdf-delta/rdf-patch.html>. The labels of blank nodes
belong to their release. So where a graph changed, all its lines with blank nodes are replaced, with
new labels; a patch that is applied to one release always gives the other.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import pyoxigraph as ox

from iprgraph.errors import ReleaseError
from iprgraph.namespaces import BASE
from iprgraph.rdf.canonical import nquads
from iprgraph.release.release import Release

MEDIA_TYPE = "application/rdf-patch"

_MAYBE_BLANK = re.compile(rb"(?:^|\s)_:")

Triples = tuple[ox.Quad, ...]


class Patch(NamedTuple):
    """Quads to remove and to add, each sorted."""

    removed: Triples
    added: Triples

    def write(self, old: str, new: str) -> bytes:
        """Return the RDF Patch from one release to another, by their ids."""
        head = f"H id <{BASE}releases/{old}/diff/{new}> .\nTX .\n".encode()
        body = b"".join((*_patch_rows(b"D ", self.removed), *_patch_rows(b"A ", self.added)))
        return head + body + b"TC .\n"


def compare(old: Release, new: Release) -> Patch:
    """Return the patch between two releases, from their dumps; raises ReleaseError for an unsorted dump."""
    removed: list[bytes] = []
    added: list[bytes] = []
    blank: tuple[list[bytes], list[bytes]] = ([], [])
    for line, in_old, in_new in _merged(old.dir / "iprgraph.nq", new.dir / "iprgraph.nq"):
        if _MAYBE_BLANK.search(line) and _has_blank(line):
            if in_old:
                blank[0].append(line)
            if in_new:
                blank[1].append(line)
        elif in_old != in_new:
            (removed if in_old else added).append(line)
    changed = {
        name
        for name in old.manifest["graphs"].keys() | new.manifest["graphs"].keys()
        if old.manifest["graphs"].get(name) != new.manifest["graphs"].get(name)
    }
    blank_removed, blank_added = (
        [q for q in _parse(lines) if _graph(q) in changed] for lines in blank
    )
    return Patch(
        tuple(sorted((*_parse(removed), *blank_removed), key=str)),
        tuple(sorted((*_parse(added), *map(_relabelled, blank_added)), key=str)),
    )


def _patch_rows(operation: bytes, quads: Iterable[ox.Quad]) -> Iterator[bytes]:
    for quad in quads:
        yield operation + nquads([quad])


def _merged(old: Path, new: Path) -> Iterator[tuple[bytes, bool, bool]]:
    """Yield each line of two sorted files once, with whether it is in the old and in the new one."""
    old_lines, new_lines = _sorted(old), _sorted(new)
    old_line, new_line = next(old_lines, None), next(new_lines, None)
    while old_line is not None or new_line is not None:
        if new_line is None or (old_line is not None and old_line < new_line):
            assert old_line is not None
            yield old_line, True, False
            old_line = next(old_lines, None)
        elif old_line is None or new_line < old_line:
            yield new_line, False, True
            new_line = next(new_lines, None)
        else:
            yield old_line, True, True
            old_line, new_line = next(old_lines, None), next(new_lines, None)


def _sorted(dump: Path) -> Iterator[bytes]:
    before = b""
    with dump.open("rb") as lines:
        for line in lines:
            if line < before:
                raise ReleaseError(
                    f"{dump} is not sorted, as a build writes it; verify the release"
                )
            before = line
            yield line


def _parse(lines: Iterable[bytes]) -> list[ox.Quad]:
    return list(ox.parse(b"".join(lines), ox.RdfFormat.N_QUADS, lenient=True))


def _has_blank(line: bytes) -> bool:
    """Check whether a line has a blank node, and not only text that looks like one."""
    (quad,) = _parse([line])
    return any(isinstance(term, ox.BlankNode) for term in (quad.subject, quad.object))


def _graph(quad: ox.Quad) -> str:
    return str(quad.graph_name)[1:-1]


def _relabelled(quad: ox.Quad) -> ox.Quad:
    """Return a quad with labels of blank nodes that the other release cannot have: it has c14n0, c14n1 …"""
    subject, value = quad.subject, quad.object
    if isinstance(subject, ox.BlankNode):
        subject = ox.BlankNode(f"new-{subject.value}")
    if isinstance(value, ox.BlankNode):
        value = ox.BlankNode(f"new-{value.value}")
    return ox.Quad(subject, quad.predicate, value, quad.graph_name)
