"""What one release has and another has not, as lines, and as an RDF Patch.

RDF Patch is at <https://afs.github.io/rdf-delta/rdf-patch.html>. The label of a blank node belongs
to its release, so the lines of a graph that name blank nodes are replaced together, by new labels,
when that graph changed; a patch that is applied to the one release always gives the other.
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
        """Write as an RDF Patch from a release, by its id, to another."""
        head = f"H id <{BASE}releases/{old}/diff/{new}> .\nTX .\n".encode()
        body = b"".join((*_rows(b"D ", self.removed), *_rows(b"A ", self.added)))
        return head + body + b"TC .\n"


def compare(old: Release, new: Release) -> Patch:
    """Compare two releases by their dumps; raises ReleaseError for one that is not sorted."""
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
    gone, come = ([q for q in _parse(lines) if _graph(q) in changed] for lines in blank)
    return Patch(
        tuple(sorted((*_parse(removed), *gone), key=str)),
        tuple(sorted((*_parse(added), *map(_relabelled, come)), key=str)),
    )


def _rows(word: bytes, quads: Iterable[ox.Quad]) -> Iterator[bytes]:
    for quad in quads:
        yield word + nquads([quad])


def _merged(old: Path, new: Path) -> Iterator[tuple[bytes, bool, bool]]:
    """Walk two sorted files side by side: each line once, with where it is."""
    one, other = _sorted(old), _sorted(new)
    left, right = next(one, None), next(other, None)
    while left is not None or right is not None:
        if right is None or (left is not None and left < right):
            assert left is not None
            yield left, True, False
            left = next(one, None)
        elif left is None or right < left:
            yield right, False, True
            right = next(other, None)
        else:
            yield left, True, True
            left, right = next(one, None), next(other, None)


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
    """Tell a line that names a blank node from one whose text looks like that."""
    (quad,) = _parse([line])
    return any(isinstance(term, ox.BlankNode) for term in (quad.subject, quad.object))


def _graph(quad: ox.Quad) -> str:
    return str(quad.graph_name)[1:-1]


def _relabelled(quad: ox.Quad) -> ox.Quad:
    """Give blank nodes labels that the other release cannot have: it has c14n0, c14n1 …"""
    subject, value = quad.subject, quad.object
    if isinstance(subject, ox.BlankNode):
        subject = ox.BlankNode(f"new-{subject.value}")
    if isinstance(value, ox.BlankNode):
        value = ox.BlankNode(f"new-{value.value}")
    return ox.Quad(subject, quad.predicate, value, quad.graph_name)
