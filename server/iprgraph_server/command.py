"""`iprgraph serve`: publish a release over HTTP. Only this command loads the publisher."""

from __future__ import annotations

import argparse
from pathlib import Path

from iprgraph.release.release import DEFAULT_OUT


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what `serve` takes: where, what, and each setting of the publisher."""
    from iprgraph_server import settings

    parser.add_argument(
        "--host", default="127.0.0.1", help="address to listen on (default: 127.0.0.1)"
    )
    parser.add_argument("--port", type=int, default=8000, help="port to listen on (default: 8000)")
    parser.add_argument(
        "--release",
        type=Path,
        default=DEFAULT_OUT,
        metavar="DIR",
        help="a release or a folder of them (default: ./releases); built when there is none",
    )
    parser.add_argument(
        "--token-file",
        type=Path,
        metavar="FILE",
        help="file with the token that allows writes (default: $IPRGRAPH_TOKEN; without one, none may)",
    )
    settings.add_flags(parser)


def run(args: argparse.Namespace) -> int:
    """Build a release if there is none, then serve until a signal ends it."""
    from iprgraph_server.graph_host.release_source import ensure_release
    from iprgraph_server.http.authorization import read_token
    from iprgraph_server.serving.supervisor import serve
    from iprgraph_server.settings import from_flags

    settings = from_flags(vars(args))
    token = read_token(args.token_file)
    ensure_release(args.release)
    return serve(settings, args.release, args.host, args.port, token, ready=_say)


def _say(address: str) -> None:
    print(f"IPR Graph answers at {address} (Ctrl-C ends it)", flush=True)
