"""`iprgraph bench`: make graphs to measure with."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from iprgraph.generate import generate


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what `bench` takes."""
    parser.add_argument("what", choices=("generate",), help="generate: N-Quads in our vocabulary")
    parser.add_argument(
        "--triples", type=int, default=10_000, help="about so many (default: 10000)"
    )
    parser.add_argument("--seed", type=int, default=0, help="the same seed gives the same bytes")
    parser.add_argument("--out", type=Path, metavar="FILE", help="default: the standard output")


def run(args: argparse.Namespace) -> int:
    """Write a generated graph."""
    lines = generate(args.triples, args.seed)
    if args.out is None:
        sys.stdout.writelines(lines)
    else:
        with args.out.open("w", encoding="utf-8") as out:
            out.writelines(lines)
    return 0
