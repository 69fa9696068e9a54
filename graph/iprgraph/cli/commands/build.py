"""`iprgraph build`: make a release of the content."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from iprgraph.cli.arguments import content_argument, content_of
from iprgraph.release.build import build
from iprgraph.release.minisign import read_secret
from iprgraph.release.release import DEFAULT_OUT, Release


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `build`."""
    parser.add_argument(
        "--out",
        type=Path,
        default=DEFAULT_OUT,
        metavar="DIR",
        help="folder of releases (default: ./releases)",
    )
    content_argument(parser)
    parser.add_argument(
        "--sign",
        type=Path,
        metavar="FILE",
        help="sign the release with a secret key, as `iprgraph keygen` makes it",
    )
    parser.add_argument("--quiet", action="store_true", help="do not show the steps")


def run(args: argparse.Namespace) -> int:
    """Build the release and print a summary."""
    content = content_of(args)
    started = time.monotonic()

    def show(step: str) -> None:
        if not args.quiet:
            print(f"{time.monotonic() - started:5.1f} s  {step}", file=sys.stderr, flush=True)

    release = build(content, args.out, show, read_secret(args.sign) if args.sign else None)
    print(summary(release, time.monotonic() - started))
    return 0


def summary(release: Release, seconds: float) -> str:
    """Return a summary of a release that was just built, in a few lines."""
    counts = release.counts
    how = (
        "is there already, with the same content"
        if release.existed
        else f"built in {seconds:.1f} s"
    )
    return "\n".join(
        (
            f"release {release.id} {how}",
            f"  claims    {counts['claims']:,}",
            f"  triples   {counts['asserted']:,} asserted, {counts['inferred']:,} inferred",
            f"  report    {counts['violations']:,} violations, {counts['warnings']:,} warnings, "
            f"{counts['infos']:,} infos",
            f"  folder    {release.dir}",
        )
    )
