"""Answer the pages' queries in this process, and count them."""

from __future__ import annotations

from flask import Flask

from iprgraph.release.release import Release
from iprgraph.store.engine import Engine
from iprgraph_server.app import make_app, make_older_pages
from iprgraph_server.publisher import Publisher
from iprgraph_server.settings import Settings
from iprgraph_server.workers.jobs import Done, Job, Query


class Counting:
    """A runner of one engine that counts its jobs."""

    #: A graph that nobody writes to.
    writes = 0

    def __init__(self, release: Release) -> None:
        self.engine = Engine.load(release.dir / "iprgraph.nq")
        self.count = 0

    async def run(self, job: Job) -> Done:
        assert isinstance(job, Query)
        self.count += 1
        answer = self.engine.query(job.text, format=job.format)
        return Done(answer.body, {"generation": 0, "seconds": 0.0, "media_type": answer.media_type})

    def status(self) -> dict[str, object]:
        return {"ready": True}


def app_of(release: Release, runner: object) -> Flask:
    """Return the app of a release whose jobs a runner answers."""
    publisher = Publisher(Settings(), "", release, runner, make_older_pages)  # type: ignore[arg-type]
    return make_app(publisher, release, runner)  # type: ignore[arg-type]
