"""Keep answers for the same question: bounded in bytes, dropped when the dataset changes.

The key is the raw request, so that a repeated question is found without parsing anything. An
answer is kept for the generation of the dataset it was made from, and found for no other.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

from iprgraph_server.http.messages import Headers

#: What an entry costs besides its body, about: key, headers, the objects themselves.
OVERHEAD = 1500


@dataclass(slots=True)
class CachedAnswer:
    """An answer as it is sent: its headers are complete but for those of the single request."""

    headers: Headers
    body: bytes
    etag: str
    used: bool = False


class AnswerCache:
    """Answers up to a number of bytes; those not asked for again go first.

    Finding takes no lock: a lookup in a dict is atomic. Entries are dropped in the order in which
    they came, but one that was found since gets a second round ("clock").
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.bytes = 0
        self.generation: Hashable = None
        # A plain dict is slow to find its first entry when many before it were dropped.
        self._entries: OrderedDict[Any, tuple[CachedAnswer, int]] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._entries)

    def find(self, key: Hashable) -> CachedAnswer | None:
        """Return the entry for a request, if there is one."""
        entry = self._entries.get(key)
        if entry is None:
            return None
        entry[0].used = True
        return entry[0]

    def keep(self, key: tuple[str | bytes, ...], entry: CachedAnswer, generation: Hashable) -> None:
        """Keep an entry made from a generation, unless that is past or it is too large."""
        size = len(entry.body) + sum(map(len, key)) + OVERHEAD
        # No single answer may push out most of the others.
        if size > self.limit // 8:
            return
        with self._lock:
            if generation != self.generation:
                return
            old = self._entries.pop(key, None)
            self.bytes += size - (old[1] if old else 0)
            self._entries[key] = (entry, size)
            while self.bytes > self.limit:
                self._drop_one()

    def renew(self, generation: Hashable) -> None:
        """Drop everything, for the dataset is now another."""
        with self._lock:
            self._entries = OrderedDict()
            self.bytes = 0
            self.generation = generation

    def _drop_one(self) -> None:
        key, (entry, size) = self._entries.popitem(last=False)
        if entry.used:
            entry.used = False
            self._entries[key] = (entry, size)
        else:
            self.bytes -= size
