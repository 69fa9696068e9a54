"""Errors over real HTTP: one shape, in the form that suits who asks, and nothing given away."""

from __future__ import annotations

import re
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import pytest
from markupsafe import escape

from support.client import Client, Reply, raw
from support.serving import Running, serving, small_release
from support.small import EX, HOSTILE

BROKEN = "SELECT ?s WHERE {\n  ?s a rdfs:Class .\n  ?s rdfs:label }"
PAGE = "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"
QUERY = {"content-type": "application/sparql-query"}
LABELS = f"SELECT ?s ?label {{ GRAPH <{EX}graph/hostile> {{ ?s ?p ?label }} }}"


def failures(client: Client, **headers: str) -> list[Reply]:
    """Make a request that fails for each status that a request alone can bring about."""

    def ask(method: str, path: str, body: str | None = None, **more: str) -> Reply:
        named = {name.replace("_", "-"): value for name, value in (headers | more).items()}
        return client(method, path, body, named)

    long = "x" * 61_000
    return [
        ask("GET", f"/sparql?query={quote(BROKEN)}"),
        ask("GET", "/sparql?query=%FF"),
        ask("PUT", "/graph-store?default", "", content_type="text/turtle"),
        ask("GET", f"/sparql?query={quote(f'SELECT * {{ SERVICE <{EX}sparql> {{ ?s ?p ?o }} }}')}"),
        ask("GET", f"/graph-store?{urlencode({'graph': f'{EX}nowhere'})}"),
        ask("DELETE", "/sparql"),
        ask("GET", "/sparql?query=ASK%7B%7D", **({"accept": "image/png"} | headers)),
        ask("GET", f"/sparql?query=ASK%7B%7D&x={long}"),
        ask("POST", "/sparql", "ASK {}", content_type="text/plain"),
    ]


STATUSES = [400, 400, 401, 403, 404, 405, 406, 414, 415]


def test_problem_documents(small_client: Client) -> None:
    replies = failures(small_client)
    assert [reply.status for reply in replies] == STATUSES
    for reply in replies:
        assert reply.media_type == "application/problem+json"
        problem = reply.json()
        assert problem["type"].startswith("https://w3id.org/iprgraph/problems/")
        assert problem["status"] == reply.status
        assert problem["title"]
        assert len(problem["detail"]) > 10
        assert problem["request_id"] == reply.headers["x-request-id"]
        assert problem["instance"].endswith(problem["request_id"])
        assert reply.headers["access-control-allow-origin"] == "*"
        assert reply.headers["cache-control"] == "no-store"
        assert reply.headers["x-content-type-options"] == "nosniff"


#: What each of the failures says in Chinese, but for its names and numbers.
IN_CHINESE = (
    "此处不能出现 '}'，应为：", "不是 UTF-8 编码。", "请发送令牌：Authorization: Bearer TOKEN。",
    "服务器管理者可用 --allow-service", "此处没有图 <", "此地址不支持 DELETE 方法，支持的方法有：",
    "未指明 ASK 查询结果可用的格式。可用的格式有：", "较长的查询请以 POST 方式发送。",
    "正文声明的类型为 text/plain。请发送以下类型之一：",
)  # fmt: skip


def test_problems_are_told_in_chinese(small_client: Client) -> None:
    """In each form, to whoever prefers it; others get the English."""
    english = [reply.json() for reply in failures(small_client)]
    chinese = [reply.json() for reply in failures(small_client, accept_language="zh-CN,en;q=0.5")]
    assert len(english) == len(chinese) == len(IN_CHINESE)
    for one, other, words in zip(english, chinese, IN_CHINESE, strict=True):
        assert words in other["detail"] and words not in one["detail"]
        assert re.search("[一-鿿]", other["title"]) and not re.search("[一-鿿]", str(one))
        changing = {"title", "detail", "hint", "instance", "request_id"}
        assert {k: v for k, v in one.items() if k not in changing} == {
            k: v for k, v in other.items() if k not in changing
        }
    for accept, media_type in (
        ("application/problem+json", "application/problem+json"),
        ("text/plain", "text/plain"),
        ("text/html", "text/html"),
    ):
        replies = failures(small_client, accept_language="zh", accept=accept)
        # Asked for text alone, an ASK has a page to offer.
        wrong = [r for r in replies if r.status >= 400]
        assert len(wrong) >= len(STATUSES) - 1
        for reply in wrong:
            assert reply.media_type == media_type
            assert reply.headers["content-language"] == "zh"
            assert "Accept-Language" in reply.headers["vary"]
            assert 'lang="en"' not in reply.text.replace('hreflang="en"', "").replace(
                '<a lang="en"', ""
            )
    told = small_client.get("/sparql?query=SELCT", "text/plain", accept_language="zh").text
    assert told.startswith("400 无法解析查询\n\n此处不能出现 'SELCT'，应为：")
    assert "\n提示: 您想写的是 SELECT 吗？\n" in told and "\n行: 1\n" in told


def test_what_the_engine_says_stays_english_and_is_marked(small_client: Client) -> None:
    headers = {"content-type": "text/turtle", "accept": PAGE, "accept-language": "zh"}
    page = small_client("PUT", "/graph-store?graph=urn:x", "<a> <b> .", headers, write=True).text
    assert re.search('<p class="told">无法读取数据：<span lang="en">[^<]+</span></p>', page)
    hostile = "<a> <script>alert(1)</script> <b> ."
    page = small_client("PUT", "/graph-store?graph=urn:x", hostile, headers, write=True).text
    assert "无法读取数据" in page and "<script" not in page


def test_syntax_errors_say_where(small_client: Client) -> None:
    problem = small_client.query(BROKEN).json()
    assert problem["type"].endswith("/syntax")
    assert problem["line"] == 3
    assert problem["column"] > 1
    update = small_client.update("INSERT DATA {\n <urn:a:b> <urn:c:d> }").json()
    assert (update["type"], update["line"]) == (problem["type"], 2)


def test_curl_gets_text(small_client: Client) -> None:
    for accept in ("*/*", ""):
        headers = {"user-agent": "curl/8.5.0"} | ({"accept": accept} if accept else {})
        reply = small_client("POST", "/sparql", BROKEN, QUERY | headers)
        assert reply.headers["content-type"] == "text/plain; charset=utf-8"
        assert reply.text.startswith("400 ")
        assert "line: 3" in reply.text
        assert reply.headers["x-request-id"] in reply.text
    asked = small_client("POST", "/sparql", BROKEN, QUERY | {"accept": "text/plain"})
    assert asked.media_type == "text/plain"
    json = {"user-agent": "curl/8.5.0", "accept": "application/json"}
    assert (
        small_client("POST", "/sparql", BROKEN, QUERY | json).media_type
        == "application/problem+json"
    )


def test_browsers_get_a_page(small_client: Client) -> None:
    reply = small_client.query("SELECT <script>alert(1)</script>", PAGE)
    assert (reply.status, reply.media_type) == (400, "text/html")
    assert "<script" not in reply.text
    assert reply.headers["x-request-id"] in reply.text


def test_request_ids(small_client: Client) -> None:
    ids = {small_client.query("ASK {}").headers["x-request-id"] for _ in range(5)}
    assert len(ids) == 5
    given = small_client("GET", "/sparql?query=ASK%7B%7D", headers={"x-request-id": "trace-42.a_b"})
    assert given.headers["x-request-id"] == "trace-42.a_b"
    for unfit in ("a b", "x" * 65, "a<b>", ""):
        reply = small_client("GET", "/sparql?query=ASK%7B%7D", headers={"x-request-id": unfit})
        assert reply.headers["x-request-id"] != unfit


def test_nothing_is_given_away(small_client: Client, small_server: Running) -> None:
    for reply in failures(small_client):
        text = reply.text + str(reply.headers)
        assert "Traceback" not in text
        assert not re.search(r"[\"' ](?:/home|/root|/tmp|/usr|/var)/", text)
        assert ".py" not in text


def test_too_large_bodies(tmp_path: Path) -> None:
    release = small_release(tmp_path / "release")
    with serving(release, tmp_path, "--request-bytes", "10000") as running:
        client = running.client()
        body = "ASK {} #" + "x" * 20_000
        for content_type in ("application/sparql-query", "application/sparql-update"):
            reply = client("POST", "/sparql", body, {"content-type": content_type}, write=True)
            assert reply.status == 413
            assert reply.json()["limit"] == 10_000
        assert client.put("/graph-store?default", "# " + "x" * 20_000).status == 413
        head = b"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Type: application/sparql-query\r\n"
        chunk = b"2000\r\n" + b"#" * 0x2000 + b"\r\n"
        chunked = head + b"Transfer-Encoding: chunked\r\n\r\n" + chunk * 3 + b"0\r\n\r\n"
        assert raw(running.port, chunked, wait=2).startswith(b"HTTP/1.1 413")
        assert client.query("ASK {}").status == 200
        client.close()


def test_writes_are_off_without_a_token(tmp_path: Path) -> None:
    release = small_release(tmp_path / "release")
    with serving(release, tmp_path, token="") as running:
        client = running.client()
        for reply in (client.update("CLEAR ALL"), client.put("/graph-store?default", "")):
            assert reply.status == 403
            assert "--token-file" in reply.json()["detail"]
        description = client.get("/sparql?format=ntriples").text
        assert "SPARQL11Query" in description
        assert "SPARQL11Update" not in description
        client.close()


@pytest.mark.parametrize(
    "bytes_sent",
    [
        b"garbage\r\n\r\n",
        b"GET /sparql HTTP/9.9\r\n\r\n",
        b"GET /\xff\xfe HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\n" + b"X: y\r\n" * 500 + b"\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"y" * 1_000_000 + b"\r\n\r\n",
        b"GET /" + b"y" * 100_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"POST /sparql HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    ],
)
def test_broken_requests(small_client: Client, bytes_sent: bytes) -> None:
    received = raw(small_client.port, bytes_sent, wait=2)
    assert received == b"" or re.match(rb"HTTP/1.1 (4\d\d|505) ", received)
    assert small_client.query("ASK {}").status == 200


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
        f"/sparql?format=html&query={quote(hostile).replace('%3C', '<').replace('%22', chr(34))}",
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
