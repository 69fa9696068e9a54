"""`iprgraph evidence`: check passages against an article's text, and show them beside the claims."""

from __future__ import annotations

import argparse
import textwrap
from pathlib import Path

from iprgraph.claims.evidence import Evidence, check
from iprgraph.content.loader import Content, load
from iprgraph.errors import UsageError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what `evidence` takes."""
    parser.add_argument(
        "--text",
        required=True,
        type=Path,
        metavar="FILE",
        help="the text of an article, byte for byte; the graph knows it by its SHA-256",
    )
    parser.add_argument(
        "--language", choices=("en", "zh"), default="en", help="language of the claims"
    )
    parser.add_argument(
        "--content",
        type=Path,
        metavar="DIR",
        help="folder with ontology/, shapes/ and graph/data/ (default: what came with iprgraph)",
    )


def run(args: argparse.Namespace) -> int:
    """Show each claim with its passage; 1 where a passage or its link is not as the graph says."""
    try:
        text = args.text.read_bytes()
    except OSError as error:
        raise UsageError(f"cannot read {args.text}: {error.strerror}") from error
    content = Content.at(args.content) if args.content else Content.bundled()
    found = check(load(content).quads, text)
    for item in found:
        print(_shown(item, args.language), end="\n\n")
    wrong = sum(bool(item.problems) for item in found)
    print(f"{len(found)} passages, {len(found) - wrong} as the graph says, {wrong} not")
    return 1 if wrong else 0


def _shown(item: Evidence, language: str) -> str:
    place = (
        f"{item.passage.start}-{item.passage.end}" if item.passage.start is not None else "no place"
    )
    return "\n".join(
        (
            f"{item.claim}  [{place}]",
            f"  {item.label(language)}",
            textwrap.indent(textwrap.fill(item.text, 96), "  | "),
            *(f"  WRONG: {problem}" for problem in item.problems),
        )
    )
