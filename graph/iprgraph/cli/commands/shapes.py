"""`iprgraph shapes`: list what must hold, or print the queries that it is compiled to."""

from __future__ import annotations

import argparse
from pathlib import Path

import pyoxigraph as ox

from iprgraph.content.loader import Content, load, parse_file


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what `shapes` takes."""
    parser.add_argument(
        "--as-sparql",
        action="store_true",
        help="print the compiled queries, each with what it is for",
    )
    parser.add_argument("--lang", choices=("en", "zh"), default="en", help="language of the words")
    parser.add_argument(
        "--shapes",
        action="append",
        type=Path,
        metavar="FILE",
        help="shapes to list, repeatable (default: the project's own)",
    )
    parser.add_argument(
        "--content",
        type=Path,
        metavar="DIR",
        help="folder with ontology/, shapes/ and graph/data/ (default: what came with iprgraph)",
    )


def run(args: argparse.Namespace) -> int:
    """Write the shapes to standard output."""
    from iprgraph.shacl import Validator
    from iprgraph.shacl.verbalise import as_sparql, in_words, spoken

    shapes: list[ox.Quad] = []
    for path in args.shapes or ():
        shapes += parse_file(path, base=path.absolute().as_uri())
    if not args.shapes:
        content = Content.at(args.content) if args.content else Content.bundled()
        shapes = load(content).shapes
    compiled = Validator(shapes).compiled
    told = spoken(shapes, args.lang)
    print(as_sparql(compiled, told) if args.as_sparql else in_words(compiled, told), end="")
    return 0
