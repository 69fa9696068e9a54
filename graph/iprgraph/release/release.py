"""Releases: immutable folders that hold the graph, its description, its report and its checksums.

OUT/ID/ holds manifest.json, SHA256SUMS, the dumps (iprgraph.*), void.ttl, dataset.jsonld,
report.ttl, ontology.ttl, shapes.ttl, context.jsonld and search.db; OUT/current points at the newest.
ID is the dataset's version and the first 12 digits of its RDFC-1.0 hash. All files are the same
bytes for the same input.
"""

from __future__ import annotations

import json
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyoxigraph as ox

from iprgraph.errors import ReleaseError

if TYPE_CHECKING:
    from iprgraph.search.index import Index

#: Where releases are, unless another folder is named.
DEFAULT_OUT = Path("releases")


class Release:
    """A release in its folder. Raises ReleaseError where the folder has no readable manifest."""

    def __init__(self, folder: Path) -> None:
        self.dir = folder
        try:
            self.manifest: dict[str, Any] = json.loads(
                (folder / "manifest.json").read_text("utf-8")
            )
            self.id = str(self.manifest["id"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ReleaseError(
                f"{folder} is not a release: it has no readable manifest.json"
            ) from error
        #: Whether build() found the release there already.
        self.existed = False

    @classmethod
    def open(cls, folder: Path | str | None = None) -> Release:
        """Return a release, or the current one of a folder of releases (default: ./releases).

        Raises ReleaseError where there is none.
        """
        folder = Path(folder) if folder is not None else DEFAULT_OUT
        if (folder / "manifest.json").is_file():
            return cls(folder.resolve())
        current = folder / "current"
        if current.is_dir():
            # Resolved, so that this release stays the same one when a newer becomes current.
            return cls(current.resolve())
        raise ReleaseError(
            f"there is no release in {folder}; `iprgraph build --out {folder}` makes one"
        )

    @property
    def counts(self) -> dict[str, int]:
        """The manifest's counts: claims, asserted, inferred, quads, graphs, violations …"""
        return dict(self.manifest["counts"])

    @cached_property
    def names(self) -> Index:
        """The search index, opened once; raises ReleaseError where there is none."""
        from iprgraph.search.index import Index

        return Index(self.dir)

    def quads(self) -> list[ox.Quad]:
        """Return the whole dataset, parsed from its dump, with lexical forms as written."""
        return list(ox.parse(path=self.dir / "iprgraph.nq"))
