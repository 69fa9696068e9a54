"""Answers as pages: every term escaped, the query shown again, long tables cut, both languages."""

from __future__ import annotations

import re
from html import unescape
from html.parser import HTMLParser
from urllib.parse import parse_qsl, quote, urlsplit

from markupsafe import escape

from support.client import Client
from support.small import EX, HOSTILE

PAGE = "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"


QUERY = {"content-type": "application/sparql-query"}


LABELS = f"SELECT ?s ?label {{ GRAPH <{EX}graph/hostile> {{ ?s ?p ?label }} }}"


class Elements(HTMLParser):
    """List the elements and attributes of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.attributes: set[str] = set()
        self.links: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.links += [value or "" for name, value in attrs if name in {"href", "src", "action"}]


def test_tables_escape_every_term(small_client: Client) -> None:
    found = {}
    for query in (
        LABELS,
        f"CONSTRUCT {{ ?s ?p ?o }} {{ GRAPH <{EX}graph/hostile> {{ ?s ?p ?o }} }}",
    ):
        reply = small_client.query(query, PAGE)
        assert (reply.status, reply.media_type) == (200, "text/html")
        page = Elements(reply.text)
        assert page.names.isdisjoint({"script", "svg", "iframe", "b", "object"})
        assert reply.text.count("<img") == 1, "the site's own mark"
        assert not {name for name in page.attributes if name.startswith("on")}
        assert not [link for link in page.links if link.startswith("javascript")]
        assert "script" not in reply.headers["content-security-policy"]
        for text in HOSTILE[:3]:
            assert escape(text) in reply.text
        found[query] = page
    assert all("td" in page.names for page in found.values())


def test_a_query_is_shown_again_and_escaped(small_client: Client) -> None:
    query = 'SELECT ("</textarea><script>alert(1)</script>" AS ?x) {}'
    reply = small_client.query(query, PAGE)
    assert reply.status == 200
    assert Elements(reply.text).names.isdisjoint({"script"})
    assert "&lt;/textarea&gt;" in reply.text


def test_long_tables_say_that_they_are_cut(small_client: Client) -> None:
    reply = small_client.query(
        "SELECT ?s ?o { ?s ex:value ?o }".replace("ex:value", f"<{EX}value>"), PAGE
    )
    assert "3,000 results" in reply.text
    assert "The first 1,000 are shown" in reply.text
    assert reply.text.count("<tr>") == 1001
    few = small_client.query(f"SELECT ?o {{ <{EX}n/7> ?p ?o }}", PAGE)
    assert "1 result<" in few.text
    assert "are shown" not in few.text
    none = small_client.query(f"SELECT ?o {{ <{EX}nowhere> ?p ?o }}", PAGE)
    assert "0 results" in none.text
    assert "<h1>Yes</h1>" in small_client.query("ASK {}", PAGE).text


def test_plain_pages_speak_chinese_too(small_client: Client) -> None:
    """Answers, refusals and settings, to browsers; each says by what it was chosen."""
    query = f"SELECT ?o {{ <{EX}n/7> ?p ?o }}"
    for path, words in (
        (
            f"/sparql?query={quote(query)}",
            ("1 条结果", "在编辑器中打开", "<span>知识产权图谱</span>"),
        ),
        ("/sparql?query=ASK%7B%7D", ("<h1>是</h1>",)),
        ("/sparql?query=DESCRIBE%20%3Curn:x%3E", ("0 个三元组", "主语")),
    ):
        reply = small_client.get(path, PAGE, accept_language="zh-CN,en;q=0.5")
        assert reply.status == 200 and '<html lang="zh-Hans">' in reply.text
        assert [word for word in words if word not in reply.text] == []
        assert reply.headers["content-language"] == "zh"
        assert "Accept-Language" in reply.headers["vary"]
        asked_again = small_client.get(path, PAGE, accept_language="zh-CN,en;q=0.5")
        assert asked_again.text == reply.text
        # The same address in another language is another answer, with a tag of its own.
        english = small_client.get(path, PAGE, accept_language="en")
        assert '<html lang="en">' in english.text
        assert english.headers["etag"] != reply.headers["etag"]
        again = small_client.get(
            path, PAGE, accept_language="zh", if_none_match=reply.headers["etag"]
        )
        assert again.status == 304 and "Accept-Language" in again.headers["vary"]
    assert "是" in small_client.get("/sparql?query=ASK%7B%7D&lang=zh", PAGE).text
    refused = small_client.get("/sparql?query=SELECT", PAGE, accept_language="zh")
    assert refused.status == 400 and '<html lang="zh-Hans">' in refused.text
    assert "<h1>无法解析查询</h1>" in refused.text and "Accept-Language" in refused.headers["vary"]
    assert refused.headers["content-language"] == "zh"
    settings = small_client.get("/settings", PAGE, accept_language="zh")
    assert "单个查询的最长用时" in settings.text and "Longest time" not in settings.text
    assert settings.headers["content-language"] == "zh"
    assert "<h1>设置</h1>" in settings.text
    assert "Accept-Language" in settings.headers["vary"]
    plain = small_client.get(f"/sparql?query={quote(query)}", "text/csv", accept_language="zh")
    assert "Accept-Language" not in plain.headers["vary"]


def test_plain_pages_can_be_had_in_the_other_language(small_client: Client) -> None:
    """The switch keeps all that was asked, but for the language; what is posted has none."""
    hostile = "SELECT ('\"><script>alert(1)</script>&lang=xx ü' AS ?知) {}"
    for path in (
        f"/sparql?query={quote(hostile)}&format=html&infer=false",
        "/sparql?query=ASK%7B%7D",
        "/sparql?query=SELECT",
        "/settings",
        "/graph-store?default",
        "/graph-store?graph=urn:nothing",
    ):
        given = shown = small_client.get(path, PAGE)
        for language, tag in (("zh", "zh-Hans"), ("en", "en")):
            switch = re.findall(r'<a lang="[\w-]+" hreflang="[\w-]+" href="(\?[^"]*)">', shown.text)
            assert len(switch) == 1, path
            address = path.partition("?")[0] + unescape(switch[0])
            shown = small_client.get(address, PAGE)
            assert shown.status == given.status and f'<html lang="{tag}">' in shown.text
            assert f'href="/downloads/?lang={language}"' in shown.text
            assert "<script" not in shown.text
            asked = dict(parse_qsl(urlsplit(path).query)) | {"lang": language}
            assert dict(parse_qsl(urlsplit(address).query)) == asked
        if "query" in path and given.status == 200:
            assert '<input type="hidden" name="lang" value="en">' in shown.text
    posted = small_client("POST", "/sparql?lang=zh", "ASK {}", QUERY | {"accept": PAGE})
    assert '<html lang="zh-Hans">' in posted.text and "hreflang" not in posted.text
