"""`iprgraph link`: propose links to another dataset, and store the decisions on them."""

from __future__ import annotations

import argparse
import getpass
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from iprgraph.cli.arguments import format_argument, release_argument
from iprgraph.errors import UsageError
from iprgraph.namespaces import shorten
from iprgraph.release.release import Release

if TYPE_CHECKING:
    from iprgraph.linking.decisions import Decisions
    from iprgraph.linking.scoring import Pair

_PROMPT = "the same? [y]es, [n]o, [s]kip, [q]uit: "


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `link`."""
    parser.add_argument(
        "--target",
        required=True,
        metavar="FILE|URL",
        help="the other dataset: an RDF file, perhaps gzipped, or a SPARQL endpoint",
    )
    parser.add_argument(
        "--type", metavar="TYPE", help="only things of a kind (treaty) or class (org:Organization)"
    )
    parser.add_argument(
        "--least",
        type=float,
        default=0.5,
        metavar="SCORE",
        help="propose nothing that scores less (default: 0.5)",
    )
    parser.add_argument(
        "--accept", type=float, metavar="SCORE", help="accept what scores as much or more"
    )
    parser.add_argument(
        "--review", action="store_true", help="ask about the others one by one in the terminal"
    )
    parser.add_argument(
        "--decisions",
        type=Path,
        default=Path("links.sssom.tsv"),
        metavar="FILE",
        help="where decisions are kept (default: links.sssom.tsv)",
    )
    parser.add_argument(
        "--by", default="", metavar="NAME", help="who decides (default: the name of the user)"
    )
    format_argument(parser, "proposals")
    release_argument(parser)


def run(args: argparse.Namespace) -> int:
    """Propose links, accept them by score, and ask about the others."""
    from iprgraph.linking.candidates import propose
    from iprgraph.linking.decisions import Decisions
    from iprgraph.linking.entities import our_entities
    from iprgraph.linking.target_dataset import open_target

    if args.review and args.format == "json":
        raise UsageError("--review talks with a person: leave --format json out")
    for name, score in (("--least", args.least), ("--accept", args.accept)):
        if score is not None and not 0 <= score <= 1:
            raise UsageError(f"{name}: {score:g} is out of range; give 0 to 1")
    target, decisions = open_target(args.target), Decisions(args.decisions)
    pairs = propose(
        our_entities(Release.open(args.release), args.type), target, decisions.has, args.least
    )
    by = args.by or getpass.getuser()
    accepted = [p for p in pairs if args.accept is not None and p.score >= args.accept]
    for pair in accepted:
        decisions.record(pair, is_same=True, by=by, by_hand=False)
    if args.format == "json":
        print(
            json.dumps([_pair_json(p, p in accepted) for p in pairs], ensure_ascii=False, indent=1)
        )
        return 0
    others = [pair for pair in pairs if pair not in accepted]
    for pair in [*accepted, *([] if args.review else others)]:
        print(_pair_text(pair, pair in accepted), end="\n\n")
    if args.review:
        accepted += _review(others, decisions, by)
    print(f"{len(pairs)} proposed, {len(accepted)} accepted")
    return 0


def _review(pairs: list[Pair], decisions: Decisions, by: str) -> list[Pair]:
    """Ask about each pair and return those that were accepted."""
    accepted = []
    for pair in pairs:
        print(_pair_text(pair, False))
        print(_PROMPT, end="", flush=True)
        answer = sys.stdin.readline().strip().lower()[:1]
        if answer in ("", "q"):
            break
        if answer in ("y", "n"):
            decisions.record(pair, is_same=answer == "y", by=by, by_hand=True)
        if answer == "y":
            accepted.append(pair)
        print()
    return accepted


def _pair_text(pair: Pair, is_accepted: bool) -> str:
    lines = [
        f"{pair.score:.3f}  {pair.ours.name}  =  {pair.theirs.name}"
        + ("  (accepted)" if is_accepted else ""),
        f"       {shorten(pair.ours.iri)}  =  {shorten(pair.theirs.iri)}",
    ]
    for feature in sorted(pair.features, key=lambda f: -abs(f.points)):
        lines.append(f"       {feature.points:+5.1f}  {feature.name}: {feature.told}")
    return "\n".join(lines)


def _pair_json(pair: Pair, is_accepted: bool) -> dict[str, Any]:
    return {
        "subject": pair.ours.iri,
        "subject_label": pair.ours.name,
        "object": pair.theirs.iri,
        "object_label": pair.theirs.name,
        "score": round(pair.score, 4),
        "accepted": is_accepted,
        "features": [
            {"name": f.name, "points": round(f.points, 2), "told": f.told} for f in pair.features
        ],
    }
