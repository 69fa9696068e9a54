"""Fixtures that several tests share: the bundled release and the servers, each made once a session."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from iprgraph.content.loader import Content
from iprgraph.release.build import build
from iprgraph.release.release import Release
from support import small
from support.client import Client
from support.commands import Command
from support.history import build_history
from support.paths import SMALL_CONTENT
from support.serving import Running, serving, small_release

# No test fails because the machine is busy.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


@pytest.fixture(scope="session")
def release(tmp_path_factory: pytest.TempPathFactory) -> Release:
    """Return the release of the bundled content; no test changes it."""
    return build(Content.bundled(), tmp_path_factory.mktemp("releases"))


@pytest.fixture
def small_content(tmp_path: Path) -> Path:
    """Return a copy of the small content, to be changed at will."""
    return shutil.copytree(SMALL_CONTENT, tmp_path / "content")


@pytest.fixture
def iprgraph(tmp_path: Path) -> Command:
    """Run the command line in an empty folder, with what is given added to the environment."""

    def run(*arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "iprgraph", *map(str, arguments)],
            cwd=tmp_path,
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=300,
        )

    return run


@pytest.fixture(scope="session")
def small_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Serve the small dataset."""
    folder = tmp_path_factory.mktemp("server")
    with serving(small_release(folder / "release", small.nquads()), folder) as running:
        yield running


@pytest.fixture
def small_client(small_server: Running) -> Iterator[Client]:
    """Make a client of the small dataset; tests only read it."""
    client = small_server.client()
    yield client
    client.close()


@pytest.fixture(scope="session")
def writable_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Serve a dataset that begins empty, for tests that write."""
    folder = tmp_path_factory.mktemp("store")
    with serving(small_release(folder / "release"), folder) as running:
        yield running


@pytest.fixture
def writable_client(writable_server: Running) -> Iterator[Client]:
    """Make a client of a dataset that is empty now."""
    client = writable_server.client()
    assert client.update("DROP ALL").status == 204
    yield client
    client.close()


@pytest.fixture(scope="session")
def release_server(release: Release, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Serve the bundled release, without a token."""
    folder = tmp_path_factory.mktemp("published")
    with serving(release.dir, folder, token="") as running:
        yield running


@pytest.fixture
def release_client(release_server: Running) -> Iterator[Client]:
    """Make a client of the bundled release."""
    client = release_server.client()
    yield client
    client.close()


@pytest.fixture(scope="session")
def history(tmp_path_factory: pytest.TempPathFactory) -> list[Release]:
    """Return three releases of the small content, oldest first, in one folder; no test changes them."""
    return build_history(tmp_path_factory.mktemp("history"), tmp_path_factory.mktemp("releases"))


@pytest.fixture(scope="session")
def history_server(
    history: list[Release], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Running]:
    """Serve the three releases: the newest is the current one."""
    folder = tmp_path_factory.mktemp("archive")
    with serving(history[-1].dir.parent, folder, "--older-releases", "1") as running:
        yield running


@pytest.fixture
def history_client(history_server: Running) -> Iterator[Client]:
    """Make a client of the three releases; tests only read them."""
    client = history_server.client()
    yield client
    client.close()
