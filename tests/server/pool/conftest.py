"""The graph that tests of the pool ask."""

from __future__ import annotations

from pathlib import Path

import pytest

EX = "https://example.org/"


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write a file of 500 quads in two graphs."""
    file = tmp_path_factory.mktemp("data") / "small.nq"
    integer = "http://www.w3.org/2001/XMLSchema#integer"
    file.write_text(
        "".join(f'<{EX}s{i}> <{EX}p> "{i}"^^<{integer}> <{EX}graph{i % 2}> .\n' for i in range(500))
    )
    return file
