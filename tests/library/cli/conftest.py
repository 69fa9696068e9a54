"""A release of the small content for the commands."""

from __future__ import annotations

from pathlib import Path

import pytest

from iprgraph.cli.main import main
from support.paths import SMALL_CONTENT


@pytest.fixture(scope="session")
def small_releases(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the small content once."""
    folder = tmp_path_factory.mktemp("cli") / "releases"
    assert main(["build", "--quiet", "--content", str(SMALL_CONTENT), "--out", str(folder)]) == 0
    return folder
