"""The history of a claim: in which releases it came, what of it changed, and when it went."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import pyoxigraph as ox

from iprgraph.namespaces import DCTERMS, INFERRED, IPR, OA, SCHEMA
from iprgraph.rdf.sorted_nquads import Names, names_of, quads_of
from iprgraph.release.release import Release

#: What is known about a claim beside what it asserts, in the order in which changes are told.
_TOLD = (
    IPR.attributedTo, IPR.saidOn, IPR.saidAt, IPR.modality, IPR.basis, IPR.confidence, IPR.status,
    IPR.source, IPR.evidence, SCHEMA.url, DCTERMS.description, OA.start, OA.end,
)  # fmt: skip

#: Values by property.
Told = dict[ox.NamedNode, set[Any]]


class ValueChange(NamedTuple):
    """The values of a property that went, and those that came in their place."""

    property: ox.NamedNode
    before: list[Any]
    after: list[Any]


class ClaimEvent(NamedTuple):
    """What a release did to a claim: `came`, `gone`, `changed` in what it asserts, `told` otherwise.

    `before` is the release before it.
    """

    what: str
    release: Release
    before: Release | None
    changes: list[ValueChange]


class History(NamedTuple):
    """The steps of a claim, oldest first, and the names of all that they mention."""

    claim: str
    steps: list[ClaimEvent]
    names: Names


def history_of(claim: str, releases: Iterable[Release]) -> History:
    """Tell the history of a claim by its IRI; releases come oldest first.

    A manifest has the hash of each graph, and a claim's graph is what it asserts; the rest is
    looked up in the dumps. So the cost is that of the releases, whatever their size.
    """
    steps: list[ClaimEvent] = []
    names: Names = {}
    before: Release | None = None
    held: str | None = None
    told: Told = {}
    for release in releases:
        graph = release.manifest["graphs"].get(claim)
        holds = graph["hash"] if graph else None
        tells = _told(release, claim) if holds else {}
        changes = _changes(told, tells) if held and holds else []
        if holds != held or changes:
            what = "came" if not held else "gone" if not holds else "changed"
            steps.append(ClaimEvent("told" if holds == held else what, release, before, changes))
            for at in (before, release) if changes else ():
                if at:
                    names |= names_of(at.dir / "iprgraph.nq", _mentioned(changes))
        before, held, told = release, holds, tells
    return History(claim, steps, names)


def _told(release: Release, claim: str) -> Told:
    """Look up what a release says about a claim, its passages and their places in the text."""
    dump = release.dir / "iprgraph.nq"
    found: Told = {}
    for quad in quads_of(dump, claim):
        _note(found, quad)
    for passage in [*found.get(IPR.evidence, ())]:
        for quad in quads_of(dump, passage.value):
            _note(found, quad)
            if quad.predicate == OA.hasSelector and isinstance(quad.object, ox.NamedNode):
                for place in quads_of(dump, quad.object.value):
                    _note(found, place)
    return found


def _note(found: Told, quad: ox.Quad) -> None:
    if quad.graph_name != INFERRED and quad.predicate in _TOLD:
        found.setdefault(quad.predicate, set()).add(quad.object)


def _changes(before: Told, after: Told) -> list[ValueChange]:
    changes = []
    for told in _TOLD:
        old, new = before.get(told, set()), after.get(told, set())
        if old != new:
            changes.append(
                ValueChange(told, sorted(old - new, key=str), sorted(new - old, key=str))
            )
    return changes


def _mentioned(changes: list[ValueChange]) -> Iterable[str]:
    for change in changes:
        for term in (change.property, *change.before, *change.after):
            if isinstance(term, ox.NamedNode):
                yield term.value
