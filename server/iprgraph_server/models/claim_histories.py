"""The history of a claim in the releases; the latest ones stay in memory."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import Any

from iprgraph.versions.claim_history import History, history_of
from iprgraph.versions.timeline import Timeline

#: How many histories stay in memory; each is a few steps long.
MOST = 1_000


class ClaimHistories:
    """A cache of the histories of claims; all threads may read it."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._timeline: Timeline | None = None
        self._histories: OrderedDict[str, History] = OrderedDict()

    def of(self, claim: str, timeline: Timeline) -> History:
        """Return the history of a claim; another timeline empties the cache."""
        with self._lock:
            if timeline is not self._timeline:
                self._timeline, self._histories = timeline, OrderedDict()
            histories = self._histories
            if claim in histories:
                histories.move_to_end(claim)
                return histories[claim]
        history = history_of(claim, timeline)
        # A claim that never existed is found quickly, so it takes no place in the cache.
        with self._lock:
            # After a new release, `histories` is no longer the cache.
            if history.steps:
                histories[claim] = history
            while len(histories) > self._most:
                histories.popitem(last=False)
        return history

    def __len__(self) -> int:
        return len(self._histories)


def history_document(history: History) -> list[dict[str, Any]]:
    """Return a history as values for JSON; terms are in N-Triples."""
    return [
        {
            "release": step.release.id,
            "issued": step.release.manifest["issued"],
            "what": step.what,
            "before": step.before and step.before.id,
            "changes": [
                {
                    "property": change.property.value,
                    "removed": [str(term) for term in change.before],
                    "added": [str(term) for term in change.after],
                }
                for change in step.changes
            ],
        }
        for step in history.steps
    ]
