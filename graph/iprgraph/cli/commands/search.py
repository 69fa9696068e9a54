"""`iprgraph search`: find things by name."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from iprgraph.cli.tables import table
from iprgraph.namespaces import shorten
from iprgraph.release.release import Release


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what `search` takes."""
    parser.add_argument(
        "words",
        nargs="+",
        metavar="WORDS",
        help="names, beginnings of words, acronyms or identifiers",
    )
    parser.add_argument(
        "--type", metavar="TYPE", help="only things of a kind (treaty) or class (org:Organization)"
    )
    parser.add_argument(
        "--lang", choices=("en", "zh"), default="en", help="language of the names (default: en)"
    )
    parser.add_argument(
        "--limit", type=int, default=20, metavar="N", help="things to a page (default: 20)"
    )
    parser.add_argument(
        "--page", type=int, default=1, metavar="N", help="which page, from 1 (default: 1)"
    )
    parser.add_argument(
        "--format", choices=("text", "json"), default="text", help="form of the answer"
    )
    parser.add_argument(
        "--release",
        type=Path,
        metavar="DIR",
        help="a release or a folder of them (default: ./releases)",
    )


def run(args: argparse.Namespace) -> int:
    """List what was found, best first; 1 when nothing was."""
    from iprgraph.search.document import search_document

    names = Release.open(args.release).names
    found = search_document(
        names, " ".join(args.words), args.type, args.lang, args.limit, args.page
    )
    if args.format == "json":
        print(json.dumps(found, ensure_ascii=False, indent=1))
    elif found["results"]:
        rows = [
            (f"{one['score']:g}", one["name"], one["kind"], shorten(one["id"]))
            for one in found["results"]
        ]
        print(table(("score", "name", "kind", "thing"), rows))
        print(f"{found['total']} found, page {found['page']} of {found['pages']}")
    else:
        print("nothing found")
    return 0 if found["results"] else 1
