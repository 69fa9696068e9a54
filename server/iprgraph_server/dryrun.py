"""Dry runs: what a write would do, without doing it."""

from __future__ import annotations

import json

from iprgraph_server.exchange import Answer
from iprgraph_server.jobs import Done


def would_be(done: Done) -> Answer:
    """Tell what a write would have changed, what would follow, and what the shapes say of it."""
    facts = done.facts
    told = {
        "dry_run": True,
        "removed": facts["removed"],
        "added": facts["added"],
        "created": facts["created"],
        "inferred": {"removed": facts["inferred_removed"], "added": facts["inferred_added"]},
        "results": facts["results"],
    }
    headers = [("content-type", "application/json"), ("cache-control", "no-store")]
    return Answer(200, headers, json.dumps(told, ensure_ascii=False).encode())
