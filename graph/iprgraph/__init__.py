"""The library of IPR Graph: articles become claims, claims a graph, the graph a release."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from iprgraph.client.client import Client

__version__ = "1.0.0"


def open(where: str | Path, language: str = "en") -> Client:  # noqa: A001 (iprgraph.open)
    """Open a release folder, a folder of releases, a file of RDF, or a server by its address.

    Nothing is loaded before it is asked for. Raises errors.IprGraphError where there is none.
    """
    from iprgraph.client.client import Client

    return Client(where, language)
