"""Downloads over real HTTP: whole, resumable, compressed, verifiable, at addresses that last."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import shutil
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest

from iprgraph.release.release import Release
from iprgraph.release.verify import verify
from iprgraph_server.linked_data.release_files import CHUNK
from support.client import Client, Reply
from support.serving import serving

DUMPS = [
    "iprgraph.ttl",
    "iprgraph.trig",
    "iprgraph.nq",
    "iprgraph.nt",
    "iprgraph.jsonld",
    "iprgraph.rdf",
]
OTHERS = [
    "void.ttl",
    "report.ttl",
    "ontology.ttl",
    "shapes.ttl",
    "context.jsonld",
    "dataset.jsonld",
    "search.db",
    "linksets.sssom.tsv",
    "nanopubs.trig",
]
TWINS = [f"{name}.gz" for name in (*DUMPS, "nanopubs.trig")]
UNLISTED = ["manifest.json", "SHA256SUMS"]
FILE = "/downloads/iprgraph.nq"


def content(release: Release, name: str = "iprgraph.nq") -> bytes:
    return (release.dir / name).read_bytes()


def ranged(site: Client, asked: str, **headers: str) -> Reply:
    return site.get(FILE, range=asked, **headers)


def test_every_file_of_the_release_is_offered(release: Release) -> None:
    files = {name for name in release.manifest["files"] if not name.startswith("linkset-")}
    assert files == {*DUMPS, *OTHERS, *TWINS}


@pytest.mark.parametrize("name", [*DUMPS, *TWINS, *OTHERS, *UNLISTED])
def test_a_file_comes_whole_with_its_type_size_and_checksum(
    release_client: Client, release: Release, name: str
) -> None:
    expected = content(release, name)
    digest = hashlib.sha256(expected).hexdigest()
    for path in (f"/downloads/{name}", f"/releases/{release.id}/{name}"):
        reply = release_client.get(path)
        assert (reply.status, reply.body) == (200, expected)
        assert reply.headers["etag"] == f'"{digest}"'
        assert int(reply.headers["content-length"]) == len(expected)
        told = base64.b64decode(reply.headers["repr-digest"].removeprefix("sha-256=").strip(":"))
        assert told.hex() == digest
        listed = release.manifest["files"].get(name)
        if listed:
            assert reply.media_type == listed["media_type"]
            assert (listed["sha256"], listed["bytes"]) == (digest, len(expected))
        assert "content-encoding" not in reply.headers
        assert reply.headers["accept-ranges"] == "bytes"
        assert reply.headers["x-content-type-options"] == "nosniff"


def test_the_date_is_that_of_the_release(release_client: Client, release: Release) -> None:
    reply = release_client.get(FILE)
    modified = parsedate_to_datetime(reply.headers["last-modified"])
    assert modified.isoformat().startswith(release.manifest["issued"][:10])
    assert release_client.get(FILE, if_modified_since=reply.headers["last-modified"]).status == 304


def test_lasting_addresses_keep_for_ever_and_current_ones_shortly(
    release_client: Client, release: Release
) -> None:
    lasting = release_client.get(f"/releases/{release.id}/iprgraph.ttl").headers["cache-control"]
    current = release_client.get("/downloads/iprgraph.ttl").headers["cache-control"]
    assert "immutable" in lasting and "max-age=31536000" in lasting
    assert "immutable" not in current and "max-age=300" in current


def test_an_unchanged_file_is_not_sent_again(release_client: Client) -> None:
    etag = release_client.get(FILE).headers["etag"]
    again = release_client.get(FILE, if_none_match=etag)
    assert (again.status, again.body, again.headers["etag"]) == (304, b"", etag)
    # The condition comes before the range (RFC 9110, 13.2.2).
    assert ranged(release_client, "bytes=0-9", if_none_match=etag).status == 304
    assert release_client.get(FILE, if_match='"another"').status == 412


@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [("bytes=0-0", 0, 1), ("bytes=0-99", 0, 100), ("bytes=100-", 100, None),
     (f"bytes={CHUNK - 5}-{CHUNK + 5}", CHUNK - 5, CHUNK + 6), ("bytes=-7", -7, None),
     ("bytes=10-99999999999", 10, None)],
)  # fmt: skip
def test_a_range_is_sent(
    release_client: Client, release: Release, asked: str, start: int, end: int | None
) -> None:
    whole = content(release)
    assert len(whole) > 2 * CHUNK
    reply = ranged(release_client, asked)
    assert (reply.status, reply.body) == (206, whole[start:end])
    first = start % len(whole)
    last = first + len(reply.body) - 1
    assert reply.headers["content-range"] == f"bytes {first}-{last}/{len(whole)}"
    assert int(reply.headers["content-length"]) == len(reply.body)
    assert reply.headers["etag"] == release_client.get(FILE).headers["etag"]


def test_a_range_beyond_the_end_is_refused(release_client: Client, release: Release) -> None:
    reply = ranged(release_client, "bytes=999999999-")
    assert (reply.status, reply.body) == (416, b"")
    assert reply.headers["content-range"] == f"bytes */{len(content(release))}"


@pytest.mark.parametrize("asked", ["bytes=0-1,5-6", "lines=1-2", "bytes=9-1", "bytes=x-y", "bytes"])
def test_a_range_that_is_not_understood_is_passed_over(
    release_client: Client, release: Release, asked: str
) -> None:
    reply = ranged(release_client, asked)
    assert (reply.status, reply.body) == (200, content(release))


def test_a_download_is_resumed_only_on_the_same_bytes(
    release_client: Client, release: Release
) -> None:
    first = ranged(release_client, "bytes=0-999")
    for condition in (first.headers["etag"], first.headers["last-modified"]):
        rest = ranged(release_client, "bytes=1000-", if_range=condition)
        assert (rest.status, first.body + rest.body) == (206, content(release))
    for condition in ('"another"', f"W/{first.headers['etag']}", "Sat, 01 Jan 2000 00:00:00 GMT"):
        assert ranged(release_client, "bytes=1000-", if_range=condition).status == 200


def test_head_tells_the_same_without_a_body(release_client: Client) -> None:
    for headers in ({}, {"accept-encoding": "gzip"}, {"range": "bytes=0-9"}):
        head = release_client("HEAD", FILE, headers=headers)
        get = release_client(
            "GET", FILE, headers={k: v for k, v in headers.items() if k != "range"}
        )
        assert (head.status, head.body) == (200, b"")
        for name in (
            "content-length",
            "content-type",
            "etag",
            "repr-digest",
            "last-modified",
            "vary",
        ):
            assert head.headers[name] == get.headers[name]


@pytest.mark.parametrize("name", DUMPS)
def test_a_plain_name_comes_compressed_to_who_accepts_it(
    release_client: Client, release: Release, name: str
) -> None:
    plain, coded = (
        release_client.get(f"/downloads/{name}"),
        release_client.get(f"/downloads/{name}", accept_encoding="gzip, br"),
    )
    assert coded.headers["content-encoding"] == "gzip"
    assert coded.media_type == plain.media_type
    assert coded.body == content(release, f"{name}.gz")
    assert gzip.decompress(coded.body) == plain.body
    assert coded.headers["etag"] != plain.headers["etag"]
    for reply in (plain, coded):
        assert "Accept-Encoding" in reply.headers["vary"]


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [("", None), ("identity", None), ("gzip;q=0", None), ("*;q=0", None), ("br", None),
     ("gzip;q=0.5, identity", None), ("gzip;q=0.5", "gzip"), ("*", "gzip"), ("x-gzip", "gzip"),
     ("br, gzip;q=0.8, *;q=0.1", "gzip")],
)  # fmt: skip
def test_the_coding_is_negotiated(
    release_client: Client, accepted: str, coding: str | None
) -> None:
    assert (
        release_client.get(FILE, accept_encoding=accepted).headers.get("content-encoding") == coding
    )


def test_a_file_named_gz_is_sent_as_itself(release_client: Client, release: Release) -> None:
    for accepted in ("", "gzip"):
        reply = release_client.get(f"{FILE}.gz", accept_encoding=accepted)
        assert (reply.media_type, reply.headers.get("content-encoding")) == (
            "application/gzip",
            None,
        )
        assert reply.body == content(release, "iprgraph.nq.gz")


def test_a_compressed_download_is_resumed_in_its_coding(
    release_client: Client, release: Release
) -> None:
    coded = release_client.get(FILE, accept_encoding="gzip")
    rest = ranged(
        release_client, "bytes=1000-", accept_encoding="gzip", if_range=coded.headers["etag"]
    )
    assert (rest.status, rest.headers.get("content-encoding")) == (206, "gzip")
    assert coded.body[:1000] + rest.body == coded.body
    fresh = ranged(release_client, "bytes=0-9", accept_encoding="gzip")
    assert (fresh.body, fresh.headers.get("content-encoding")) == (content(release)[:10], None)


@pytest.mark.parametrize(
    "path",
    ["/downloads/nothing.ttl", "/downloads/store", "/downloads/store/CURRENT", "/downloads/..%2Fcurrent",
     "/downloads/%2Fetc%2Fpasswd", "/downloads/iprgraph.ttl%00", "/downloads/iprgraph.ttl.gz.gz",
     "/releases/0.0.0-000000000000/iprgraph.ttl", "/releases/current/iprgraph.ttl",
     "/releases/..%2F..%2Fetc/passwd", "/releases/../manifest.json"],
)  # fmt: skip
def test_nothing_else_is_given_away(release_client: Client, path: str) -> None:
    reply = release_client.get(path)
    assert reply.status == 404
    assert "/tmp" not in reply.text


def test_an_older_release_keeps_its_address(release: Release, tmp_path: Path) -> None:
    older = tmp_path / "0.9.0-0123456789ab"
    older.mkdir()
    shutil.copy(release.dir / "void.ttl", older / "void.ttl")
    manifest = json.loads(content(release, "manifest.json")) | {"id": older.name}
    (older / "manifest.json").write_text(json.dumps(manifest))
    newer = shutil.copytree(release.dir, tmp_path / release.id)
    with serving(newer, tmp_path / "run", token="") as running:
        site = running.client()
        reply = site.get(f"/releases/{older.name}/void.ttl")
        assert (reply.status, reply.body) == (200, content(release, "void.ttl"))
        assert "immutable" in reply.headers["cache-control"]
        assert site.get(f"/releases/{older.name}/nothing.ttl").status == 404
        site.close()


def test_a_release_is_verified_from_its_address(release_client: Client, release: Release) -> None:
    for path in ("/downloads/", f"/releases/{release.id}/"):
        found = verify(release_client.base + path)
        assert found.problems == []


def test_the_page_lists_every_file_with_size_and_checksum(
    release_client: Client, release: Release
) -> None:
    page = release_client.get("/downloads/", "text/html").text
    for name in [*DUMPS, *OTHERS]:
        assert f'href="/downloads/{name}"' in page
        assert f'href="/releases/{release.id}/{name}"' in page
        assert release.manifest["files"][name]["sha256"] in page
    for name in UNLISTED:
        assert f'href="/downloads/{name}"' in page
    assert all(f'href="/downloads/{name}"' in page for name in TWINS)
    assert release.manifest["dataset_hash"] in page and "iprgraph verify" in page
    assert release_client.get("/downloads").status in (301, 308)
