"""The pages in a real browser: the first minute, every kind of page, both languages, by keyboard."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from support.browser import NARROW, WIDE, Visitor, axe, visiting
from support.hostile import HOSTILE, hostile_graph
from support.serving import serving, small_release

WHY = (
    "/why?subject=https://w3id.org/iprgraph/id/organization/wipo"
    "&predicate=http://www.w3.org/1999/02/22-rdf-syntax-ns%23type"
    "&object=http://www.w3.org/ns/prov%23Agent"
)

#: One page of each kind, half of them wide and light in English, half narrow and dark in Chinese;
#: those that are seen most are looked at both ways.
KINDS = (
    ("/", "both"),
    ("/page/country/china", "narrow"),
    ("/page/claim/gt1238517-rd-expenditure-yuan", "both"),
    ("/page/check/rd-expenditure-2020", "wide"),
    ("/page/article/global-times-2021-11-09", "wide"),
    ("/page/law/patent-law", "both"),
    ("/page/claim/", "narrow"),
    ("/speakers", "wide"),
    ("/quality", "narrow"),
    ("/search?q=patent", "wide"),
    ("/page/ontology", "narrow"),
    ("/page/shapes", "wide"),
    ("/downloads/", "wide"),
    ("/releases/", "narrow"),
    ("/graph/checks", "wide"),
    ("/problems/", "narrow"),
    ("/problems/timed-out", "wide"),
    ("/report?about=https://w3id.org/iprgraph/id/organization/wipo", "narrow"),
    (WHY, "wide"),
    ("/nowhere", "narrow"),
)
VISITS = [(path, look) for path, looks in KINDS for look in ("wide", "narrow")
          if looks in ("both", look)]  # fmt: skip


@pytest.mark.parametrize(("path", "look"), VISITS)
def test_a_page_is_free_of_barriers_and_fits_its_window(
    visitor: Visitor, path: str, look: str
) -> None:
    size = WIDE if look == "wide" else NARROW
    language = "en" if look == "wide" else "zh"
    page = visitor.open(path, size=size, language=language, dark=look == "narrow")
    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
    if path == "/nowhere":
        assert "404" in visitor.faults.pop()


def test_an_answer_with_its_source_within_a_minute(visitor: Visitor) -> None:
    page = visitor.open("/")
    # What the graph does is seen at once: a claim, its sentence, and what open data says.
    specimen = page.locator(".specimen")
    expect(specimen).to_contain_text("2.443 trillion yuan")
    expect(specimen.locator("a.quote")).to_have_attribute("href", re.compile("#:~:text="))
    # Searching completes as one types; a thing shows who says what, and where.
    page.get_by_role("combobox", name="Search the graph").press_sequentially("spokesper")
    page.get_by_role("option").first.wait_for()
    page.get_by_role("combobox").fill("wang wen")
    # The person, not what the words before brought: a claim that names him.
    expect(page.get_by_role("option").first).to_contain_text(re.compile("Wang Wenbin(?! spoke)"))
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Wang Wenbin")
    claim = page.locator(".claims li", has_text="54 centers").first
    expect(claim.locator("a.quote")).to_have_attribute(
        "href", re.compile(r"^https://www\.globaltimes\.cn/.*#:~:text=")
    )
    # The figure's check is beside it, and shows both values.
    claim.get_by_role("link", name="Qualified").click()
    expect(page.get_by_role("img", name=re.compile("As claimed|as claimed"))).to_be_visible()


def test_an_example_question_opens_its_answer(visitor: Visitor) -> None:
    page = visitor.open("/")
    page.get_by_role("link", name="Who heads WIPO, and since when?").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Who heads WIPO, and since when?")
    expect(page.locator(".lead")).to_contain_text("A tenure says who holds a post")
    expect(page.locator(".rows")).to_contain_text("Daren Tang")
    # Once run, the address has the query in place of the question's name.
    expect(page).to_have_url(re.compile(r"query=SELECT"))
    page.reload()
    expect(page.locator(".lead code").first).to_have_text("FILTER NOT EXISTS")
    assert axe(page) == []
    page.get_by_role("button", name="Who says so?").click()
    expect(page.locator(".behind .claims li").first).to_contain_text("Daren Tang")


def test_completion_is_closed_by_escape_and_takes_chinese(visitor: Visitor) -> None:
    page = visitor.open("/quality", language="zh")
    box = page.get_by_role("combobox")
    box.fill("专利法")
    expect(page.get_by_role("option").first).to_contain_text("专利法")
    assert axe(page) == []
    box.press("Escape")
    expect(page.get_by_role("listbox")).to_be_hidden()
    expect(box).to_have_attribute("aria-expanded", "false")


def test_all_is_reached_by_keyboard(visitor: Visitor) -> None:
    page = visitor.open("/page/law/patent-law")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    expect(page.get_by_role("link", name="Skip to the content")).to_be_in_viewport()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('main') !== null")
    # The neighbourhood is walked by following its links.
    page.locator("svg.walk a").last.focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/page/[a-z]+/[a-z0-9-]+#walk$"))
    assert page.locator("svg.walk").is_visible()


#: Gives the points of lines that lie in a box of the ontology's diagram.
_HIDDEN = """() => {
  const boxes = [...document.querySelectorAll("svg.diagram .box")].map((box) => box.getBBox());
  const lines = [...document.querySelectorAll("svg.diagram .edge")];
  return lines.flatMap((line) => Array.from({ length: 50 }, (_, i) => line.getPointAtLength(2 + (line.getTotalLength() - 4) * i / 49)))
    .filter(({ x, y }) => boxes.some((box) => x > box.x + 1 && x < box.x + box.width - 1 && y > box.y && y < box.y + box.height))
    .map(({ x, y }) => [x, y]);
}"""


def test_the_diagram_of_the_ontology_hides_no_line_and_fits(visitor: Visitor) -> None:
    page = visitor.open("/page/ontology")
    assert page.locator("svg.diagram .edge").count() >= 10
    assert page.evaluate(_HIDDEN) == []
    page = visitor.open("/page/ontology", size=NARROW)
    assert not page.locator("svg.diagram").is_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == NARROW[0]
    page.locator(".steps").get_by_role("link", name="Speech event").last.click()
    expect(page).to_have_url(re.compile("#SpeechEvent$"))


@pytest.mark.parametrize(
    "path", ["/", "/speakers", "/page/check/", "/linksets/", "/linksets/wikidata", "/releases/"]
)
def test_a_table_is_wide_or_folds(visitor: Visitor, path: str) -> None:
    page = visitor.open(path)
    looks = "[...document.querySelectorAll('main table')].map((table) => getComputedStyle(table).display)"
    assert set(page.evaluate(looks)) == {"table"}
    wider = "[...document.querySelectorAll('.scroll')].filter((e) => e.scrollWidth > e.clientWidth).length"
    assert page.evaluate(wider) == 0
    page = visitor.open(path, size=NARROW)
    assert page.evaluate(wider) == 0
    assert page.evaluate("document.documentElement.scrollWidth") == NARROW[0]


def test_a_narrow_screen_has_the_whole_neighbourhood(visitor: Visitor) -> None:
    page = visitor.open("/page/law/patent-law", size=NARROW)
    assert not page.locator("svg.walk").is_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == NARROW[0]
    drawings = "[...document.querySelectorAll('.drawing')].filter((e) => e.scrollWidth > e.clientWidth).length"
    assert page.evaluate(drawings) == 0
    page.locator(".steps").get_by_role("link", name="China", exact=True).click()
    expect(page).to_have_url(re.compile("/page/country/china#walk$"))
    assert page.locator(".steps").is_visible()


def test_a_derivation_unfolds_in_place(visitor: Visitor) -> None:
    page = visitor.open("/page/organization/wipo")
    page.get_by_text("Inferred by reasoning").click()
    why = page.locator("a.why").first
    why.click()
    expect(page.locator("ul.proof").first).to_be_visible()
    expect(page).to_have_url(re.compile("/page/organization/wipo$"))
    why.click()
    expect(page.locator("ul.proof")).to_have_count(0)


def test_the_language_is_switched_and_stays(visitor: Visitor) -> None:
    page = visitor.open("/page/person/wang-wenbin")
    page.get_by_role("link", name="中文").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("汪文斌")
    page.get_by_role("navigation", name="主导航").get_by_role("link", name="谁说了什么").click()
    expect(page.locator("html")).to_have_attribute("lang", "zh-Hans")


def test_a_citation_is_copied(visitor: Visitor) -> None:
    page = visitor.open("/page/treaty/paris-convention", permissions=["clipboard-write"])
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()


def test_the_pages_work_without_scripts(visitor: Visitor) -> None:
    page = visitor.open("/", java_script_enabled=False)
    page.get_by_role("link", name="Who heads WIPO, and since when?").click()
    page.get_by_role("button", name="Run").click()
    expect(page.get_by_role("cell", name="Daren Tang")).to_be_visible()
    page.goto("/")
    page.get_by_role("searchbox").fill("patent law")
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Search")
    page.locator(".results a").first.click()
    expect(page.locator(".title h1")).to_contain_text("Patent Law")
    page.locator("svg.walk a").first.click()
    expect(page).to_have_url(re.compile("#walk$"))


def test_hostile_data_do_nothing(browser: Browser, tmp_path: Path) -> None:
    folder = small_release(tmp_path / "release", hostile_graph())
    with (
        serving(folder, tmp_path / "run", token="") as running,
        visiting(browser, f"http://127.0.0.1:{running.port}") as visitor,
    ):
        for path in ("/page/person/mallory", "/page/claim/bad", "/page/claim/", "/speakers", "/"):
            page = visitor.open(path)
            page.on("dialog", lambda dialog: visitor.faults.append(dialog.message))
            assert page.evaluate("document.images.length") == 1
        expect(visitor.open("/page/person/mallory").locator("h1")).to_contain_text(HOSTILE[:9])
