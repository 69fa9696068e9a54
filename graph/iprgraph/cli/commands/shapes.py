"""`iprgraph shapes`: list the shapes, or print the queries that they are compiled to."""

from __future__ import annotations

import argparse
from pathlib import Path

import pyoxigraph as ox

from iprgraph.cli.arguments import content_argument, content_of
from iprgraph.content.loader import load, parse_file


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `shapes`."""
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
    content_argument(parser)


def run(args: argparse.Namespace) -> int:
    """Print the shapes."""
    from iprgraph.shacl import Validator
    from iprgraph.shacl.verbalise import as_sparql, in_words, shape_texts

    shapes: list[ox.Quad] = []
    for path in args.shapes or ():
        shapes += parse_file(path, base=path.absolute().as_uri())
    if not args.shapes:
        content = content_of(args)
        shapes = load(content).shapes
    compiled = Validator(shapes).compiled
    texts = shape_texts(shapes, args.lang)
    print(as_sparql(compiled, texts) if args.as_sparql else in_words(compiled, texts), end="")
    return 0
