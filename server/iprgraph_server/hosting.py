"""The HTTP process: compose the server, and follow what the supervisor says is to be served.

It is told over a Unix socket, by messages that name a release's folder and a keeper's address; the
first comes at once. So a process that is started anew serves what the one before it did.
"""

from __future__ import annotations

import contextlib
import gc
import os
import resource
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from granian import Granian
from granian.constants import HTTPModes, Interfaces, Loops
from granian.http import HTTP1Settings
from granian.log import LogLevels

from iprgraph.release import Release
from iprgraph_server import application, confine, wire
from iprgraph_server.app import create_app
from iprgraph_server.application import Application
from iprgraph_server.archive import Archive
from iprgraph_server.looped import LoopPool
from iprgraph_server.pool import Pool
from iprgraph_server.settings import Settings

#: Threads for pages and writes beyond those that may wait for a worker.
SPARE_THREADS = 64

#: Connections at a time, most of them idle; the number of descriptors bounds it too.
MOST_CONNECTIONS = 8_192

#: Seconds in which the head of a request must come; an idle connection is closed after as many.
HEAD_SECONDS = 30


class Place(NamedTuple):
    """Where to listen, and where the supervisor is."""

    host: str
    port: int
    control: str


def host(place: Place, settings: Settings, token: str) -> None:
    """Serve until told to end; call it in a process of its own."""
    server = Granian(
        "iprgraph_server",
        address=place.host,
        port=place.port,
        interface=Interfaces.RSGI,
        loop=Loops.asyncio,
        workers=1,
        respawn_failed_workers=True,
        backlog=1024,
        # The server counts connections here, idle ones too, not requests.
        backpressure=_descriptors(MOST_CONNECTIONS),
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(header_read_timeout=HEAD_SECONDS * 1000),
        websockets=False,
        log_level=LogLevels.warning,
        # A request under way gets its answer before the process ends; a slow sender does not.
        workers_kill_timeout=int(settings.timeout) + 5,
    )
    loader = partial(compose, place.control, settings, token)
    server.serve(target_loader=lambda: loader().__rsgi__, wrap_loader=False)


def compose(control: str, settings: Settings, token: str) -> Application:
    """Compose the server in the process that will run it."""
    confine.die_with_parent(os.getppid())
    supervisor = socket.socket(socket.AF_UNIX)
    supervisor.connect(control)
    (folder, address), _ = wire.receive(supervisor)
    release = Release.open(Path(folder))
    pool = Pool(settings, address)
    archive = Archive(settings, Path(control).parent, release, pool)
    pages = create_app(settings, release, pool, archive)
    threads = ThreadPoolExecutor(settings.workers + settings.queue + SPARE_THREADS, "pages")
    runs = LoopPool(pool, threads)
    app = application.compose(
        settings, release, runs, pages, token=token, threads=threads, archive=archive
    )
    # What is made once is never garbage, and what is kept for the next question seldom is.
    gc.freeze()
    gc.set_threshold(20_000, 20, 100)
    followed = supervisor, app, runs, settings, archive
    follower = threading.Thread(target=_follow, args=followed, daemon=True)
    follower.start()
    return app


def _follow(
    supervisor: socket.socket,
    app: Application,
    runs: LoopPool,
    settings: Settings,
    archive: Archive,
) -> None:
    """Take each release that the supervisor names, while requests go on."""
    wire.send(supervisor, ("serving",))
    with contextlib.suppress(EOFError, OSError):
        while True:
            (folder, address), _ = wire.receive(supervisor)
            wire.send(supervisor, _take(folder, address, app, runs, settings, archive))


def _take(
    folder: str,
    address: str,
    app: Application,
    runs: LoopPool,
    settings: Settings,
    archive: Archive,
) -> tuple[Any, ...]:
    try:
        release = Release.open(Path(folder))
        pages = create_app(settings, release, runs.pool, archive)
        # From here to take(), what the workers answer belongs to no state that has a name.
        app.served.dataset.retire()
        archive.leave()
        runs.pool.switch(address)
        app.take(release, runs, pages)
        archive.serve(release, runs.pool)
    except Exception as error:
        app.served.dataset.resume()
        archive.serve(archive.served, runs.pool)
        app.log.fault("reload", error)
        return ("failed", str(error))
    return ("taken", release.id)


def _descriptors(wanted: int) -> int:
    """Allow this process so many connections, as far as the system lets it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    enough = wanted + 1_024
    if soft < enough:
        soft = enough if hard == resource.RLIM_INFINITY else min(enough, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return max(128, min(wanted, soft - 512))
