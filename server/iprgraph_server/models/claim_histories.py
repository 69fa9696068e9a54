"""Tell the history of a claim, and keep those asked for last until a release is added."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import Any

from flask import request

from iprgraph.namespaces import CLAIMS
from iprgraph.versions.claim_history import History, history_of
from iprgraph.versions.timeline import Timeline
from iprgraph_server.models.site import Site

#: How many histories are kept; each is a few steps long.
KEPT = 1_000


class Histories:
    """Keep the histories of claims in the releases of a folder; all threads may ask."""

    def __init__(self, most: int = KEPT) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._timeline: Timeline | None = None
        self._found: OrderedDict[str, History] = OrderedDict()

    def of(self, claim: str, timeline: Timeline) -> History:
        """Give the history of a claim; another timeline drops all that were kept."""
        with self._lock:
            if timeline is not self._timeline:
                self._timeline, self._found = timeline, OrderedDict()
            found = self._found
            if claim in found:
                found.move_to_end(claim)
                return found[claim]
        told = history_of(claim, timeline)
        # What never was costs nothing to find out, and would push out what was.
        with self._lock:
            # Where a release was added meanwhile, this is no longer what is kept.
            if told.steps:
                found[claim] = told
            while len(found) > self._most:
                found.popitem(last=False)
        return told

    def __len__(self) -> int:
        return len(self._found)


def of_claim(site: Site, iri: str) -> History | None:
    """Tell a claim's history; not on the pages of a release, which never change."""
    if not site.archive or request.script_root or not iri.startswith(CLAIMS):
        return None
    return site.archive.histories.of(iri, site.archive.timeline)


def document(history: History) -> list[dict[str, Any]]:
    """Give a history as values for JSON; terms are in N-Triples."""
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
