"""Releases in time: those that a folder holds, and which of them was current at a moment."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from iprgraph.errors import ReleaseError
from iprgraph.release.release import Release

#: How the folder of a release is named: its version, and the first digits of its hash.
RELEASE_ID = re.compile(r"[0-9A-Za-z][0-9A-Za-z.+-]*-[0-9a-f]{12}")


class Around(NamedTuple):
    """The releases around one in time; None where there is none on that side."""

    first: Release
    previous: Release | None
    next: Release | None
    last: Release


class Timeline:
    """All releases of a folder, oldest first; one that is served counts as the last of its day."""

    def __init__(self, folder: Path, served: Release | None = None) -> None:
        found = {served.id: served} if served else {}
        for place in folder.iterdir() if folder.is_dir() else ():
            if place.name not in found and RELEASE_ID.fullmatch(place.name):
                release = _opened(place)
                if release:
                    found[release.id] = release
        self.releases = sorted(
            found.values(), key=lambda r: (issued(r), r is served, _natural(r.id), r.id)
        )

    def __iter__(self) -> Iterator[Release]:
        return iter(self.releases)

    def __len__(self) -> int:
        return len(self.releases)

    def find(self, release_id: str) -> Release | None:
        """Give a release by its id."""
        return next((r for r in self.releases if r.id == release_id), None)

    def around(self, release: Release) -> Around:
        """Give the neighbours of a release."""
        place = [r.id for r in self.releases].index(release.id)
        return Around(
            self.releases[0],
            self.releases[place - 1] if place else None,
            self.releases[place + 1] if place + 1 < len(self.releases) else None,
            self.releases[-1],
        )


def at(releases: list[Release], moment: datetime) -> Release:
    """Choose the release that was current at a moment; the first for any moment before it."""
    return next((r for r in reversed(releases) if issued(r) <= moment), releases[0])


def issued(release: Release) -> datetime:
    """Give the moment at which a release was issued."""
    moment = datetime.fromisoformat(release.manifest["issued"])
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def find_release(name: str, folder: Path) -> Release:
    """Open a release by its id in a folder of releases, or by its own folder.

    Raises ReleaseError that names those there are.
    """
    timeline = Timeline(folder)
    if release := timeline.find(name):
        return release
    if (Path(name) / "manifest.json").is_file() or (Path(name) / "current").is_dir():
        return Release.open(name)
    there = ", ".join(r.id for r in timeline) or "none"
    raise ReleaseError(f"there is no release {name} in {folder}; there is: {there}")


def _opened(place: Path) -> Release | None:
    """Open a folder whose name is the id of the release in it."""
    try:
        release = Release(place)
        issued(release)
    except (ReleaseError, KeyError, TypeError, ValueError):
        return None
    return release if release.id == place.name else None


def _natural(version: str) -> list[tuple[int, str]]:
    """Give a key by which 1.10 comes after 1.9."""
    parts = re.findall(r"\d+|\D+", version.rpartition("-")[0])
    return [(int(part), "") if part.isdigit() else (-1, part) for part in parts]
