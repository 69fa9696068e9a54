"""Log as JSON, one object a line, on standard error.

``logs.write("reload", release=release.id)`` writes an event and its fields. Records that other
libraries log become lines too, whose event is ``message``.
"""

from __future__ import annotations

import json
import logging
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from logging.handlers import QueueHandler, QueueListener
from queue import SimpleQueue
from typing import Any

_LOGGER = logging.getLogger("iprgraph")

#: A query is cut after so many characters.
LONGEST = 2000

#: Seconds for which lines are collected.
_PAUSE = 0.2

_encode = json.JSONEncoder(default=str).encode


def write(event: str, **fields: Any) -> None:
    """Log an event; fields that are None are left out."""
    _LOGGER.info(event, extra={"fields": fields})


def fault(request_id: str, error: BaseException) -> None:
    """Log an unexpected error with its traceback: the log is the only place that shows it."""
    _LOGGER.error("fault", exc_info=error, extra={"fields": {"request": request_id}})


def configure() -> None:
    """Write every record of this process as a line of JSON."""
    logging.basicConfig(handlers=[_handler()], force=True)
    _LOGGER.setLevel(logging.INFO)
    # No line shows them, and every record would look them up.
    logging._srcfile = None
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False


def configure_own() -> None:
    """Write our own records as lines of JSON, unless who runs the app has set up logging."""
    if not _LOGGER.hasHandlers():
        _LOGGER.addHandler(_handler())
        _LOGGER.setLevel(logging.INFO)


def _handler() -> logging.Handler:
    handler = logging.StreamHandler()
    handler.setFormatter(JsonFormatter())
    return handler


@contextmanager
def written_by_a_thread() -> Iterator[None]:
    """Let a thread write the lines, so that a request does not wait for the stream."""
    root = logging.getLogger()
    handlers = root.handlers
    records: SimpleQueue[logging.LogRecord] = SimpleQueue()
    listener = _BatchListener(records, *handlers)
    root.handlers = [_RecordQueue(records)]
    listener.start()
    try:
        yield
    finally:
        root.handlers = handlers
        listener.stop()


class JsonFormatter(logging.Formatter):
    """Format a record as a JSON object."""

    converter = staticmethod(time.gmtime)
    default_time_format = "%Y-%m-%dT%H:%M:%S"
    default_msec_format = "%s.%03dZ"

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {"time": self.formatTime(record)}
        fields: dict[str, Any] | None = getattr(record, "fields", None)
        if fields is None:
            line["event"] = "message"
            line["logger"], line["level"] = record.name, record.levelname.lower()
            line["message"] = record.getMessage()
        else:
            line["event"] = record.msg
            line |= {name: value for name, value in fields.items() if value is not None}
        error = record.exc_info[1] if record.exc_info else None
        if error:
            line["error"] = f"{type(error).__name__}: {error}"
            line["traceback"] = "".join(traceback.format_exception(error))
        return _encode(line)


class _RecordQueue(QueueHandler):
    """Queue records as they are; QueueHandler would format each in the request's time."""

    def prepare(self, record: logging.LogRecord) -> logging.LogRecord:
        return record


class _BatchListener(QueueListener):
    """Write the lines a few at a time: a thread that woke for each would interrupt the requests."""

    def __init__(self, records: SimpleQueue[logging.LogRecord], *handlers: logging.Handler) -> None:
        super().__init__(records, *handlers)
        self._records = records

    def dequeue(self, block: bool) -> logging.LogRecord:
        if self._records.empty():
            time.sleep(_PAUSE)
        return super().dequeue(block)


def shortened(text: str) -> str:
    """Return a query for the log, cut where it is long."""
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}… ({len(text)} characters)"
