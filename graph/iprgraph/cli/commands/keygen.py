"""`iprgraph keygen`: make a pair of keys to sign releases with."""

from __future__ import annotations

import argparse
from pathlib import Path

from iprgraph.release.minisign import make_key


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `keygen`."""
    parser.add_argument(
        "file",
        type=Path,
        metavar="FILE",
        help="where the secret key goes; the public one goes beside it, as FILE.pub",
    )


def run(args: argparse.Namespace) -> int:
    """Make the keys and print the one that others need."""
    key = make_key(args.file)
    print(f"secret key   {args.file} (no password: whoever has this file can sign)")
    print(f"public key   {args.file}.pub")
    print(f"for others   iprgraph verify URL --key {key.to_base64().decode()}")
    return 0
