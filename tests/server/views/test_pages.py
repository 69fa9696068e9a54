"""The pages over real HTTP: what they show, and that all readers can use them."""

from __future__ import annotations

import re
from collections import Counter
from itertools import pairwise
from types import CodeType
from urllib.parse import urldefrag, urlencode, urljoin

import pytest
from jinja2 import Environment

from iprgraph.content import questions
from iprgraph.namespaces import BASE
from iprgraph.release.release import Release
from iprgraph_server.app import prepare
from support.browsing import BROWSER, show
from support.client import Client
from support.counting import Counting, app_of

#: One page of each sort; the last is not there.
PAGES = (
    "/",
    "/page/article/global-times-2021-11-09",
    "/page/claim/gt1238517-rd-expenditure-yuan",
    "/page/check/rd-expenditure-2020",
    "/page/observation/gt1238517-international-applications",
    "/page/person/wang-wenbin",
    "/page/organization/state-council",
    "/page/country/china",
    "/page/treaty/paris-convention",
    "/page/verdict/superseded",
    "/page/law/patent-law",
    "/page/claim/",
    "/speakers",
    "/quality",
    "/problems/",
    "/problems/timed-out",
    "/report?about=https://w3id.org/iprgraph/id/organization/wipo",
    "/page/ontology",
    "/page/shapes",
    "/graph/checks",
    "/downloads/",
    "/linksets/",
    "/linksets/eurovoc",
    "/nowhere",
)


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize(("language", "tag"), [("en", "en"), ("zh-CN", "zh-Hans")])
def test_a_page_is_well_formed_and_fit_for_all_readers(
    release_client: Client, path: str, language: str, tag: str
) -> None:
    page = show(release_client, path, language)
    assert page.all("html")[0]["lang"] == tag
    assert len(page.all("h1")) == len(page.all("main")) == len(page.all("title")) == 1
    assert page.all("a")[0]["href"] == "#main"
    ids = Counter(attributes["id"] for _, attributes in page.elements if "id" in attributes)
    assert set(ids.values()) <= {1}
    for _, attributes in page.elements:
        for name in attributes.get("aria-labelledby", "").split():
            assert name in ids
        assert "style" not in attributes and not any(name.startswith("on") for name in attributes)
    assert all("alt" in image for image in page.all("img"))
    assert all("scope" in head for head in page.all("th"))
    # A data block is no script: it is what search engines read.
    scripts = [s for s in page.all("script") if s.get("type") != "application/ld+json"]
    assert page.all("style") == []
    for script in scripts:
        assert script["type"] == "module" and script["src"].startswith("/static/web/site.js?v=")
    levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1 and all(b - a <= 1 for a, b in pairwise(levels))


@pytest.mark.parametrize("path", PAGES)
def test_a_page_runs_the_site_s_script_alone_and_stays_small(
    release_client: Client, path: str
) -> None:
    reply = release_client("GET", path, headers=BROWSER)
    policy = reply.headers["content-security-policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy
    assert set(re.findall(r"script-src ([^;]*)", policy)) <= {"'self'"}
    assert reply.headers["x-content-type-options"] == "nosniff"
    assert len(reply.body) < 200_000


def test_every_link_of_every_page_leads_somewhere(release_client: Client) -> None:
    found: set[str] = set()
    for path in PAGES[:-1]:
        for element in ("a", "link", "img", "script"):
            for attributes in show(release_client, path).all(element):
                address = urljoin(
                    release_client.base + path, attributes.get("href") or attributes.get("src", "")
                )
                assert re.match(r"https?:", address), address
                found.add(urldefrag(address).url)
    own = {
        address.removeprefix(release_client.base)
        for address in found
        if address.startswith(release_client.base)
    }
    assert len(own) > 400
    # Each derivation takes a while; a dozen stand for the rest.
    derived = sorted(path for path in own if path.startswith("/why?"))
    assert len(derived) > 50
    own -= set(derived[12:])
    broken = {path: release_client("GET", path, headers=BROWSER).status for path in sorted(own)}
    assert {path: status for path, status in broken.items() if status not in (200, 302, 303)} == {}


def test_anchors_are_there(release_client: Client) -> None:
    for path in ("/page/ontology", "/page/shapes"):
        page = show(release_client, path)
        ids = {attributes["id"] for _, attributes in page.elements if "id" in attributes}
        anchors = {a["href"][1:] for a in page.all("a") if a["href"].startswith("#")}
        assert len(anchors) > 50 and anchors <= ids


def test_the_start_page_says_what_this_is(release_client: Client, release: Release) -> None:
    for language, title in (("en", "Who says what"), ("zh", "谁说了什么")):
        page = show(release_client, "/", language)
        assert title in page.text
        for name in ("claims", "asserted", "inferred", "graphs"):
            assert f"{release.counts[name]:,}" in page.text
        asked = [a["href"] for a in page.all("a") if a["href"].startswith("/query?question=")]
        assert len(asked) == len(questions.load())
        assert {question.question[language] for question in questions.load()} <= {
            word.strip() for word in page.words
        }


def test_the_start_page_shows_figures_as_claimed_and_as_open_data_says(
    release_client: Client,
) -> None:
    english, chinese = show(release_client, "/").text, show(release_client, "/", "zh").text
    expected = "2.443 trillion yuan 2.43931 trillion yuan +3.69 billion yuan Superseded"
    assert re.sub(r"\W+", " ", expected) in re.sub(r"\W+", " ", english)
    assert "more than 68,000" in english and "No. 12" in english
    for words in ("2.443万亿元", "2.43931万亿元", "36.9亿元", "3,819.5亿美元", "68,000", "第12位"):
        assert words in re.sub(r"\s*(第|位)\s*", r"\1", chinese), words


def test_example_questions_open_their_answers(release_client: Client) -> None:
    """The script of the page runs the query at once, and its form does where there is none."""
    asked = [
        a["href"]
        for a in show(release_client, "/").all("a")
        if a["href"].startswith("/query?question=")
    ]
    replies = [release_client("GET", address, headers=BROWSER) for address in asked]
    assert all('"runs": true' in reply.text for reply in replies)
    assert {(reply.status, reply.media_type) for reply in replies} == {(200, "text/html")}


@pytest.mark.parametrize("language", questions.LANGUAGES)
def test_an_example_is_explained_by_its_name_and_by_its_query(
    release_client: Client, language: str
) -> None:
    """Links that repeat an example's query, and nothing else, are explained as it is."""
    for example in questions.load():
        told = re.sub(r"\W+", " ", example.explanation[language]).strip()
        query = example.query_in(language)
        addresses = ({"question": example.slug}, {"query": query.replace("\n", "\r\n")})
        for address in addresses:
            page = show(release_client, f"/query?{urlencode(address)}", language)
            assert told in re.sub(r"\W+", " ", page.text), example.slug
            [current] = [
                a for a in page.all("a") if "aria-current" in a and "question=" in a["href"]
            ]
            assert example.slug in current["href"]
    changed = show(
        release_client, f"/query?{urlencode({'query': example.query + 'LIMIT 1'})}", language
    )
    assert told not in re.sub(r"\W+", " ", changed.text)


def test_the_ontology_page_has_every_term_in_both_languages(
    release_client: Client, release: Release
) -> None:
    for language in ("en", "zh"):
        page = show(release_client, "/page/ontology", language)
        ids = {attributes["id"] for _, attributes in page.elements if "id" in attributes}
        for quad in release.quads():
            if quad.graph_name.value != f"{BASE}graph/ontology":
                continue
            if quad.predicate.value.endswith(("#label", "#definition")):
                assert quad.subject.value.rpartition("#")[2] in ids
                assert re.sub(r"\s+", " ", quad.object.value) in page.text


def test_health_robots_and_void(release_client: Client, release: Release) -> None:
    health = release_client.get("/health")
    assert (health.status, health.json()["ready"], health.json()["release"]) == (
        200,
        True,
        release.id,
    )
    assert health.json()["workers"]["size"] >= 1 and health.headers["cache-control"] == "no-store"
    assert "Disallow: /sparql" in release_client.get("/robots.txt").text
    for path in ("/.well-known/void", "/void", "/dataset"):
        reply = release_client.get(path)
        assert (reply.status, reply.headers["location"]) == (303, "/data/dataset")


def test_no_page_asks_more_than_ten_queries(release: Release) -> None:
    pool = Counting(release)
    browser = app_of(release, pool).test_client()
    asked = {}
    for path in PAGES[:-1]:
        pool.count = 0
        assert browser.get(path, headers=BROWSER).status_code == 200
        asked[path] = pool.count
    assert max(asked.values()) <= 10, asked


def test_what_people_see_first_waits_for_no_template(
    release: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = ("/", "/page/country/china", "/page/claim/gt1238517-rd-expenditure-yuan", "/query")
    app = app_of(release, Counting(release))
    # Other tests have shown pages too.
    assert app.jinja_env.cache is not None
    app.jinja_env.cache.clear()
    prepare(app)
    compiled: list[str | None] = []

    def compile_(source: str, name: str | None = None, filename: str | None = None) -> CodeType:
        compiled.append(name)
        return Environment.compile(app.jinja_env, source, name, filename)

    monkeypatch.setattr(app.jinja_env, "compile", compile_)
    for path in first:
        assert app.test_client().get(path, headers=BROWSER).status_code == 200
    assert compiled == []
    assert app.test_client().get("/quality", headers=BROWSER).status_code == 200
    assert compiled == ["quality.html"]
