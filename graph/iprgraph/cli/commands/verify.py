"""`iprgraph verify`: check a release against its manifest."""

from __future__ import annotations

import argparse

from iprgraph.release.minisign import read_public
from iprgraph.release.release import DEFAULT_OUT
from iprgraph.release.verify import verify


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `verify`."""
    parser.add_argument(
        "target",
        nargs="?",
        default=str(DEFAULT_OUT),
        metavar="DIR|URL",
        help="a release, a folder of releases (its current one), or a server (default: ./releases)",
    )
    parser.add_argument(
        "--key",
        metavar="KEY",
        help="whom you trust: the signer's public key (RW…), or its file; got from elsewhere",
    )


def run(args: argparse.Namespace) -> int:
    """Verify, and print what was altered, is missing or was added."""
    result = verify(args.target, read_public(args.key) if args.key else None)
    for problem in result.problems:
        print(problem)
    if result.problems:
        print(f"release {result.release_id}: NOT what its manifest says")
        return 1
    print(
        f"release {result.release_id}: {result.files} files and {result.graphs} graphs are "
        "what the manifest says"
    )
    print(result.signature)
    return 0
