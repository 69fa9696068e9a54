"""The public address: how it is written, what is refused, and who the client behind proxies is."""

from __future__ import annotations

import pytest
from werkzeug.test import EnvironBuilder

from iprgraph.errors import UsageError
from iprgraph_server.http.public_address import PublicAddress
from iprgraph_server.settings import Settings


@pytest.mark.parametrize(
    ("headers", "client"),
    [
        ({}, "127.0.0.1"),
        ({"X-Forwarded-For": "192.0.2.7"}, "192.0.2.7"),
        ({"X-Forwarded-For": "203.0.113.1, 192.0.2.7, 10.1.2.3"}, "192.0.2.7"),
        ({"X-Forwarded-For": "10.1.2.3"}, "10.1.2.3"),
        ({"Forwarded": 'for=203.0.113.1, for="[2001:db8::1]:80";proto=https'}, "2001:db8::1"),
        # A proxy that sets the older headers passes on a client's own header Forwarded.
        ({"Forwarded": "for=203.0.113.1", "X-Forwarded-For": "192.0.2.7"}, "192.0.2.7"),
    ],
)
def test_the_log_has_the_address_of_the_client(headers: dict[str, str], client: str) -> None:
    environ = EnvironBuilder(
        "/", headers=headers, environ_base={"REMOTE_ADDR": "127.0.0.1"}
    ).get_environ()
    PublicAddress("", ["127.0.0.1/32", "10.0.0.0/8"]).apply(environ)
    assert environ["REMOTE_ADDR"] == client


@pytest.mark.parametrize(
    ("given", "normal"),
    [
        ("", ""),
        ("https://graph.example.org/", "https://graph.example.org"),
        ("HTTPS://Graph.Example.org:443/sub/Path//", "https://graph.example.org/sub/Path"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("http://[::1]:80", "http://[::1]"),
    ],
)
def test_a_public_address_is_written_in_one_way(given: str, normal: str) -> None:
    assert Settings(public_url=given).public_url == normal


@pytest.mark.parametrize(
    "given",
    [
        "graph.example.org", "//graph.example.org", "ftp://graph.example.org", "https://",
        "https://graph.example.org?x=1", "https://graph.example.org/#top", "https://a@b.example/",
        "https://graph.example.org/a b", "https://graph.example.org/%41", "https://a.example:99999",
        "https://a.example/../b", "https://a.example//b", "https://a.example\n",
    ],
)  # fmt: skip
def test_a_wrong_public_address_is_refused(given: str) -> None:
    with pytest.raises(UsageError, match="--public-url"):
        Settings(public_url=given)


@pytest.mark.parametrize("given", ["proxy.example.org", "10.0.0.1/8", "*"])
def test_a_wrong_proxy_is_refused(given: str) -> None:
    with pytest.raises(UsageError, match="--trusted-proxy"):
        Settings(trusted_proxy=(given,))
