"""Jobs on the event loop: in their order, each with its own answer, ended with whoever waits for them."""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections import Counter
from pathlib import Path
from typing import TypeVar

import pytest

from iprgraph.namespaces import INFERRED
from iprgraph_server.errors import Busy, TimedOut
from iprgraph_server.pool.pool import Pool
from iprgraph_server.workers.jobs import Query
from support.hosting import on_loop

EX = "https://example.org/"
CHEAP = Query("ASK { ?s ?p 1 }")
RUNAWAY = Query("SELECT (COUNT(*) AS ?n) { ?a ?p ?b . ?c ?q ?d . ?e ?r ?f . ?g ?s ?h }")

T = TypeVar("T")


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


def test_workers_go_to_jobs_in_the_order_in_which_they_came(data: Path) -> None:
    async def ask(runs: Pool) -> list[int]:
        order: list[int] = []

        async def note(number: int) -> None:
            await runs.run(CHEAP)
            order.append(number)

        first = asyncio.ensure_future(runs.run(RUNAWAY))
        await until(runs, "running", 1)
        later = []
        for number in range(6):
            later.append(asyncio.ensure_future(note(number)))
            await until(runs, "waiting", number + 1)
        # One who waits in the middle goes away.
        later[2].cancel()
        first.cancel()
        await asyncio.gather(first, *later, return_exceptions=True)
        assert runs.status()["waiting"] == 0
        return order

    assert on_loop(data, ask, workers=1) == [0, 1, 3, 4, 5]


@pytest.mark.parametrize("count", [1, 1_000, 400_000, 3_000_000])
def test_answers_and_questions_of_any_size(data: Path, count: int) -> None:
    text = "é" * (count // 2) + "x"

    async def ask(runs: Pool) -> bytes:
        short = Query(f'SELECT (STRLEN("{text[:400_000]}") AS ?n) {{}}')
        assert value((await runs.run(short)).body) == min(len(text), 400_000)
        values = " ".join(f"{n}" for n in range(50))
        long = Query(f'SELECT ?n ("{"y" * (count // 50)}" AS ?y) {{ VALUES ?n {{ {values} }} }}')
        return (await runs.run(long)).body

    rows = json.loads(on_loop(data, ask, workers=2, timeout=20))["results"]["bindings"]
    assert len(rows) == 50
    assert {len(row["y"]["value"]) for row in rows} == {count // 50}


def test_a_query_past_its_time_is_ended(data: Path) -> None:
    async def ask(runs: Pool) -> None:
        started = time.monotonic()
        with pytest.raises(TimedOut, match=r"stopped after 0\.2 s"):
            await runs.run(RUNAWAY._replace(timeout=0.2))
        assert time.monotonic() - started < 1.2
        assert (await runs.run(CHEAP)).body

    on_loop(data, ask, workers=2, timeout=20)


def test_who_follows_sees_what_is_inferred_again(tmp_path: Path) -> None:
    file = tmp_path / "inferred.nq"
    file.write_text(f'<{EX}a> <{EX}p> "said" <{EX}g> .\n<{EX}a> <{EX}p> "inferred" {INFERRED} .\n')
    count = Query(f"SELECT (COUNT(*) AS ?n) {{ <{EX}a> <{EX}p> ?o }}")
    jobs = [count, count._replace(infer=False), count, count] * 6

    async def ask(runs: Pool) -> list[int]:
        return [value(done.body) for done in await asyncio.gather(*map(runs.run, jobs))]

    assert on_loop(file, ask, workers=2) == [2, 1, 2, 2] * 6


def test_every_answer_is_its_own(data: Path) -> None:
    """Mix jobs short and long, small and large, stopped and left, and look at each answer."""
    chance = random.Random(11)
    slow = f"?a <{EX}p> ?b . ?c <{EX}p> ?d FILTER(?b + ?d = %d)"

    async def one(runs: Pool, n: int) -> str:
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

    async def ask(runs: Pool) -> Counter[str]:
        kinds: Counter[str] = Counter()
        for _ in range(8):
            asked = [one(runs, chance.randrange(400)) for _ in range(50)]
            kinds.update(await asyncio.gather(*asked))
        deadline = time.monotonic() + 10
        while True:
            status = await asyncio.to_thread(runs.status)
            if (status["running"], status["waiting"]) == (0, 0):
                return kinds
            assert time.monotonic() < deadline
            await asyncio.sleep(0.01)

    kinds = on_loop(data, ask, workers=2, queue=100)
    assert kinds.total() == 400
    assert len(kinds) == 5


@pytest.mark.parametrize("is_linked", [False, True], ids=["new worker", "worker at hand"])
def test_what_nobody_waits_for_is_ended(data: Path, is_linked: bool) -> None:
    async def ask(runs: Pool) -> None:
        made = runs
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

    on_loop(data, ask, workers=1, timeout=60)
