"""Errors over real HTTP: one shape, in the form that suits who asks, and nothing given away."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest

from support.client import Client, Reply, raw
from support.serving import Running, serving, small_release
from support.small import EX

BROKEN = "SELECT ?s WHERE {\n  ?s a rdfs:Class .\n  ?s rdfs:label }"
PAGE = "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"
QUERY = {"content-type": "application/sparql-query"}


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
