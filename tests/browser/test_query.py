"""The query page in a real browser: write, complete, run, look, take away."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from playwright.sync_api import expect

from support.browser import NARROW, WIDE, Visitor, axe
from support.query_page import FIGURES, ask, counted, rows_shown, write


def test_an_example_opens_its_answer_and_a_row_its_claims(visitor: Visitor) -> None:
    page = visitor.open("/query")
    page.locator("summary", has_text="Figures").click()
    page.get_by_role("link", name="Which figures are superseded").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("superseded"))
    expect(page.locator(".status")).to_have_text(re.compile(r"Rows: 1 · \d+\.\d\d s · \d+ B"))
    assert rows_shown(page)[0][1:4] == ["2,443,000,000,000", "2,439,310,000,000", "3,690,000,000"]
    page.get_by_role("button", name="Who says so?").click()
    claims = page.locator(".behind .claims li")
    expect(claims).to_have_count(2)
    expect(claims.first).to_contain_text("China spent 2.443 trillion yuan")
    expect(claims.first).to_contain_text("9 November 2021")
    sentence = claims.first.locator("a.quote")
    assert ":~:text=" in (sentence.get_attribute("href") or "")
    assert axe(page) == []
    page.get_by_role("button", name="Who says so?").click()
    expect(claims).to_have_count(0)


def test_completion_knows_what_the_query_has_said(visitor: Visitor) -> None:
    page = visitor.open("/query")
    write(page, "SELECT * WHERE {\n?claim a ipr:Claim ;\nipr:moda")
    options = page.locator(".cm-tooltip-autocomplete li")
    expect(options.first).to_contain_text("ipr:modality")
    options.first.click()
    page.keyboard.type(" ")
    # Only the three modalities that claims have, the most frequent first, and the variable.
    expect(options).to_have_text(
        [re.compile("modality:fact"), re.compile("modality:evaluation"), re.compile("modality:plan"),
         re.compile(r"\?claim")]
    )  # fmt: skip
    options.nth(1).click()
    assert "ipr:modality modality:evaluation" in page.locator("textarea#query").input_value()
    # A property that no claim has is not offered.
    page.keyboard.type(" ; eli:pass")
    expect(options).to_have_count(0)


def test_completion_finds_things_by_their_names_in_both_languages(visitor: Visitor) -> None:
    for language, typed in (("en", "world intel"), ("zh", "世界知识")):
        page = visitor.open("/query", language=language)
        write(page, f"SELECT * WHERE {{ ?x ipr:attributedTo {typed.split()[0]}")
        option = page.locator(".cm-tooltip-autocomplete li").first
        expect(option).to_contain_text("organization:wipo")


def test_a_query_that_declares_its_prefixes_goes_on_to(visitor: Visitor) -> None:
    page = visitor.open("/query")
    write(
        page,
        "PREFIX ipr: <https://w3id.org/iprgraph/ontology#>\nSELECT * { ?c a ipr:Claim ; skos:pref",
    )
    page.locator(".cm-tooltip-autocomplete li", has_text="skos:prefLabel").click()
    value = page.locator("textarea#query").input_value()
    assert value.startswith("PREFIX skos: <http://www.w3.org/2004/02/skos/core#>\nPREFIX ipr:")
    assert "ipr:Claim ; skos:prefLabel" in value


def test_variables_and_keywords_are_completed(visitor: Visitor) -> None:
    page = visitor.open("/query")
    write(page, "SELECT ?claim WHERE { ?cl")
    expect(page.locator(".cm-tooltip-autocomplete li")).to_have_text([re.compile(r"\?claim")])
    page.locator(".cm-tooltip-autocomplete li").click()
    page.keyboard.type(" ?p ?o OPTI")
    expect(page.locator(".cm-tooltip-autocomplete li").first).to_have_text("OPTIONAL")


def test_a_term_says_what_it_means(visitor: Visitor) -> None:
    page = visitor.open("/query")
    page.locator("#editor .cm-line", has_text="attributedTo").locator(
        "span", has_text="attributedTo"
    ).hover()
    expect(page.locator(".definition")).to_contain_text("attributed to")


def test_an_error_is_marked_where_it_is_with_what_to_do(visitor: Visitor) -> None:
    page = visitor.open("/query")
    write(page, "SELECT ?x WHERE {\n?x ipr:value ?v FLTER (?v > 1) ")
    page.keyboard.press("Escape")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("alert")).to_contain_text("did you mean FILTER?")
    expect(page.locator(".cm-lintRange-error")).to_have_text("FLTER")
    assert axe(page) == []
    assert len(visitor.faults) == 1 and "400" in visitor.faults.pop()
    # Corrected, it runs, and the mark is gone.
    write(page, "SELECT ?x WHERE { ?x ipr:value ?v FILTER (?v > 1) ")
    page.keyboard.press("Escape")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".rows")).to_be_visible()
    expect(page.locator(".cm-lintRange-error")).to_have_count(0)
    assert page.get_by_role("alert").count() == 0


def test_an_error_is_told_in_the_language_of_the_page(visitor: Visitor) -> None:
    """That is the address's choice too, not only the browser's."""
    page = visitor.open(f"/query?lang=zh&query={quote('SELECT ?x WHERE { ?x fo:y 1 }')}")
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("前缀 fo: 未声明（第 1 行第 22 列）。")
    expect(alert).to_contain_text("请在开头加上 PREFIX fo: <…>")
    expect(alert).not_to_contain_text("declared")
    assert axe(page) == []
    assert len(visitor.faults) == 1 and "400" in visitor.faults.pop()


def test_a_long_query_can_be_cancelled(visitor: Visitor) -> None:
    page = ask(visitor, "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }")
    expect(page.locator(".status")).to_have_text(re.compile(r"Running … \d\.\d\d s"))
    # The page runs its clock from the click; a cancel before a worker has the query tells nothing.
    assert counted(page, "iprgraph_workers_busy 1.0")
    page.get_by_role("button", name="Cancel").click()
    expect(page.locator(".status")).to_have_text("Cancelled.")
    expect(page.get_by_role("button", name="Cancel")).to_have_count(0)
    # The server has not gone on with it for nobody: its limit is 30 s.
    assert counted(page, 'outcome="abandoned"', "iprgraph_workers_busy 0.0")


def test_the_answer_can_be_taken_away_in_every_format(visitor: Visitor, tmp_path: Path) -> None:
    for query, formats in (
        ("SELECT ?c { ?c a ipr:Claim } LIMIT 3", ["JSON", "XML", "CSV", "TSV"]),
        ("CONSTRUCT WHERE { country:china a ?t }",
         ["Turtle", "N-Triples", "JSON-LD", "RDF/XML", "TriG", "N-Quads"]),
    ):  # fmt: skip
        page = ask(visitor, query)
        links = page.locator(".tools .formats a")
        expect(links).to_have_text(formats)
        for i in range(len(formats)):
            with page.expect_download() as started:
                links.nth(i).click()
            file = tmp_path / started.value.suggested_filename
            started.value.save_as(file)
            assert file.read_text("utf-8").strip()
    assert json.loads((tmp_path / "answer.json").read_text("utf-8"))["results"]["bindings"]


def test_the_link_opens_the_same_query_again(visitor: Visitor) -> None:
    page = visitor.open("/query", permissions=["clipboard-read", "clipboard-write"])
    write(page, "SELECT ?n { VALUES ?n { 41 ")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".rows")).to_be_visible()
    page.get_by_role("button", name="Copy the link").click()
    expect(page.locator(".tools [role=status]").first).to_have_text("Copied.")
    link = page.evaluate("navigator.clipboard.readText()")
    assert link == page.url
    assert "VALUES ?n" in parse_qs(urlsplit(link).query)["query"][0]
    again = visitor.open(link)
    expect(again.locator(".rows")).to_be_visible()
    assert rows_shown(again) == [["41"]]


#: How each program is run, where the machine can.
PROGRAMS = {
    "curl": ["bash"],
    "Python": [sys.executable],
    "R": ["Rscript"],
    "JavaScript": ["node", "--input-type=module", "-"],
}


@pytest.mark.parametrize(
    ("query", "answer"),
    [
        (
            'SELECT ?n { VALUES ?n { "It\'s \\"4\\\\1\\" 专利" } }\n# a comment',
            ("It's", "4\\1", "专利"),
        ),
        ("SELECT ?c { ?c a ipr:Nothing }", ()),
        ("CONSTRUCT { ?s ipr:value 1 } { ?s ipr:checks claim:gt1238517-gii-rank }", ("1",)),
        ("ASK { ?c a ipr:Claim }", ("true",)),
    ],
    ids=("rows", "nothing", "triples", "truth"),
)
def test_the_code_to_paste_gives_the_same_answer(
    visitor: Visitor, tmp_path: Path, query: str, answer: tuple[str, ...]
) -> None:
    page = ask(visitor, query)
    page.get_by_text("Ask this from a program").click()
    for name, command in PROGRAMS.items():
        page.get_by_role("button", name=name, exact=True).click()
        code = page.locator(".program pre").inner_text()
        if not _runs(command[0]):
            continue
        (tmp_path / "code").write_text(code, "utf-8")
        arguments = command[1:] or [str(tmp_path / "code")]
        done = subprocess.run(
            [command[0], *arguments], input=code, cwd=tmp_path, capture_output=True, text=True,
            timeout=60,
        )  # fmt: skip
        assert done.returncode == 0, f"{name}: {done.stderr}"
        for words in answer:
            told = done.stdout.lower().replace("\\\\", "\\")
            assert words.lower() in told, f"{name}: {code}"


def _runs(program: str) -> bool:
    """Check whether the machine has what a program needs; few have R with httr2."""
    if program == "Rscript" and shutil.which(program):
        return (
            subprocess.run([program, "-e", "library(httr2)"], capture_output=True).returncode == 0
        )
    return shutil.which(program) is not None


@pytest.mark.parametrize(
    ("language", "size", "dark"),
    [("en", WIDE, False), ("zh", WIDE, True), ("en", NARROW, True), ("zh", NARROW, False)],
)
def test_all_readers_can_use_the_page(
    visitor: Visitor, language: str, size: tuple[int, int], dark: bool
) -> None:
    page = visitor.open(FIGURES, size, language, dark)
    page.locator(".source").first.click()
    expect(page.locator(".behind .claims li")).to_have_count(2)
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
    if language == "zh":
        expect(page.get_by_role("button", name="运行")).to_be_visible()
        expect(page.locator(".status")).to_contain_text("行数：1")
        expect(page.locator(".behind")).to_contain_text("2021年11月9日")
    assert axe(page) == []


def test_the_keyboard_alone_is_enough(visitor: Visitor) -> None:
    page = visitor.open(FIGURES)
    expect(page.locator(".rows")).to_be_visible()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    focused = "document.activeElement.id || document.activeElement.textContent"
    assert page.evaluate(focused) == "editor"
    page.keyboard.press("Control+End")
    page.keyboard.type("# typed")
    # The old answer goes at once; the tabs are there with the new one.
    page.keyboard.press("Control+Enter")
    expect(page.locator(".rows")).to_be_visible()
    expect(page.locator(".status")).to_contain_text("Rows: 1")
    # Tab leaves the editor, as it leaves any field.
    page.keyboard.press("Tab")
    assert page.evaluate(focused) == "run"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "tab-table"
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("tab", name="Chart")).to_be_focused()
    expect(page.locator("svg.chart")).to_be_visible()
    page.keyboard.press("ArrowLeft")
    page.get_by_role("button", name="Who says so?").focus()
    page.keyboard.press("Space")
    expect(page.locator(".behind .claims li")).to_have_count(2)


def test_without_a_script_the_form_works(visitor: Visitor) -> None:
    page = visitor.open(FIGURES, java_script_enabled=False)
    page.get_by_role("button", name="Run").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("1 result")
    page.get_by_role("link", name="Open in the editor").click()
    expect(page.get_by_label("SPARQL query")).to_have_value(re.compile("verdict:superseded"))
