"""Measure validation: compiled shapes, pySHACL on rdflib and pyrudof, each in a process of its own.

    python bench/validate_bench.py                      10 k, 100 k and 1 M triples
    python bench/validate_bench.py --sizes 10000 --without pyshacl

Seconds are of CPU: those to read the graph from a file, and those to read the shapes, validate and
report. A peer that takes longer than --limit or more than --memory is stopped and said to be, and one
that is not installed is left out. Then one claim is put into a store of each size, as a write does,
and what it can alter is validated.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

SIZES = [10_000, 100_000, 1_000_000]
PEERS = ("ours", "pyshacl", "pyrudof")
#: Changes that are timed, each undone before the next.
_ROUNDS = 30


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, metavar="TRIPLES")
    parser.add_argument("--without", nargs="*", choices=PEERS, default=[], help="leave these out")
    parser.add_argument("--limit", type=float, default=900, help="seconds for each measurement")
    parser.add_argument("--memory", type=int, default=6144, help="MB for each measurement")
    parser.add_argument("--one", nargs=2, metavar=("PEER", "FILE"), help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.one:
        print(json.dumps(_measure(args.one[0], Path(args.one[1]))))
        return
    heads = "triples", "with", "read", "validate", "/ ours", "both", "/ ours", "peak MB", "results"
    print(f"| {' | '.join(heads)} |\n" + "| --- " * len(heads) + "|")
    changes = {}
    with tempfile.TemporaryDirectory() as folder:
        for size in args.sizes:
            file = Path(folder) / f"{size}.nt"
            _generate(size, file)
            ours: dict[str, float] | None = None
            for peer in (peer for peer in PEERS if peer not in args.without):
                found = _apart(peer, file, args.limit, args.memory)
                if peer == "ours" and isinstance(found, dict):
                    ours = found
                print(f"| {size:,} | {peer} | {_row(found, ours)} |", flush=True)
            if "ours" not in args.without:
                changes[size] = _apart("change", file, args.limit, args.memory)
    first = next((found["ms"] for found in changes.values() if isinstance(found, dict)), 0)
    for size, found in changes.items():
        told = found
        if isinstance(found, dict):
            told = f"{found['ms']:.1f} ms, {found['ms'] / first:.1f} times the first"
        print(f"one claim into {size:,} triples: {told}")


def _generate(size: int, file: Path) -> None:
    import pyoxigraph as ox

    from generate import generate
    from iprgraph.content.loader import Content, load
    from iprgraph.namespaces import ONTOLOGY

    quads = ox.parse("".join(generate(size)), ox.RdfFormat.N_QUADS)
    schema = load(Content.bundled()).graphs(ONTOLOGY)
    triples = (quad.triple for part in (quads, schema) for quad in part)
    file.write_bytes(ox.serialize(triples, format=ox.RdfFormat.N_TRIPLES) or b"")


def _row(found: dict[str, float] | str, ours: dict[str, float] | None) -> str:
    if isinstance(found, str):
        return f"{found} | – | – | – | – | – | –"
    told = [f"{found['read']:.2f}"]
    for part in ("validate", "both"):
        told.append(f"{found[part]:.2f}")
        told.append(f"{found[part] / ours[part]:.1f}" if ours else "–")
    return " | ".join((*told, f"{found['mb']:.0f}", f"{found['results']:,}"))


def _apart(peer: str, file: Path, limit: float, memory: int) -> dict[str, float] | str:
    """Measure in another process; tells why where there is no figure."""
    command = [sys.executable, __file__, "--one", peer, str(file)]
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            timeout=limit,
            check=False,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (memory << 20, memory << 20)),
        )
    except subprocess.TimeoutExpired:
        return f"stopped after {limit:.0f} s"
    if done.returncode:
        if "ModuleNotFoundError" in done.stderr:
            return "not installed"
        is_full = "MemoryError" in done.stderr or "memory allocation" in done.stderr
        return f"stopped at {memory:,} MB" if is_full else "failed"
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def _measure(peer: str, file: Path) -> dict[str, float]:
    import pyoxigraph as ox

    from iprgraph.content.loader import Content, load

    shapes = load(Content.bundled()).shapes
    text = ox.serialize((quad.triple for quad in shapes), format=ox.RdfFormat.N_TRIPLES) or b""
    if peer == "change":
        return {"ms": _change(file, shapes)}
    started = time.process_time()
    validate = {"ours": _ours, "pyshacl": _pyshacl, "pyrudof": _pyrudof}[peer](file, text)
    read = time.process_time() - started
    results = validate()
    both = time.process_time() - started
    return {
        "read": read,
        "validate": both - read,
        "both": both,
        "mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "results": results,
    }


def _ours(file: Path, shapes: bytes) -> Callable[[], int]:
    import pyoxigraph as ox

    from iprgraph.shacl import Data, EscapedLiterals, Validator

    form = ox.RdfFormat.N_TRIPLES
    store, written = ox.Store(), EscapedLiterals()
    store.bulk_extend(written.escape_quads(ox.parse(path=file, format=form)))
    data = Data(store, escaped=written.predicates)
    return lambda: len(Validator(ox.parse(shapes, form)).validate(data).results)


def _pyshacl(file: Path, shapes: bytes) -> Callable[[], int]:
    import pyshacl
    import rdflib
    from rdflib.namespace import SH

    data = rdflib.Graph().parse(file, format="nt")

    def validate() -> int:
        rules = rdflib.Graph().parse(data=shapes, format="nt")
        _, report, _ = pyshacl.validate(data, shacl_graph=rules, inference="none")
        return len(list(report.objects(None, SH.result)))

    return validate


def _pyrudof(file: Path, shapes: bytes) -> Callable[[], int]:
    from pyrudof import RDFFormat, Rudof, RudofConfig

    rudof = Rudof(RudofConfig())
    rudof.read_data(str(file), RDFFormat.NTriples)

    def validate() -> int:
        rudof.read_shacl(shapes.decode())
        return len(rudof.validate_shacl())

    return validate


def _change(file: Path, shapes: list[object]) -> float:
    """Give the median milliseconds of CPU that validating one more claim takes."""
    import pyoxigraph as ox

    from iprgraph.namespaces import PREFIXES
    from iprgraph.shacl import Data, LexicalForms, Validator

    store = ox.Store()
    store.bulk_load(path=file, format=ox.RdfFormat.N_TRIPLES)
    validator = Validator(shapes)  # type: ignore[arg-type]
    data = Data(store, rewritten=LexicalForms(ox.parse(path=file, format=ox.RdfFormat.N_TRIPLES)))
    source = ox.NamedNode(PREFIXES["claim"] + "g1")
    took = []
    for n in range(_ROUNDS):
        claim = ox.NamedNode(f"{PREFIXES['claim']}new-{n}")
        added = [
            ox.Quad(claim, quad.predicate, quad.object)
            for quad in store.quads_for_pattern(source, None, None, None)
        ]
        store.extend(added)
        started = time.process_time()
        validator.validate_change(data, added)
        took.append((time.process_time() - started) * 1000)
        for quad in added:
            store.remove(quad)
    return sorted(took)[len(took) // 2]


if __name__ == "__main__":
    main()
