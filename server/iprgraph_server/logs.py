"""Write the log: one JSON object a line, on standard error.

Requests that met a problem, slow queries and faults have a line, and, where the log of requests is
on, every request that was not answered from the cache. Lines are written a few at a time, by a
thread that sleeps while there are none: a request does not wait for the log.
"""

from __future__ import annotations

import json
import sys
import threading
import traceback
from datetime import UTC, datetime
from functools import lru_cache
from time import time
from typing import Any, TextIO

#: A query is cut after so many characters.
LONGEST = 2000

_encode = json.JSONEncoder(default=str).encode
_quote = json.encoder.encode_basestring_ascii

#: Seconds for which lines are collected.
PAUSE = 0.2


class Log:
    """Write to one stream from any thread."""

    def __init__(self, stream: TextIO | None = None, requests: bool = True) -> None:
        self._stream = stream
        #: Whether requests that met no problem are logged too.
        self.requests = requests
        self._lines: list[str] = []
        self._lock = threading.Lock()
        self._something = threading.Event()
        self._writer: threading.Thread | None = None

    def write(self, event: str, **facts: Any) -> None:
        """Write a line soon; facts that are None are left out."""
        self._append(_line(event, facts))

    def _append(self, line: str) -> None:
        with self._lock:
            self._lines.append(line)
            if self._writer is None:
                self._writer = threading.Thread(target=self._write_soon, daemon=True)
                self._writer.start()
        if not self._something.is_set():
            self._something.set()

    def request(
        self,
        request_id: str,
        method: str,
        path: str,
        status: int,
        outcome: str,
        seconds: float,
        sent: int,
        client: str,
    ) -> None:
        """Write the line of a request soon; made by hand, for it costs more than all the parsing."""
        self._append(
            f'{{"time": "{_now()}", "event": "request", "request": {_quote(request_id)}, '
            f'"method": {_quote(method)}, "path": {_quote(path)}, "status": {status}, '
            f'"outcome": "{outcome}", "milliseconds": {seconds * 1000:.2f}, "bytes": {sent}, '
            f'"client": {_quote(client)}}}\n'
        )

    def say(self, event: str, **facts: Any) -> None:
        """Write a line now; no thread is started."""
        with self._lock:
            self._lines.append(_line(event, facts))
        self.flush()

    def fault(self, request_id: str, error: BaseException) -> None:
        """Write a fault with its traceback now: the log is the only place that shows it."""
        self.say(
            "fault",
            request=request_id,
            error=f"{type(error).__name__}: {error}",
            traceback="".join(traceback.format_exception(error)),
        )

    def flush(self) -> None:
        """Write the lines that wait."""
        with self._lock:
            lines, self._lines = self._lines, []
            if lines:
                stream = self._stream or sys.stderr
                stream.write("".join(lines))
                stream.flush()

    def _write_soon(self) -> None:
        pause = threading.Event()
        while True:
            self._something.wait()
            pause.wait(PAUSE)
            self._something.clear()
            self.flush()


def _line(event: str, facts: dict[str, Any]) -> str:
    present = {name: value for name, value in facts.items() if value is not None}
    return _encode({"time": _now(), "event": event, **present}) + "\n"


def _now() -> str:
    moment = time()
    second = int(moment)
    return f"{_second(second)}.{int((moment - second) * 1000):03d}Z"


@lru_cache(maxsize=2)
def _second(moment: int) -> str:
    return datetime.fromtimestamp(moment, UTC).isoformat()[:19]


def shortened(text: str) -> str:
    """Cut a long query for the log."""
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}… ({len(text)} characters)"
