"""Compare reasoning: ours, owlrl, reasonable, on generated graphs in one run.

    ./run python bench/reason_bench.py --sizes 10000 100000 1000000 --owlrl-up-to 100000

Each reasoner is a process of its own. CPU seconds count reasoning alone, not the reading of the file;
memory is the process's peak, and beside ours stands that of a process that only holds the closed
graph in the engine. `reasonable` (PyPI) is used where it can be imported; name another Python that
has it with --python. Then one claim is retracted and added again in graphs of each size.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import statistics
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).parents[1]
SCHEMA = ("ontology/ipr.ttl", "ontology/alignment.ttl")
INFERRED = "https://w3id.org/iprgraph/graph/inferred"
BASE = "https://w3id.org/iprgraph/id/"


def cpu() -> float:
    """Give the CPU seconds of this process."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def peak() -> int:
    """Give the most memory that this process has had, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def load(file: Path):
    """Load a graph with the ontology into a store."""
    import pyoxigraph as ox

    store = ox.Store()
    store.bulk_load(path=str(file), format=ox.RdfFormat.N_QUADS)
    for i, name in enumerate(SCHEMA):
        graph = ox.NamedNode(f"urn:schema:{i}")
        store.bulk_load(path=str(ROOT / name), format=ox.RdfFormat.TURTLE, to_graph=graph)
    return store


def ours(file: Path, closed: Path) -> dict[str, float]:
    import pyoxigraph as ox

    from iprgraph.reasoning.materialise import materialise

    store = load(file)
    started = cpu()
    materialise(store)
    seconds = cpu() - started
    most = peak()
    inferred = ox.NamedNode(INFERRED)
    count = sum(1 for _ in store.quads_for_pattern(None, None, None, inferred))
    store.dump(str(closed), ox.RdfFormat.N_QUADS)
    return {"seconds": seconds, "mb": most, "inferred": count}


def held(_: Path, closed: Path) -> dict[str, float]:
    """Hold the closed graph that `ours` has made, and do nothing with it."""
    import pyoxigraph as ox

    store = ox.Store()
    store.bulk_load(path=str(closed), format=ox.RdfFormat.N_QUADS)
    return {"seconds": 0.0, "mb": peak(), "inferred": 0}


def owlrl(file: Path, _: Path) -> dict[str, float]:
    import rdflib
    from owlrl import OWLRL_Semantics

    graph = rdflib.Graph()
    for s, p, o, *_graph in rdflib.Dataset().parse(str(file), format="nquads").quads():
        graph.add((s, p, o))
    for name in SCHEMA:
        graph.parse(str(ROOT / name))
    before = len(graph)
    started = cpu()
    OWLRL_Semantics(graph, False, False).closure()
    return {"seconds": cpu() - started, "mb": peak(), "inferred": len(graph) - before}


def with_reasonable(file: Path, closed: Path) -> dict[str, float]:
    import pyoxigraph as ox
    import reasonable

    triples = closed.with_suffix(".ttl")
    with triples.open("wb") as out:
        for name in SCHEMA:
            ox.serialize(ox.parse(path=str(ROOT / name)), out, ox.RdfFormat.N_TRIPLES)
        quads = ox.parse(path=str(file), format=ox.RdfFormat.N_QUADS)
        ox.serialize((quad.triple for quad in quads), out, ox.RdfFormat.N_TRIPLES)
    reasoner = reasonable.PyReasoner()
    reasoner.load_file(str(triples))
    started = cpu()
    found = reasoner.reason()
    return {"seconds": cpu() - started, "mb": peak(), "inferred": len(found)}


def one_claim(file: Path, _: Path) -> dict[str, float]:
    """Retract claims and add them again, one by one; gives the medians in milliseconds."""
    import pyoxigraph as ox

    from iprgraph.reasoning.incremental import Reasoner
    from iprgraph.reasoning.materialise import materialise

    store = load(file)
    materialise(store)
    reasoner, rng, inferred = Reasoner.of(store), random.Random(1), ox.NamedNode(INFERRED)
    claims = sum(1 for g in store.named_graphs() if "/id/claim/" in g.value)
    taken, put = [], []
    for _ in range(60):
        n = rng.randrange(claims)
        subjects = [ox.NamedNode(f"{BASE}{kind}/g{n}") for kind in ("claim", "passage", "selector")]
        quads = [*store.quads_for_pattern(None, None, None, subjects[0])]
        for subject in subjects:
            found = store.quads_for_pattern(subject, None, None, None)
            quads += [quad for quad in found if quad.graph_name != inferred]
        for quad in quads:
            store.remove(quad)
        started = cpu()
        reasoner.update_inferred(store, quads, [])
        taken.append(cpu() - started)
        store.extend(quads)
        started = cpu()
        reasoner.update_inferred(store, [], quads)
        put.append(cpu() - started)
    return {"retract": statistics.median(taken) * 1e3, "add": statistics.median(put) * 1e3}


TASKS = {f.__name__: f for f in (ours, held, owlrl, with_reasonable, one_claim)}


def run(task: str, file: Path, python: str) -> dict[str, float]:
    """Do a task in a process of its own."""
    closed = file.with_name(f"closed-{file.name}")
    call = [python, __file__, "--task", task, str(file), str(closed)]
    done = subprocess.run(call, capture_output=True, text=True)
    if done.returncode:
        return {}
    return json.loads(done.stdout.splitlines()[-1])


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--owlrl-up-to", type=int, default=10_000, help="largest graph for owlrl")
    parser.add_argument("--python", default=sys.executable, help="a Python that has reasonable")
    parser.add_argument("--task", nargs=3, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.task:
        task, file, closed = args.task
        print(json.dumps(TASKS[task](Path(file), Path(closed))))
        return
    from generate import generate

    print(
        "| triples | reasoner | inferred | CPU s | ours is faster by | MB | of the closed graph |"
    )
    print("| --- | --- | --- | --- | --- | --- | --- |")
    claims = []
    with TemporaryDirectory() as scratch:
        for size in args.sizes:
            file = Path(scratch) / f"{size}.nq"
            file.write_text("".join(generate(size, 1)), encoding="utf-8")
            mine = run("ours", file, sys.executable)
            closed = run("held", file, sys.executable)
            rows = {"ours": mine}
            if size <= args.owlrl_up_to:
                rows["owlrl"] = run("owlrl", file, sys.executable)
            rows["reasonable"] = run("with_reasonable", file, args.python)
            for name, found in rows.items():
                if not found:
                    print(f"| {size:,} | {name} | not run |  |  |  |  |")
                    continue
                ratio = found["seconds"] / mine["seconds"]
                of_closed = f"{found['mb'] / closed['mb']:.2f}" if name == "ours" else ""
                print(
                    f"| {size:,} | {name} | {found['inferred']:,} | {found['seconds']:.2f} "
                    f"| {ratio:.1f} | {found['mb']:,} | {of_closed} |",
                    flush=True,
                )
            claims.append((size, run("one_claim", file, sys.executable)))
    print("\n| triples | retract a claim, ms CPU | add it, ms CPU |\n| --- | --- | --- |")
    for size, found in claims:
        print(f"| {size:,} | {found['retract']:.1f} | {found['add']:.1f} |")
    first, last = claims[0][1], claims[-1][1]
    ratios = ", ".join(f"{key} {last[key] / first[key]:.2f}" for key in ("retract", "add"))
    print(f"\nthe largest graph against the smallest: {ratios}")


if __name__ == "__main__":
    main()
