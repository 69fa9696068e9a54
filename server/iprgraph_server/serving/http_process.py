"""The HTTP process: serve, and follow what the supervisor says is to be served.

The supervisor sends it, over a Unix socket, messages that name a release's folder and a fork server's address;
the first comes at once. So a process that is started anew serves what the one before it did.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import resource
import signal
import socket
from pathlib import Path

import uvloop

from iprgraph.release.release import Release
from iprgraph_server import logs
from iprgraph_server.app import make_app, make_older_pages, prepare
from iprgraph_server.asgi import AsgiApp, Served
from iprgraph_server.pool.pool import Pool
from iprgraph_server.publisher import Publisher
from iprgraph_server.serving.http_server import HttpServer
from iprgraph_server.serving.rsgi import RsgiApp
from iprgraph_server.settings import Settings
from iprgraph_server.workers import framing

#: Connections at a time, most of them idle; the number of descriptors bounds it too.
MOST_CONNECTIONS = 8_192

#: Seconds beyond the longest query in which requests under way must have their answer at the end.
_GRACE = 5


def host(origin: socket.socket, control: str, settings: Settings, token: str) -> None:
    """Serve a listening socket until told to end; call it in a process of its own."""
    _allow_descriptors(MOST_CONNECTIONS)
    with (
        logs.written_by_a_thread(),
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
    ):
        runner.run(_host(origin, control, settings, token))


async def _host(origin: socket.socket, control: str, settings: Settings, token: str) -> None:
    loop = asyncio.get_running_loop()
    supervisor = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    supervisor.connect(control)
    (folder, address), _ = framing.receive(supervisor)
    release, write_turn = Release.open(Path(folder)), asyncio.Lock()
    pool = Pool(settings, address, write_turn)
    publisher = Publisher(settings, token, release, pool, make_older_pages)
    publisher.run_on(loop)
    app = make_app(publisher, release, pool)
    publisher.serve(app.extensions["router"], pool)
    asgi = AsgiApp(app)
    server = HttpServer(RsgiApp(asgi), origin)
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, server.end)
    # What is made once is never garbage, and what is kept for the next question seldom is.
    gc.freeze()
    gc.set_threshold(20_000, 20, 100)
    following = loop.create_task(_follow(supervisor, asgi, publisher, pool, write_turn))
    preparing = loop.run_in_executor(None, prepare, app)
    await server.run(settings.timeout + _GRACE)
    # Its thread waits for a message.
    supervisor.shutdown(socket.SHUT_RDWR)
    await asyncio.gather(following, preparing, return_exceptions=True)
    publisher.releases.close()


async def _follow(
    supervisor: socket.socket,
    asgi: AsgiApp,
    publisher: Publisher,
    pool: Pool,
    write_turn: asyncio.Lock,
) -> None:
    """Take each release that the supervisor names, while requests go on."""
    loop = asyncio.get_running_loop()
    draining: set[asyncio.Task[None]] = set()
    framing.send(supervisor, ("serving", ""))
    with contextlib.suppress(EOFError, OSError):
        while True:
            (folder, address), _ = await loop.run_in_executor(None, framing.receive, supervisor)
            successor = Pool(publisher.settings, address, write_turn)
            before, served = pool, asgi.served
            answer = await _take(folder, asgi, publisher, pool, successor)
            framing.send(supervisor, answer)
            if answer[0] == "taken":
                pool = successor
                task = loop.create_task(_drain(supervisor, asgi, served, before))
                draining.add(task)
                task.add_done_callback(draining.discard)


async def _take(
    folder: str, asgi: AsgiApp, publisher: Publisher, pool: Pool, successor: Pool
) -> tuple[str, str]:
    """Serve another release from now on; return what the supervisor is told."""
    loop = asyncio.get_running_loop()
    try:
        release = await loop.run_in_executor(None, Release.open, Path(folder))
        app = await loop.run_in_executor(None, make_app, publisher, release, successor)
        await loop.run_in_executor(None, prepare, app)
        await pool.replace(successor)
        asgi.take(app)
        publisher.serve(app.extensions["router"], successor)
    except Exception as error:
        logs.fault("reload", error)
        return ("failed", str(error))
    return ("taken", release.id)


async def _drain(supervisor: socket.socket, asgi: AsgiApp, served: Served, pool: Pool) -> None:
    """Report to the supervisor when the last request is answered that began with a release before."""
    await asgi.drained(served)
    await pool.drain()
    framing.send(supervisor, ("drained", pool.address))


def _allow_descriptors(wanted: int) -> None:
    """Allow this process so many connections, as far as the system lets it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    enough = wanted + 1_024
    if soft < enough:
        soft = enough if hard == resource.RLIM_INFINITY else min(enough, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
