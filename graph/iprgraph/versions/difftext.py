"""Tell the difference between two releases in words, in English and in Chinese."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pyoxigraph as ox

from iprgraph.namespaces import BASE, shorten
from iprgraph.versions.diff import ClaimChange, Diff

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


def tell(found: Diff, language: str = "en") -> str:
    """Write a difference for a terminal or a plain-text answer."""
    say = _Speaker(found, language)
    counted = found.as_json()["counts"]
    lines = [
        say("title", old=found.old.id, new=found.new.id),
        say("counts", **{name.removeprefix("claims_"): n for name, n in counted.items()}),
    ]
    if not any(found.patch):
        lines.append(say("same"))
    groups = {"added": found.added, "removed": found.removed, "changed": found.changed}
    for key, claims in groups.items():
        if claims:
            lines.append(f"\n{say(key)}")
        for claim in claims:
            lines.append(f"- {say.name(claim.iri)}  [claim:{claim.slug}]")
            lines += [f"    {line}" for line in say.steps(claim, key == "changed")]
    if found.graphs:
        lines.append(f"\n{say('graphs')}")
    for graph, (removed, added) in found.graphs.items():
        lines.append(f"- {say('graph', graph=shorten(graph), removed=removed, added=added)}")
    return "\n".join(lines)


class _Speaker:
    """Say things in one language, by the names that a difference has."""

    def __init__(self, found: Diff, language: str) -> None:
        self._names = found.names
        self._language = language

    def __call__(self, key: str, **values: object) -> str:
        return _WORDS[key][LANGUAGES.index(self._language)].format(**values)

    def name(self, iri: str) -> str:
        """Name a thing in the language, or in another, or by its shortened IRI."""
        known = self._names.get(iri, {})
        for wanted in (self._language, *LANGUAGES, ""):
            if wanted in known:
                return known[wanted]
        return shorten(iri).removeprefix(f"<{BASE}").strip("<>")

    def steps(self, claim: ClaimChange, is_changed: bool) -> Iterator[str]:
        """Tell what a claim says, or what it said before and says now, line by line."""
        for subject, predicate, before, after in _told(claim):
            old, new = (self("and").join(map(self._value, terms)) for terms in (before, after))
            what = old or new
            if is_changed:
                what = self("step", old=old or self("nothing"), new=new or self("nothing"))
            told = self.name(predicate.value)
            if str(subject) == f"<{claim.iri}>":
                yield self("own", predicate=told, what=what)
            else:
                yield self("of", subject=self._value(subject), predicate=told, what=what)

    def _value(self, term: object) -> str:
        if isinstance(term, ox.NamedNode):
            return self.name(term.value)
        return term.value if isinstance(term, ox.Literal) else str(term)


def _told(claim: ClaimChange) -> Iterator[tuple[Any, ox.NamedNode, list[Any], list[Any]]]:
    """Give the steps of a claim but for its own names, which head it unless they changed."""
    for subject, predicate, before, after in claim.steps:
        is_name = str(subject) == f"<{claim.iri}>" and predicate.value.endswith("#prefLabel")
        if not is_name or (before and after):
            yield subject, predicate, before, after
