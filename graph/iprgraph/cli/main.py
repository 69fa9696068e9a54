"""The command line. Each command is a module of iprgraph.cli.commands: add_arguments(parser), run(args).

Exit codes: 0 done, 1 an error in the data, 2 an error in the call.
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Sequence
from importlib.metadata import entry_points
from types import ModuleType
from typing import NamedTuple

from iprgraph import __version__
from iprgraph.errors import IprGraphError


class Command(NamedTuple):
    """A command: its name, what it does in one line, and an example call."""

    name: str
    help: str
    example: str


COMMANDS = (
    Command("build", "make a release of the content", "iprgraph build --out releases"),
    Command("serve", "publish a release over HTTP, with a SPARQL endpoint", "iprgraph serve --port 8000"),
    Command(
        "query",
        "ask a release a SPARQL query",
        "iprgraph query 'SELECT ?name { organization:wipo skos:prefLabel ?name }'",
    ),
    Command("search", "find things by name, in English or Chinese", "iprgraph search 'patent treaty'"),
    Command(
        "link",
        "propose links to another dataset, and keep what is decided",
        "iprgraph link --target countries.ttl --type country --review",
    ),
    Command(
        "why",
        "show why a triple holds, down to the claims that state it",
        "iprgraph why organization:wipo a prov:Agent",
    ),
    Command("rules", "show the rules that the ontology comes to", "iprgraph rules --as-sparql"),
    Command("stats", "show a release in numbers", "iprgraph stats --release releases"),
    Command(
        "diff",
        "tell what changed from one release to another",
        "iprgraph diff 1.0.0-0123456789ab releases",
    ),
    Command("validate", "check RDF files against the shapes", "iprgraph validate my-claims.trig"),
    Command("shapes", "list what must hold, and the queries that find what does not", "iprgraph shapes"),
    Command("keygen", "make a pair of keys to sign releases with", "iprgraph keygen iprgraph.key"),
    Command("sign", "sign a release", "iprgraph sign releases --key iprgraph.key"),
    Command(
        "verify",
        "check a release against its manifest and its signature",
        "iprgraph verify releases --key iprgraph.key.pub",
    ),
    Command(
        "evidence",
        "check passages against an article's text",
        "iprgraph evidence --text article.txt",
    ),
    Command("mcp", "let language models ask a release or a server (MCP)", "iprgraph mcp --release releases"),
)  # fmt: skip


def parser(chosen: str | None = None) -> argparse.ArgumentParser:
    """Return the parser; only the chosen command's module is loaded, since some are slow to import."""
    main = argparse.ArgumentParser(
        prog="iprgraph",
        description="Build, check, query and publish the knowledge graph of intellectual-property policy.",
        epilog="exit codes: 0 done, 1 the data are at fault, 2 the call is",
    )
    main.add_argument("--version", action="version", version=f"iprgraph {__version__}")
    commands = main.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for command in COMMANDS:
        sub = commands.add_parser(
            command.name,
            help=command.help,
            description=f"{command.help[0].upper()}{command.help[1:]}.",
            epilog=f"example: {command.example}",
        )
        if command.name == chosen:
            module = _load(command.name)
            module.add_arguments(sub)
            sub.set_defaults(run=module.run)
    return main


def _load(name: str) -> ModuleType:
    """Return the module of a command: the library's own, or another package's by its entry point."""
    for entry in entry_points(group="iprgraph.commands", name=name):
        module: ModuleType = entry.load()
        return module
    return importlib.import_module(f"iprgraph.cli.commands.{name}")


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    chosen = next((word for word in arguments if not word.startswith("-")), None)
    args = parser(chosen).parse_args(arguments)
    try:
        code: int = args.run(args)
        sys.stdout.flush()
    except IprGraphError as error:
        print(f"iprgraph: {error}", file=sys.stderr)
        return error.exit_code
    except BrokenPipeError:
        # The reader has gone, as with `iprgraph stats | head`: discard the rest of the output.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        return 130
    return code
