"""What is recorded of every request: its id, the metrics, and its line in the log."""

from __future__ import annotations

import itertools
import re
import secrets
from time import perf_counter
from typing import Any

from iprgraph_server import logs
from iprgraph_server.metrics import Metrics

#: The environ's key of the request id.
REQUEST_ID = "iprgraph.request_id"

#: What the log has as the status where nobody waited for one.
CLIENT_GONE = 499

_VALID_ID = re.compile(r"[A-Za-z0-9._-]{1,64}\Z")


class Recorder:
    """Count requests and write their lines."""

    def __init__(self) -> None:
        self.metrics = Metrics()
        self._run = secrets.token_hex(4)
        self._count = itertools.count(1)

    def request_id(self, environ: dict[str, Any]) -> str:
        """Return the id of a request: that of whoever passed it on, or a number of our own."""
        known: str | None = environ.get(REQUEST_ID)
        if known is None:
            known = environ[REQUEST_ID] = self.new_id(environ.get("HTTP_X_REQUEST_ID", ""))
        return known

    def new_id(self, given: str) -> str:
        """Return the id given where it is well-formed, else a new one."""
        return given if _VALID_ID.match(given) else f"{self._run}-{next(self._count):x}"

    def record(
        self,
        environ: dict[str, Any],
        outcome: str,
        status: int,
        route: str,
        started: float,
        sent: int,
    ) -> None:
        """Count a request, and log it where it is worth a line; ``started`` is of ``perf_counter``."""
        seconds = perf_counter() - started
        self.metrics.observe_request(route, outcome, status, seconds, sent)
        if status >= 400 or outcome not in {"cached", "not-modified"}:
            logs.write(
                "request",
                request=self.request_id(environ),
                method=environ["REQUEST_METHOD"],
                path=environ.get("SCRIPT_NAME", "") + environ["PATH_INFO"],
                status=status,
                outcome=outcome,
                milliseconds=round(seconds * 1000, 2),
                bytes=sent,
                client=environ.get("REMOTE_ADDR", ""),
            )
