"""The pool on the event loop: the same seats, the same queue, the same ends as from threads."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import random
import signal
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

import pytest

from iprgraph.namespaces import INFERRED
from iprgraph_server.errors import Busy, QuerySyntax, TimedOut, WorkerDied
from iprgraph_server.pool.ahead import Turns
from iprgraph_server.pool.looped import LoopPool
from iprgraph_server.pool.pool import Pool
from iprgraph_server.pool.slots import Seat, Waiting, request_of
from iprgraph_server.pool.watch import Watch
from iprgraph_server.workers import framing
from iprgraph_server.workers.jobs import TAKE_BACK, Query, Update
from support.keeping import pool

EX = "https://example.org/"
CHEAP = Query("ASK { ?s ?p 1 }")
RUNAWAY = Query("SELECT (COUNT(*) AS ?n) { ?a ?p ?b . ?c ?q ?d . ?e ?r ?f . ?g ?s ?h }")

T = TypeVar("T")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write a file of 500 quads in two graphs."""
    file = tmp_path_factory.mktemp("data") / "small.nq"
    integer = "http://www.w3.org/2001/XMLSchema#integer"
    file.write_text(
        "".join(f'<{EX}s{i}> <{EX}p> "{i}"^^<{integer}> <{EX}graph{i % 2}> .\n' for i in range(500))
    )
    return file


@pytest.fixture(scope="module")
def workers(data: Path) -> Iterator[Pool]:
    """Give a pool of two workers; tests only read through it."""
    with pool(data, workers=2, timeout=20) as made:
        yield made


def loop(made: Pool, ask: Callable[[LoopPool], Awaitable[T]]) -> T:
    """Run something on an event loop of its own."""

    async def main() -> T:
        return await ask(LoopPool(made, threads))

    with ThreadPoolExecutor(4) as threads:
        return asyncio.run(main())


async def until(made: Pool, what: str, number: int) -> None:
    """Wait until so many jobs are running or waiting."""
    deadline = time.monotonic() + 20
    while (await asyncio.to_thread(made.status))[what] < number:
        assert time.monotonic() < deadline
        await asyncio.sleep(0.01)


def number_of(n: int) -> Query:
    """Ask for one number."""
    return Query(f"SELECT ?n {{ <{EX}s{n}> <{EX}p> ?n }}")


def value(body: bytes) -> int:
    """Read the number that came back."""
    (row,) = json.loads(body)["results"]["bindings"]
    return int(row["n"]["value"])


def test_requests_and_threads_share_the_workers(workers: Pool) -> None:
    def ask_in_thread(n: int) -> bool:
        return value(workers.run(number_of(n)).body) == n

    async def ask(runs: LoopPool) -> list[int]:
        with ThreadPoolExecutor(8) as threads:
            others = [threads.submit(ask_in_thread, n % 500) for n in range(600)]
            found = []
            for start in range(0, 600, 20):
                jobs = [runs.run(number_of(n % 500)) for n in range(start, start + 20)]
                found += [value(done.body) for done in await asyncio.gather(*jobs)]
            answers = [await asyncio.wrap_future(other) for other in others]
        assert len(answers) == 600
        assert all(answers)
        return found

    assert loop(workers, ask) == [n % 500 for n in range(600)]
    assert workers.status()["running"] == workers.status()["waiting"] == 0


@pytest.mark.parametrize("count", [1, 1_000, 400_000, 3_000_000])
def test_answers_and_questions_of_any_size(workers: Pool, count: int) -> None:
    text = "é" * (count // 2) + "x"

    async def ask(runs: LoopPool) -> bytes:
        short = Query(f'SELECT (STRLEN("{text[:400_000]}") AS ?n) {{}}')
        assert value((await runs.run(short)).body) == min(len(text), 400_000)
        values = " ".join(f"{n}" for n in range(50))
        long = Query(f'SELECT ?n ("{"y" * (count // 50)}" AS ?y) {{ VALUES ?n {{ {values} }} }}')
        return (await runs.run(long)).body

    rows = json.loads(loop(workers, ask))["results"]["bindings"]
    assert len(rows) == 50
    assert {len(row["y"]["value"]) for row in rows} == {count // 50}


def test_a_problem_is_told_and_counted(workers: Pool) -> None:
    before = workers.status()["problems"].get("query-syntax", 0)

    async def ask(runs: LoopPool) -> None:
        with pytest.raises(QuerySyntax):
            await runs.run(Query("SELECT"))

    loop(workers, ask)
    counted = workers.status()["problems"]
    assert sum(counted.values()) > before


def test_a_query_past_its_time_is_ended(workers: Pool) -> None:
    async def ask(runs: LoopPool) -> None:
        started = time.monotonic()
        with pytest.raises(TimedOut, match=r"stopped after 0\.2 s"):
            await runs.run(RUNAWAY._replace(timeout=0.2))
        assert time.monotonic() - started < 1.2
        assert (await runs.run(CHEAP)).body

    loop(workers, ask)


def test_a_full_queue_and_a_long_wait(data: Path) -> None:
    async def ask(runs: LoopPool) -> None:
        made = runs.pool
        first = asyncio.ensure_future(runs.run(RUNAWAY))
        await until(made, "running", 1)
        started = time.monotonic()
        waiting = asyncio.ensure_future(runs.run(CHEAP))
        await until(made, "waiting", 1)
        with pytest.raises(Busy, match="1 requests wait already"):
            await runs.run(CHEAP)
        with pytest.raises(Busy, match=r"No worker was free within 0\.5 s"):
            await waiting
        assert time.monotonic() - started < 1.5
        os.kill(made.status()["workers"][0], signal.SIGKILL)
        with pytest.raises(WorkerDied):
            await first
        assert (await runs.run(CHEAP)).body

    with pool(data, workers=1, queue=1, queue_wait=0.5, timeout=60) as made:
        loop(made, ask)


def test_a_seat_goes_to_the_first_who_waits(data: Path) -> None:
    async def ask(runs: LoopPool) -> None:
        made, order = runs.pool, []

        async def note(number: int) -> None:
            await runs.run(CHEAP)
            order.append(number)

        def note_in_thread(number: int) -> None:
            made.run(CHEAP)
            order.append(number)

        first = asyncio.ensure_future(runs.run(RUNAWAY))
        await until(made, "running", 1)
        later: list[asyncio.Future[None]] = []
        for number in range(4):
            later.append(
                asyncio.ensure_future(asyncio.to_thread(note_in_thread, number))
                if number % 2
                else asyncio.ensure_future(note(number))
            )
            await until(made, "waiting", number + 1)
        os.kill(made.status()["workers"][0], signal.SIGKILL)
        with pytest.raises(WorkerDied):
            await first
        await asyncio.gather(*later)
        assert sorted(order) == list(range(4))
        assert made.status()["waiting"] == 0

    with pool(data, workers=1) as made:
        loop(made, ask)


def test_who_was_sent_ahead_does_not_wait_for_a_long_job(data: Path) -> None:
    async def ask(runs: LoopPool) -> None:
        for _ in range(3):
            first = asyncio.ensure_future(runs.run(RUNAWAY._replace(timeout=20)))
            second = asyncio.ensure_future(runs.run(RUNAWAY._replace(timeout=0.3)))
            started = time.monotonic()
            # One is sent ahead to each worker, and all wait for the second.
            found = asyncio.gather(*(runs.run(number_of(n)) for n in range(8)))
            with pytest.raises(TimedOut):
                await second
            assert [value(done.body) for done in await found] == list(range(8))
            assert time.monotonic() - started < 3
            assert not first.done()
            first.cancel()
            with pytest.raises(asyncio.CancelledError):
                await first
        status = await asyncio.to_thread(runs.pool.status)
        assert (status["running"], status["waiting"]) == (0, 0)

    with pool(data, workers=2, timeout=60) as made:
        loop(made, ask)


def test_who_was_sent_ahead_has_another_worker_when_this_one_ends(data: Path) -> None:
    async def ask(runs: LoopPool) -> None:
        chance = random.Random(5)
        await runs.run(CHEAP)
        for how in ("killed", "left") * 5:
            first = asyncio.ensure_future(runs.run(RUNAWAY))
            ahead = asyncio.ensure_future(runs.run(RUNAWAY))
            others = [asyncio.ensure_future(runs.run(number_of(n))) for n in range(4)]
            await asyncio.sleep(0)
            if chance.random() < 0.5:
                # Nobody waits for what was sent ahead, before it is begun.
                ahead.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await ahead
            if how == "killed":
                # The one before it may still be on its way out.
                for worker in (await asyncio.to_thread(runs.pool.status))["workers"]:
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(worker, signal.SIGKILL)
                with pytest.raises(WorkerDied):
                    await first
            else:
                # Before anything is taken back.
                first.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await first
            ahead.cancel()
            assert [value((await other).body) for other in others] == list(range(4))

    with pool(data, workers=1, timeout=60) as made:
        loop(made, ask)


def test_a_worker_that_does_in_vain_what_was_taken_back_is_ended(data: Path) -> None:
    async def ask(runs: LoopPool) -> None:
        await runs.run(CHEAP)
        seat = runs.pool.seats.claim(Waiting)
        assert isinstance(seat, Seat)
        assert seat.link
        seat.link.socket.sendall(request_of(RUNAWAY, 60))
        await asyncio.sleep(0.2)
        seat.link.socket.sendall(framing.pack(TAKE_BACK))
        Turns(runs.pool, Watch(asyncio.get_running_loop())).drain(seat, seat.link, b"")
        assert value((await asyncio.wait_for(runs.run(number_of(3)), 5)).body) == 3

    with pool(data, workers=1, timeout=60) as made:
        loop(made, ask)


def test_who_follows_sees_what_is_inferred_again(tmp_path: Path) -> None:
    file = tmp_path / "inferred.nq"
    file.write_text(f'<{EX}a> <{EX}p> "said" <{EX}g> .\n<{EX}a> <{EX}p> "inferred" {INFERRED} .\n')
    count = Query(f"SELECT (COUNT(*) AS ?n) {{ <{EX}a> <{EX}p> ?o }}")
    jobs = [count, count._replace(infer=False), count, count] * 6

    async def ask(runs: LoopPool) -> list[int]:
        return [value(done.body) for done in await asyncio.gather(*map(runs.run, jobs))]

    with pool(file, workers=2) as made:
        assert loop(made, ask) == [2, 1, 2, 2] * 6


def test_every_answer_is_its_own(data: Path) -> None:
    """Mix jobs short and long, small and large, stopped and left, and look at each answer."""
    chance = random.Random(11)
    slow = f"?a <{EX}p> ?b . ?c <{EX}p> ?d FILTER(?b + ?d = %d)"

    async def one(runs: LoopPool, n: int) -> str:
        kind = chance.choice(["small"] * 6 + ["slow", "large", "late", "left"])
        if kind == "small":
            assert value((await runs.run(number_of(n))).body) == n
        elif kind == "slow":
            asked = Query(f"SELECT (COUNT(*) AS ?n) {{ {slow % n} }}")
            assert value((await runs.run(asked)).body) == n + 1
        elif kind == "large":
            rows = Query(f'SELECT ?s ("{n}-{"z" * 5_000}" AS ?z) {{ ?s <{EX}p> ?o }}')
            body = (await runs.run(rows)).body
            assert len(json.loads(body)["results"]["bindings"]) == 500
            assert body.count(f'"{n}-zz'.encode()) == 500
        elif kind == "late":
            # Some of them have no worker in this time.
            with pytest.raises((TimedOut, Busy)):
                await runs.run(RUNAWAY._replace(timeout=0.05))
        else:
            left = asyncio.ensure_future(runs.run(chance.choice([RUNAWAY, number_of(n)])))
            await asyncio.sleep(chance.random() / 20)
            left.cancel()
            await asyncio.wait([left])
        return kind

    async def ask(runs: LoopPool) -> Counter[str]:
        kinds: Counter[str] = Counter()
        for _ in range(8):
            asked = [one(runs, chance.randrange(400)) for _ in range(50)]
            kinds.update(await asyncio.gather(*asked))
        deadline = time.monotonic() + 10
        while True:
            status = await asyncio.to_thread(runs.pool.status)
            if (status["running"], status["waiting"]) == (0, 0):
                return kinds
            assert time.monotonic() < deadline
            await asyncio.sleep(0.01)

    with pool(data, workers=2, queue=100) as made:
        kinds = loop(made, ask)
    assert kinds.total() == 400
    assert len(kinds) == 5


def test_a_worker_ended_while_idle_is_not_noticed(workers: Pool) -> None:
    async def ask(runs: LoopPool) -> None:
        for _ in range(3):
            assert (await runs.run(CHEAP)).body
            for pid in runs.pool.status()["workers"]:
                os.kill(pid, signal.SIGKILL)
                while pid in runs.pool.status()["workers"]:
                    await asyncio.sleep(0.005)
            assert (await runs.run(CHEAP)).body

    loop(workers, ask)


def test_what_was_written_is_read(data: Path) -> None:
    async def ask(runs: LoopPool) -> list[int]:
        seen = []
        count = Query(f"SELECT (COUNT(*) AS ?n) {{ ?s <{EX}new> ?o }}")
        for n in range(5):
            await runs.run(Update(f"INSERT DATA {{ GRAPH <{EX}w> {{ <{EX}s> <{EX}new> {n} }} }}"))
            seen += [value(d.body) for d in await asyncio.gather(runs.run(count), runs.run(count))]
        return seen

    with pool(data, workers=2) as made:
        assert loop(made, ask) == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]


@pytest.mark.parametrize("is_linked", [False, True], ids=["new worker", "worker at hand"])
def test_what_nobody_waits_for_is_ended(data: Path, is_linked: bool) -> None:
    async def ask(runs: LoopPool) -> None:
        made = runs.pool
        if is_linked:
            await runs.run(CHEAP)
        first = asyncio.ensure_future(runs.run(RUNAWAY))
        await until(made, "running", 1)
        while not made.status()["workers"]:
            await asyncio.sleep(0.01)
        (worker,) = made.status()["workers"]
        queued = asyncio.ensure_future(runs.run(RUNAWAY))
        await until(made, "waiting", 1)
        last = asyncio.ensure_future(runs.run(CHEAP))
        await until(made, "waiting", 2)
        for left in queued, first:
            left.cancel()
            with pytest.raises(asyncio.CancelledError):
                await left
        assert (await last).body
        deadline = time.monotonic() + 10
        while worker in (status := await asyncio.to_thread(made.status))["workers"]:
            assert time.monotonic() < deadline
            await asyncio.sleep(0.01)
        assert (status["running"], status["waiting"]) == (0, 0)

    with pool(data, workers=1, timeout=60) as made:
        loop(made, ask)
