"""Queries run in processes that end at their limits; whoever asked is told, and no one else notices."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest

from iprgraph_server.errors import (
    Busy,
    NoSuchGraph,
    OutOfMemory,
    Problem,
    QueryRefusedProblem,
    QuerySyntax,
    ResultTooLargeProblem,
    ServiceFailed,
    ShapesRejected,
    TimedOut,
    WorkerDied,
    WrongFormat,
)
from iprgraph_server.graph_host import host_plan, launch
from iprgraph_server.settings import Settings
from iprgraph_server.workers.jobs import GraphRead, GraphWrite, Query, Update
from support.hosting import ThreadedPool, fork_server, pool

EX = "https://example.org/"
ENVIRONMENT = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
CHEAP = Query("ASK { ?s ?p 1 }")
#: 500 to the power of four rows, sorted by what no index knows: it never ends by itself.
RUNAWAY = Query("SELECT (COUNT(*) AS ?n) { ?a ?p ?b . ?c ?q ?d . ?e ?r ?f . ?g ?s ?h }")


@pytest.fixture(scope="module")
def workers(data: Path) -> Iterator[ThreadedPool]:
    """Give a pool of two workers with tight limits; tests only read through it."""
    with pool(data, workers=2, memory_mb=96, result_bytes=20_000, timeout=20) as made:
        yield made


def wait_for_running(made: ThreadedPool, number: int) -> None:
    """Wait until so many jobs are under way."""
    until = time.monotonic() + 20
    while made.status()["running"] < number:
        assert time.monotonic() < until
        time.sleep(0.01)


def end_workers(made: ThreadedPool) -> None:
    """End the workers that have a seat, and wait until they have gone and the pool has seen it."""
    for pid in made.status()["workers"]:
        os.kill(pid, signal.SIGKILL)
        while pid in made.status()["workers"]:
            time.sleep(0.005)
    # The loop looks at its sockets, then hands on what they say.
    made.wait_for(asyncio.sleep(0.01))
    made.wait_for(asyncio.sleep(0.01))


def rows(made: ThreadedPool, query: str) -> list[str]:
    """Ask for one column, as text."""
    return made.run(Query(query, format="csv")).body.decode().split("\r\n")[1:-1]


def test_an_answer_is_whole_and_has_its_facts(workers: ThreadedPool) -> None:
    done = workers.run(Query(f"SELECT ?o {{ <{EX}s7> ?p ?o }}"))
    assert json.loads(done.body)["results"]["bindings"][0]["o"]["value"] == "7"
    assert done.facts["form"] == "SELECT"
    assert done.facts["media_type"] == "application/sparql-results+json"
    assert done.facts["generation"] == 0
    assert done.facts["seconds"] > 0


@pytest.mark.parametrize(
    ("job", "kind", "status"),
    [
        (Query("SELECT ?x {"), QuerySyntax, 400),
        (Query("SELECT * { SERVICE <http://example.org/> {} }"), QueryRefusedProblem, 403),
        (Query("ASK {" + "{" * 3_000 + "}" * 3_000 + "}"), QueryRefusedProblem, 400),
        (Query("ASK {}", ("no iri",)), QueryRefusedProblem, 400),
        (Query("SELECT * { ?s ?p ?o }", format="turtle"), WrongFormat, 406),
        (Query("CONSTRUCT { ?s ?p ?o } { ?s ?p ?o }", format="csv"), WrongFormat, 406),
        (GraphRead(f"{EX}nothing"), NoSuchGraph, 404),
        (Query("SELECT * { ?s ?p ?o }"), ResultTooLargeProblem, 507),
        (
            Query("CONSTRUCT { ?s ?p ?o } { ?s ?p ?o }", format="ntriples"),
            ResultTooLargeProblem,
            507,
        ),
        (GraphRead(f"{EX}graph1", "ntriples"), ResultTooLargeProblem, 507),
    ],
)
def test_a_refusal_is_of_its_kind_and_leaves_the_worker(
    workers: ThreadedPool, job: Any, kind: type[Problem], status: int
) -> None:
    workers.run(CHEAP)
    before = set(workers.status()["workers"])
    with pytest.raises(kind) as caught:
        workers.run(job)
    assert caught.value.status == status
    assert before <= set(workers.status()["workers"])


def test_a_query_past_its_time_is_ended_with_its_worker(workers: ThreadedPool) -> None:
    ended = workers.status()["endings"].get("killed", 0)
    workers.run(CHEAP)
    with pytest.raises(TimedOut, match=r"stopped after 0\.3 s") as caught:
        workers.run(RUNAWAY._replace(timeout=0.3))
    assert caught.value.extra == {"limit": 0.3}
    assert workers.run(CHEAP).body
    while workers.status()["endings"].get("killed", 0) == ended:
        time.sleep(0.005)
    assert workers.status()["endings"]["killed"] == ended + 1


def test_a_client_cannot_ask_for_more_time_than_the_setting(data: Path) -> None:
    with pool(data, workers=1, timeout=0.2) as made, pytest.raises(TimedOut) as caught:
        made.run(RUNAWAY._replace(timeout=1_000))
    assert caught.value.extra == {"limit": 0.2}


def test_cheap_queries_pass_by_runaway_ones(data: Path) -> None:
    with pool(data, workers=3, timeout=300) as made, ThreadPoolExecutor(2) as threads:
        runaways = [threads.submit(made.run, RUNAWAY) for _ in range(2)]
        wait_for_running(made, 2)
        for _ in range(200):
            assert made.run(CHEAP).body
        assert not any(future.done() for future in runaways)
        end_workers(made)
        assert all(isinstance(future.exception(), WorkerDied) for future in runaways)


@pytest.mark.parametrize("opening", ["{", "("])
def test_a_query_that_crashes_the_engine_ends_one_worker_only(data: Path, opening: str) -> None:
    closing = {"{": "}", "(": ")"}[opening]
    inner = opening * 120_000 + "1" * (opening == "(") + closing * 120_000
    deep = Query(f"ASK {{ FILTER{inner} }}" if opening == "(" else f"ASK {inner}")
    with (
        pool(data, workers=1, query_chars=10_000_000) as made,
        pytest.raises(QueryRefusedProblem, match="nested more than 100 deep"),
    ):
        made.run(deep)
    with pool(data, workers=1, query_chars=10_000_000, nesting=10_000_000) as made:
        with pytest.raises(WorkerDied, match="made the engine crash"):
            made.run(deep)
        assert made.run(CHEAP).body
        assert made.status()["endings"] == {"crash": 1}


@pytest.mark.parametrize(
    "query",
    [
        "SELECT ?a { ?a ?p ?b . ?c ?q ?d . ?e ?r ?f } ORDER BY ?b",
        "SELECT (GROUP_CONCAT(CONCAT(STR(?a), STR(?c), STR(?e))) AS ?x) { ?a ?p ?b . ?c ?q ?d . ?e ?r ?f }",
    ],
)
def test_a_query_past_its_memory_is_told_so(workers: ThreadedPool, query: str) -> None:
    with pytest.raises(OutOfMemory, match="more than 96 MB") as caught:
        workers.run(Query(query))
    assert caught.value.extra == {"limit": 96}
    assert workers.run(CHEAP).body


def test_a_full_queue_turns_away_at_once(data: Path) -> None:
    with pool(data, workers=1, queue=1, timeout=60) as made, ThreadPoolExecutor(2) as threads:
        first = threads.submit(made.run, RUNAWAY)
        wait_for_running(made, 1)
        second = threads.submit(made.run, CHEAP)
        while made.status()["waiting"] < 1:
            time.sleep(0.01)
        with pytest.raises(Busy, match="1 requests wait already") as caught:
            made.run(CHEAP)
        assert caught.value.status == 503
        assert caught.value.retry_after == 2
        assert not first.done()
        os.kill(made.status()["workers"][0], signal.SIGKILL)
        assert second.result().body
        assert isinstance(first.exception(), WorkerDied)


def test_waiting_for_a_worker_ends_too(data: Path) -> None:
    with pool(data, workers=1, queue_wait=0.1) as made, ThreadPoolExecutor(1) as threads:
        first = threads.submit(made.run, RUNAWAY)
        wait_for_running(made, 1)
        with pytest.raises(Busy, match=r"No worker was free within 0\.1 s"):
            made.run(CHEAP)
        os.kill(made.status()["workers"][0], signal.SIGKILL)
        assert isinstance(first.exception(), WorkerDied)
        assert made.status()["waiting"] == 0


def test_a_worker_ended_while_idle_is_not_noticed(workers: ThreadedPool) -> None:
    for _ in range(3):
        workers.run(CHEAP)
        end_workers(workers)
        assert workers.run(CHEAP).body


def test_many_threads_get_their_own_answers(workers: ThreadedPool) -> None:
    def ask(number: int) -> bool:
        done = workers.run(Query(f"SELECT ?o {{ <{EX}s{number}> ?p ?o }}", format="csv"))
        return done.body == f"o\r\n{number}\r\n".encode()

    with ThreadPoolExecutor(16) as threads:
        assert all(threads.map(ask, [i % 500 for i in range(2_000)]))


def test_no_two_workers_make_the_same_new_names(data: Path) -> None:
    with pool(data, workers=1) as made:
        seen = set()
        for _ in range(4):
            seen.update(rows(made, "SELECT (UUID() AS ?x) {}"))
            seen.update(rows(made, "SELECT (STR(RAND()) AS ?x) {}"))
            end_workers(made)
        assert len(seen) == 8
        for _ in range(3):
            made.run(Update(f"INSERT DATA {{ [] <{EX}new> 1 }}"))
        assert rows(made, f"SELECT (COUNT(DISTINCT ?x) AS ?n) {{ ?x <{EX}new> 1 }}") == ["3"]


def test_what_is_acknowledged_is_seen_by_the_next_query(data: Path) -> None:
    with pool(data, workers=3) as made, ThreadPoolExecutor(3) as threads:
        list(threads.map(made.run, [CHEAP] * 30))
        for number in range(10):
            done = made.run(Update(f"INSERT DATA {{ <{EX}n> <{EX}is> {number} }}"))
            assert done.facts["generation"] == number + 1
            assert (done.facts["added"], done.facts["removed"]) == (1, 0)
            asked = Query(f"ASK {{ <{EX}n> <{EX}is> {number} }}", format="csv")
            assert {d.body for d in threads.map(made.run, [asked] * 9)} == {b"true"}


def test_a_write_that_fails_changes_nothing(data: Path) -> None:
    with pool(data, workers=1, timeout=30) as made:
        with pytest.raises(QueryRefusedProblem, match="already exists"):
            made.run(Update(f"INSERT DATA {{ <{EX}x> <{EX}y> 1 }} ; CREATE GRAPH <{EX}graph1>"))
        with pytest.raises(TimedOut):
            made.run(
                Update(
                    "INSERT { ?a ?p ?f } WHERE { ?a ?p ?b . ?c ?q ?d . ?e ?r ?f }",
                    using_graphs=(f"{EX}graph0", f"{EX}graph1"),
                    timeout=0.5,
                )
            )
        with pytest.raises(QuerySyntax) as caught:
            made.run(GraphWrite(f"{EX}g", "PUT", b"<a:b> <a:c> 1 .\n<a:d> <a:e> ;"))
        assert caught.value.extra["line"] == 2
        done = made.run(
            Update(f"DELETE WHERE {{ GRAPH <{EX}graph1> {{ ?s ?p ?o }} }}", dry_run=True)
        )
        assert done.facts["removed"] == 250
        assert rows(made, "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }") == ["500"]
        assert made.run(CHEAP).facts["generation"] == 0


def test_a_graph_is_written_and_read_as_a_whole(data: Path) -> None:
    with pool(data, workers=2) as made:
        graph = f"{EX}new"
        put = GraphWrite(graph, "PUT", b"<a> <b> 1 , 2 .", base=EX)
        assert made.run(put).facts["created"] is True
        assert made.run(put).facts["created"] is False
        made.run(GraphWrite(graph, "POST", b"<a> <b> 3 .", base=EX))
        made.run(put._replace(body=b"<a> <b> 3 , 4 ."))
        read = made.run(GraphRead(graph, "ntriples")).body
        assert sorted(q.object.value for q in ox.parse(read, ox.RdfFormat.N_TRIPLES)) == ["3", "4"]
        made.run(GraphWrite(graph, "DELETE"))
        with pytest.raises(NoSuchGraph):
            made.run(GraphWrite(graph, "DELETE"))


def test_the_shapes_reject_a_write_whole(tmp_path: Path) -> None:
    file = tmp_path / "shaped.nq"
    shapes = f"""
        @prefix sh: <http://www.w3.org/ns/shacl#> .
        <{EX}shape> a sh:NodeShape ; sh:targetSubjectsOf <{EX}age> ;
          sh:property <{EX}shape-age> .
        <{EX}shape-age> sh:path <{EX}age> ; sh:maxCount 1 ; sh:message "One age only."@en ."""
    graph = ox.NamedNode("https://w3id.org/iprgraph/graph/shapes")
    quads = [
        ox.Quad(q.subject, q.predicate, q.object, graph)
        for q in ox.parse(shapes, ox.RdfFormat.TURTLE)
    ]
    file.write_bytes(ox.serialize(quads, format=ox.RdfFormat.N_QUADS) or b"")
    with pool(file, tmp_path / "journal", validated=True, workers=1) as made:
        made.run(Update(f"INSERT DATA {{ <{EX}a> <{EX}age> 1 }}"))
        with pytest.raises(ShapesRejected, match="One age only") as caught:
            made.run(Update(f"INSERT DATA {{ <{EX}a> <{EX}age> 2 . <{EX}b> <{EX}age> 1 }}"))
        report = list(ox.parse(caught.value.report, ox.RdfFormat.N_TRIPLES))
        assert any(q.predicate.value.endswith("#focusNode") for q in report)
        assert rows(made, f"SELECT ?age {{ ?x <{EX}age> ?age }}") == ["1"]
        made.run(Update("DELETE { ?x ?p 1 } INSERT { ?x ?p 3 } WHERE { ?x ?p 1 }"))
        assert rows(made, f"SELECT ?age {{ ?x <{EX}age> ?age }}") == ["3"]


def test_another_fork_server_takes_over_without_a_dropped_job(data: Path, tmp_path: Path) -> None:
    journal, settings = tmp_path / "journal", Settings(workers=3, timeout=60)
    other = tmp_path / "other.nq"
    other.write_text(data.read_text() + f"<{EX}new> <{EX}p> <{EX}release> .\n")
    with fork_server(data, journal) as old, fork_server(other, journal, own=False) as new:
        before = ThreadedPool(settings, old.address)
        before.run(Update(f"INSERT DATA {{ <{EX}kept> <{EX}p> 'before' }}"))
        stop = threading.Event()
        with ThreadPoolExecutor(3) as threads:
            slow = threads.submit(
                before.run, Query(RUNAWAY.text.replace("?g ?s ?h", "FILTER(?b > 450)"))
            )
            wait_for_running(before, 1)
            steady = threads.submit(_ask_until, before, stop)
            after = before.replace(settings, new.address)
            assert rows(after, f"SELECT ?o {{ <{EX}new> ?p ?o }}") == [f"{EX}release"]
            assert rows(after, f"SELECT ?o {{ <{EX}kept> ?p ?o }}") == ["before"]
            # A write that still comes to the pool that was replaced goes to the other one.
            before.run(Update(f"INSERT DATA {{ <{EX}kept> <{EX}p> 'after' }}"))
            assert len(rows(after, f"SELECT ?o {{ <{EX}kept> ?p ?o }}")) == 2
            assert len(rows(before, f"SELECT ?o {{ <{EX}kept> ?p ?o }}")) == 1
            stop.set()
            assert steady.result() > 0
            assert slow.result().facts["generation"] == 1
            before.wait_for(before.pool.drain())
            while old.status()["workers"]:
                time.sleep(0.01)
        after.close()
    with pool(data, journal) as made:
        assert len(rows(made, f"SELECT ?o {{ <{EX}kept> ?p ?o }}")) == 2


def _ask_until(made: ThreadedPool, stop: threading.Event) -> int:
    asked = 0
    while not stop.is_set():
        assert made.run(CHEAP).body
        asked += 1
    return asked


def test_a_fork_server_that_is_started_again_is_found_again(data: Path) -> None:
    with fork_server(data) as first, ThreadPoolExecutor(1) as threads:
        made = ThreadedPool(Settings(workers=2), first.address)
        made.run(CHEAP)
        worker = made.status()["workers"][0]
        first.kill()
        while Path(f"/proc/{worker}").exists():
            time.sleep(0.005)
        assert made.status()["ready"] is False
        with pytest.raises(Busy, match="being restarted"):
            made.run(CHEAP._replace(timeout=0.1))
        waiting = threads.submit(made.run, CHEAP)
        with fork_server(data, address=first.address):
            assert waiting.result().body
            assert made.status()["ready"] is True
        made.close()


def test_a_job_whose_asker_is_gone_ends_by_itself(data: Path) -> None:
    code = (
        "import sys; from iprgraph_server.workers.jobs import Query; "
        "from iprgraph_server.settings import Settings; from support.hosting import ThreadedPool; "
        "ThreadedPool(Settings(workers=1), sys.argv[1]).run(Query(sys.argv[2], timeout=0.5))"
    )
    with fork_server(data) as kept:
        asker = subprocess.Popen(
            [sys.executable, "-c", code, kept.address, RUNAWAY.text], env=ENVIRONMENT
        )
        while not kept.status()["workers"]:
            time.sleep(0.01)
        asker.kill()
        asker.wait()
        while kept.status()["workers"]:
            time.sleep(0.05)
        assert sum(kept.status()["endings"].values()) == 1


def test_large_answers_do_not_wear_a_worker_out(data: Path) -> None:
    """What an answer has taken of a worker's memory, the next one has again."""
    with pool(data, workers=1, memory_mb=200) as made:
        wide = Query("SELECT ?a ?c { ?a ?p ?b . ?c ?q ?d } ORDER BY ?b ?d")
        for _ in range(4):
            assert len(made.run(wide).body) > 20_000_000
        assert made.run(CHEAP).body


class Endpoint:
    """A SPARQL endpoint on a port of its own, that notes what comes."""

    def __init__(self, status: int = 200, location: str = "") -> None:
        self.seen: list[tuple[str, str, bytes]] = []
        seen = self.seen
        answer = json.dumps(
            {
                "head": {"vars": ["x", "y", "z"]},
                "results": {"bindings": [{v: {"type": "uri", "value": f"{EX}far"} for v in "xyz"}]},
            }
        ).encode()

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                seen.append((self.path, self.headers["host"], body))
                self.send_response(status)
                if location:
                    self.send_header("location", location)
                self.send_header("content-type", "application/sparql-results+json")
                self.send_header("content-length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *args: Any) -> None:
                return

        self._server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://localhost:{self._server.server_port}/sparql"
        self._thread = threading.Thread(target=self._server.serve_forever)

    def __enter__(self) -> Endpoint:
        self._thread.start()
        return self

    def __exit__(self, *details: Any) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def test_an_allowed_service_is_called_and_no_other(data: Path) -> None:
    with (
        Endpoint() as allowed,
        Endpoint() as other,
        pool(data, allow_service=(allowed.url,)) as made,
    ):
        assert rows(made, f"SELECT ?x {{ SERVICE <{allowed.url}> {{ ?x ?y ?z }} }}") == [f"{EX}far"]
        (path, host, body) = allowed.seen[0]
        assert (path, host) == ("/sparql", allowed.url.split("/")[2])
        assert b"?x" in body
        for target in (
            other.url,
            allowed.url + "/",
            allowed.url.replace("localhost", "127.0.0.1"),
            "?v",
        ):
            name = target if target == "?v" else f"<{target}>"
            with pytest.raises(QueryRefusedProblem) as caught:
                made.run(Query(f"SELECT ?x {{ SERVICE SILENT {name} {{ ?x ?y ?z }} }}"))
            assert caught.value.status == 403
        with pytest.raises(QueryRefusedProblem, match="LOAD is not allowed"):
            made.run(Update(f"LOAD <{allowed.url}>"))
        assert (len(allowed.seen), len(other.seen)) == (1, 0)


def test_a_redirect_is_not_followed(data: Path) -> None:
    with (
        Endpoint() as inner,
        Endpoint(307, inner.url) as outer,
        pool(data, allow_service=(outer.url,)) as made,
    ):
        with pytest.raises(ServiceFailed) as caught:
            made.run(Query(f"SELECT ?x {{ SERVICE <{outer.url}> {{ ?x ?y ?z }} }}"))
        assert caught.value.status == 502
        assert (len(outer.seen), len(inner.seen)) == (1, 0)


def test_without_permission_nothing_leaves(data: Path) -> None:
    with Endpoint() as other, pool(data) as made:
        for form in (
            f"SERVICE <{other.url}> {{}}",
            f"SERVICESILENT<{other.url}>{{}}",
            f"\\u0053ERVICE <{other.url}> {{}}",
        ):
            with pytest.raises((QueryRefusedProblem, QuerySyntax)):
                made.run(Query(f"SELECT * {{ {form} }}"))
        assert other.seen == []


def test_the_address_of_a_fork_server_is_checked(tmp_path: Path) -> None:
    from iprgraph.errors import UsageError

    made = host_plan.plan(tmp_path / "none.nq", Settings())
    with pytest.raises(UsageError, match="too long for a socket"):
        launch.start(made, str(tmp_path / ("x" * 120)))
