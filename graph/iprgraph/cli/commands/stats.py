"""`iprgraph stats`: show a release in numbers."""

from __future__ import annotations

import argparse
import json

from iprgraph.cli.arguments import format_argument, release_argument
from iprgraph.cli.tables import table
from iprgraph.release.counts import stats
from iprgraph.release.release import Release


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `stats`."""
    release_argument(parser)
    format_argument(parser)


def run(args: argparse.Namespace) -> int:
    """Print the release's counts, section by section."""
    release = Release.open(args.release)
    counts_by_section = stats(release.quads())
    if args.format == "json":
        document = {"release": release.id, "counts": release.counts} | {
            section: dict(rows) for section, rows in counts_by_section.items()
        }
        print(json.dumps(document, ensure_ascii=False, indent=1))
        return 0
    print(f"release {release.id}, issued {release.manifest['issued']}\n")
    sections = {"in all": list(release.counts.items())} | counts_by_section
    for section, rows in sections.items():
        if rows:
            print(
                table((section, "count"), [(name, f"{count:,}") for name, count in rows]),
                end="\n\n",
            )
    return 0
