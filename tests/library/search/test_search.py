"""Search finds things by words, beginnings, slips and acronyms, in both languages; input stays input."""

from __future__ import annotations

import json
import random
import subprocess
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import apsw
import pyoxigraph as ox
import pytest

from generate import agents
from iprgraph.errors import ReleaseError, UsageError
from iprgraph.namespaces import ID
from iprgraph.release.release import Release
from iprgraph.search import build
from iprgraph.search.index import Index
from iprgraph.search.tokenise import acronym, fold, singular, tokens
from support.browsing import show
from support.client import Client
from support.serving import serving, small_release

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def index(release: Release) -> Index:
    return Index(release.dir)


def first(index: Index, text: str, type: str | None = None) -> str:
    _, found = index.search(text, type)
    return found[0].iri.removeprefix(ID.iri) if found else ""


@pytest.mark.parametrize(
    ("text", "thing"),
    [
        ("WIPO", "organization/wipo"),
        ("W.I.P.O.", "organization/wipo"),
        ("World Intellectual Property Organization", "organization/wipo"),
        ("organization for intellectual property, world", "organization/wipo"),
        ("世界知识产权组织", "organization/wipo"),
        ("世界知识", "organization/wipo"),
        ("Q177773", "organization/wipo"),
        ("PCT", "treaty/patent-cooperation-treaty"),
        ("patent cooperation treaties", "treaty/patent-cooperation-treaty"),
        ("patent coop", "treaty/patent-cooperation-treaty"),
        ("CNIPA", "organization/cnipa"),
        ("R&D", "topic/research-and-development"),
        ("R & D", "topic/research-and-development"),
        ("research and development", "topic/research-and-development"),
        ("TANG daren", "person/daren-tang"),
        ("汪文斌", "person/wang-wenbin"),
        ("beijng treaty", "treaty/beijing-treaty"),
        ("intelectual propety", "topic/intellectual-property"),
        ("wpio", "organization/wipo"),
        ("china", "country/china"),
        ("中国", "country/china"),
        ("People's Republic of China", "country/china"),
        ("国务院", "organization/state-council"),
        ("02fzqav45", "organization/state-council"),
        ("madri", "treaty/madrid-protocol"),
    ],
)
def test_the_best_answer_comes_first(index: Index, text: str, thing: str) -> None:
    assert first(index, text) == thing


def test_a_claim_is_found_by_its_paraphrase(index: Index) -> None:
    assert first(index, "list has WIPO as Wikidata Q177773", "claim") == "claim/opensanctions-wipo"
    assert first(index, "名录以维基数据表示世界知识产权组织", "claim") == "claim/opensanctions-wipo"


def test_a_type_is_a_kind_or_a_class(index: Index) -> None:
    total, found = index.search("patent", "treaty")
    assert total == len(found) > 1 and {one.kind for one in found} == {"treaty"}
    for name in ("ipr:Treaty", "https://w3id.org/iprgraph/ontology#Treaty"):
        assert index.search("patent", name) == (total, found)
    assert first(index, "wipo", "org:Organization") == "organization/wipo"
    assert index.search("wipo", "person") == (0, [])
    for wrong in ("nothing", "ipr:Nothing", "selector:", '"'):
        with pytest.raises(UsageError, match="a type is a class, such as org:Organization, or a"):
            index.search("wipo", wrong)


def test_scores_fall_and_pages_follow_each_other(index: Index) -> None:
    total, whole = index.search("china", limit=100)
    assert total > 100 == len(whole)
    assert [r.score for r in whole] == sorted((r.score for r in whole), reverse=True)
    assert all(40 <= r.score <= 100 and r.names["en"] and r.names["zh"] for r in whole)
    parts = [one for page in range(1, 6) for one in index.search("china", limit=20, page=page)[1]]
    assert parts == whole
    assert index.search("china", limit=100, page=9) == (total, [])


@pytest.mark.parametrize(
    "text",
    ["", "   ", "%", "\x00", '"', "'; DROP TABLE name; --", '" OR tokens : "', "NEAR(a b, 2)", "*",
     "a*b*", "^china", "{tokens} : wipo", "-wipo", "wipo AND", "( ( (", "\ue0001", "\ud800", "🎉",
     "a" * 100_000, "x " * 50_000, "知" * 5_000, "é́́́́", "ǅ", "\u202ewipo", "1e309"],
)  # fmt: skip
def test_input_is_never_syntax(index: Index, text: str) -> None:
    total, found = index.search(text)
    assert total >= len(found)
    assert first(index, "WIPO") == "organization/wipo"


def test_operators_are_words(index: Index) -> None:
    for text in ('"WIPO"', "WIPO*", "WIPO:", "(WIPO)", "-WIPO", "the WIPO"):
        assert first(index, text) == "organization/wipo"


@pytest.mark.parametrize(
    ("text", "folded", "held"),
    [
        ("The Zürich Offices’", "the zurich offices", ["zurich", "office"]),
        ("Ｗorld  RANK", "world rank", ["world", "rank"]),
        ("R&D经费支出", "rd经费支出", ["rd", "经费", "费支", "支出"]),
        ("专", "专", ["专"]),
        ("Of the", "of the", ["of", "the"]),
        ("한국 특허청", "한국 특허청", ["한국", "특허청"]),
        ("G.I.I. 2021", "gii 2021", ["gii", "2021"]),
    ],
)
def test_text_is_folded_to_words(text: str, folded: str, held: list[str]) -> None:
    assert fold(text).replace(" ", "") == folded.replace(" ", "")
    assert tokens(fold(text)) == held
    assert fold(fold(text)) == fold(text)


def test_acronyms_and_plurals() -> None:
    assert acronym("World Intellectual Property Organization") == "wipo"
    assert acronym("National Bureau of Statistics of China") == "nbsc"
    assert acronym("The list has WIPO as Wikidata Q177773.") == acronym("Civil Code") == ""
    plurals = {"treaties": "treaty", "offices": "office", "laws": "law", "status": "status",
               "congress": "congress", "basis": "basis", "us": "us"}  # fmt: skip
    assert {word: singular(word) for word in plurals} == plurals


def test_the_same_quads_give_the_same_bytes(release: Release) -> None:
    quads = release.quads()
    random.Random(7).shuffle(quads)
    assert build.content(quads) == (release.dir / build.NAME).read_bytes()
    listed = release.manifest["files"][build.NAME]
    assert listed["media_type"] == "application/vnd.sqlite3"


def test_a_name_of_many_alike_is_found(tmp_path: Path) -> None:
    lines = "".join(agents(4_000)).encode()
    build.write(ox.parse(lines, ox.RdfFormat.N_QUADS), tmp_path / build.NAME)
    index = Index(tmp_path)
    _, found = index.search("office 1234")
    assert found[0].name("en").endswith("Office 1234") or "1234" in found[0].iri
    total, _ = index.search("office")
    assert 100 < total <= 1_000
    for best in index.best("Ofice Patent", limit=3):
        assert {"Patent", "Office"} <= set(best.name("en").split())
    assert index.get("https://w3id.org/iprgraph/id/person/nobody") is None


def test_a_release_without_an_index_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ReleaseError, match=r"no search index.*iprgraph build"):
        Index(small_release(tmp_path / "old"))


def test_an_index_of_another_layout_says_what_to_do(tmp_path: Path) -> None:
    old = apsw.Connection(str(tmp_path / "search.db"))
    old.execute("CREATE TABLE thing (iri TEXT)").fetchall()
    old.close()
    with pytest.raises(ReleaseError, match=r"another layout.*iprgraph build"):
        Index(tmp_path)


def test_the_command_lists_what_it_found(iprgraph: Run, release: Release) -> None:
    found = iprgraph("search", "intelectual", "propety", "--release", release.dir)
    assert found.returncode == 0, found.stderr
    lines = found.stdout.splitlines()
    assert lines[0].split() == ["score", "name", "kind", "thing"]
    assert lines[2].endswith("topic:intellectual-property") and "found, page 1 of" in lines[-1]
    asked = iprgraph("search", "专利合作", "--lang", "zh", "--type", "treaty", "--format", "json",
                     "--limit", "1", "--release", release.dir)  # fmt: skip
    document = json.loads(asked.stdout)
    assert [one["name"] for one in document["results"]] == ["专利合作条约"]
    none = iprgraph("search", "zzzzzz", "--release", release.dir)
    assert (none.returncode, none.stdout) == (1, "nothing found\n")
    wrong = iprgraph("search", "x", "--type", "y", "--release", release.dir)
    assert wrong.returncode == 2 and "there is no thing of the type 'y'" in wrong.stderr
    assert iprgraph("search", "x", "--limit", "0", "--release", release.dir).returncode == 2


def test_search_answers_in_json(release_client: Client, release: Release) -> None:
    reply = release_client.get("/search?q=patent&limit=3&page=2", "application/json")
    assert (reply.status, reply.media_type) == (200, "application/json")
    assert reply.headers["access-control-allow-origin"] == "*"
    found = reply.json()
    assert (found["query"], found["page"], len(found["results"])) == ("patent", 2, 3)
    assert found["pages"] == -(-found["total"] // 3) > 2
    assert (found["release"], found["writes_since"]) == (release.id, 0)
    [wipo] = release_client.get("/search?q=WIPO&limit=1").json()["results"]
    assert wipo["id"] == f"{ID.iri}organization/wipo" and wipo["kind"] == "organization"
    assert wipo["names"] == {"en": wipo["name"], "zh": "世界知识产权组织"}
    assert "http://www.w3.org/ns/org#Organization" in wipo["types"]
    assert wipo["url"] == "/page/organization/wipo" and wipo["score"] > 90
    assert release_client.get(wipo["url"], "text/html").status == 200
    chinese = release_client.get("/search?q=WIPO&limit=1", accept_language="zh").json()["results"][
        0
    ]
    assert chinese["name"] == "世界知识产权组织"
    assert release_client.get("/search?q=WIPO&limit=1&lang=zh").json()["results"][0] == chinese


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("", "q is missing"),
        ("q=+", "q is missing"),
        ("q=x&limit=0", "limit"),
        ("q=x&limit=101", "limit"),
        ("q=x&limit=ten", "limit"),
        ("q=x&page=-1", "page"),
        ("q=x&page=0", "page"),
        ("q=x&type=nothing", "no thing of the type"),
    ],
)
def test_a_search_that_cannot_be_asked_says_why(
    release_client: Client, query: str, said: str
) -> None:
    reply = release_client.get(f"/search?{query}", "application/json")
    assert (reply.status, reply.media_type) == (400, "application/problem+json")
    assert said in reply.json()["detail"]


def test_search_answers_with_a_page(release_client: Client) -> None:
    page = show(release_client, f"/search?q={quote('世界知识')}&type=organization", "zh")
    assert "世界知识产权组织" in page.text and "找到 " in page.text
    assert {"/page/organization/wipo"} <= {link.get("href") for link in page.all("a")}
    assert "Nothing has such a name" in show(release_client, "/search?q=zzzzzz").text
    assert page.all("form")[-1]["role"] == "search"
    evil = show(release_client, f"/search?q={quote('<script>alert(1)</script>')}")
    assert [s for s in evil.all("script") if not (s.get("src") or "").startswith("/static/")] == []
    assert evil.all("input")[0]["value"] == "<script>alert(1)</script>"
    assert show(release_client, "/search").all("ul") != []
    assert release_client.get("/search?q=x&format=ttl").status == 406


def test_an_answer_says_that_names_written_since_are_not_in_it(
    release: Release, tmp_path: Path
) -> None:
    label = "<http://www.w3.org/2004/02/skos/core#prefLabel>"
    with serving(release.dir, tmp_path, "--journal", str(tmp_path / "journal")) as running:
        client = running.client()
        written = client.update(f'INSERT DATA {{ GRAPH <urn:g> {{ <urn:s> {label} "Zzz"@en }} }}')
        assert written.status == 204, written.text
        assert client.get("/search?q=wipo").json()["writes_since"] == 1
        page = show(client, "/search?q=wipo")
        assert "names written since are not found (1 writes)" in page.text
        client.close()


def test_a_server_of_a_release_without_an_index_says_so(small_client: Client) -> None:
    reply = small_client.get("/search?q=a")
    assert reply.status == 404 and "no search index" in reply.json()["detail"]
