"""Keep writes: each acknowledged change is on disk, whole, before anyone is told.

The file is a line that names the format, then records. A record is the length and the BLAKE2b-128
of its payload, and the payload: a line of JSON, which holds what the shapes said that was no reason
to reject it, and the N-Quads removed and added. A record that a
crash cut short is at the end, and was never acknowledged: it is cut off. Damage anywhere else stops
the start, for what comes after it was acknowledged.
"""

from __future__ import annotations

import fcntl
import json
import os
import struct
import time
from collections import deque
from collections.abc import Iterator, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import Any

from iprgraph.errors import DataError, UsageError
from iprgraph.store.changes import Change

NAME = "writes.journal"
_MAGIC = b"iprgraph journal 1\n"
_HEAD = struct.Struct("<Q16s")
#: How long another server may take to let go of the journal.
PATIENCE = 5.0
#: So many writes with warnings are remembered, and so many warnings of each; the file has all.
_REMEMBERED, _SHOWN = 10, 10


class Journal:
    """The journal in a folder; at most one process owns it."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / NAME
        self._end = 0
        self._handle: int | None = None
        #: When the last writes with warnings were, and these.
        self.warnings: deque[tuple[float, list[dict[str, Any]]]] = deque(maxlen=_REMEMBERED)

    def own(self, patience: float = PATIENCE) -> Iterator[Change]:
        """Take the journal to write to it, giving what has not been read yet; cuts a torn end."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self._lock(handle, patience)
        if os.fstat(handle).st_size < len(_MAGIC):
            os.ftruncate(handle, 0)
            os.pwrite(handle, _MAGIC, 0)
            os.fsync(handle)
            _sync_folder(self.path.parent)
        self._handle = handle
        yield from self.read()
        if os.fstat(handle).st_size > self._end:
            os.ftruncate(handle, self._end)
            os.fsync(handle)

    def release(self) -> None:
        """Let another process own the journal."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None

    @property
    def is_owned(self) -> bool:
        """Check whether this process may append."""
        return self._handle is not None

    def read(self) -> Iterator[Change]:
        """Return the changes that have not been read yet; raises DataError for a damaged journal."""
        if self._handle is None and not self.path.exists():
            return
        # To close another handle of the file would give up the lock on it.
        owned = self._handle is not None
        with open(self._handle if owned else self.path, "rb", closefd=not owned) as file:  # type: ignore[arg-type]
            file.seek(0)
            if file.read(len(_MAGIC)) != _MAGIC:
                if os.fstat(file.fileno()).st_size < len(_MAGIC):
                    return
                raise DataError(f"{self.path} is not a journal of this program; move it away")
            size = os.fstat(file.fileno()).st_size
            self._end = max(self._end, len(_MAGIC))
            while self._end < size:
                file.seek(self._end)
                head = file.read(_HEAD.size)
                if len(head) < _HEAD.size:
                    return
                length, digest = _HEAD.unpack(head)
                end = self._end + _HEAD.size + length
                payload = file.read(length) if end <= size else b""
                if end > size or _digest(payload) != digest:
                    if end >= size or not any(head):
                        return
                    raise DataError(
                        f"{self.path} is damaged at byte {self._end}; restore it from a copy, or move it "
                        "away to go on without the writes it holds"
                    )
                self._end = end
                yield self._unpack(payload)

    def append(self, change: Change, results: Sequence[dict[str, Any]] = ()) -> None:
        """Write a change to the disk; when this returns, it stays. Raises OSError, and keeps nothing.

        `results` are those of its validation.
        """
        if self._handle is None:
            raise UsageError("the journal belongs to another process")
        now = round(time.time(), 3)
        payload = _pack(change, now, results)
        record = memoryview(_HEAD.pack(len(payload), _digest(payload)) + payload)
        try:
            written = 0
            while written < len(record):
                written += os.pwrite(self._handle, record[written:], self._end + written)
            os.fsync(self._handle)
        except OSError:
            os.ftruncate(self._handle, self._end)
            raise
        self._end += len(record)
        self._remember(now, results)

    def _unpack(self, payload: bytes) -> Change:
        line, _, quads = payload.partition(b"\n")
        head = json.loads(line)
        self._remember(head["time"], head.get("results", ()))
        cut = head["removed"]
        return Change(quads[:cut], quads[cut:], tuple(head["dropped"]), tuple(head["created"]))

    def _remember(self, at: float, results: Sequence[dict[str, Any]]) -> None:
        if results:
            self.warnings.append((at, list(results[:_SHOWN])))

    def _lock(self, handle: int, patience: float) -> None:
        until = time.monotonic() + patience
        while True:
            try:
                # Locks of this kind belong to the process, so its forks do not hold them.
                fcntl.lockf(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return
            except OSError:
                if time.monotonic() > until:
                    os.close(handle)
                    raise UsageError(
                        f"another server writes to {self.path}; stop it, or give another --journal"
                    ) from None
                time.sleep(0.02)


def _digest(payload: bytes) -> bytes:
    return blake2b(payload, digest_size=16).digest()


def _pack(change: Change, at: float, results: Sequence[dict[str, Any]]) -> bytes:
    head = {
        "time": at,
        "removed": len(change.removed),
        "added": len(change.added),
        "dropped": change.dropped,
        "created": change.created,
        "results": results,
    }
    return json.dumps(head, ensure_ascii=False).encode() + b"\n" + change.removed + change.added


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
