"""The HTTP process: compose the server, and follow what the supervisor says is to be served.

It is told over a Unix socket, by messages that name a release's folder and a keeper's address; the
first comes at once. So a process that is started anew serves what the one before it did.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import resource
import signal
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import uvloop
from flask import Flask

from iprgraph.release.release import Release
from iprgraph_server import application, logs
from iprgraph_server.app import create_app, prepare
from iprgraph_server.application import Application
from iprgraph_server.graph_host.release_pool import Archive
from iprgraph_server.pool.looped import LoopPool
from iprgraph_server.pool.pool import Pool
from iprgraph_server.serving.listening import Listener
from iprgraph_server.settings import Settings
from iprgraph_server.workers import framing

#: Threads for pages and writes beyond those that may wait for a worker.
SPARE_THREADS = 64

#: Connections at a time, most of them idle; the number of descriptors bounds it too.
MOST_CONNECTIONS = 8_192

#: Seconds beyond the longest query in which requests under way must have their answer at the end.
_GRACE = 5


def host(origin: socket.socket, control: str, settings: Settings, token: str) -> None:
    """Serve a listening socket until told to end; call it in a process of its own."""
    with (
        logs.written_by_a_thread(),
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
    ):
        runner.run(_host(origin, control, settings, token))


async def _host(origin: socket.socket, control: str, settings: Settings, token: str) -> None:
    told = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, told.set)
    app = compose(control, settings, token)
    listener = Listener(origin, app.answer, _descriptors(MOST_CONNECTIONS))
    await told.wait()
    await listener.end(settings.timeout + _GRACE)


def compose(control: str, settings: Settings, token: str) -> Application:
    """Compose the server in the process that will run it."""
    supervisor = socket.socket(socket.AF_UNIX)
    supervisor.connect(control)
    (folder, address), _ = framing.receive(supervisor)
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
    followed = supervisor, app, runs, settings, archive, pages
    follower = threading.Thread(target=_follow, args=followed, daemon=True)
    follower.start()
    return app


def _follow(
    supervisor: socket.socket,
    app: Application,
    runs: LoopPool,
    settings: Settings,
    archive: Archive,
    pages: Flask,
) -> None:
    """Take each release that the supervisor names, while requests go on."""
    framing.send(supervisor, ("serving",))
    prepare(pages)
    with contextlib.suppress(EOFError, OSError):
        while True:
            (folder, address), _ = framing.receive(supervisor)
            framing.send(supervisor, _take(folder, address, app, runs, settings, archive))


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
        prepare(pages)
        # From here to take(), what the workers answer belongs to no state that has a name.
        app.served.dataset.retire()
        archive.leave()
        runs.pool.switch(address)
        app.take(release, runs, pages)
        archive.serve(release, runs.pool)
    except Exception as error:
        app.served.dataset.resume()
        archive.serve(archive.served, runs.pool)
        logs.fault("reload", error)
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
