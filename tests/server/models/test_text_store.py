"""Articles' own texts: shown beside their claims to the operator's machine, and to nobody else."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pyoxigraph as ox
import pytest

from iprgraph.namespaces import BASE
from support.browsing import BROWSER, Document
from support.client import Client
from support.serving import Running, serving, small_release

TEXT = "School news\nThe head said that the garden will grow. It has 12 trees.\n"
ARTICLE = "/page/article/school-news"


def graph() -> str:
    """Write an article with two claims, of which the second rests on a part of the first's passage."""
    ipr, oa, xsd = (
        f"{BASE}ontology#",
        "http://www.w3.org/ns/oa#",
        "http://www.w3.org/2001/XMLSchema#",
    )
    label = "http://www.w3.org/2004/02/skos/core#prefLabel"
    lines = [
        (f"{BASE}id/article/school-news", f"{ipr}textDigest",
         ox.Literal(hashlib.sha256(TEXT.encode()).hexdigest())),
        (f"{BASE}id/article/school-news", label, ox.Literal("School news", language="en")),
    ]  # fmt: skip
    for name, words in (("garden", "the garden will grow"), ("trees", "garden will grow. It has")):
        start, place = TEXT.index(words), f"{BASE}id/selector/{name}"
        number = ox.NamedNode(f"{xsd}integer")
        lines += [
            (f"{BASE}id/claim/{name}", f"{ipr}source", ox.NamedNode(f"{BASE}id/article/school-news")),
            (f"{BASE}id/claim/{name}", label, ox.Literal(f"About the {name}", language="en")),
            (f"{BASE}id/claim/{name}", f"{ipr}evidence", ox.NamedNode(f"{BASE}id/passage/{name}")),
            (f"{BASE}id/passage/{name}", f"{oa}hasSelector", ox.NamedNode(place)),
            (place, f"{oa}start", ox.Literal(str(start), datatype=number)),
            (place, f"{oa}end", ox.Literal(str(start + len(words)), datatype=number)),
        ]  # fmt: skip
    at = ox.NamedNode(f"{BASE}graph/article/school-news")
    quads = [ox.Quad(ox.NamedNode(s), ox.NamedNode(p), o, at) for s, p, o in lines]
    return ox.serialize(quads, format=ox.RdfFormat.N_QUADS).decode()


@pytest.fixture(scope="module")
def texts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("texts")
    (folder / "mine.txt").write_text(TEXT, encoding="utf-8")
    (folder / "other.txt").write_text("another text", encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def texts_server(tmp_path_factory: pytest.TempPathFactory, texts: Path) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("local")
    release = small_release(folder / "release", graph())
    with serving(release, folder, "--texts", str(texts), token="") as running:
        yield running


@pytest.fixture
def texts_client(texts_server: Running) -> Iterator[Client]:
    with closing(texts_server.client()) as client:
        yield client


def read(client: Client, path: str, **headers: str) -> tuple[str, str]:
    reply = client("GET", path, headers=BROWSER | headers)
    assert reply.status == 200
    return Document(reply).text, reply.headers["cache-control"]


def test_the_article_is_shown_with_its_passages_marked(texts_client: Client) -> None:
    reply = texts_client("GET", ARTICLE, headers=BROWSER)
    assert reply.headers["cache-control"] == "private, no-store"
    shown = reply.text
    # The passages overlap: three pieces are marked, and each claim's number stands where it begins.
    assert shown.count("<mark>") == 3
    for words in (">the </mark>", ">garden will grow</mark>", ">. It has</mark>"):
        assert words in shown
    assert shown.index('href="/page/claim/garden"') < shown.index("<mark>the ")
    assert "12 trees." in shown


def test_a_claim_shows_its_sentence(texts_client: Client) -> None:
    text, keeping = read(texts_client, "/page/claim/garden")
    assert "the garden will grow" in text and keeping == "private, no-store"


@pytest.mark.parametrize(
    "headers",
    [
        {"host": "graph.example"},
        {"host": "127.0.0.1", "x-forwarded-for": "203.0.113.7"},
        {"host": "localhost", "forwarded": "for=203.0.113.7"},
    ],
)
def test_nobody_elsewhere_reads_it(texts_client: Client, headers: dict[str, str]) -> None:
    for path in (ARTICLE, "/page/claim/garden"):
        text, keeping = read(texts_client, path, **headers)
        assert "garden will grow" not in text and "public" in keeping


def test_no_document_and_no_other_page_holds_it(texts_client: Client) -> None:
    for path in ("/data/article/school-news.ttl", "/", "/page/article/"):
        assert "garden will grow" not in texts_client("GET", path, headers=BROWSER).text


def test_all_may_read_it_where_the_operator_says_so(tmp_path: Path, texts: Path) -> None:
    release = small_release(tmp_path / "release", graph())
    flags = ("--texts", str(texts), "--texts-for", "all")
    with (
        serving(release, tmp_path, *flags, token="") as running,
        closing(running.client()) as client,
    ):
        assert "garden will grow" in read(client, ARTICLE, host="graph.example")[0]


def test_a_folder_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    release = small_release(tmp_path / "release", graph())
    with serving(release, tmp_path, "--texts", str(tmp_path / "none"), ready=False) as running:
        assert running.process.wait(30) != 0
        assert "there is no folder" in running.log.read_text("utf-8")
