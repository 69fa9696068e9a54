"""Reconcile a batch of names against many, beside plain fuzzy matching by rapidfuzz.

    ./run python bench/reconcile_bench.py --labels 1000000 --names 1000

Generates people and organisations with two names each, indexes them, serves them, and sends one
batch of misspelt names over HTTP, while another client asks a small query again and again: its
times say what the batch costs others. rapidfuzz compares some of the names with every name.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import sys
import tempfile
import threading
import time
from pathlib import Path
from urllib.parse import urlencode

import pyoxigraph as ox
from rapidfuzz import fuzz, process

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from generate import agents
from iprgraph.search import build
from support.serving import serving, small_release, wait_until_ready

#: Names that rapidfuzz alone matches, for it takes its time.
COMPARED = 20


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--labels", type=int, default=1_000_000)
    parser.add_argument("--names", type=int, default=1_000)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="reconcile-bench-") as folder:
        release = small_release(Path(folder) / "release")
        dump = release / "iprgraph.nq"
        with dump.open("w", encoding="utf-8") as stream:
            stream.writelines(agents(args.labels // 2))
        started = time.perf_counter()
        build.write(ox.parse(path=dump), release / build.NAME)
        size = (release / build.NAME).stat().st_size / 1e6
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
        print(
            f"index of {args.labels:,} labels: {time.perf_counter() - started:.0f} s, "
            f"{size:.0f} MB, built in {peak:.0f} MB of memory"
        )
        labels, asked = choose(dump, args.names)
        with serving(release, Path(folder) / "run", token="", ready=False) as running:
            wait_until_ready(running, seconds=900)
            measure(running.port, asked, len(labels))
        compare(labels, asked)


def choose(dump: Path, count: int) -> tuple[dict[str, str], list[tuple[str, str]]]:
    """Give every English label with its thing, and some of them misspelt."""
    labels = {}
    for line in dump.open(encoding="utf-8"):
        if "prefLabel" in line and "@en" in line:
            labels[line.split('"')[1]] = line[1 : line.index(">")]
    rng = random.Random(1)
    chosen = rng.sample(sorted(labels.items()), count)
    return labels, [(misspelt(name, rng), iri) for name, iri in chosen]


def misspelt(name: str, rng: random.Random) -> str:
    """Lose, add or swap a letter, or turn the words round; one name in four stays as it is."""
    words = name.split()
    word = words[0]
    at = rng.randrange(1, len(word))
    kind = rng.randrange(4)
    if kind == 0:
        return name
    if kind == 1:
        return " ".join([*words[1:], word])
    changed = word[:at] + word[at + 1 :] if kind == 2 else word[:at] + "x" + word[at:]
    return " ".join([changed, *words[1:]])


def measure(port: int, asked: list[tuple[str, str]], total: int) -> None:
    """Send the batch, and time small queries beside it."""
    from support.client import Client

    client, times, done = Client(port), [], threading.Event()
    client.get("/reconcile?" + urlencode({"queries": json.dumps({"q": {"query": "warm"}})}))

    def others() -> None:
        other = Client(port)
        while not done.is_set():
            began = time.perf_counter()
            assert other.query(f"ASK {{ ?s ?p {len(times)} }}").status == 200
            times.append(time.perf_counter() - began)
            time.sleep(0.01)

    quiet = threading.Thread(target=others)
    quiet.start()
    time.sleep(2)
    before = sorted(times)
    times.clear()
    queries = {f"q{i}": {"query": name, "limit": 3} for i, (name, _) in enumerate(asked)}
    body = urlencode({"queries": json.dumps(queries)})
    headers = {"content-type": "application/x-www-form-urlencoded"}
    began = time.perf_counter()
    reply = client("POST", "/reconcile", body, headers)
    took = time.perf_counter() - began
    done.set()
    quiet.join()
    assert reply.status == 200, reply.text
    found = [one["result"] for one in reply.json().values()]
    first = sum(
        bool(r) and iri.endswith(r[0]["id"]) for r, (_, iri) in zip(found, asked, strict=True)
    )
    print(
        f"{len(asked):,} names against {total * 2:,} labels over HTTP: {took:.1f} s, "
        f"{1e3 * took / len(asked):.1f} ms a name; {first / len(asked):.1%} right in first place"
    )
    for when, kept in (("before", before), ("during", sorted(times))):
        p99 = kept[int(0.99 * len(kept))]
        print(
            f"a small query {when} the batch: median {1e3 * kept[len(kept) // 2]:.1f} ms, "
            f"p99 {1e3 * p99:.1f} ms"
        )


def compare(labels: dict[str, str], asked: list[tuple[str, str]]) -> None:
    """Match some of the names by comparing them with all labels."""
    names = list(labels)
    began = time.perf_counter()
    right = 0
    for name, iri in asked[:COMPARED]:
        best = process.extractOne(name, names, scorer=fuzz.ratio)
        right += labels[best[0]] == iri
    each = (time.perf_counter() - began) / COMPARED
    print(
        f"rapidfuzz alone (English labels only): {1e3 * each:.0f} ms a name; "
        f"{right / COMPARED:.0%} of {COMPARED} right"
    )


if __name__ == "__main__":
    main()
