"""A query worker: takes jobs from one connection, one at a time, until it ends or is killed.

It is a fork of the fork server, so the graph is there already, shared and copied on write. Whatever a
query does, it does to this process only.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
import traceback
from time import perf_counter
from typing import Any, NamedTuple

from iprgraph import errors as library
from iprgraph.errors import Text
from iprgraph.reasoning.proofs import Prover
from iprgraph.store.changes import Change, by_graph_write, by_update
from iprgraph.store.engine import Engine
from iprgraph_server.errors import (
    NoSuchGraph,
    OutOfMemory,
    Problem,
    QueryRefusedProblem,
    QuerySyntax,
    ResultTooLargeProblem,
    ServiceFailed,
    ShapesRejected,
    WorkerDied,
    WrongFormat,
    pack,
)
from iprgraph_server.workers import framing, sandbox
from iprgraph_server.workers.document_validation import DocumentValidator
from iprgraph_server.workers.explain import explain
from iprgraph_server.workers.jobs import (
    KINDS,
    GraphRead,
    GraphWrite,
    Job,
    Query,
    Update,
    Validate,
    Why,
    is_write,
)
from iprgraph_server.workers.service_client import ServiceClient
from iprgraph_server.workers.write_validation import Verdict, WriteValidator, as_data

#: Room for the recursion of deep queries; only what is touched takes memory.
_STACK = 128 << 20
#: Python's own bound, for explaining what is wrong in deep queries.
_RECURSION = 20_000
#: Seconds beyond a job's time after which a worker ends by itself.
_GRACE = 2.0
#: A worker that holds more than this part of its memory is replaced after the job.
_TIRED = 0.5
#: Jobs shorter than this cannot leave much behind; looking costs more than they do.
_BRIEF = 0.05


class Context(NamedTuple):
    """What a worker inherits from the fork server."""

    engine: Engine
    memory_mb: int
    validator: WriteValidator | None
    #: The address of the service proxy for each endpoint that SERVICE may call.
    services: dict[str, str]
    prover: Prover | None
    documents: DocumentValidator


def main(connection: socket.socket, context: Context, fork_server: int) -> None:
    """Serve one connection in this process, and end with it; never returns."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    sandbox.die_with_parent(fork_server)
    sandbox.dump_no_core()
    sandbox.end_first()
    # A new thread has a stack of the size wanted, and random numbers of its own: the engine's
    # generator would give every fork the same "new" blank nodes and UUIDs.
    threading.stack_size(_STACK)
    thread = threading.Thread(target=_serve, args=(connection, context), daemon=True)
    thread.start()
    thread.join()
    os._exit(1)


def _serve(connection: socket.socket, context: Context) -> None:
    code = 1
    try:
        sys.setrecursionlimit(_RECURSION)
        engine = context.engine
        sandbox.limit_memory(context.memory_mb << 20)
        base = sandbox.address_space()
        if not context.services:
            sandbox.open_nothing_new()
        tired = False
        start = memoryview(bytearray(framing.CHUNK))
        while not tired:
            (kind, fields, limit), _ = framing.receive(connection, start)
            # Should who asked be gone, nobody else ends a job that never ends.
            signal.setitimer(signal.ITIMER_REAL, limit + _GRACE)
            started = perf_counter()
            job = KINDS[kind](*fields)
            head, body = _answer(engine, job, context)
            seconds = perf_counter() - started
            signal.setitimer(signal.ITIMER_REAL, 0)
            if seconds > _BRIEF:
                tired = _mapped(context) - base > _TIRED * (context.memory_mb << 20)
            # A graph that has lost what was inferred, or has a document added, is of no use to
            # another job.
            tired = tired or getattr(job, "infer", True) is False or isinstance(job, Validate)
            framing.send(connection, (*head, seconds, tired), body)
            del head, body
        code = 0
    except (EOFError, ConnectionError):
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(code)


def _mapped(context: Context) -> int:
    if context.services:
        return sandbox.address_space()
    sandbox.open_freely()
    try:
        return sandbox.address_space()
    finally:
        sandbox.open_nothing_new()


def _answer(engine: Engine, job: Job, context: Context) -> tuple[tuple[Any, ...], bytes]:
    """Do a job; a refusal is an answer too. Gives the head and the body to reply with."""
    try:
        if is_write(job):
            sandbox.open_freely()
            return _write(engine, job, context)
        return _read(engine, job, context)
    except Problem as problem:
        return _problem(problem)
    except library.IprGraphError as error:
        return _problem(_as_problem(error, engine))
    except UnicodeEncodeError:
        return _problem(QuerySyntax("The text has half a surrogate pair, which is no character."))
    except MemoryError:
        told = Text("This needs more than {most} MB.", most=context.memory_mb)
        return _problem(OutOfMemory(told, limit=context.memory_mb))
    except Exception as error:
        traceback.print_exc()
        return _problem(WorkerDied(Text("The engine failed ({name}).", name=type(error).__name__)))


def _as_problem(error: library.IprGraphError, engine: Engine) -> Problem:
    """Return the server's problem for an error of the library."""
    told = Text.of(error).sentence()
    if isinstance(error, library.QuerySyntaxError):
        place = {"line": error.line, "column": error.column}
        told = error.message
        if error.line:
            told = Text("{told} (line {line}, column {column})", told=told, **place)
        return QuerySyntax(told.sentence(), **place, hint=error.hint or None)
    if isinstance(error, library.SyntaxProblem):
        told = Text("The data cannot be read: {told}", told=Text.of(error.expected))
        return QuerySyntax(told, line=error.line, column=error.column)
    if isinstance(error, library.QueryRefused):
        return QueryRefusedProblem(told, status=403 if error.forbidden else 400)
    if isinstance(error, library.FormatError):
        return WrongFormat(told)
    if isinstance(error, library.PeerFailed):
        status = 504 if error.reason == "timeout" else 502
        return ServiceFailed(told, status=status, service=error.url, reason=error.reason)
    if isinstance(error, library.ResultTooLarge):
        return ResultTooLargeProblem(told, limit=engine.bounds.result_bytes)
    return QueryRefusedProblem(told)


def _read(engine: Engine, job: Job, context: Context) -> tuple[tuple[Any, ...], bytes]:
    if isinstance(job, Query):
        if not job.infer:
            engine.forget_inferred()
        peers = None
        if context.services:
            peers = ServiceClient(context.services, engine.bounds.result_bytes, _seconds_left())
        asked = job.default_graphs, job.named_graphs, job.format, job.base, peers
        answer = engine.query(job.text, *asked)
        facts: dict[str, Any] = {"form": answer.form, "media_type": answer.media_type}
        if answer.cut:
            facts["cut"] = True
        if answer.silenced:
            facts["silenced"] = answer.silenced
        return ("done", facts), answer.body
    if isinstance(job, Why):
        proofs = explain(engine.store, context.prover, job)
        return ("done", {"media_type": "application/json"}), proofs
    if isinstance(job, Validate):
        report = context.documents.validate(engine, job)
        return ("done", {"media_type": "application/json"}), report
    assert isinstance(job, GraphRead)
    try:
        answer = engine.graph(job.graph, job.format)
    except KeyError:
        raise _no_such_graph(job) from None
    return ("done", {"media_type": answer.media_type}), answer.body


def _write(engine: Engine, job: Job, context: Context) -> tuple[tuple[Any, ...], bytes]:
    """Find what a write changes, here on this copy, and validate it."""
    if engine.merge:
        engine.merge.leave()
    created = False
    if isinstance(job, Update):
        change = by_update(engine, job.text, job.using_graphs, job.using_named_graphs, job.base)
    else:
        assert isinstance(job, GraphWrite)
        asked = job.graph, job.method, job.body, job.format, job.base
        try:
            change, created = by_graph_write(engine, *asked)
        except KeyError:
            raise _no_such_graph(job) from None
    verdict = Verdict(Change(), None)
    if change and context.validator:
        verdict = context.validator.judge(engine.store, change)
    inferred = verdict.inferred
    removed, added = change.counts
    facts: dict[str, Any] = {"removed": removed, "added": added, "created": created}
    facts["inferred_removed"], facts["inferred_added"] = inferred.counts
    facts["results"] = as_data(verdict.report) if verdict.report else []
    quads = (change.removed, change.added, inferred.removed, inferred.added)
    parts = (tuple(map(len, quads)), change.dropped, change.created)
    return ("change", facts, parts), b"".join(quads)


def _no_such_graph(job: GraphRead | GraphWrite) -> NoSuchGraph:
    return NoSuchGraph(Text("There is no graph <{graph}> here.", graph=job.graph), graph=job.graph)


def _seconds_left() -> float:
    """Return the seconds that the job may still take."""
    return signal.getitimer(signal.ITIMER_REAL)[0] - _GRACE


def _problem(problem: Problem) -> tuple[tuple[Any, ...], bytes]:
    report = problem.report if isinstance(problem, ShapesRejected) else b""
    told = pack(problem.detail), problem.status, pack(problem.extra)
    return ("problem", problem.name, *told), report
