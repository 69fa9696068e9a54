"""The log: what this program and the libraries under it report is JSON, one object a line."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest

from iprgraph_server import logs


@pytest.fixture
def stream(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """Return what stands for standard error, with the log of this process written to it."""
    root, own = logging.getLogger(), logging.getLogger("iprgraph")
    handlers, levels = root.handlers, (root.level, own.level)
    root.handlers = []
    written = io.StringIO()
    monkeypatch.setattr("sys.stderr", written)
    logs.configure()
    yield written
    root.handlers = handlers
    root.setLevel(levels[0])
    own.setLevel(levels[1])


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_an_event_has_its_time_and_its_fields(stream: io.StringIO) -> None:
    logs.write("reload", release="1.0.0-ab", error=None, seconds=0.5, job="问\n%s")
    [line] = lines(stream)
    assert len(line.pop("time")) == len("2026-01-01T00:00:00.000Z")
    assert line == {"event": "reload", "release": "1.0.0-ab", "seconds": 0.5, "job": "问\n%s"}


def test_a_fault_has_its_traceback(stream: io.StringIO) -> None:
    try:
        raise ValueError("odd")
    except ValueError as error:
        logs.fault("r-1", error)
    [line] = lines(stream)
    assert (line["event"], line["request"], line["error"]) == ("fault", "r-1", "ValueError: odd")
    assert "test_logs.py" in line["traceback"]


@pytest.mark.parametrize("name", ["flask.app", "werkzeug"])
def test_records_of_other_libraries_are_lines(name: str, stream: io.StringIO) -> None:
    logging.getLogger(name).warning("%d connections", 3)
    [line] = lines(stream)
    del line["time"]
    assert line == {
        "event": "message", "logger": name, "level": "warning", "message": "3 connections",
    }  # fmt: skip


def test_a_thread_writes_what_it_is_handed_and_all_of_it(
    stream: io.StringIO,
) -> None:
    with logs.written_by_a_thread():
        for number in range(200):
            logs.write("request", bytes=number)
    logs.write("stopped")
    written = lines(stream)
    assert [line.get("bytes") for line in written] == [*range(200), None]
