"""`iprgraph rules`: show the rules made from the ontology."""

from __future__ import annotations

import argparse

from iprgraph.cli.arguments import content_argument, content_of
from iprgraph.content.loader import load


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `rules`."""
    content_argument(parser)
    parser.add_argument(
        "--as-sparql",
        action="store_true",
        help="print the SPARQL updates and the tests for contradictions, as they are run",
    )
    parser.add_argument(
        "--left-out", action="store_true", help="print what OWL 2 RL has and these rules do not"
    )


def run(args: argparse.Namespace) -> int:
    """Print the rules."""
    from iprgraph.reasoning.axioms import Schema
    from iprgraph.reasoning.owlrl_rules import LEFT_OUT, rules_of
    from iprgraph.reasoning.verbalise import as_sparql, in_words

    if args.left_out:
        print("\n".join(LEFT_OUT))
        return 0
    content = content_of(args)
    rules = rules_of(Schema.stated_in(load(content).statements))
    print(as_sparql(rules) if args.as_sparql else in_words(rules), end="")
    return 0
