"""`iprgraph sign`: sign a release."""

from __future__ import annotations

import argparse
from pathlib import Path

from iprgraph.release.minisign import key_id, read_secret
from iprgraph.release.release import DEFAULT_OUT, Release
from iprgraph.release.sign import sign


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `sign`."""
    parser.add_argument(
        "release",
        nargs="?",
        type=Path,
        default=DEFAULT_OUT,
        metavar="DIR",
        help="a release, or a folder of releases (its current one; default: ./releases)",
    )
    parser.add_argument(
        "--key",
        type=Path,
        required=True,
        metavar="FILE",
        help="the secret key, as `iprgraph keygen` makes it",
    )


def run(args: argparse.Namespace) -> int:
    """Sign the release, unless it is signed with this key already."""
    release, key = Release.open(args.release), read_secret(args.key)
    signed = sign(release, key)
    how = "signed" if signed else "is signed already"
    print(f"release {release.id} {how} with key {key_id(key.get_public_key())}")
    return 0
