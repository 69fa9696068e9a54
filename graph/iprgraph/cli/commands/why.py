"""`iprgraph why`: show why a triple holds, down to the claims that state it."""

from __future__ import annotations

import argparse
import json
import sys

import pyoxigraph as ox

from iprgraph.cli.arguments import release_argument
from iprgraph.errors import DataError, UsageError
from iprgraph.rdf.terms import read_term
from iprgraph.reasoning.axioms import Triple
from iprgraph.release.release import Release


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `why`."""
    parser.add_argument("subject", help="prefixed name or IRI, such as organization:wipo")
    parser.add_argument("predicate", help="prefixed name or IRI; a stands for rdf:type")
    parser.add_argument("object", help="prefixed name, IRI, or a literal as in Turtle")
    parser.add_argument(
        "--format", choices=("text", "json", "turtle"), default="text", help="default: text"
    )
    parser.add_argument(
        "--lang", choices=("en", "zh"), default="en", help="language of the text (default: en)"
    )
    parser.add_argument(
        "--all",
        type=int,
        metavar="N",
        default=1,
        help="show up to N proofs, shortest first (default: 1)",
    )
    release_argument(parser)


def run(args: argparse.Namespace) -> int:
    """Print the proofs."""
    from iprgraph.rdf.syntax import serialize
    from iprgraph.reasoning.explain import Explainer
    from iprgraph.reasoning.proof_formats import quads, text
    from iprgraph.reasoning.proofs import Prover

    if args.all < 1:
        raise UsageError("--all takes a number from 1 on")
    triple = _triple(args)
    store = ox.Store()
    store.extend(Release.open(args.release).quads())
    proofs = Prover.of(store).prove(store, triple, args.all)
    if not proofs:
        written = f"{args.subject} {args.predicate} {args.object}"
        raise DataError(
            f"`{written}` is neither stated nor inferred in this release; nothing says it"
        )
    explainer = Explainer(store)
    explanations = [explainer.explain(proof) for proof in proofs]
    if args.format == "json":
        print(json.dumps(explanations, ensure_ascii=False, indent=1))
    elif args.format == "turtle":
        sys.stdout.flush()
        sys.stdout.buffer.write(
            serialize([q for explanation in explanations for q in quads(explanation)], "turtle")
        )
    else:
        print("\n".join(text(explanation, args.lang) for explanation in explanations), end="")
    return 0


def _triple(args: argparse.Namespace) -> Triple:
    predicate = "rdf:type" if args.predicate == "a" else args.predicate
    s, p, o = (read_term(written) for written in (args.subject, predicate, args.object))
    if not isinstance(s, ox.NamedNode) or not isinstance(p, ox.NamedNode):
        raise UsageError(
            "subject and predicate are IRIs or prefixed names, such as organization:wipo"
        )
    return (s, p, o)
