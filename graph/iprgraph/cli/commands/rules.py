"""`iprgraph rules`: show the rules that the ontology comes to."""

from __future__ import annotations

import argparse
from pathlib import Path

from iprgraph.content.loader import Content, load


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what `rules` takes."""
    parser.add_argument(
        "--content",
        type=Path,
        metavar="DIR",
        help="a checkout with ontology/, shapes/ and graph/data/ (default: the bundled content)",
    )
    parser.add_argument(
        "--as-sparql",
        action="store_true",
        help="print the SPARQL updates and the tests for contradictions, as they are run",
    )
    parser.add_argument(
        "--left-out", action="store_true", help="print what OWL 2 RL has and these rules do not"
    )


def run(args: argparse.Namespace) -> int:
    """Write the rules to standard output."""
    from iprgraph.reasoning.axioms import Schema
    from iprgraph.reasoning.owlrl_rules import LEFT_OUT, rules_of
    from iprgraph.reasoning.verbalise import as_sparql, in_words

    if args.left_out:
        print("\n".join(LEFT_OUT))
        return 0
    content = Content.bundled() if args.content is None else Content.at(args.content)
    rules = rules_of(Schema.stated_in(load(content).statements))
    print(as_sparql(rules) if args.as_sparql else in_words(rules), end="")
    return 0
