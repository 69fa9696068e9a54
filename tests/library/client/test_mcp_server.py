"""`iprgraph mcp` by the SDK's own client: over standard input and output, and over HTTP."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp import Client, ClientSession, MCPError, StdioServerParameters, stdio_client

from iprgraph.release.release import Release
from support.serving import Running, free_port, stop

TOOLS = {"search", "describe_thing", "claims_about", "check_figure", "sparql_query"}
Talk = Callable[[ClientSession], Awaitable[None]]


def converse(where: object, talk: Talk) -> None:
    """Start the server as a client would, and talk with it."""
    arguments = ["-m", "iprgraph", "mcp", "--release", str(where)]

    async def run() -> None:
        with anyio.fail_after(120):
            started = StdioServerParameters(command=sys.executable, args=arguments)
            async with (
                stdio_client(started) as (reading, writing),
                ClientSession(reading, writing) as session,
            ):
                await talk(session)

    anyio.run(run)


async def ask(session: ClientSession, tool: str, **arguments: Any) -> dict[str, Any]:
    """Call a tool that answers; the text says the same as the structured content."""
    result = await session.call_tool(tool, arguments)
    assert not result.is_error, result.content
    assert result.structured_content is not None
    assert json.loads(result.content[0].text) == result.structured_content
    return dict(result.structured_content)


async def refused(session: ClientSession, tool: str, **arguments: Any) -> str:
    """Call a tool that refuses; gives what it says."""
    result = await session.call_tool(tool, arguments)
    assert result.is_error
    return str(result.content[0].text)


def citable(claims: list[dict[str, Any]]) -> bool:
    """Check whether each claim names itself, its source and the passage."""
    return bool(claims) and all(
        c["claim"].startswith("claim:") and c["source"] and c["passage"].startswith("http")
        for c in claims
    )


@pytest.mark.parametrize("kind", ["folder", "server"])
def test_a_conversation(kind: str, release: Release, release_server: Running) -> None:
    async def talk(session: ClientSession) -> None:
        welcome = await session.initialize()
        assert welcome.server_info.name == "iprgraph" and "passage" in (welcome.instructions or "")
        tools = (await session.list_tools()).tools
        assert {tool.name for tool in tools} == TOOLS
        for tool in tools:
            assert tool.annotations and tool.annotations.read_only_hint
            assert "\n  " not in str(tool.description)
        found = await ask(session, "search", text="intelectual property organisation", limit=2)
        assert found["found"][0]["id"] == "organization:wipo" and found["cut"]
        assert "page=2" in found["rest"] and found["total"] > 2
        told = await ask(session, "describe_thing", thing="organization:wipo")
        assert not told["cut"] and citable(told["claims"])
        assert {f["claim"] for f in told["facts"]} <= {c["claim"] for c in told["claims"]}
        said = await ask(session, "claims_about", thing="organization:wipo", limit=3)
        assert said["cut"] and len(said["claims"]) == 3 and "offset=3" in said["rest"]
        rest = await ask(session, "claims_about", thing="organization:wipo", limit=500, offset=3)
        assert not rest["cut"] and len(rest["claims"]) == said["total"] - 3
        assert citable(said["claims"] + rest["claims"])
        checked = await ask(session, "check_figure", what="claim:gt1238517-rd-expenditure-yuan")
        [check] = checked["checks"]
        assert check["verdict"] == "superseded" and check["open_data"] == 2439310000000
        assert citable(check["claims"]) and citable(check["against"])
        query = "SELECT ?claim ?rank { GRAPH ?claim { ?figure ipr:rank ?rank } } ORDER BY ?claim"
        rows = await ask(session, "sparql_query", query=query, limit=5)
        assert rows["cut"] and rows["columns"] == ["claim", "rank"] and len(rows["rows"]) == 5
        assert citable(rows["claims"]) and {c["claim"] for c in rows["claims"]} == {
            row[0] for row in rows["rows"]
        }
        more = await ask(session, "sparql_query", query=query, limit=500, offset=5)
        assert not more["cut"] and len(more["rows"]) == rows["total"] - 5
        truth = await ask(session, "sparql_query", query="ASK { organization:wipo ?p ?o }")
        assert truth["answer"] is True
        assert {a["release"] for a in (found, told, said, rest, checked, rows, more, truth)} == {
            release.id
        }

    converse(release.dir if kind == "folder" else f"http://127.0.0.1:{release_server.port}", talk)


def test_refusals_say_what_to_do(release: Release) -> None:
    async def talk(session: ClientSession) -> None:
        await session.initialize()
        assert "search finds names" in await refused(session, "claims_about", thing="WIPO")
        assert "search finds" in await refused(session, "describe_thing", thing="law:nothing")
        assert "1 to 500" in await refused(session, "claims_about", thing="law:nothing", limit=0)
        wrong = await refused(session, "sparql_query", query="SELECT ?x { ?x ?y }")
        assert "line 1" in wrong
        assert "SELECT" in await refused(session, "sparql_query", query="DESCRIBE law:nothing")
        called = await refused(
            session, "sparql_query", query="SELECT * { SERVICE <http://x.example/> { ?s ?p ?o } }"
        )
        assert "not allowed" in called
        nothing = await ask(session, "claims_about", thing="law:nothing")
        assert nothing["claims"] == [] and "search" in nothing["note"]
        unchecked = await ask(session, "check_figure", what="law:nothing")
        assert unchecked["checks"] == [] and "claims_about" in unchecked["note"]
        bare = await ask(session, "sparql_query", query="SELECT (1 AS ?one) {}")
        assert bare["rows"] == [[1]] and "GRAPH ?claim" in bare["note"]
        still = await ask(session, "search", text="wipo")
        assert still["found"]

    converse(release.dir, talk)


def test_resources_and_prompts(release: Release) -> None:
    async def talk(session: ClientSession) -> None:
        await session.initialize()
        listed = {str(resource.uri) for resource in (await session.list_resources()).resources}
        assert listed == {"iprgraph://examples", "iprgraph://prefixes"}
        [template] = (await session.list_resource_templates()).resource_templates
        assert template.uri_template == "iprgraph://thing/{kind}/{slug}"
        thing = await session.read_resource("iprgraph://thing/organization/wipo")
        assert citable(json.loads(thing.contents[0].text)["claims"])
        examples = (await session.read_resource("iprgraph://examples")).contents[0].text
        assert examples.count("SELECT") >= 40
        assert "# Who heads WIPO, and since when?\n# A tenure says who holds a post" in examples
        prefixes = (await session.read_resource("iprgraph://prefixes")).contents[0].text
        assert "PREFIX ipr: <https://w3id.org/iprgraph/ontology#>" in prefixes
        with pytest.raises(MCPError, match="search finds"):
            await session.read_resource("iprgraph://thing/organization/nobody")
        [prompt] = (await session.list_prompts()).prompts
        got = await session.get_prompt(prompt.name, {"question": "Who heads WIPO?"})
        assert "Who heads WIPO?" in got.messages[0].content.text

    converse(release.dir, talk)


def test_it_speaks_http_too(release: Release, tmp_path: Path) -> None:
    port = free_port()
    command = [sys.executable, "-m", "iprgraph", "mcp", "--port", str(port)]
    command += ["--release", str(release.dir)]
    log = (tmp_path / "log").open("wb")
    process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)

    async def talk() -> None:
        with anyio.fail_after(120):
            while True:
                try:
                    async with Client(f"http://127.0.0.1:{port}/mcp") as client:
                        result = await client.call_tool("search", {"text": "wipo"})
                        assert result.structured_content["found"][0]["id"] == "organization:wipo"
                        return
                except (OSError, MCPError, ExceptionGroup):
                    assert process.poll() is None
                    await anyio.sleep(0.2)

    try:
        anyio.run(talk)
    finally:
        stop(process)
        log.close()


def test_without_the_sdk_it_says_what_to_install(release: Release) -> None:
    code = (
        "import sys; sys.modules['mcp'] = None\n"
        "from iprgraph.cli.main import main\n"
        f"sys.exit(main(['mcp', '--release', {str(release.dir)!r}]))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 2 and "pip install 'iprgraph[mcp]'" in done.stderr


def test_without_a_release_it_says_so_at_once(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "iprgraph", "mcp", "--release", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    assert done.returncode == 1 and "iprgraph build" in done.stderr and not done.stdout
