"""Pages of things, claims and articles: who says what, when, how meant, and where."""

from __future__ import annotations

import re

import pyoxigraph as ox

from iprgraph.namespaces import BASE
from iprgraph.release.release import Release
from iprgraph.store.engine import Engine
from support.browsing import BROWSER, show
from support.client import Client


def test_a_fact_shows_who_says_it_when_how_meant_and_where(release_client: Client) -> None:
    text = release_client("GET", "/page/country/china", headers=BROWSER).text
    fact = text[text.index("Punitive compensation") :]
    line = fact[: fact.index("</dd>")]
    assert "/page/organization/state-council" in line
    assert '<time datetime="2021-10-28">28 October 2021</time>' in line
    assert ">Plan<" in line
    assert 'href="https://www.globaltimes.cn/page/202111/1238517.shtml#:~:text=' in line
    assert 'href="/page/claim/gt1238517-punitive-compensation"' in line


def test_a_claim_page_shows_assertion_evidence_and_check(release_client: Client) -> None:
    page = show(release_client, "/page/claim/gt1238517-rd-expenditure-yuan")
    assert "2.443 trillion yuan" in page.text and "Stated by the source" in page.text
    assert "ipr:value 2443000000000" in page.text
    links = {a["href"] for a in page.all("a")}
    assert "/page/check/rd-expenditure-2020" in links
    assert any(
        link.startswith("https://www.globaltimes.cn/") and ":~:text=" in link for link in links
    )


def test_a_background_claim_shows_its_passage_in_words(
    release_client: Client, release: Release
) -> None:
    found = ox.parse_query_results(
        Engine.load(release.dir / "iprgraph.nq").query(
            "SELECT ?claim ?text { ?claim ipr:evidence ?p . ?p dcterms:description ?text "
            "FILTER NOT EXISTS { ?p schema:url ?url } } ORDER BY ?claim LIMIT 1"
        ).body,
        format=ox.QueryResultsFormat.JSON,
    )  # fmt: skip
    row = next(iter(found))
    text = show(release_client, row["claim"].value.replace(f"{BASE}id/", "/page/")).text
    assert re.sub(r"\s+", " ", row["text"].value) in text


def test_an_article_page_lists_its_claims_in_order(release_client: Client) -> None:
    links = [
        a["href"] for a in show(release_client, "/page/article/global-times-2021-11-09").all("a")
    ]
    order = [links.index(f"/page/claim/gt1238517-{name}") for name in
             ("briefing", "interview", "rd-expenditure-yuan", "civil-code", "sub-centers")]  # fmt: skip
    assert order == sorted(order)


def test_an_article_page_has_its_claims_before_its_metadata(release_client: Client) -> None:
    text = release_client.get("/page/article/global-times-2021-11-09?lang=en", "text/html").text
    places = [
        text.index(f">{words}") for words in ("Who speaks in it", "What this source", "Facts<")
    ]
    assert places == sorted(places)
    # The day on which it was published is among the facts, and no history.
    assert 'id="timeline"' not in text
    assert 'id="timeline"' in release_client.get("/page/law/patent-law", "text/html").text


def test_the_lists_of_claims_and_checks_show_who_says_so_and_what_was_found(
    release_client: Client,
) -> None:
    claims = release_client.get("/page/claim/?lang=en&page=1", "text/html").text
    assert claims.count('class="said"') == 100 == claims.count('<a class="claim"')
    assert "China National Intellectual Property Administration" in claims
    checks = release_client.get("/page/check/?lang=en", "text/html").text
    assert "2.443 trillion yuan" in checks and checks.count('class="chip verdict ') == 21
    plain = release_client.get("/page/treaty/?lang=en", "text/html").text
    assert "Paris Convention" in plain and 'class="said"' not in plain
    assert release_client.get("/page/claim/?page=3", "text/html").status == 404


def test_a_page_has_its_own_language_first(release_client: Client) -> None:
    english, chinese = "Signature before accession", "先签署后加入"
    for language, (first, last) in (("en", (english, chinese)), ("zh", (chinese, english))):
        shapes = release_client.get(f"/page/shapes?lang={language}", "text/html").text
        assert shapes.index(first) < shapes.index(last) < shapes.index("linkset-size")
        ontology = release_client.get(f"/page/ontology?lang={language}", "text/html").text
        one, other = (f'<span class="label">{w}' for w in (
            ('<bdi>Accession', '<bdi lang="zh">') if language == "en" else ("<bdi>提交批准书", '<bdi lang="en">Accession')
        ))  # fmt: skip
        assert ontology.index(one) < ontology.index(other)


def test_a_kind_is_not_told_twice(release_client: Client) -> None:
    for language, word in (("en", "Law"), ("zh", "法律")):
        head = release_client.get(f"/page/law/patent-law?lang={language}", "text/html").text
        head = head.split('<p class="eyebrow">')[1].split("</p>")[0]
        assert head.count(word) == 1


def test_inferred_facts_are_marked(release_client: Client) -> None:
    text = release_client("GET", "/page/organization/wipo", headers=BROWSER).text
    before, _, inferred = text.partition('<section class="inferred"')
    assert "prov/#" not in before and "ns/prov#Agent" in inferred


def test_identifiers_are_links(release_client: Client) -> None:
    links = {a["href"] for a in show(release_client, "/page/organization/state-council").all("a")}
    assert {
        "http://www.wikidata.org/entity/Q59261",
        "https://ror.org/02fzqav45",
        "https://doi.org/10.13039/501100003412",
    } <= links
