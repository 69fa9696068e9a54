"""Arguments that several commands have, each declared once."""

from __future__ import annotations

import argparse
from pathlib import Path

from iprgraph.content.loader import Content


def release_argument(parser: argparse.ArgumentParser) -> None:
    """Declare `--release`, for `Release.open`."""
    parser.add_argument(
        "--release",
        type=Path,
        metavar="DIR",
        help="a release or a folder of them (default: ./releases)",
    )


def content_argument(parser: argparse.ArgumentParser) -> None:
    """Declare `--content`, for `content_of`."""
    parser.add_argument(
        "--content",
        type=Path,
        metavar="DIR",
        help="folder with ontology/, shapes/ and graph/data/ (default: what came with iprgraph)",
    )


def content_of(args: argparse.Namespace) -> Content:
    """Return the content that `--content` names, or what came with iprgraph."""
    return Content.at(args.content) if args.content else Content.bundled()


def format_argument(parser: argparse.ArgumentParser, noun: str = "answer") -> None:
    """Declare `--format`: text or JSON."""
    parser.add_argument(
        "--format", choices=("text", "json"), default="text", help=f"form of the {noun}"
    )
