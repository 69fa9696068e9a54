"""`iprgraph stats`: show a release in numbers."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from iprgraph.cli.tables import table
from iprgraph.release.counts import stats
from iprgraph.release.release import Release


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what `stats` takes."""
    parser.add_argument(
        "--release",
        type=Path,
        metavar="DIR",
        help="a release or a folder of them (default: ./releases)",
    )
    parser.add_argument(
        "--format", choices=("text", "json"), default="text", help="form of the answer"
    )


def run(args: argparse.Namespace) -> int:
    """Show the release's counts, section by section."""
    release = Release.open(args.release)
    counted = stats(release.quads())
    if args.format == "json":
        document = {"release": release.id, "counts": release.counts} | {
            section: dict(rows) for section, rows in counted.items()
        }
        print(json.dumps(document, ensure_ascii=False, indent=1))
        return 0
    print(f"release {release.id}, issued {release.manifest['issued']}\n")
    sections = {"in all": list(release.counts.items())} | counted
    for section, rows in sections.items():
        if rows:
            print(
                table((section, "count"), [(name, f"{count:,}") for name, count in rows]),
                end="\n\n",
            )
    return 0
