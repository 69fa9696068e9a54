"""`iprgraph search`: find things by name."""

from __future__ import annotations

import argparse
import json

from iprgraph.cli.arguments import format_argument, release_argument
from iprgraph.cli.tables import table
from iprgraph.namespaces import shorten
from iprgraph.release.release import Release


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `search`."""
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
    format_argument(parser)
    release_argument(parser)


def run(args: argparse.Namespace) -> int:
    """Print the things found, best first; return 1 when there are none."""
    from iprgraph.search.document import search_document

    names = Release.open(args.release).names
    hits = search_document(names, " ".join(args.words), args.type, args.lang, args.limit, args.page)
    if args.format == "json":
        print(json.dumps(hits, ensure_ascii=False, indent=1))
    elif hits["results"]:
        rows = [
            (f"{hit['score']:g}", hit["name"], hit["kind"], shorten(hit["id"]))
            for hit in hits["results"]
        ]
        print(table(("score", "name", "kind", "thing"), rows))
        print(f"{hits['total']} found, page {hits['page']} of {hits['pages']}")
    else:
        print("nothing found")
    return 0 if hits["results"] else 1
