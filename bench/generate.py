"""Generate graphs of any size in the ontology's vocabulary, to measure with: the same seed, the same bytes.

./run python bench/generate.py --triples 100000 --seed 1 --out graph.nq
"""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from iprgraph.namespaces import BASE, PREFIXES

_TYPE = f"<{PREFIXES['rdf']}type>"
_XSD = PREFIXES["xsd"]

#: Parts of invented names, in English and Chinese.
_SURNAMES = [
    "Wang",
    "Li",
    "Zhang",
    "Liu",
    "Chen",
    "Yang",
    "Zhao",
    "Huang",
    "Zhou",
    "Wu",
    "Xu",
    "Sun",
    "Hu",
    "Zhu",
    "Gao",
    "Lin",
    "He",
    "Guo",
    "Ma",
    "Luo",
]
_GIVEN = [
    "Wei",
    "Fang",
    "Na",
    "Min",
    "Jing",
    "Lei",
    "Jun",
    "Yong",
    "Jie",
    "Tao",
    "Ming",
    "Chao",
    "Xia",
    "Ping",
    "Gang",
    "Hua",
    "Hong",
    "Bo",
    "Yan",
    "Ning",
]
_SURNAMES_ZH = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"
_GIVEN_ZH = "伟芳娜敏静磊军勇杰涛明超霞平刚华红波燕宁"
_FIELDS = [
    "Patent",
    "Copyright",
    "Trademark",
    "Design",
    "Innovation",
    "Research",
    "Licensing",
    "Trade",
]
_BODIES = ["Office", "Institute", "Council", "Academy", "Bureau", "Association", "Court", "Agency"]
_ACTS = ["protect", "promote", "examine", "enforce", "review", "extend", "report", "license"]

#: Triples that one claim takes: its assertion, its description and its passage.
TRIPLES_PER_CLAIM = 26
CLAIMS_PER_ARTICLE = 20
CLAIMS_PER_AGENT = 10


def _name(prefixed: str) -> str:
    prefix, local = prefixed.split(":", 1)
    return f"<{PREFIXES[prefix]}{local}>"


def _text(value: str, language: str) -> str:
    return f'"{value}"@{language}'


def _typed(value: object, datatype: str) -> str:
    return f'"{value}"^^<{_XSD}{datatype}>'


def generate(triples: int, seed: int = 0) -> Iterator[str]:
    """Yield about `triples` N-Quads lines: agents, articles, and claims with figures and evidence.

    Each claim's assertion is in a graph of its own; what is known about it is in its article's.
    """
    # Not for secrets: a seeded generator is the point.
    rng = random.Random(seed)
    claims = max(1, triples // (TRIPLES_PER_CLAIM + 1))
    agents = max(2, claims // CLAIMS_PER_AGENT)
    countries = [f"country:c{n}" for n in range(200)]
    indicators = [f"indicator:i{n}" for n in range(40)]
    people = f"<{BASE}graph/source/people>"
    for n, country in enumerate(countries):
        yield from _thing(country, "ipr:Country", f"Country {n}", f"国家{n}", people)
    for n, indicator in enumerate(indicators):
        yield from _thing(indicator, "ipr:Indicator", f"Indicator {n}", f"指标{n}", people)
    for n in range(agents):
        yield from _agent(n, rng, people)
    for n in range(claims):
        article = n // CLAIMS_PER_ARTICLE
        graph = f"<{BASE}graph/article/a{article}>"
        if n % CLAIMS_PER_ARTICLE == 0:
            yield from _article(article, graph)
        yield from _claim(n, article, agents, rng, graph, countries, indicators)


def agents(count: int, seed: int = 0) -> Iterator[str]:
    """Yield the N-Quads lines of people and organisations alone, each with two names."""
    rng = random.Random(seed)
    for n in range(count):
        yield from _agent(n, rng, f"<{BASE}graph/source/people>")


def _lines(subject: str, graph: str, *pairs: tuple[str, str]) -> Iterator[str]:
    for predicate, value in pairs:
        yield f"{_name(subject)} {predicate} {value} {graph} .\n"


def _thing(thing: str, kind: str, en: str, zh: str, graph: str) -> Iterator[str]:
    label = _name("skos:prefLabel")
    yield from _lines(
        thing, graph, (_TYPE, _name(kind)), (label, _text(en, "en")), (label, _text(zh, "zh"))
    )


def _agent(n: int, rng: random.Random, graph: str) -> Iterator[str]:
    a, b = rng.randrange(20), rng.randrange(20)
    if n % 2:
        yield from _thing(
            f"person:p{n}", "ipr:Person",
            f"{_SURNAMES[a]} {_GIVEN[b]} {n}", f"{_SURNAMES_ZH[a]}{_GIVEN_ZH[b]}{n}", graph,
        )  # fmt: skip
        return
    field, body = rng.choice(_FIELDS), rng.choice(_BODIES)
    yield from _thing(
        f"organization:o{n}", "ipr:Organization", f"{field} {body} {n}", f"机构{n}", graph
    )
    if n >= 4:
        parent = f"organization:o{rng.randrange(n // 4) * 2}"
        yield from _lines(
            f"organization:o{n}", graph, (_name("org:subOrganizationOf"), _name(parent))
        )


def _article(n: int, graph: str) -> Iterator[str]:
    article = f"article:a{n}"
    yield from _thing(article, "ipr:Article", f"Article {n}", f"报道{n}", graph)
    yield from _lines(
        article, graph,
        (_name("schema:headline"), _text(f"Headline of article {n}", "en")),
        (_name("schema:datePublished"), _typed(f"2021-{n % 12 + 1:02}-{n % 28 + 1:02}", "date")),
    )  # fmt: skip


def _claim(
    n: int, article: int, agents: int, rng: random.Random, graph: str,
    countries: list[str], indicators: list[str],
) -> Iterator[str]:  # fmt: skip
    claim, observation = f"claim:g{n}", f"observation:g{n}"
    passage, selector = f"passage:g{n}", f"selector:g{n}"
    country, agent, start = rng.choice(countries), rng.randrange(agents), rng.randrange(20_000)
    speaker = f"person:p{agent}" if agent % 2 else f"organization:o{agent}"
    modality = rng.choice(["fact", "fact", "plan", "evaluation"])
    label = _name("skos:prefLabel")
    yield from _lines(
        observation, _name(claim),
        (_TYPE, _name("ipr:Observation")),
        (label, _text(f"Figure {n}", "en")),
        (label, _text(f"数据{n}", "zh")),
        (_name("ipr:indicator"), _name(rng.choice(indicators))),
        (_name("ipr:area"), _name(country)),
        (_name("ipr:period"), _typed(2000 + rng.randrange(25), "gYear")),
        (_name("ipr:value"), _typed(rng.randrange(1_000_000), "integer")),
        (_name("ipr:unit"), _name("unit:NUM")),
    )  # fmt: skip
    yield from _lines(
        claim, graph,
        (_TYPE, _name("ipr:Claim")),
        (label, _text(f"{_name_of(country)} will {rng.choice(_ACTS)} in case {n}", "en")),
        (label, _text(f"主张{n}", "zh")),
        (_name("ipr:source"), _name(f"article:a{article}")),
        (_name("ipr:attributedTo"), _name(speaker)),
        (_name("ipr:saidOn"), _typed(f"2021-{n % 12 + 1:02}-{n % 28 + 1:02}", "date")),
        (_name("ipr:modality"), _name(f"modality:{modality}")),
        (_name("ipr:status"), _name("status:accepted")),
        (_name("ipr:basis"), _name("basis:stated")),
        (_name("ipr:confidence"), _typed(f"0.{rng.randrange(50, 100)}", "decimal")),
        (_name("ipr:about"), _name(country)),
        (_name("ipr:evidence"), _name(passage)),
    )  # fmt: skip
    yield from _lines(
        passage, graph,
        (_TYPE, _name("ipr:Passage")),
        (_name("oa:hasSource"), _name(f"article:a{article}")),
        (_name("oa:hasSelector"), _name(selector)),
    )  # fmt: skip
    yield from _lines(
        selector, graph,
        (_TYPE, _name("oa:TextPositionSelector")),
        (_name("oa:start"), _typed(start, "integer")),
        (_name("oa:end"), _typed(start + rng.randrange(10, 200), "integer")),
    )  # fmt: skip


def _name_of(country: str) -> str:
    return "Country " + country.removeprefix("country:c")


def main(argv: Sequence[str] | None = None) -> None:
    """Write a generated graph as N-Quads."""
    parser = argparse.ArgumentParser(description="Generate a graph in the ontology's vocabulary.")
    parser.add_argument(
        "--triples", type=int, default=10_000, help="about so many (default: 10000)"
    )
    parser.add_argument("--seed", type=int, default=0, help="the same seed gives the same bytes")
    parser.add_argument("--out", type=Path, metavar="FILE", help="default: the standard output")
    args = parser.parse_args(argv)
    lines = generate(args.triples, args.seed)
    if args.out is None:
        sys.stdout.writelines(lines)
    else:
        with args.out.open("w", encoding="utf-8") as out:
            out.writelines(lines)


if __name__ == "__main__":
    main()
