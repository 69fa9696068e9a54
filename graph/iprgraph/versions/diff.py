"""The difference between two releases: claims added, removed and changed, as data and in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import pyoxigraph as ox

from iprgraph.namespaces import BASE, CLAIMS, INFERRED, shorten
from iprgraph.rdf.sorted_nquads import Names, names_of
from iprgraph.release.release import Release
from iprgraph.versions.rdf_patch import Patch, Triples, compare

LANGUAGES = ("en", "zh")

_WORDS = {
    "title": ("From release {old} to {new}", "从版本 {old} 到 {new}"),
    "counts": (
        "Claims: {added} added, {removed} removed, {changed} changed. "
        "Quads: {quads_added} added, {quads_removed} removed.",
        "新增主张 {added} 条，删除 {removed} 条，更改 {changed} 条；"
        "新增四元组 {quads_added} 个，删除 {quads_removed} 个",
    ),
    "same": ("The two releases say the same.", "两个版本内容相同。"),
    "added": ("Claims added", "新增的主张"),
    "removed": ("Claims removed", "删除的主张"),
    "changed": ("Claims changed", "更改的主张"),
    "graphs": ("Beyond claims", "主张以外"),
    "graph": ("{graph}: {added} quads added, {removed} removed", "{graph}：新增 {added} 个，删除 {removed} 个"),
    "of": ("{predicate} of {subject}: {what}", "{subject}的{predicate}：{what}"),
    "own": ("{predicate}: {what}", "{predicate}：{what}"),
    "step": ("{old} → {new}", "{old} → {new}"),
    "nothing": ("nothing", "无"),
    "and": (", ", "、"),
}  # fmt: skip


@dataclass(frozen=True)
class ClaimChange:
    """A claim with the quads that were removed and added, in its graph and about it."""

    iri: str
    removed: Triples
    added: Triples

    @property
    def slug(self) -> str:
        """The last part of the claim's IRI."""
        return self.iri.removeprefix(CLAIMS)

    @property
    def steps(self) -> list[tuple[Any, ox.NamedNode, list[Any], list[Any]]]:
        """The removed and added values, paired: subject, predicate, old values, new values."""
        values: dict[tuple[Any, ox.NamedNode], tuple[list[Any], list[Any]]] = {}
        for place, quads in enumerate((self.removed, self.added)):
            for quad in quads:
                key = quad.subject, quad.predicate
                values.setdefault(key, ([], []))[place].append(quad.object)
        ordered = sorted(values.items(), key=lambda item: (str(item[0][0]) != f"<{self.iri}>",))
        return [(*key, *old_and_new) for key, old_and_new in ordered]


@dataclass(frozen=True)
class Diff:
    """What changed from one release to another; `names` has the names of all terms in it."""

    old: Release
    new: Release
    added: list[ClaimChange]
    removed: list[ClaimChange]
    changed: list[ClaimChange]
    #: Other graph -> number of quads removed and added, without those about claims.
    graphs: dict[str, tuple[int, int]]
    patch: Patch
    names: Names

    def as_json(self) -> dict[str, Any]:
        """Return the difference as values for JSON; terms are in N-Triples."""
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
    """Return the difference between two releases; raises ReleaseError for one that is not sorted."""
    patch = compare(old, new)
    claims, other_graphs = _by_claim(patch)
    before, after = ({g for g in r.manifest["graphs"] if g.startswith(CLAIMS)} for r in (old, new))
    changes = [ClaimChange(iri, *map(tuple, quads)) for iri, quads in sorted(claims.items())]
    return Diff(
        old,
        new,
        [c for c in changes if c.iri in after - before],
        [c for c in changes if c.iri in before - after],
        [c for c in changes if c.iri in before & after],
        other_graphs,
        patch,
        _names(old, new, changes),
    )


def _by_claim(
    patch: Patch,
) -> tuple[dict[str, tuple[list[ox.Quad], list[ox.Quad]]], dict[str, tuple[int, int]]]:
    """Return the removed and added quads of each claim, and their numbers in each other graph."""
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
    """Return the names of all terms in the changes, preferably those of the newer release."""
    wanted: dict[str, None] = {}
    for change in changes:
        wanted[change.iri] = None
        for quad in (*change.removed, *change.added):
            for term in (quad.subject, quad.predicate, quad.object):
                if isinstance(term, ox.NamedNode):
                    wanted[term.value] = None
    return names_of(old.dir / "iprgraph.nq", wanted) | names_of(new.dir / "iprgraph.nq", wanted)


def diff_text(difference: Diff, language: str = "en") -> str:
    """Return a difference in words, for a terminal or a plain-text answer."""
    words = _DiffWords(difference, language)
    counts = difference.as_json()["counts"]
    lines = [
        words("title", old=difference.old.id, new=difference.new.id),
        words("counts", **{name.removeprefix("claims_"): n for name, n in counts.items()}),
    ]
    if not any(difference.patch):
        lines.append(words("same"))
    groups = {
        "added": difference.added,
        "removed": difference.removed,
        "changed": difference.changed,
    }
    for key, claims in groups.items():
        if claims:
            lines.append(f"\n{words(key)}")
        for claim in claims:
            lines.append(f"- {words.name(claim.iri)}  [claim:{claim.slug}]")
            lines += [f"    {line}" for line in words.steps(claim, key == "changed")]
    if difference.graphs:
        lines.append(f"\n{words('graphs')}")
    for graph, (removed, added) in difference.graphs.items():
        lines.append(f"- {words('graph', graph=shorten(graph), removed=removed, added=added)}")
    return "\n".join(lines)


class _DiffWords:
    """The words of a difference in one language."""

    def __init__(self, difference: Diff, language: str) -> None:
        self._names = difference.names
        self._language = language

    def __call__(self, key: str, **values: object) -> str:
        return _WORDS[key][LANGUAGES.index(self._language)].format(**values)

    def name(self, iri: str) -> str:
        """Return the name of a thing in the language, or in another, or its shortened IRI."""
        names = self._names.get(iri, {})
        for language in (self._language, *LANGUAGES, ""):
            if language in names:
                return names[language]
        return shorten(iri).removeprefix(f"<{BASE}").strip("<>")

    def steps(self, claim: ClaimChange, is_changed: bool) -> Iterator[str]:
        """Yield the values of a claim, or its old and new values, line by line."""
        for subject, predicate, before, after in _steps_without_names(claim):
            old, new = (self("and").join(map(self._value, terms)) for terms in (before, after))
            what = old or new
            if is_changed:
                what = self("step", old=old or self("nothing"), new=new or self("nothing"))
            name = self.name(predicate.value)
            if str(subject) == f"<{claim.iri}>":
                yield self("own", predicate=name, what=what)
            else:
                yield self("of", subject=self._value(subject), predicate=name, what=what)

    def _value(self, term: object) -> str:
        if isinstance(term, ox.NamedNode):
            return self.name(term.value)
        return term.value if isinstance(term, ox.Literal) else str(term)


def _steps_without_names(
    claim: ClaimChange,
) -> Iterator[tuple[Any, ox.NamedNode, list[Any], list[Any]]]:
    """Yield the steps of a claim without unchanged names of its own, which are its heading."""
    for subject, predicate, before, after in claim.steps:
        is_name = str(subject) == f"<{claim.iri}>" and predicate.value.endswith("#prefLabel")
        if not is_name or (before and after):
            yield subject, predicate, before, after
