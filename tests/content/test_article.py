"""Every sentence of the article has its claims, and every claim from it has its passage."""

from __future__ import annotations

from itertools import pairwise

import pytest
from pyoxigraph import Literal, NamedNode, Quad

from iprgraph.content.loader import Content, load
from iprgraph.namespaces import ID, IPR, OA, RDF, SCHEMA

ARTICLE = ID["article/global-times-2021-11-09"]

#: Sentence -> (first and last offset of the sentence in the text, its claims).
SENTENCES: dict[str, tuple[int, int, list[str]]] = {
    "section": (
        0,
        16,
        [
            "section",
        ],
    ),
    "headline": (
        17,
        88,
        [
            "headline",
        ],
    ),
    "published": (
        89,
        121,
        [
            "published",
        ],
    ),
    "photo credit": (
        122,
        135,
        [
            "photo-credit",
            "photo-agency",
        ],
    ),
    "sentence 1": (
        154,
        538,
        [
            "ministry-statement",
            "opening-up-lead",
            "cooperation-lead",
            "contributions-lead",
        ],
    ),
    "sentence 2": (
        540,
        793,
        [
            "spokesperson",
            "briefing",
            "briefing-place",
            "briefing-topic",
            "tang-comments",
            "tang-post",
        ],
    ),
    "sentence 3": (
        795,
        1012,
        [
            "interview",
            "tang-impressive",
            "wipo-cooperation",
        ],
    ),
    "sentence 4": (
        1014,
        1245,
        [
            "gii-report",
            "gii-report-identity",
            "gii-rank",
            "gii-rise",
            "gii-middle-income",
            "gii-developed",
            "gii-japan",
            "gii-canada",
        ],
    ),
    "sentence 5": (
        1247,
        1425,
        [
            "rd-expenditure-yuan",
            "rd-expenditure-dollars",
            "rd-rank",
            "rd-share",
        ],
    ),
    "sentence 6": (
        1428,
        1618,
        [
            "international-applications",
            "applications-year",
            "applications-first-2020",
            "applications-first-2019",
        ],
    ),
    "sentence 7": (
        1621,
        1801,
        [
            "credit-people",
            "credit-government",
        ],
    ),
    "sentence 8": (
        1802,
        1982,
        [
            "opening-up",
            "contributions",
        ],
    ),
    "sentence 9": (
        1985,
        2218,
        [
            "state-council-cabinet",
            "plan-release",
            "plan-identity",
            "punitive-compensation",
            "higher-compensation",
        ],
    ),
    "sentence 10": (
        2220,
        2394,
        [
            "civil-code",
            "patent-law-amendment",
            "copyright-law-amendment",
            "legal-system",
        ],
    ),
    "sentence 11": (
        2397,
        2564,
        [
            "protection-centers",
            "sub-centers",
            "centers-contribution",
        ],
    ),
    "sentence 12": (
        2566,
        2829,
        [
            "ipr-framework",
            "global-governance",
            "conventions",
            "practical-measures",
        ],
    ),
}


@pytest.fixture(scope="module")
def quads() -> list[Quad]:
    return list(load(Content.bundled()).quads)


def objects(quads: list[Quad], subject: NamedNode, predicate: NamedNode) -> list[NamedNode]:
    return [q.object for q in quads if q.subject == subject and q.predicate == predicate]


def offsets(quads: list[Quad], claim: NamedNode) -> tuple[int, int]:
    [passage] = objects(quads, claim, IPR.evidence)
    [selector] = objects(quads, passage, OA.hasSelector)
    [start] = objects(quads, selector, OA.start)
    [end] = objects(quads, selector, OA.end)
    assert isinstance(start, Literal) and isinstance(end, Literal)
    return int(start.value), int(end.value)


def test_the_table_holds_every_claim_from_the_article(quads: list[Quad]) -> None:
    listed = [claim for _, _, claims in SENTENCES.values() for claim in claims]
    assert len(SENTENCES) == 16 and len(listed) == len(set(listed)) == 54
    from_article = {
        q.subject.value for q in quads if q.predicate == IPR.source and q.object == ARTICLE
    }
    assert from_article == {ID[f"claim/gt1238517-{claim}"].value for claim in listed}


@pytest.mark.parametrize("sentence", SENTENCES)
def test_a_sentence_has_claims_whose_passages_lie_in_it(quads: list[Quad], sentence: str) -> None:
    first, last, claims = SENTENCES[sentence]
    assert claims
    for slug in claims:
        claim = ID[f"claim/gt1238517-{slug}"]
        start, end = offsets(quads, claim)
        assert first <= start < end <= last, slug
        assert any(q.graph_name == claim for q in quads), f"{slug} asserts nothing"


def test_the_sentences_leave_no_text_out() -> None:
    spans = sorted((first, last) for first, last, _ in SENTENCES.values())
    # Between two sentences stand only line ends, a trailing space, or the second print of the credit.
    assert all(0 < b[0] - a[1] <= 19 for a, b in pairwise(spans))
    assert spans[0][0] == 0 and spans[-1][1] == 2829


def test_every_passage_of_the_article_links_to_its_words(quads: list[Quad]) -> None:
    passages = {q.subject for q in quads if q.predicate == OA.hasSource and q.object == ARTICLE}
    assert len(passages) == 51
    for passage in passages:
        [link] = objects(quads, passage, SCHEMA.url)
        assert "#:~:text=" in link.value


def test_every_claim_asserts_something_in_its_own_graph(quads: list[Quad]) -> None:
    claims = {q.subject for q in quads if q.predicate == RDF.type and q.object == IPR.Claim}
    asserted = {q.graph_name for q in quads}
    assert len(claims) >= 100
    assert {claim.value for claim in claims - asserted} == set()
