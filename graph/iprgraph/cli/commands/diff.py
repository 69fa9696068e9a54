"""`iprgraph diff`: show what changed from one release to another."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from iprgraph.release.release import DEFAULT_OUT
from iprgraph.versions.diff import LANGUAGES, diff, diff_text
from iprgraph.versions.timeline import find_release


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `diff`."""
    for name, which in (("old", "the earlier"), ("new", "the later")):
        parser.add_argument(name, metavar="RELEASE", help=f"{which} release: its id, or its folder")
    parser.add_argument(
        "--releases",
        type=Path,
        default=DEFAULT_OUT,
        metavar="DIR",
        help="folder of releases that ids are looked up in (default: ./releases)",
    )
    parser.add_argument(
        "--format",
        choices=("text", "json", "patch"),
        default="text",
        help="text: in words; patch: an RDF Patch that makes the one release the other",
    )
    parser.add_argument("--language", choices=LANGUAGES, default="en", help="language of the words")


def run(args: argparse.Namespace) -> int:
    """Print the difference."""
    old, new = (find_release(name, args.releases) for name in (args.old, args.new))
    difference = diff(old, new)
    if args.format == "patch":
        sys.stdout.flush()
        sys.stdout.buffer.write(difference.patch.write(old.id, new.id))
    elif args.format == "json":
        print(json.dumps(difference.as_json(), ensure_ascii=False, indent=1))
    else:
        print(diff_text(difference, args.language))
    return 0
