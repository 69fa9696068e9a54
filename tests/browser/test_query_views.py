"""The views of an answer: tables, charts, timelines, graphs and maps."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, expect

from support.browser import NARROW, Visitor, axe, visiting
from support.query_page import FIGURES, ask, rows_shown
from support.serving import serving, small_release


def test_columns_are_sorted_by_value(visitor: Visitor) -> None:
    page = ask(
        visitor, "SELECT ?n ?d { VALUES (?n ?d) { (9 'b'@en) (10.5 'ä') (-1e3 'a') (UNDEF 'c') } }"
    )
    head = page.get_by_role("button", name="n", exact=True)
    head.click()
    assert [row[0] for row in rows_shown(page)] == ["-1000", "9", "10.5", ""]
    head.click()
    assert [row[0] for row in rows_shown(page)] == ["10.5", "9", "-1000", ""]
    expect(page.locator("th[aria-sort]")).to_have_attribute("aria-sort", "descending")
    head.click()
    assert [row[0] for row in rows_shown(page)] == ["9", "10.5", "-1000", ""]
    page.get_by_role("button", name="d", exact=True).click()
    assert [row[1] for row in rows_shown(page)] == ["a", "ä", "b", "c"]


def test_a_chart_is_chosen_and_can_be_changed(visitor: Visitor) -> None:
    page = visitor.open("/query?question=22-applications-by-country")
    page.get_by_role("tab", name="Chart").click()
    chart = page.locator("svg.chart")
    expect(chart.locator("rect")).to_have_count(5)
    expect(chart).to_contain_text("China")
    expect(chart).to_contain_text("68,720")
    assert axe(page) == []
    choice = page.locator("#view label")
    choice.filter(has_text="Value").locator("select").select_option("in2019")
    expect(chart).to_contain_text("58,990")
    choice.filter(has_text="Along").locator("select").select_option("in2020")
    choice.filter(has_text="Form").locator("select").select_option("points")
    expect(chart.locator("circle").first).to_be_visible()
    assert page.url.endswith("#chart")


def test_dates_make_a_line_and_a_timeline(visitor: Visitor) -> None:
    query = "SELECT ?on (COUNT(*) AS ?claims) { ?c ipr:saidOn ?on } GROUP BY ?on"
    page = ask(visitor, query, "#chart")
    expect(page.locator("svg.chart path.line")).to_have_count(1)
    page.goto("/query?question=13-treaties-in-force#timeline")
    expect(page.locator("svg.dates g")).to_have_count(14)
    expect(page.locator("svg.dates")).to_contain_text("1980-06-03")
    assert axe(page) == []


def test_things_make_a_graph_whose_nodes_are_links(visitor: Visitor) -> None:
    page = ask(visitor, "CONSTRUCT WHERE { ?x org:subOrganizationOf ?y }", "#graph")
    node = page.locator("svg.graph a", has_text="World Intellectual Prop")
    expect(node).to_have_attribute("href", "/id/organization/wipo")
    expect(page.locator("svg.graph")).to_contain_text("part of")
    assert axe(page) == []
    before = page.locator("svg.graph").get_attribute("viewBox")
    page.get_by_role("button", name="Larger").click()
    assert page.locator("svg.graph").get_attribute("viewBox") != before
    page.goto(f"/query?query={quote('SELECT ?c ?who { ?c ipr:attributedTo ?who } LIMIT 9')}#graph")
    expect(page.locator("svg.graph line.tie")).to_have_count(9)


def test_coordinates_make_a_map_and_nothing_else_does(visitor: Visitor) -> None:
    query = "SELECT ?name ?lat ?long { VALUES (?name ?lat ?long) { ('Beijing' 39.9 116.4) ('Geneva' 46.2 6.1) } }"
    page = ask(visitor, query, "#map")
    expect(page.locator("svg.map circle")).to_have_count(2)
    expect(page.locator("#view")).to_contain_text("no map is fetched from elsewhere")
    point = "SELECT ?p { BIND ('POINT(6.1 46.2)'^^<http://www.opengis.net/ont/geosparql#wktLiteral> AS ?p) }"
    page.goto(f"/query?query={quote(point)}#map")
    expect(page.locator("svg.map circle")).to_have_count(1)
    page.goto(FIGURES)
    expect(page.get_by_role("tab", name="Chart")).to_be_visible()
    assert page.get_by_role("tab", name="Map").count() == 0


def test_a_hundred_thousand_rows_are_shown_in_pages(visitor: Visitor) -> None:
    digits = " ".join(map(str, range(10)))
    bound = " ".join(f"VALUES ?d{i} {{ {digits} }}" for i in range(5))
    query = f"SELECT (?d0*10000+?d1*1000+?d2*100+?d3*10+?d4 AS ?n) (CONCAT('row ', STR(?n)) AS ?name) {{ {bound} }}"
    page = ask(visitor, query)
    expect(page.locator(".status")).to_have_text(re.compile("Rows: 100,000"), timeout=60_000)
    # Longest time in which the page could do nothing else, while it sorts all rows.
    page.evaluate("""() => { window.longest = 0; new PerformanceObserver(list =>
        list.getEntries().forEach(entry => window.longest = Math.max(window.longest, entry.duration))
    ).observe({ type: 'longtask' }) }""")
    head = page.get_by_role("button", name="n", exact=True)
    head.click()
    head.click()
    expect(page.locator(".rows tbody tr")).to_have_count(100)
    assert rows_shown(page)[0] == ["99,999", "row 99999"]
    page.get_by_role("button", name="Last").click()
    expect(page.locator(".place")).to_have_text("Rows 99,901–100,000 of 100,000")
    assert rows_shown(page)[-1] == ["0", "row 0"]
    assert page.evaluate("window.longest") < 10_000


def test_truths_and_empty_answers_are_told_in_words(visitor: Visitor) -> None:
    page = ask(visitor, "ASK { ?c a ipr:Claim }")
    expect(page.locator(".truth")).to_have_text("Yes")
    page.goto(f"/query?query={quote('SELECT * { ?c a ipr:Nothing }')}")
    expect(page.locator("#answer")).to_contain_text("Nothing in the graph matches")


#: Gives the pairs of names in a graph that lie on each other.
_TOUCHING = """() => {
  const names = [...document.querySelectorAll("svg.graph :is(a, g) > text, svg.graph > text:not([visibility=hidden])")];
  const boxes = names.map((name) => [name.textContent, name.getBoundingClientRect()]);
  return boxes.flatMap(([one, a], i) => boxes.slice(i + 1).filter(([, b]) =>
    a.left < b.right && b.left < a.right && a.top < b.bottom - 2 && b.top < a.bottom - 2).map(([other]) => [one, other]));
}"""


@pytest.mark.parametrize("language", ["en", "zh"])
def test_no_name_of_a_graph_lies_on_another(visitor: Visitor, language: str) -> None:
    query = "SELECT ?who ?claim { ?claim ipr:modality modality:plan ; ipr:attributedTo ?who }"
    page = ask(visitor, query, "#graph", language=language)
    expect(page.locator("svg.graph a > text").first).to_be_visible()
    assert page.locator("svg.graph a > text").count() >= 10
    assert page.evaluate(_TOUCHING) == []


def test_a_narrow_answer_is_read_without_pushing_it_aside(visitor: Visitor) -> None:
    page = visitor.open(FIGURES, size=NARROW)
    button = page.get_by_role("button", name="Who says so?")
    expect(button).to_be_visible()
    wider = "[...document.querySelectorAll('.view, .view .scroll')].filter((e) => e.scrollWidth > e.clientWidth).length"
    assert page.evaluate(wider) == 0
    box = button.bounding_box()
    assert box is not None and box["x"] >= 0 and box["x"] + box["width"] <= NARROW[0]
    assert page.locator(".rows td").first.get_attribute("data-label") == "figure"
    page.get_by_role("button", name="claimed").click()
    expect(page.locator("th[aria-sort=ascending]")).to_have_text("claimed")
    button.click()
    expect(page.locator(".behind .claims li")).to_have_count(2)
    assert page.evaluate(wider) == 0
    assert axe(page) == []


@pytest.mark.parametrize(
    "address",
    [
        "/query?question=22-applications-by-country#chart",
        "/query?question=13-treaties-in-force#timeline",
        f"/query?query={quote('SELECT ?who ?claim { ?claim ipr:modality modality:plan ; ipr:attributedTo ?who }')}#graph",
    ],
)
def test_a_drawing_can_be_read_on_a_narrow_screen(visitor: Visitor, address: str) -> None:
    page = visitor.open(address, size=NARROW)
    drawing = page.locator("svg.chart")
    expect(drawing).to_be_visible()
    # Letters of 14 units, and of 12 beside an axis, are then as high as small print.
    shrunk = "svg => svg.getBoundingClientRect().width / svg.viewBox.baseVal.width"
    assert drawing.evaluate(shrunk) > 0.65
    assert page.evaluate("document.documentElement.scrollWidth") == NARROW[0]
    # Only lines have a stroke: letters with one look smeared.
    strokes = "svg => [...svg.querySelectorAll('text.tick')].map((t) => getComputedStyle(t).stroke)"
    ink = drawing.evaluate("svg => getComputedStyle(svg.querySelector('text:not(.tick)')).stroke")
    assert set(drawing.evaluate(strokes)) <= {"none", ink}


def test_hostile_data_stays_text_in_every_view(browser: Browser, tmp_path: Path) -> None:
    evil = '</script><img src=x onerror=\\"document.title=1\\">{{7*7}}'
    base, skos = "https://w3id.org/iprgraph/", "http://www.w3.org/2004/02/skos/core#"
    quads = "".join(
        f"<{base}id/person/p{i}> <{p}> {o} <{base}id/claim/c> .\n"
        for i in range(3)
        for p, o in (
            (f"{skos}prefLabel", f'"{evil}"@en'),
            (f"{skos}exactMatch", "<javascript:document.title=2>"),
            (f"{skos}related", f"<{base}id/person/p{i + 1}>"),
            (f"{base}ontology#value", f'"{i}"^^<http://www.w3.org/2001/XMLSchema#integer>'),
        )
    )
    query = f"SELECT ?x ?y ?z ?name ?n {{ ?x skos:related ?y ; skos:exactMatch ?z ; skos:prefLabel ?name ; <{base}ontology#value> ?n }}"
    with (
        serving(small_release(tmp_path / "release", quads), tmp_path, token="") as running,
        visiting(browser, f"http://127.0.0.1:{running.port}") as visitor,
    ):
        page = ask(visitor, query)
        expect(page.locator(".rows tbody tr")).to_have_count(3)
        expect(page.locator(".rows")).to_contain_text("</script><img")
        for view in ("Graph", "Chart", "Table"):
            page.get_by_role("tab", name=view).click()
            expect(page.locator("#view > div > *").first).to_be_visible()
        page.locator(".source").first.click()
        expect(page.locator(".behind")).to_contain_text("computed")
        assert page.locator('[href^="javascript:"]').count() == 0
        assert page.locator("#answer img, #answer script").count() == 0
        assert "1" not in page.title() and "2" not in page.title()
