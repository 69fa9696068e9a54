"""The language of the pages, and the shape of their errors."""

from __future__ import annotations

import pytest

from iprgraph_server.i18n.language import preferred
from support.browsing import BROWSER, Document, show
from support.client import Client


def test_the_language_is_chosen_by_address_then_by_the_reader(release_client: Client) -> None:
    for query, accepted, tag in (
        ("", "zh-CN,zh;q=0.9,en;q=0.8", "zh-Hans"),
        ("", "de, en;q=0.5", "en"),
        ("", "de", "en"),
        ("?lang=en", "zh", "en"),
        ("?lang=zh", "en", "zh-Hans"),
        ("?lang=xx", "zh", "zh-Hans"),
    ):
        reply = release_client(
            "GET",
            f"/page/person/daren-tang{query}",
            headers=BROWSER | {"accept-language": accepted},
        )
        assert Document(reply).all("html")[0]["lang"] == tag
        assert reply.headers["content-language"] == tag.partition("-")[0]
        assert "Accept-Language" in reply.headers["vary"]


def test_a_language_chosen_by_address_stays_chosen(release_client: Client) -> None:
    page = show(release_client, "/page/person/daren-tang?lang=zh")
    inner = [a["href"] for a in page.all("a") if a["href"].startswith(("/page/", "/graph/"))]
    switch = [a for a in page.all("a") if a.get("hreflang") == "en"]
    assert len(inner) > 10 and switch[0]["href"] == "?lang=en"
    assert all("lang=zh" in href for href in inner if "lang=en" not in href)


@pytest.mark.parametrize(
    ("language", "words", "detail"),
    [
        ("en", "There is nothing", "Nothing is known about person/nobody. /page/person/ lists"),
        ("zh", "此地址没有内容", "没有关于 person/nobody 的内容。/page/person/ 列出已有的条目。"),
    ],
)
def test_an_error_is_a_page_for_browsers(
    release_client: Client, language: str, words: str, detail: str
) -> None:
    reply = release_client(
        "GET", "/page/person/nobody", headers=BROWSER | {"accept-language": language}
    )
    page = Document(reply)
    assert reply.status == 404 and words in page.text
    assert reply.headers["x-request-id"] in page.text
    assert detail in page.text
    assert "Accept-Language" in reply.headers["vary"]
    assert reply.headers["content-language"] == language


def test_an_error_is_text_for_curl_and_json_for_programs(release_client: Client) -> None:
    curl = release_client.get("/nowhere", "*/*", user_agent="curl/8.0")
    assert (curl.status, curl.media_type) == (404, "text/plain")
    program = release_client.get("/nowhere")
    assert (program.media_type, program.json()["title"]) == (
        "application/problem+json", "There is nothing at this address"
    )  # fmt: skip


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("zh-CN", "zh"),
        ("zh-CN,en;q=0.8", "zh"),
        ("zh-Hans;q=0.9, en-GB;q=0.8", "zh"),
        ("en-GB, zh;q=0.9", "en"),
        ("en;q=0, zh;q=0.1", "zh"),
        ("fr, zh-TW;q=0.5", "zh"),
        ("fr", "en"),
        ("*", "en"),
        ("en;q=0, *", "zh"),
        ("*, zh;q=0", "en"),
        ("en;q=0", "zh"),
        ("zh;q=0, en;q=0", "en"),
        ("*;q=0.9, en;q=0.1", "zh"),
        ("*;q=0.1, fr", "en"),
        ("zh, en", "zh"),
        ("en, zh", "en"),
        ("nonsense;;q=x,,", "en"),
        ("", "en"),
    ],
)
def test_a_header_chooses_by_what_is_liked_best(header: str, language: str) -> None:
    assert preferred(header) == language
