"""The releases of a folder in order of time, and the one that was current at a moment."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from iprgraph.errors import ReleaseError
from iprgraph.release.release import Release

#: Id of a release, which is the name of its folder: its version and the first digits of its hash.
RELEASE_ID = re.compile(r"[0-9A-Za-z][0-9A-Za-z.+-]*-[0-9a-f]{12}")


class Around(NamedTuple):
    """The neighbours of a release in time; None where there is no earlier or later one."""

    first: Release
    previous: Release | None
    next: Release | None
    last: Release


class Timeline:
    """All releases of a folder, oldest first; the served one counts as the last of its day."""

    def __init__(self, folder: Path, served: Release | None = None) -> None:
        releases = {served.id: served} if served else {}
        for path in folder.iterdir() if folder.is_dir() else ():
            if path.name not in releases and RELEASE_ID.fullmatch(path.name):
                release = _release_in(path)
                if release:
                    releases[release.id] = release
        self.releases = sorted(
            releases.values(), key=lambda r: (issued(r), r is served, _natural_key(r.id), r.id)
        )

    def __iter__(self) -> Iterator[Release]:
        return iter(self.releases)

    def __len__(self) -> int:
        return len(self.releases)

    def find(self, release_id: str) -> Release | None:
        """Return a release by its id; None where there is none."""
        return next((r for r in self.releases if r.id == release_id), None)

    def around(self, release: Release) -> Around:
        """Return the neighbours of a release."""
        index = [r.id for r in self.releases].index(release.id)
        return Around(
            self.releases[0],
            self.releases[index - 1] if index else None,
            self.releases[index + 1] if index + 1 < len(self.releases) else None,
            self.releases[-1],
        )


def at(releases: list[Release], moment: datetime) -> Release:
    """Return the release that was current at a moment; the first one for any moment before it."""
    return next((r for r in reversed(releases) if issued(r) <= moment), releases[0])


def issued(release: Release) -> datetime:
    """Return the moment at which a release was issued."""
    moment = datetime.fromisoformat(release.manifest["issued"])
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def find_release(name: str, folder: Path) -> Release:
    """Return a release by its id in a folder of releases, or by its own folder.

    Raises ReleaseError with the ids of the releases in the folder where there is none.
    """
    timeline = Timeline(folder)
    if release := timeline.find(name):
        return release
    if (Path(name) / "manifest.json").is_file() or (Path(name) / "current").is_dir():
        return Release.open(name)
    there = ", ".join(r.id for r in timeline) or "none"
    raise ReleaseError(f"there is no release {name} in {folder}; there is: {there}")


def _release_in(path: Path) -> Release | None:
    """Return the release of a folder; None where its name is not the id of a release in it."""
    try:
        release = Release(path)
        issued(release)
    except (ReleaseError, KeyError, TypeError, ValueError):
        return None
    return release if release.id == path.name else None


def _natural_key(version: str) -> list[tuple[int, str]]:
    """Return a sort key by which 1.10 comes after 1.9."""
    parts = re.findall(r"\d+|\D+", version.rpartition("-")[0])
    return [(int(part), "") if part.isdigit() else (-1, part) for part in parts]
