"""Our side: the things of a release that other datasets may know, too."""

from __future__ import annotations

from collections.abc import Iterator

import pyoxigraph as ox

from iprgraph.linking.things import Thing, read
from iprgraph.namespaces import ID, kind_of
from iprgraph.release.release import Release

#: Kinds that are of the world, rather than of this graph.
KINDS = {
    "article", "country", "indicator", "law", "organization", "person", "place", "plan", "report",
    "topic", "treaty",
}  # fmt: skip


def ours(release: Release, type: str | None = None) -> list[Thing]:
    """Give the things of a release, all that may be linked or those of a type.

    Raises UsageError for a type that no thing is of.
    """
    wanted = release.names.type(type) if type else ""
    found = read(_triples(release))
    return [
        thing
        for iri, thing in found.items()
        if (kind_of(iri) in KINDS if not wanted else wanted in (kind_of(iri), *thing.types))
    ]


def _triples(release: Release) -> Iterator[tuple[str, str, object]]:
    for quad in ox.parse(path=release.dir / "iprgraph.nq"):
        if isinstance(quad.subject, ox.NamedNode) and quad.subject in ID:
            yield quad.subject.value, quad.predicate.value, quad.object
