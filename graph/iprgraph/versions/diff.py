"""The difference between two releases: claims that came, went and changed, and the patch."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import pyoxigraph as ox

from iprgraph.namespaces import CLAIMS, INFERRED
from iprgraph.rdf.sorted_nquads import Names, names_of
from iprgraph.release.release import Release
from iprgraph.versions.rdf_patch import Patch, Triples, compare


@dataclass(frozen=True)
class ClaimChange:
    """A claim and its quads that went and came: what it asserts, and what is known about it."""

    iri: str
    removed: Triples
    added: Triples

    @property
    def slug(self) -> str:
        """Give the claim's own part of its IRI."""
        return self.iri.removeprefix(CLAIMS)

    @property
    def steps(self) -> list[tuple[Any, ox.NamedNode, list[Any], list[Any]]]:
        """Pair what went with what came: subject, predicate, old values, new values."""
        found: dict[tuple[Any, ox.NamedNode], tuple[list[Any], list[Any]]] = {}
        for place, quads in enumerate((self.removed, self.added)):
            for quad in quads:
                key = quad.subject, quad.predicate
                found.setdefault(key, ([], []))[place].append(quad.object)
        ordered = sorted(found.items(), key=lambda item: (str(item[0][0]) != f"<{self.iri}>",))
        return [(*key, *values) for key, values in ordered]


@dataclass(frozen=True)
class Diff:
    """What changed from one release to another; `names` has the names of all that is mentioned."""

    old: Release
    new: Release
    added: list[ClaimChange]
    removed: list[ClaimChange]
    changed: list[ClaimChange]
    #: Graphs that are no claims: how many quads went and came, those of claims left out.
    graphs: dict[str, tuple[int, int]]
    patch: Patch
    names: Names

    def as_json(self) -> dict[str, Any]:
        """Give the difference as values for JSON; terms are in N-Triples."""
        groups = {"added": self.added, "removed": self.removed, "changed": self.changed}
        return {
            "from": self.old.id,
            "to": self.new.id,
            "counts": {
                **{f"claims_{name}": len(group) for name, group in groups.items()},
                "quads_added": len(self.patch.added),
                "quads_removed": len(self.patch.removed),
            },
            **{name: [self._claim(claim) for claim in group] for name, group in groups.items()},
            "graphs": {
                name: {"removed": removed, "added": added}
                for name, (removed, added) in self.graphs.items()
            },
        }

    def _claim(self, claim: ClaimChange) -> dict[str, Any]:
        return {
            "id": claim.iri,
            "names": self.names.get(claim.iri, {}),
            "removed": [str(quad.triple) for quad in claim.removed],
            "added": [str(quad.triple) for quad in claim.added],
        }


def diff(old: Release, new: Release) -> Diff:
    """Compare two releases; raises ReleaseError for one that cannot be read as a build writes it."""
    patch = compare(old, new)
    claims, beyond = _by_claim(patch)
    before, after = ({g for g in r.manifest["graphs"] if g.startswith(CLAIMS)} for r in (old, new))
    changes = [ClaimChange(iri, *map(tuple, quads)) for iri, quads in sorted(claims.items())]
    return Diff(
        old,
        new,
        [c for c in changes if c.iri in after - before],
        [c for c in changes if c.iri in before - after],
        [c for c in changes if c.iri in before & after],
        beyond,
        patch,
        _names(old, new, changes),
    )


def _by_claim(
    patch: Patch,
) -> tuple[dict[str, tuple[list[ox.Quad], list[ox.Quad]]], dict[str, tuple[int, int]]]:
    """Part a patch into claims, by what they assert and what is asserted of them, and the rest."""
    claims: dict[str, tuple[list[ox.Quad], list[ox.Quad]]] = {}
    counts: tuple[Counter[str], Counter[str]] = (Counter(), Counter())
    for place, quads in enumerate(patch):
        for quad in quads:
            graph, subject = str(quad.graph_name)[1:-1], str(quad.subject)[1:-1]
            claim = graph if graph.startswith(CLAIMS) else subject
            if claim.startswith(CLAIMS) and quad.graph_name != INFERRED:
                claims.setdefault(claim, ([], []))[place].append(quad)
            else:
                counts[place][graph] += 1
    names = sorted(counts[0].keys() | counts[1].keys())
    return claims, {name: (counts[0][name], counts[1][name]) for name in names}


def _names(old: Release, new: Release, changes: Iterable[ClaimChange]) -> Names:
    """Name all that the changes mention; the newer release's names count."""
    wanted: dict[str, None] = {}
    for change in changes:
        wanted[change.iri] = None
        for quad in (*change.removed, *change.added):
            for term in (quad.subject, quad.predicate, quad.object):
                if isinstance(term, ox.NamedNode):
                    wanted[term.value] = None
    found = names_of(old.dir / "iprgraph.nq", wanted)
    return found | names_of(new.dir / "iprgraph.nq", wanted)
