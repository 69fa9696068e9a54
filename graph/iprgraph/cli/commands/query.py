"""`iprgraph query`: run a SPARQL query on a release."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from iprgraph.cli.arguments import release_argument
from iprgraph.cli.tables import results_table
from iprgraph.errors import QuerySyntaxError, UsageError, point_at
from iprgraph.release.release import Release

#: Name on the command line -> the engine's name of the format.
FORMATS = {
    "table": None,
    **{name: name for name in ("json", "xml", "csv", "tsv")},
    **{name: name for name in ("turtle", "ntriples", "nquads", "trig", "jsonld", "rdfxml")},
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `query`."""
    parser.add_argument(
        "query",
        nargs="?",
        metavar="SPARQL",
        help="the query; its prefixes are known (ipr:, schema:, skos: …); - reads it from stdin",
    )
    parser.add_argument("--file", type=Path, metavar="FILE", help="read the query from a file")
    parser.add_argument(
        "--format",
        choices=FORMATS,
        default="table",
        help="form of the answer (default: a table, or Turtle for CONSTRUCT and DESCRIBE)",
    )
    release_argument(parser)


def run(args: argparse.Namespace) -> int:
    """Print the answer to the query."""
    from iprgraph.store.engine import Engine

    text = _query_text(args)
    release = Release.open(args.release)
    try:
        answer = Engine.load(release.dir / "iprgraph.nq").query(text, format=FORMATS[args.format])
    except QuerySyntaxError as error:
        raise _with_line(error, text) from error
    if args.format == "table" and "json" in answer.media_type and answer.form in ("SELECT", "ASK"):
        print(results_table(answer.body))
    else:
        sys.stdout.flush()
        sys.stdout.buffer.write(answer.body)
        if not answer.body.endswith(b"\n"):
            sys.stdout.buffer.write(b"\n")
    return 0


def _query_text(args: argparse.Namespace) -> str:
    if (args.query is None) == (args.file is None):
        raise UsageError("give a query, or --file with one, and not both")
    if args.query == "-":
        return sys.stdin.read()
    if args.file is None:
        return str(args.query)
    try:
        return str(args.file.read_text("utf-8"))
    except OSError as error:
        raise UsageError(f"cannot read {args.file}: {error.strerror}") from error


def _with_line(error: QuerySyntaxError, text: str) -> UsageError:
    """Return the error with the line it is in and a caret at its column."""
    lines = text.splitlines()
    if error.line is None or not 1 <= error.line <= len(lines):
        return error
    return UsageError(f"{error}\n{point_at(lines[error.line - 1], error.column or 1)}")
