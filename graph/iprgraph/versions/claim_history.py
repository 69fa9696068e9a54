"""The history of a claim: the releases that added, changed and removed it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import pyoxigraph as ox

from iprgraph.namespaces import DCTERMS, INFERRED, IPR, OA, SCHEMA
from iprgraph.rdf.sorted_nquads import Names, names_of, quads_of
from iprgraph.release.release import Release

#: Properties of a claim besides what it asserts, in the order in which changes are listed.
_PROPERTIES = (
    IPR.attributedTo, IPR.saidOn, IPR.saidAt, IPR.modality, IPR.basis, IPR.confidence, IPR.status,
    IPR.source, IPR.evidence, SCHEMA.url, DCTERMS.description, OA.start, OA.end,
)  # fmt: skip

#: Values by property.
Values = dict[ox.NamedNode, set[Any]]


class ValueChange(NamedTuple):
    """The values of a property that were removed, and those that were added."""

    property: ox.NamedNode
    before: list[Any]
    after: list[Any]


class ClaimEvent(NamedTuple):
    """A change of a claim by a release; `before` is the release before it.

    `what` is `came`, `gone`, `changed` for a change of what the claim asserts, or `told` for a change
    of its properties only.
    """

    what: str
    release: Release
    before: Release | None
    changes: list[ValueChange]


class History(NamedTuple):
    """The events of a claim, oldest first, and the names of all terms in them."""

    claim: str
    steps: list[ClaimEvent]
    names: Names


def history_of(claim: str, releases: Iterable[Release]) -> History:
    """Return the history of a claim by its IRI; releases come oldest first.

    The manifest of a release has the hash of the claim's graph; the properties of the claim are looked
    up in the sorted dump. So the cost depends on the number of releases, not on their size.
    """
    steps: list[ClaimEvent] = []
    names: Names = {}
    before: Release | None = None
    old_hash: str | None = None
    old_values: Values = {}
    for release in releases:
        graph = release.manifest["graphs"].get(claim)
        new_hash = graph["hash"] if graph else None
        new_values = _values(release, claim) if new_hash else {}
        changes = _changes(old_values, new_values) if old_hash and new_hash else []
        if new_hash != old_hash or changes:
            what = "came" if not old_hash else "gone" if not new_hash else "changed"
            steps.append(
                ClaimEvent("told" if new_hash == old_hash else what, release, before, changes)
            )
            for at in (before, release) if changes else ():
                if at:
                    names |= names_of(at.dir / "iprgraph.nq", _mentioned(changes))
        before, old_hash, old_values = release, new_hash, new_values
    return History(claim, steps, names)


def _values(release: Release, claim: str) -> Values:
    """Return the properties of a claim in a release, with those of its passages and their positions."""
    dump = release.dir / "iprgraph.nq"
    values: Values = {}
    for quad in quads_of(dump, claim):
        _add(values, quad)
    for passage in [*values.get(IPR.evidence, ())]:
        for quad in quads_of(dump, passage.value):
            _add(values, quad)
            if quad.predicate == OA.hasSelector and isinstance(quad.object, ox.NamedNode):
                for position in quads_of(dump, quad.object.value):
                    _add(values, position)
    return values


def _add(values: Values, quad: ox.Quad) -> None:
    if quad.graph_name != INFERRED and quad.predicate in _PROPERTIES:
        values.setdefault(quad.predicate, set()).add(quad.object)


def _changes(before: Values, after: Values) -> list[ValueChange]:
    changes = []
    for predicate in _PROPERTIES:
        old, new = before.get(predicate, set()), after.get(predicate, set())
        if old != new:
            changes.append(
                ValueChange(predicate, sorted(old - new, key=str), sorted(new - old, key=str))
            )
    return changes


def _mentioned(changes: list[ValueChange]) -> Iterable[str]:
    for change in changes:
        for term in (change.property, *change.before, *change.after):
            if isinstance(term, ox.NamedNode):
                yield term.value
