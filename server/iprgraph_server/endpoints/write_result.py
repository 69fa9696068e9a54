"""The answer to a write: what it changed, or would change, and what the shapes say of it."""

from __future__ import annotations

import json

from iprgraph_server.http.messages import Answer
from iprgraph_server.workers.jobs import Done, GraphWrite, Update


def account(done: Done, job: Update | GraphWrite) -> Answer:
    """Answer a write that was accepted: in JSON where it was a dry run or left warnings."""
    facts = done.facts
    told = {
        "dry_run": job.dry_run,
        "removed": facts["removed"],
        "added": facts["added"],
        "created": facts["created"],
        "inferred": {"removed": facts["inferred_removed"], "added": facts["inferred_added"]},
        "results": facts["results"],
    }
    headers = [("cache-control", "no-store")]
    is_made = facts["created"] and not job.dry_run
    if job.dry_run or facts["results"]:
        headers.append(("content-type", "application/json"))
        return Answer(
            201 if is_made else 200, headers, json.dumps(told, ensure_ascii=False).encode()
        )
    return Answer(201 if is_made else 204, headers)
