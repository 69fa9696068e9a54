"""The release to serve, and where its writes are kept."""

from __future__ import annotations

import fcntl
import subprocess
import sys
from pathlib import Path

from iprgraph.errors import ReleaseError
from iprgraph.release.release import Release
from iprgraph_server.settings import Settings


def ensure_release(folder: Path) -> Release:
    """Return the newest release of a folder; the bundled content is built where there is none.

    Raises ReleaseError if that fails.
    """
    try:
        return Release.open(folder)
    except ReleaseError:
        folder.mkdir(parents=True, exist_ok=True)
    # Of several processes that are started at once, one builds.
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            return Release.open(folder)
        except ReleaseError:
            # In a process of its own: a server forks, and must not have the threads of a store.
            command = [sys.executable, "-m", "iprgraph", "build", "--out", str(folder)]
            if subprocess.run(command, stdout=sys.stderr, check=False).returncode:  # noqa: S603
                raise ReleaseError(f"there is nothing to serve: no release in {folder}") from None
            return Release.open(folder)


def journal_folder(settings: Settings, release: Release, *, writable: bool) -> Path | None:
    """Return the folder of the journal; None where no writes are, or once were, accepted."""
    folder = Path(settings.journal) if settings.journal else release.dir.parent / "journal"
    return folder if writable or folder.is_dir() else None
