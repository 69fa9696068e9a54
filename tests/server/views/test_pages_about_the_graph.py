"""The pages about the graph: speakers, quality, problems, reports; and what a thing's page adds."""

from __future__ import annotations

import re
from contextlib import closing
from pathlib import Path

import pytest

from iprgraph.release.release import Release
from iprgraph_server.http.problems import ALL
from iprgraph_server.i18n.catalogue import catalogue
from support.browsing import BROWSER, show
from support.client import Client
from support.serving import serving


def test_every_fact_shows_words_of_its_passage_that_open_it(release_client: Client) -> None:
    text = release_client("GET", "/page/country/china", headers=BROWSER).text
    quotes = re.findall(r'<a class="quote" rel="external" href="([^"]*)"[^>]*><q>“([^”]*)”', text)
    assert len(quotes) > 20
    assert all("#:~:text=" in address for address, _ in quotes)
    assert all(len(words.split()) < 12 for _, words in quotes)


def test_a_claim_that_was_checked_shows_what_open_data_says(release_client: Client) -> None:
    assert "open data: 2.43931 trillion yuan" in show(release_client, "/page/country/china").text


def test_a_thing_has_a_timeline_and_a_neighbourhood(release_client: Client) -> None:
    page = show(release_client, "/page/law/patent-law")
    assert len(page.all("svg")) == 2
    assert "1 April 1985 in force from" in page.text
    assert "/page/country/china#walk" in {a["href"] for a in page.all("a")}


def test_an_inferred_fact_leads_to_its_derivation(release_client: Client) -> None:
    links = [a["href"] for a in show(release_client, "/page/organization/wipo").all("a")
             if a.get("class") == "why"]  # fmt: skip
    assert len(links) >= 4
    for language in ("en", "zh"):
        proof = show(release_client, links[0], language)
        assert any(ul.get("class") == "proof" for ul in proof.all("ul"))


def test_a_check_is_plotted(release_client: Client) -> None:
    (plot,) = (
        svg for svg in show(release_client, "/page/check/rd-expenditure-2020").all("svg")
        if svg["class"] == "plot"
    )  # fmt: skip
    assert "2.443 trillion yuan" in plot["aria-label"] and "2.43931" in plot["aria-label"]
    assert "+0.15%" in show(release_client, "/page/check/rd-expenditure-2020").text
    dated = show(release_client, "/page/check/civil-code")
    assert any(svg["class"] == "plot" for svg in dated.all("svg"))


def test_speakers_are_shown_by_theme_with_plans_against_facts(release_client: Client) -> None:
    page = show(release_client, "/speakers")
    assert "Wang Wenbin" in page.text and "Plan" in page.text
    marks = [a for a in page.all("a") if a.get("class", "").startswith("mark-of")]
    assert len(marks) >= 54
    assert {a["class"] for a in marks} == {"mark-of plan", "mark-of fact", "mark-of evaluation"}
    assert all(a["aria-label"] and a["href"].startswith("/page/claim/") for a in marks)


def test_quality_says_what_the_report_and_the_checks_say(
    release_client: Client, release: Release
) -> None:
    text = show(release_client, "/quality").text
    for name, word in (("violations", "violations"), ("warnings", "warnings"), ("infos", "hints")):
        assert f"{word} {release.counts[name]}" in text
    assert "Claims with evidence 172 of 172" in text
    assert "Wikidata" in text and "Superseded" in text


def test_every_kind_of_problem_has_a_page_at_its_type(release_client: Client) -> None:
    assert len(ALL) >= 22
    assert {
        f"problem_{part}.{name}" for part in ("titles", "means", "todo") for name in ALL
    } <= set(catalogue())
    listed = {a["href"] for a in show(release_client, "/problems/").all("a")}
    for name, kind in ALL.items():
        assert f"/problems/{name}" in listed
        assert str(kind.status) in show(release_client, f"/problems/{name}").text
    assert release_client.get("/nowhere").json()["type"].endswith("/problems/not-found")
    assert release_client.get("/problems/none").status == 404


def test_a_report_says_what_it_is_about(release_client: Client, release: Release) -> None:
    page = show(release_client, "/report?about=https://w3id.org/iprgraph/id/person/wang-wenbin")
    assert release.id in page.text and "id/person/wang-wenbin" in page.text
    assert release_client.get("/report?about=https://example.org/").status == 400
    links = {a["href"] for a in show(release_client, "/page/person/wang-wenbin").all("a")}
    assert "/report?about=https://w3id.org/iprgraph/id/person/wang-wenbin" in links


@pytest.mark.parametrize(
    ("contact", "start"),
    [
        ("graph@example.org", "mailto:graph@example.org?subject=Error%20in"),
        ("https://example.org/new", "https://example.org/new?title=Error+in"),
    ],
)
def test_a_report_is_sent_where_the_operator_says(
    release: Release, tmp_path: Path, contact: str, start: str
) -> None:
    with serving(release.dir, tmp_path, "--contact", contact, token="") as running:
        with closing(running.client()) as client:
            page = show(client, "/report?about=https://w3id.org/iprgraph/id/treaty/trips")
        assert any(a["href"].startswith(start) for a in page.all("a"))
