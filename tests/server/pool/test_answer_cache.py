"""Answers are tagged, kept and compressed; nothing stale is ever given."""

from __future__ import annotations

import gzip
from pathlib import Path
from urllib.parse import quote

import brotli
import pytest
import zstandard

from iprgraph_server.pool.answer_cache import OVERHEAD, AnswerCache, CachedAnswer
from support.client import Client
from support.serving import serving, small_release
from support.small import EX

MANY = quote(f"SELECT ?n {{ ?s <{EX}value> ?n }} ORDER BY ?n LIMIT 1000")
FEW = quote(f"SELECT ?n {{ <{EX}n/7> <{EX}value> ?n }}")


def entry(size: int) -> CachedAnswer:
    return CachedAnswer([], b"x" * size, '"tag"')


def test_the_cache_is_bounded_in_bytes() -> None:
    cache = AnswerCache(20 * (1000 + OVERHEAD))
    cache.renew("now")
    for number in range(100):
        cache.keep((str(number),), entry(998), "now")
    assert cache.bytes <= cache.limit
    assert len(cache) == 20
    assert cache.find(("99",)) is not None
    assert cache.find(("0",)) is None


def test_what_is_asked_for_again_stays() -> None:
    cache = AnswerCache(10 * (1000 + OVERHEAD))
    cache.renew("now")
    cache.keep(("again",), entry(990), "now")
    for number in range(100):
        assert cache.find(("again",)) is not None
        cache.keep((str(number),), entry(990), "now")
    assert cache.find(("again",)) is not None


def test_one_answer_cannot_push_out_the_rest() -> None:
    cache = AnswerCache(100_000)
    cache.renew("now")
    cache.keep(("small",), entry(10), "now")
    cache.keep(("large",), entry(50_000), "now")
    assert cache.find(("large",)) is None
    assert cache.find(("small",)) is not None


def test_another_state_finds_nothing() -> None:
    cache = AnswerCache(100_000)
    cache.renew("one")
    cache.keep(("a",), entry(10), "one")
    cache.renew("two")
    assert cache.find(("a",)) is None
    assert cache.bytes == 0
    cache.keep(("a",), entry(10), "one")
    assert cache.find(("a",)) is None, "an answer from before the change came after it"


def test_replacing_counts_once() -> None:
    cache = AnswerCache(100_000)
    cache.renew("now")
    for size in (10, 500, 20):
        cache.keep(("a",), entry(size), "now")
    assert (len(cache), cache.bytes) == (1, 20 + 1 + OVERHEAD)


def test_entity_tags(small_client: Client) -> None:
    tags = {}
    for accept in ("application/sparql-results+json", "text/csv"):
        for coding in ("", "gzip", "br", "zstd"):
            reply = small_client.get(f"/sparql?query={MANY}", accept, accept_encoding=coding)
            assert reply.status == 200
            assert reply.headers["vary"] == "Accept, Accept-Encoding, Accept-Datetime"
            assert "no-cache" in reply.headers["cache-control"]
            tag = reply.headers["etag"]
            assert tag.startswith('"'), "the tag is a strong one"
            assert tags.setdefault(tag, (accept, coding)) == (accept, coding)
            assert small_client.get(
                f"/sparql?query={MANY}", accept, accept_encoding=coding
            ).body == (reply.body)
    assert len(tags) == 8


@pytest.mark.parametrize("query", [MANY, FEW, quote(f"DESCRIBE <{EX}a>"), "ASK%20%7B%7D"])
def test_unchanged_answers_are_not_sent_again(small_client: Client, query: str) -> None:
    first = small_client.get(f"/sparql?query={query}")
    tag = first.headers["etag"]
    # Also in other words, for which nothing is kept: the tag is made before the answer is.
    for address in (f"/sparql?query={query}", f"/sparql?query={query}&unknown={len(query)}"):
        for given in (tag, f'"other", {tag}', f"W/{tag}", "*"):
            reply = small_client("GET", address, headers={"if-none-match": given})
            assert (reply.status, reply.body) == (304, b"")
            assert reply.headers["etag"] == tag
            assert "content-length" not in reply.headers
        assert small_client("GET", address, headers={"if-none-match": '"other"'}).status == 200


def test_repeated_questions_do_not_reach_a_worker(small_client: Client) -> None:
    def evaluated() -> float:
        metrics = small_client.get("/metrics").text
        (line,) = [
            s for s in metrics.splitlines() if s.startswith("iprgraph_evaluation_seconds_count")
        ]
        return float(line.split()[-1])

    address = f"/sparql?query={FEW}&n=1"
    first = small_client.get(address)
    before = evaluated()
    for _ in range(10):
        reply = small_client.get(address)
        assert (reply.status, reply.body) == (200, first.body)
        assert reply.headers["x-request-id"] != first.headers["x-request-id"]
    posted = [
        small_client(
            "POST",
            "/sparql?n=2",
            f"query={FEW}",
            {"content-type": "application/x-www-form-urlencoded"},
        )
        for _ in range(3)
    ]
    assert {reply.body for reply in posted} == {first.body}
    assert evaluated() == before + 1


def test_answers_that_change_by_themselves_are_not_kept(small_client: Client) -> None:
    for query in (
        "SELECT (NOW() AS ?x) {}",
        "SELECT (UUID() AS ?x) {}",
        "SELECT (rand() AS ?x) {}",
    ):
        replies = [small_client.query(query) for _ in range(3)]
        assert len({reply.body for reply in replies}) == 3
        assert {reply.headers["cache-control"] for reply in replies} == {"no-store"}
        assert not any("etag" in reply.headers for reply in replies)


def test_a_write_makes_answers_anew(writable_client: Client) -> None:
    count = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
    tags = set()
    for number in range(4):
        replies = [writable_client.query(count) for _ in range(2)]
        found = [reply.json()["results"]["bindings"][0]["n"]["value"] for reply in replies]
        assert found == [str(number)] * 2
        tags.add(replies[0].headers["etag"])
        update = f"INSERT DATA {{ GRAPH <urn:g:g> {{ <urn:s:{number}> <urn:p:p> 1 }} }}"
        assert writable_client.update(update).status == 204
    assert len(tags) == 4


DECODERS = {
    "gzip": gzip.decompress,
    "br": brotli.decompress,
    "zstd": lambda body: zstandard.ZstdDecompressor().decompressobj().decompress(body),
}


@pytest.mark.parametrize("coding", DECODERS)
def test_large_answers_are_compressed(small_client: Client, coding: str) -> None:
    plain = small_client.get(f"/sparql?query={MANY}")
    assert "content-encoding" not in plain.headers
    packed = small_client.get(f"/sparql?query={MANY}", accept_encoding=coding)
    assert packed.headers["content-encoding"] == coding
    assert len(packed.body) < len(plain.body) / 4
    assert DECODERS[coding](packed.body) == plain.body


def test_small_answers_are_not_compressed(small_client: Client) -> None:
    reply = small_client.get(f"/sparql?query={FEW}", accept_encoding="gzip, br, zstd")
    assert "content-encoding" not in reply.headers
    assert reply.headers["vary"] == "Accept, Accept-Encoding, Accept-Datetime"


def test_a_cache_of_nothing(tmp_path: Path) -> None:
    release = small_release(tmp_path / "release")
    with serving(release, tmp_path, "--cache-bytes", "0") as running:
        client = running.client()
        assert [client.query("ASK {}").status for _ in range(3)] == [200] * 3
        assert "iprgraph_cache_answers 0.0" in client.get("/metrics").text
        client.close()
