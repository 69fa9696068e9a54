"""What forwarded headers say is believed of a trusted proxy alone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from iprgraph.release.release import Release
from support.proxied import ASK, BROWSER, SPOOFED, UPSTREAM, Ask, asking, proxied_app


@pytest.mark.parametrize("way", ["Flask", "ASGI"])
def test_forwarded_headers_are_believed_of_a_trusted_proxy_alone(
    way: str, history: list[Release], tmp_path: Path
) -> None:
    path = "/timemap/json/id/organization/school"

    def original(ask: Ask, **headers: str) -> str:
        return str(json.loads(ask(path, **headers).text)["original_uri"])

    with proxied_app(history, tmp_path / "none") as app, asking(way, app) as ask:
        for spoofed in SPOOFED:
            assert original(ask, **spoofed) == f"http://{UPSTREAM}/id/organization/school"
        # The answer kept for a query is the same whatever name the server was called by.
        first, second = (ask(ASK, accept=BROWSER, host=name) for name in ("a.example", "b.example"))
        assert first.text == second.text and "a.example" not in f"{first}"
    with (
        proxied_app(history, tmp_path / "other", trusted_proxy="192.0.2.0/24") as app,
        asking(way, app) as ask,
    ):
        for spoofed in SPOOFED:
            assert original(ask, **spoofed) == f"http://{UPSTREAM}/id/organization/school"
    with (
        proxied_app(history, tmp_path / "trust", trusted_proxy="127.0.0.1 10.0.0.0/8") as app,
        asking(way, app) as ask,
    ):
        for spoofed, root in zip(SPOOFED, ("/evil", ""), strict=True):
            public = f"https://evil.example{root}"
            assert original(ask, **spoofed) == f"{public}/id/organization/school"
            assert (
                f"<{public}/sparql> a sd:Service"
                in ask("/sparql", accept="text/turtle", **spoofed).text
            )
            # The answers kept for one root are not those for another.
            for wanted in (root, ""):
                said = spoofed if wanted == root else {}
                for _ in range(2):
                    reply = ask(ASK, accept=BROWSER, **said)
                    assert (
                        f'href="{wanted}/page/' in reply.text or f'href="{wanted}/id/' in reply.text
                    )
                    assert f"<{wanted}/cite?" in reply.header("link")
        # What is no scheme, host or path is as if it had not been said.
        bad = {
            "x_forwarded_proto": "javascript",
            "x_forwarded_host": "a b",
            "x_forwarded_prefix": "//evil.example",
        }
        assert original(ask, **bad) == f"http://{UPSTREAM}/id/organization/school"
