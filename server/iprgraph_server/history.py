"""The history of a claim: in which releases it came, changed what it asserts, and went."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from iprgraph.release import Release


class Step(NamedTuple):
    """What a release did to a claim: came, changed or gone; `before` is the release before it."""

    what: str
    release: Release
    before: Release | None


def steps(releases: Iterable[Release], claim: str) -> Iterator[Step]:
    """Tell the history of a claim by its IRI; releases come oldest first.

    A manifest has the hash of each graph, and a claim's graph is what it asserts.
    """
    before: Release | None = None
    held = None
    for release in releases:
        told = release.manifest["graphs"].get(claim)
        holds = told["hash"] if told else None
        if holds != held:
            yield Step("gone" if not holds else "changed" if held else "came", release, before)
        before, held = release, holds
