"""`iprgraph validate`: check RDF files against the shapes."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import pyoxigraph as ox

from iprgraph.cli.arguments import content_argument, content_of
from iprgraph.content.loader import load, parse_file
from iprgraph.namespaces import ALIGNMENT, CONCEPTS, ONTOLOGY
from iprgraph.reasoning.inference import infer
from iprgraph.shacl.report import Report
from iprgraph.shacl.validator import validate


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `validate`."""
    parser.add_argument(
        "files", nargs="+", type=Path, metavar="FILE", help="an RDF file, by its suffix"
    )
    parser.add_argument(
        "--shapes",
        action="append",
        type=Path,
        metavar="FILE",
        help="shapes to check against, repeatable (default: the project's own)",
    )
    parser.add_argument(
        "--with-data",
        action="store_true",
        help="check together with the project's data, which the files may refer to",
    )
    parser.add_argument(
        "--format", choices=("text", "turtle", "json"), default="text", help="form of the report"
    )
    content_argument(parser)


def run(args: argparse.Namespace) -> int:
    """Validate the files with what follows from them by the ontology; return 1 for a violation."""
    content = content_of(args)
    file_quads: list[ox.Quad] = []
    for path in args.files:
        file_quads += parse_file(path, base=path.absolute().as_uri())
    loaded = load(content)
    shapes, files = loaded.shapes, loaded.shape_files
    if args.shapes:
        shapes, files = [], {}
        for path in args.shapes:
            parsed = parse_file(path, base=path.absolute().as_uri())
            shapes += parsed
            files |= {
                q.subject.value: str(path) for q in parsed if isinstance(q.subject, ox.NamedNode)
            }
    project_quads = (
        loaded.statements if args.with_data else loaded.graphs(ONTOLOGY, ALIGNMENT, CONCEPTS)
    )
    data = [*project_quads, *file_quads]
    report = validate([*data, *infer(data)], shapes, files)
    _print(report, args.format)
    return 1 if report.violations else 0


def _print(report: Report, form: str) -> None:
    if form == "turtle":
        sys.stdout.buffer.write(report.turtle())
    elif form == "json":
        print(json.dumps(report.as_json(), ensure_ascii=False, indent=1))
    else:
        if report.results:
            print(report.text(), end="\n\n")
        print(report.summary())
