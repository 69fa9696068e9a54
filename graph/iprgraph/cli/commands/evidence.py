"""`iprgraph evidence`: check passages against an article's text, and show them beside the claims."""

from __future__ import annotations

import argparse
import textwrap
from pathlib import Path

from iprgraph.claims.evidence import Evidence, check
from iprgraph.cli.arguments import content_argument, content_of
from iprgraph.content.loader import load
from iprgraph.errors import UsageError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `evidence`."""
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
    content_argument(parser)


def run(args: argparse.Namespace) -> int:
    """Print each claim with its passage; return 1 where a passage or its link is not as the graph says."""
    try:
        text = args.text.read_bytes()
    except OSError as error:
        raise UsageError(f"cannot read {args.text}: {error.strerror}") from error
    content = content_of(args)
    passages = check(load(content).quads, text)
    for item in passages:
        print(_passage_text(item, args.language), end="\n\n")
    wrong = sum(bool(item.problems) for item in passages)
    print(f"{len(passages)} passages, {len(passages) - wrong} as the graph says, {wrong} not")
    return 1 if wrong else 0


def _passage_text(item: Evidence, language: str) -> str:
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
