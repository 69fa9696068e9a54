"""Compare our server with its peers over loopback: requests a second, latency, bytes, memory.

    ./run python bench/http_bench.py [--triples 1000000] [--seconds 5] [--only ours,oxigraph-memory]

Needs wrk (Debian's `wrk`). Peers: `oxigraph` and `rdflib-endpoint[web]` (both on PyPI, installed beside
Python) and `virtuoso-t` (Debian's `virtuoso-opensource`); one that is not there is left out and said so.
All servers get the same graph and the same requests, one server at a time. Cold: each request asks
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
from pathlib import Path

from servers import SERVERS, Server, get, memory
from workloads import Workload, mixed, workloads

from iprgraph.generate import generate

#: Connections that wrk keeps open, on one thread: the other core is the server's.
CONNECTIONS = 8


def measure(server: Server, work: Workload, seconds: int, folder: Path) -> dict[str, float]:
    """Run one workload with wrk; requests/s, p50 and p99 in ms, bytes an answer, failures."""
    base = urllib.parse.urlsplit(server.endpoint)
    paths = [f"{base.path}?query={urllib.parse.quote(query, safe='')}" for query in work.queries]
    listed = folder / "requests.txt"
    listed.write_text("\n".join(paths) + "\n")
    script = folder / "wrk.lua"
    script.write_text(
        f"""local paths = {{}}
for line in io.lines("{listed}") do paths[#paths + 1] = line end
local i = {0 if work.warm else "tonumber(os.time()) * 97 % #paths"}
local headers = {{["Accept"] = "application/sparql-results+json"}}
request = function() i = i % #paths + 1 return wrk.format("GET", paths[i], headers) end
done = function(s, l, r)
  local e = s.errors
  io.write(string.format("@%d %d %d %f %f %d\\n", s.requests, s.duration, s.bytes,
    l:percentile(50), l:percentile(99), e.connect + e.read + e.write + e.status + e.timeout))
end
"""
    )
    if work.warm:
        for path in paths:
            get(f"{base.scheme}://{base.netloc}{path}")
    command = [
        "wrk",
        "-t1",
        f"-c{CONNECTIONS}",
        f"-d{seconds}s",
        "--timeout",
        "60s",
        "-s",
        str(script),
        f"{base.scheme}://{base.netloc}",
    ]
    out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found = re.search(r"@(\d+) (\d+) (\d+) ([\d.]+) ([\d.]+) (\d+)", out)
    assert found, out
    requests, micros, size, p50, p99, failed = (float(x) for x in found.groups())
    return {
        "rps": requests / (micros / 1e6),
        "p50": p50 / 1000,
        "p99": p99 / 1000,
        "bytes": size / max(1, requests),
        "failed": failed,
    }


def run(
    label: str, quads: Path, works: list[Workload], names: list[str], seconds: int, folder: Path
) -> None:
    """Measure every server on one graph and print a table with ratios to ours."""
    results: dict[str, dict[str, dict[str, float]]] = {}
    sizes: dict[str, float] = {}
    for name in names:
        try:
            with SERVERS[name](quads, folder) as server:
                results[name] = {}
                for work in works:
                    key = f"{work.name}, {'warm' if work.warm else 'cold'}"
                    results[name][key] = measure(server, work, seconds, folder)
                if server.process:
                    sizes[name] = memory(server.process)
        except (FileNotFoundError, RuntimeError, subprocess.CalledProcessError) as error:
            print(f"{name}: left out: {error}", file=sys.stderr)
    print(
        f"\n## {label}\n\n| workload | server | requests/s | ours / it | p50 ms | p99 ms | bytes | failed |"
    )
    print("| --- | --- | --: | --: | --: | --: | --: | --: |")
    for key in next(iter(results.values()), {}):
        for name, rows in results.items():
            r = rows[key]
            ratio = (
                results["ours"][key]["rps"] / r["rps"]
                if "ours" in results and r["rps"]
                else float("nan")
            )
            print(
                f"| {key} | {name} | {r['rps']:,.0f} | {ratio:.2f} | {r['p50']:.2f} | {r['p99']:.2f} | {r['bytes']:,.0f} | {r['failed']:.0f} |"
            )
    print(
        "\nMemory (MB, shared pages counted once): "
        + ", ".join(f"{n} {m:,.0f}" for n, m in sizes.items())
    )


def main() -> None:
    """Run the comparison on the bundled graph and on a generated one."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--triples", type=int, default=1_000_000)
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--only", default=",".join(SERVERS), help="servers, with commas between")
    parser.add_argument(
        "--release", type=Path, default=Path("releases/current"), help="of the bundled graph"
    )
    options = parser.parse_args()
    names = options.only.split(",")
    with tempfile.TemporaryDirectory() as name:
        for part in ("bundled", "generated"):
            (Path(name) / part).mkdir()
        bundled = Path(name) / "bundled" / "graph.nq"
        shutil.copy(options.release / "iprgraph.nq", bundled)
        run("The bundled graph", bundled, mixed(), names, options.seconds, bundled.parent)
        generated = Path(name) / "generated" / "graph.nq"
        with generated.open("w") as out:
            out.writelines(generate(options.triples))
        run(
            f"{options.triples:,} generated triples",
            generated,
            workloads(options.triples),
            names,
            options.seconds,
            generated.parent,
        )


if __name__ == "__main__":
    main()
