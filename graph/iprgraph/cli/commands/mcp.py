"""`iprgraph mcp`: let language models query the graph, by the Model Context Protocol."""

from __future__ import annotations

import argparse

from iprgraph.errors import UsageError
from iprgraph.release.release import DEFAULT_OUT


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `mcp`."""
    parser.add_argument(
        "--release",
        default=str(DEFAULT_OUT),
        metavar="DIR|URL",
        help="a release, a folder of them, or the address of a server (default: ./releases)",
    )
    parser.add_argument(
        "--lang", choices=("en", "zh"), default="en", help="language of the answers (default: en)"
    )
    parser.add_argument(
        "--port",
        type=int,
        metavar="N",
        help="listen at http://127.0.0.1:N/mcp (streamable HTTP); default: standard input and output",
    )


def run(args: argparse.Namespace) -> int:
    """Serve until the client disconnects or a signal arrives."""
    import iprgraph

    try:
        from iprgraph.client.mcp_server import serve
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "mcp":
            raise
        raise UsageError(
            "this command needs the SDK of the Model Context Protocol: pip install 'iprgraph[mcp]'"
        ) from None
    client = iprgraph.open(args.release, args.lang)
    # So that a missing release is reported now, not at the first question.
    client.release  # noqa: B018
    if args.port is None:
        serve(client).run()
    else:
        serve(client).run("streamable-http", port=args.port)
    return 0
