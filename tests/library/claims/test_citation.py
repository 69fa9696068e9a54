"""Citing an answer, which is asked again and compared, and citing what a release says of a thing."""

from __future__ import annotations

import hashlib
import json
import re
from html import unescape
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest

from iprgraph.claims.citation import Attribution, Citations, CitedAnswer, answer_lines, of_thing
from iprgraph.errors import DataError
from iprgraph.namespaces import BASE
from iprgraph.release.release import Release
from support.client import Client, Reply
from support.serving import serving

ROOMS = "SELECT ?p ?n { organization:school ?p ?n FILTER(isNumeric(?n)) }"
CLAIM = "CONSTRUCT WHERE { claim:school-rooms ?p ?o }"


def cite(past: Client, query: str, release: Release, **more: str) -> Reply:
    return past.get(f"/cite?{urlencode({'query': query, 'release': release.id, **more})}")


def opened(past: Client, query: str, release: Release, accept: str = "application/json") -> Reply:
    led = cite(past, query, release)
    assert led.status == 303, led.text
    assert re.fullmatch(r"/cite/[a-z2-7]{16}", led.headers["location"])
    reply = past.get(led.headers["location"], accept)
    assert reply.status == 200, reply.text
    return reply


def test_a_result_links_its_citation(history_client: Client, history: list[Release]) -> None:
    for more in ({}, {"release": history[0].id}):
        reply = history_client.query(ROOMS, "text/csv", **more)
        (address,) = re.findall(r'<([^>]*)>; rel="cite-as"', reply.headers["link"])
        release = more.get("release", history[-1].id)
        assert f"release={release}" in address
        led = history_client.get(address)
        assert led.status == 303
        assert (
            history_client.get(led.headers["location"], "application/json").json()["release"]
            == release
        )
    address = f"/sparql?{urlencode({'query': ROOMS})}"
    form = {"content-type": "application/x-www-form-urlencoded"}
    link = history_client("POST", address, "infer=false", form).headers["link"]
    assert "infer=false" in link[link.index("</cite?") :]
    for uncited in ("SELECT (NOW() AS ?n) {}", f"ASK {{}} # {'x' * 2000}"):
        assert "cite-as" not in history_client.query(uncited).headers.get("link", "")


def test_an_old_answer_is_checked_and_compared(
    history_client: Client, history: list[Release]
) -> None:
    told = opened(history_client, ROOMS, history[0]).json()
    assert (told["matches"], told["rows"], told["release"]) == (True, 2, history[0].id)
    newest = told["newest"]
    assert (newest["release"], newest["same"]) == (history[-1].id, False)
    assert (newest["added_count"], newest["removed_count"]) == (1, 1)
    assert newest["added"][0].endswith("\t43") and newest["removed"][0].endswith("\t42")
    # Anyone can make the hash: the head and the sorted lines of the answer in TSV.
    head, *lines = history_client.query(ROOMS, "text/tab-separated-values",
                              release=history[0].id).text.splitlines()  # fmt: skip
    written = "".join(f"{line}\n" for line in (head, *sorted(lines)))
    assert told["sha256"] == hashlib.sha256(written.encode()).hexdigest()


def test_an_answer_that_did_not_change_says_so(
    history_client: Client, history: list[Release]
) -> None:
    for query in ("ASK { claim:school-opens a ipr:Claim }", CLAIM):
        told = opened(history_client, query, history[1]).json()
        assert told["matches"] is True and told["newest"]["same"] is True
        assert told["newest"]["added"] == told["newest"]["removed"] == []


def test_the_same_question_has_the_same_address(
    history_client: Client, history: list[Release]
) -> None:
    first, second = (cite(history_client, ROOMS, history[0]).headers["location"] for _ in range(2))
    assert first == second
    others = {
        cite(history_client, ROOMS, history[1]).headers["location"],
        cite(history_client, f"{ROOMS} #", history[0]).headers["location"],
        cite(history_client, ROOMS, history[0], infer="false").headers["location"],
        cite(history_client, ROOMS, history[0], **{"default-graph-uri": "urn:g"}).headers[
            "location"
        ],
    }
    assert len(others | {first}) == 5
    assert CitedAnswer(ROOMS, history[0].id).key == first.rpartition("/")[2]


def test_a_citation_comes_in_every_form(history_client: Client, history: list[Release]) -> None:
    told = opened(history_client, ROOMS, history[0]).json()
    url, digest = told["url"], told["sha256"]
    text = opened(history_client, ROOMS, history[0], "text/plain")
    bibtex = opened(history_client, ROOMS, history[0], "application/x-bibtex")
    csl = opened(history_client, ROOMS, history[0], "application/vnd.citationstyles.csl+json")
    for reply in (text, bibtex, csl):
        assert url in reply.text and digest in reply.text and history[0].id in reply.text
        assert told["date"] in reply.text or reply is csl
    assert bibtex.text.startswith("@misc{iprgraph-") and bibtex.text.count(
        "{"
    ) == bibtex.text.count("}")
    (item,) = json.loads(csl.text)
    assert (item["type"], item["issued"]) == ("dataset", {"date-parts": [[2021, 11, 30]]})
    assert (
        history_client.get(f"{url.removeprefix(history_client.base)}?format=bibtex").body
        == bibtex.body
    )
    assert history_client.get(url.removeprefix(history_client.base), "text/turtle").status == 406
    for language, words in (("en", "Rows added"), ("zh", "引用日期")):
        page = history_client.get(
            f"{url.removeprefix(history_client.base)}?lang={language}", "text/html"
        ).text
        assert words in page and digest in page and "&lt;" not in digest


def test_what_cannot_be_cited_is_refused(history_client: Client, history: list[Release]) -> None:
    assert cite(history_client, "SELECT (RAND() AS ?r) {}", history[0]).status == 400
    assert cite(history_client, "SELECT nonsense", history[0]).status == 400
    assert history_client.get("/cite", "application/json").status == 400
    assert "<form" in history_client.get("/cite", "text/html").text
    unknown = history_client.get(
        f"/cite?query={quote(ROOMS)}&release=1.0.0-000000000000", "application/json"
    )
    assert unknown.status == 404 and len(unknown.json()["releases"]) == 3
    assert history_client.get(f"/cite/{'a' * 16}").status == 404
    assert cite(history_client, ROOMS, history[0], **{"named-graph-uri": "no iri"}).status == 400


def test_citations_last_and_have_a_bound(history: list[Release], tmp_path: Path) -> None:
    where = ["--journal", str(tmp_path / "journal"), "--citation-bytes", "600"]
    with serving(history[0].dir.parent, tmp_path, *where, token="") as running:
        client = running.client()
        kept = cite(client, ROOMS, history[2])
        assert kept.status == 303
        for number in range(3):
            last = cite(client, f"{ROOMS} # {number}", history[2], format="json")
        # The long address says all that the short one would.
        assert last.status == 200 and last.json()["matches"] is True
        assert "query=" in last.json()["url"]
        client.close()
    assert (tmp_path / "citations.jsonl").stat().st_size <= 600
    with serving(history[0].dir.parent, tmp_path, *where, token="") as running:
        client = running.client()
        assert client.get(kept.headers["location"], "application/json").json()["matches"] is True
        client.close()


def test_a_torn_line_is_passed_over_and_the_first_citation_stays(tmp_path: Path) -> None:
    file = tmp_path / "citations.jsonl"
    first = CitedAnswer("ASK {}", "1-0", sha256="a", rows=1, date="2026-01-01")
    assert Citations(file, 10_000).add(first) == first
    assert Citations(file, 10_000).add(first._replace(date="2027-01-01")) == first
    with file.open("ab") as stream:
        stream.write(b'["ASK {')
    store, other = Citations(file, 10_000), CitedAnswer("ASK { }", "1-0")
    assert store.add(other) == other
    again = Citations(file, 10_000)
    assert (again.find(first.key), again.find(other.key)) == (first, other)
    assert again.find("a" * 16) is None
    with pytest.raises(DataError, match="no room"):
        Citations(file, 10).add(CitedAnswer("ASK {   }", "1-0"))
    with pytest.raises(DataError, match="cannot be written"):
        Citations(tmp_path / "no" / "file", 10).add(first)


def test_rows_are_compared_as_often_as_they_come() -> None:
    before = answer_lines("SELECT", b"?a\n1\n2\n2\n")
    after = answer_lines("SELECT", b"?a\n2\n3\n1\n")
    assert after.compare(before) == (["3"], ["2"])
    assert before.sha256 == answer_lines("SELECT", b"?a\n2\n1\n2\n").sha256 != after.sha256
    one, other = b"_:x <urn:p> 1 .\n", b"_:y <urn:p> 1 .\n"
    one, other = (text.replace(b"1", b'"1"') for text in (one, other))
    assert answer_lines("CONSTRUCT", one).sha256 == answer_lines("CONSTRUCT", other).sha256


CLAIM_CITED = "/cite/claim/gt1238517-rd-expenditure-yuan"


def test_a_thing_is_cited_in_every_form(release_client: Client, release: Release) -> None:
    text = release_client.get(CLAIM_CITED, "text/plain")
    told = ("IPR Graph", "China spent 2.443 trillion yuan", release.id, "said by Global Times",
            "2021-11-09", "#:~:text=In", f"{BASE}id/claim/gt1238517-rd-expenditure-yuan")  # fmt: skip
    assert [words for words in told if words not in text.text] == []
    bibtex = release_client.get(CLAIM_CITED, "application/x-bibtex").text
    assert bibtex.startswith("@misc{iprgraph-claim-gt1238517-rd-expenditure-yuan,\n")
    assert bibtex.count("{") == bibtex.count("}") and "urldate" not in bibtex
    reply = release_client.get(f"{CLAIM_CITED}?format=csl")
    assert reply.media_type == "application/vnd.citationstyles.csl+json"
    assert (
        'filename="iprgraph-claim-gt1238517-rd-expenditure-yuan.json"'
        in (reply.headers["content-disposition"])
    )
    (item,) = json.loads(reply.text)
    assert (item["version"], item["language"], "accessed" in item) == (release.id, "en", False)
    chinese = release_client.get(f"{CLAIM_CITED}?format=text&lang=zh").text
    assert "研发经费" in chinese and "载于“" in chinese
    # An article is its publisher's: what is cited is what the graph has from it.
    article = release_client.get("/cite/article/global-times-2021-11-09", "text/plain").text
    assert "“Claims from China to further expand" in article


@pytest.mark.parametrize(
    "thing", ["organization/wipo", "check/rd-expenditure-2020", "article/global-times-2021-11-09",
              "claim/gt1238517-rd-expenditure-yuan"],
)  # fmt: skip
def test_a_page_shows_the_citation_and_leads_to_its_files(
    release_client: Client, thing: str
) -> None:
    page = release_client.get(f"/page/{thing}?lang=en", "text/html").text
    shown = unescape(page)
    for form in ("text", "bibtex"):
        assert release_client.get(f"/cite/{thing}?format={form}").text.strip() in shown
    for form in ("text", "bibtex", "csl"):
        assert f'href="/cite/{thing}?format={form}&amp;lang=en"' in page
    led = release_client.get(f"/cite/{thing}?lang=zh", "text/html")
    assert (led.status, led.headers["location"]) == (303, f"/page/{thing}?lang=zh#cite")


def test_a_thing_that_is_not_there_and_a_form_that_is_not_are_refused(
    release_client: Client,
) -> None:
    for path in ("organization/none", "claim/none"):
        assert release_client.get(f"/cite/{path}?format=text").status == 404
    assert release_client.get("/cite/nonsense/wipo").status == 404
    assert release_client.get(f"{CLAIM_CITED}?format=pdf").status == 406
    assert release_client.get(CLAIM_CITED, "text/turtle").status == 406


def test_a_release_is_cited_by_its_own_name(history_client: Client, history: list[Release]) -> None:
    for release in history:
        reply = history_client.get(f"/releases/{release.id}/cite/claim/school-rooms?format=text")
        assert release.id in reply.text
    gone = f"/releases/{history[0].id}/cite/claim/school-pupils?format=text"
    assert history_client.get(gone).status == 404


def test_no_name_breaks_what_is_read_by_programs() -> None:
    name = 'R&D {"}: 5% of #1_$x ~^\\ <b>'
    said = Attribution("A & B", "2021", "{", "https://example.org/a%20b#{x}")
    cited = of_thing(f"{BASE}id/claim/x", name, "IPR Graph", "2026-11-22", "1-0", "en", said)
    bibtex = cited.bibtex
    assert r"R\&D \textbraceleft{}" in bibtex and r"5\% of \#1\_\$x" in bibtex
    assert r"\url{https://example.org/a%20b#%7Bx%7D}" in bibtex
    depth = 0
    for mark in re.findall(r"[{}]", bibtex):
        depth += 1 if mark == "{" else -1
        assert depth >= 0
    assert depth == 0
    assert cited.csl["title"] == name and name in cited.text
