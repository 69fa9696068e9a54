"""Fixtures of the W3C suites."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from support.client import Client
from support.serving import Running, serving, small_release


@pytest.fixture(scope="session")
def suite_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Serve a dataset that begins empty, for suites whose tests share their data."""
    folder = tmp_path_factory.mktemp("suite")
    with serving(small_release(folder / "release"), folder) as running:
        yield running


@pytest.fixture(scope="session")
def suite_client(suite_server: Running) -> Iterator[Client]:
    """Make a client of the suites' dataset."""
    client = suite_server.client()
    yield client
    client.close()
