"""A write that was acknowledged is there after any crash; one that was not is there whole, or not."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from pathlib import Path

import pytest

from iprgraph.errors import DataError, UsageError
from iprgraph.store.changes import Change
from iprgraph_server.errors import Problem, WorkerDied
from iprgraph_server.pool.control import ask
from iprgraph_server.settings import Settings
from iprgraph_server.workers import journal
from iprgraph_server.workers.jobs import GraphWrite, Query, Update
from iprgraph_server.workers.journal import Journal
from support.hosting import Host, ThreadedPool, fork_server, pool

EX = "https://example.org/"
#: Quads of one write: all of them are there, or none.
PARTS = 5

CHANGES = (
    Change(b"", b"<a:a> <a:b> <a:c> .\n"),
    Change(b"<a:a> <a:b> <a:c> .\n", b'_:x <a:b> "\xe4\xb8\xad\\n"@zh <a:g> .\n', (), ("a:g",)),
    Change(b"", b"", ("a:g",), ()),
)


def written(folder: Path) -> list[Change]:
    """Write three changes, and read them back."""
    made = Journal(folder)
    assert list(made.own()) == []
    for change in CHANGES:
        made.append(change)
    made.release()
    return list(Journal(folder).read())


def test_what_is_appended_is_read_in_order(tmp_path: Path) -> None:
    assert written(tmp_path) == list(CHANGES)
    again = Journal(tmp_path)
    assert list(again.own()) == list(CHANGES)
    again.append(CHANGES[0])
    assert list(again.read()) == []
    again.release()
    assert list(Journal(tmp_path).read()) == [*CHANGES, CHANGES[0]]


def test_warnings_are_kept_with_their_write(tmp_path: Path) -> None:
    made = Journal(tmp_path)
    list(made.own())
    results = [{"severity": "Warning", "focus": f"x:{n}"} for n in range(12)]
    made.append(CHANGES[0])
    made.append(CHANGES[1], results)
    again = Journal(tmp_path)
    assert tuple(again.read()) == CHANGES[:2]
    assert [told for _, told in again.warnings] == [results[:10]]
    assert again.warnings == made.warnings


def test_a_journal_cut_anywhere_keeps_what_is_whole(tmp_path: Path) -> None:
    written(tmp_path)
    file = tmp_path / journal.NAME
    whole = file.read_bytes()
    seen = set()
    for size in range(len(whole)):
        file.write_bytes(whole[:size])
        made = Journal(tmp_path)
        kept = list(made.own())
        assert kept == list(CHANGES[: len(kept)])
        made.append(CHANGES[2])
        made.release()
        assert list(Journal(tmp_path).read()) == [*kept, CHANGES[2]]
        seen.add(len(kept))
    assert seen == {0, 1, 2}


def test_a_record_of_zeros_at_the_end_is_cut(tmp_path: Path) -> None:
    written(tmp_path)
    with (tmp_path / journal.NAME).open("ab") as file:
        file.write(bytes(5_000))
    made = Journal(tmp_path)
    assert list(made.own()) == list(CHANGES)
    made.release()


def test_damage_before_the_end_stops_the_start(tmp_path: Path) -> None:
    written(tmp_path)
    file = tmp_path / journal.NAME
    whole = bytearray(file.read_bytes())
    whole[60] ^= 1
    file.write_bytes(whole)
    with pytest.raises(DataError, match="is damaged at byte 19"):
        list(Journal(tmp_path).own())
    file.write_bytes(b"another file of another program")
    with pytest.raises(DataError, match="is not a journal of this program"):
        list(Journal(tmp_path).read())


def test_a_journal_has_one_owner(tmp_path: Path) -> None:
    data = tmp_path / "data.nq"
    data.touch()
    with (
        fork_server(data, tmp_path / "journal"),
        pytest.raises(UsageError, match="another server writes to"),
    ):
        list(Journal(tmp_path / "journal").own(patience=0.1))
    # The lock goes with the process that held it.
    list(Journal(tmp_path / "journal").own())
    with pytest.raises(UsageError, match="belongs to another process"):
        Journal(tmp_path / "elsewhere").append(CHANGES[0])


def test_a_full_disk_keeps_what_was_there(tmp_path: Path) -> None:
    """A write that cannot be stored is refused, and the next one is stored again."""
    data = tmp_path / "data.nq"
    data.touch()
    with pool(data, tmp_path / "journal", workers=1) as made:
        made.run(Update("INSERT DATA { <a:a> <a:b> 1 }"))
        status = ask(made.pool.address, "status")[1]
        small = (tmp_path / "journal" / journal.NAME).stat().st_size + 40
        _limit_files(status["pid"], small)
        with pytest.raises(
            WorkerDied, match="The write was not kept: the journal could not be written"
        ):
            made.run(Update("INSERT DATA { <a:a> <a:b> 2 }"))
        _limit_files(status["pid"], -1)
        made.run(Update("INSERT DATA { <a:a> <a:b> 3 }"))
    with pool(data, tmp_path / "journal", workers=1) as made:
        done = made.run(Query("SELECT ?o { ?s ?p ?o } ORDER BY ?o", format="csv"))
        assert done.body == b"o\r\n1\r\n3\r\n"


def _limit_files(pid: int, size: int) -> None:
    """Let a process write files of at most so many bytes, as a full disk would."""
    import resource

    resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, -1))


def test_blank_nodes_stay_the_same_through_a_restart(tmp_path: Path) -> None:
    data = tmp_path / "data.nq"
    data.write_text("_:old <a:b> <a:c> .\n_:old <a:d> <a:e> .\n")
    with pool(data, tmp_path / "journal") as made:
        made.run(Update("DELETE WHERE { ?x <a:b> <a:c> }"))
        made.run(Update("INSERT DATA { _:new <a:f> 1 ; <a:g> 2 }"))
        made.run(GraphWrite("a:graph", "PUT", b"[] <a:f> 3 ; <a:g> 4 ."))
    with pool(data, tmp_path / "journal") as made:
        asked = Query("SELECT ?f ?g { ?x <a:f> ?f ; <a:g> ?g } ORDER BY ?f", format="csv")
        assert made.run(asked).body == b"f,g\r\n1,2\r\n3,4\r\n"
        assert made.run(Query("ASK { ?x <a:b> <a:c> }", format="csv")).body == b"false"
        assert made.run(Query("ASK { ?x <a:d> <a:e> }", format="csv")).body == b"true"
        assert made.run(asked).facts["generation"] == 3


class Writer(threading.Thread):
    """Write numbered things, one write after the other, until something breaks."""

    def __init__(self, made: ThreadedPool, first: int) -> None:
        super().__init__()
        self.made = made
        self.acknowledged: list[int] = []
        self.tried = first

    def run(self) -> None:
        """Note what is acknowledged; an error acknowledges nothing."""
        try:
            while True:
                number = self.tried
                self.tried += 1
                triples = " ; ".join(f"<{EX}part{i}> {number}" for i in range(PARTS))
                self.made.run(
                    Update(
                        f"INSERT DATA {{ GRAPH <{EX}g{number % 3}> {{ <{EX}n{number}> {triples} }} }}"
                    )
                )
                self.acknowledged.append(number)
        except Problem:
            return


def parts(made: ThreadedPool) -> dict[int, int]:
    """Count the quads of each number."""
    done = made.run(Query("SELECT ?n (COUNT(*) AS ?c) { ?s ?p ?n } GROUP BY ?n", format="csv"))
    rows = done.body.decode().split("\r\n")[1:-1]
    return {int(row.split(",")[0]): int(row.split(",")[1]) for row in rows if row}


def _kill(kept: Host, what: str) -> None:
    if what == "server":
        kept.kill()
    elif what == "fork server":
        os.kill(kept.pid, signal.SIGKILL)
        kept.process.wait()
    else:
        workers = kept.status()["workers"]
        for pid in workers:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        kept.kill()


def test_a_kill_at_any_moment_loses_nothing_acknowledged(tmp_path: Path) -> None:
    pick = random.Random(20211109)
    data = tmp_path / "data.nq"
    data.touch()
    acknowledged: set[int] = set()
    tried = 0
    rounds = [what for what in ("server", "fork server", "workers") for _ in range(4)]
    for what in rounds:
        with fork_server(data, tmp_path / "journal", workers=2) as kept:
            made = ThreadedPool(Settings(workers=2, timeout=1), kept.address)
            found = parts(made)
            assert acknowledged <= found.keys()
            assert set(found.values()) <= {PARTS}
            writer = Writer(made, tried)
            writer.start()
            time.sleep(pick.uniform(0.02, 0.25))
            _kill(kept, what)
            writer.join()
            made.close()
        acknowledged |= set(writer.acknowledged)
        tried = writer.tried
    with pool(data, tmp_path / "journal") as made:
        found = parts(made)
    assert acknowledged <= found.keys() <= set(range(tried))
    assert set(found.values()) == {PARTS}
    # At most the one write under way at each kill is there without having been acknowledged.
    assert len(found.keys() - acknowledged) <= len(rounds)
    assert len(acknowledged) > len(rounds)
