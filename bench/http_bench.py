"""Compare our server with its peers over loopback: requests a second, CPU time, latency, bytes, memory.

    ./run python bench/http_bench.py [--triples 1000000] [--rounds 5] [--seconds 1] [--only ours,virtuoso]
    ./run python bench/http_bench.py --before ../other-checkout --only ours

Needs wrk (Debian's `wrk`). Peers: `oxigraph` and `rdflib-endpoint[web]` (both on PyPI, installed beside
Python) and `virtuoso-t` (Debian's `virtuoso-opensource`); one that is not there is left out and said so.
All servers get the same graph and the same requests, in turn: one has a round while the others are
stopped, again and again, so that whatever else the machine does falls on all of them alike. Figures are
medians of the rounds, and a ratio is the median of the ratios of each round. Cold: each request asks
something new, so that no answer cache helps. Warm: the same requests again and again.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
import urllib.parse
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from statistics import median
from urllib.parse import quote

from generate import generate
from servers import SERVERS, Server, cpu, get, memory, ours, pause, resume
from workloads import Workload, mixed, workloads

_HEAD = """\
| workload | server | requests/s | ours / it | CPU ms a request | p50 ms | p99 ms | bytes | failed |
| --- | --- | --: | --: | --: | --: | --: | --: | --: |"""

_SCRIPT = """local paths = {}
for line in io.lines("%s") do paths[#paths + 1] = line end
local i = %d
local headers = {["Accept"] = "application/sparql-results+json"}
request = function() i = i %% #paths + 1 return wrk.format("GET", paths[i], headers) end
done = function(s, l, r)
  local e = s.errors
  io.write(string.format("@%%d %%d %%d %%f %%f %%d\\n", s.requests, s.duration, s.bytes,
    l:percentile(50), l:percentile(99), e.connect + e.read + e.write + e.status + e.timeout))
end
"""

#: Connections that wrk keeps open, on one thread: the other core is the server's.
CONNECTIONS = 8


class Bench:
    """One server and what was measured of it."""

    def __init__(self, server: Server, folder: Path) -> None:
        self.server = server
        self.folder = folder
        self.rounds: dict[str, list[dict[str, float]]] = {}
        self._asked: dict[str, int] = {}

    def measure(self, work: Workload, seconds: int) -> None:
        """Run one round of a workload with wrk."""
        base = urllib.parse.urlsplit(self.server.endpoint)
        listed = self.folder / f"{self.server.name}-{work.title}.txt"
        if work.title not in self.rounds:
            paths = [f"{base.path}?query={quote(query, safe='')}" for query in work.queries]
            listed.write_text("\n".join(paths) + "\n")
            for path in paths if work.warm else ():
                get(f"{base.scheme}://{base.netloc}{path}")
        # What was asked in one round is not asked in the next.
        first = 0 if work.warm else self._asked.get(work.title, 0) % len(work.queries)
        script = self.folder / "wrk.lua"
        script.write_text(_SCRIPT % (listed, first))
        command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--timeout", "60s"]
        command += ["-s", str(script), f"{base.scheme}://{base.netloc}"]
        spent = cpu(self.server.process)
        out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        spent = cpu(self.server.process) - spent
        found = re.search(r"@(\d+) (\d+) (\d+) ([\d.]+) ([\d.]+) (\d+)", out)
        assert found, out
        requests, micros, size, p50, p99, failed = (float(x) for x in found.groups())
        self._asked[work.title] = first + int(requests) + CONNECTIONS
        taken = {
            "rps": requests / (micros / 1e6),
            "cpu": spent * 1000 / max(1, requests),
            "p50": p50 / 1000,
            "p99": p99 / 1000,
            "bytes": size / max(1, requests),
            "failed": failed,
        }
        self.rounds.setdefault(work.title, []).append(taken)


def run(
    label: str,
    quads: Path,
    works: list[Workload],
    names: list[str],
    rounds: int,
    seconds: int,
    folder: Path,
) -> None:
    """Measure every server on one graph and print a table with ratios to ours."""
    benches: dict[str, Bench] = {}
    with ExitStack() as started:
        for name in names:
            try:
                server = started.enter_context(SERVERS[name](quads, folder))
                benches[name] = Bench(server, folder)
                pause(server.process)
            except (FileNotFoundError, RuntimeError, subprocess.CalledProcessError) as error:
                print(f"{name}: left out: {error}", file=sys.stderr)
        print(f"\n## {label}\n\n{_HEAD}", flush=True)
        for work in works:
            for _ in range(rounds):
                for name, bench in list(benches.items()):
                    resume(bench.server.process)
                    try:
                        bench.measure(work, seconds * work.lasting)
                    except OSError as error:
                        # It is still busy with what it was asked before.
                        print(f"{name}: left out from {work.title} on: {error}", file=sys.stderr)
                        del benches[name]
                    pause(bench.server.process)
            for name, bench in benches.items():
                print(_row(work.title, name, bench, benches.get("ours")), flush=True)
        sizes = {name: memory(bench.server.process) for name, bench in benches.items()}
    told = ", ".join(f"{name} {size:,.0f}" for name, size in sizes.items())
    print(f"\nMemory (MB, shared pages counted once): {told}")


def _row(title: str, name: str, bench: Bench, ours: Bench | None) -> str:
    """Write one line: medians over the rounds."""
    taken = bench.rounds[title]
    pairs = zip(ours.rounds[title], taken, strict=True) if ours else ()
    ratios = [mine["rps"] / theirs["rps"] for mine, theirs in pairs if theirs["rps"]]
    if ours and not ratios:
        return f"| {title} | {name} | none was answered in a round | | | | | | |"
    m = {key: median(round_[key] for round_ in taken) for key in taken[0]}
    ratio = f"{median(ratios):.2f}" if ratios else ""
    failed = sum(round_["failed"] for round_ in taken)
    return (
        f"| {title} | {name} | {m['rps']:,.0f} | {ratio} | {m['cpu']:.3f} | {m['p50']:.2f} "
        f"| {m['p99']:.2f} | {m['bytes']:,.0f} | {failed:.0f} |"
    )


def main() -> None:
    """Run the comparison on the bundled graph and on a generated one."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--triples", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=1, help="of a round")
    parser.add_argument("--only", default=",".join(SERVERS), help="servers, with commas between")
    parser.add_argument(
        "--release", type=Path, default=Path("releases/current"), help="of the bundled graph"
    )
    parser.add_argument(
        "--before",
        type=Path,
        metavar="CHECKOUT",
        help="compare with the code of another checkout too",
    )
    options = parser.parse_args()
    names = options.only.split(",")
    if options.before:
        SERVERS["before"] = partial(ours, checkout=options.before.absolute())
        names.insert(1, "before")
    with tempfile.TemporaryDirectory() as name:
        for part in ("bundled", "generated"):
            (Path(name) / part).mkdir()
        bundled = Path(name) / "bundled" / "graph.nq"
        shutil.copy(options.release / "iprgraph.nq", bundled)
        how = options.rounds, options.seconds
        run("The bundled graph", bundled, mixed(), names, *how, bundled.parent)
        generated = Path(name) / "generated" / "graph.nq"
        with generated.open("w") as out:
            out.writelines(generate(options.triples))
        label, works = f"{options.triples:,} generated triples", workloads(options.triples)
        run(label, generated, works, names, *how, generated.parent)


if __name__ == "__main__":
    main()
