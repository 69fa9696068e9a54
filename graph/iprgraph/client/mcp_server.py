"""The toolbox as a server of the Model Context Protocol, by its official SDK.

The protocol is at <https://modelcontextprotocol.io/specification/>. This module alone needs the SDK.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from inspect import getdoc
from typing import ParamSpec, TypeVar

from mcp.server import MCPServer
from mcp.server.mcpserver.exceptions import ResourceError, ToolError
from mcp.types import ToolAnnotations

from iprgraph import __version__
from iprgraph.client.client import Client
from iprgraph.client.mcp_tools import ToolAnswer, Toolbox
from iprgraph.errors import IprGraphError

P = ParamSpec("P")
T = TypeVar("T")

INSTRUCTIONS = """\
IPR Graph is a knowledge graph of intellectual-property policy in which every statement belongs to a
claim, and every claim to a passage of a source. Begin with search, then ask describe_thing,
claims_about or check_figure with the id found; sparql_query answers the rest. When you answer, cite
the claim's id, its source and the passage link, and name the release; tell claims from facts that
were checked. An answer with "cut": true is not all there is; "rest" says how to get more."""

QUESTION = """\
Answer this question from IPR Graph alone: {question}

Search for the things it names, then read what is claimed about them and how the figures were checked.
Give for each statement who says it and when, the source with its passage link, and the claim's id; say
where a figure was superseded or qualified. Name the release. Where the graph says nothing, say that."""


def serve(client: Client) -> MCPServer[None]:
    """Return the server of one graph."""
    tools = Toolbox(client)
    server: MCPServer[None] = MCPServer(
        "iprgraph",
        title="IPR Graph",
        version=__version__,
        instructions=INSTRUCTIONS,
        website_url="https://w3id.org/iprgraph",
        log_level="WARNING",
    )
    reading = ToolAnnotations(read_only_hint=True, idempotent_hint=True, open_world_hint=False)
    methods: tuple[Callable[..., ToolAnswer], ...] = (
        tools.search,
        tools.describe_thing,
        tools.claims_about,
        tools.check_figure,
        tools.sparql_query,
    )
    for method in methods:
        tool = _raising(ToolError, method)
        server.add_tool(tool, description=getdoc(method), annotations=reading)
    describe = _raising(ResourceError, tools.describe_thing)

    @server.resource("iprgraph://thing/{kind}/{slug}", mime_type="application/json")
    def thing(kind: str, slug: str) -> ToolAnswer:
        """Return what the graph asserts of a thing, as describe_thing does."""
        return describe(f"{kind}:{slug}")

    @server.resource("iprgraph://examples", mime_type="text/plain")
    def examples() -> str:
        """Return questions with their SPARQL queries, to learn how to query the graph."""
        return tools.examples()

    @server.resource("iprgraph://prefixes", mime_type="text/plain")
    def prefixes() -> str:
        """Return the prefixes that ids and queries may use."""
        return tools.prefixes()

    @server.prompt()
    def cited_answer(question: str) -> str:
        """Answer a question with its evidence."""
        return QUESTION.format(question=question)

    return server


def _raising(kind: type[Exception], method: Callable[P, T]) -> Callable[P, T]:
    """Return a method whose library errors are raised as the SDK's, which the model sees."""

    @wraps(method)
    def called(*args: P.args, **options: P.kwargs) -> T:
        try:
            return method(*args, **options)
        except IprGraphError as error:
            raise kind(str(error)) from error

    return called
