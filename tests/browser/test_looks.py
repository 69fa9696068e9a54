"""What is clicked is large enough, and Latin text looks right, whatever fonts are installed."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, Page

from support.browser import NARROW, WIDE, Visitor, axe, chromium, visiting, with_fonts
from support.serving import Running

PROMISES = quote("SELECT ?speaker ?claim { ?claim ipr:attributedTo ?speaker } LIMIT 5")

#: One page of each kind.
PAGES = (
    "/",
    "/page/claim/gt1238517-rd-expenditure-yuan",
    "/page/check/rd-expenditure-2020",
    "/page/law/patent-law",
    "/page/article/global-times-2021-11-09",
    "/page/organization/wipo",
    "/page/check/",
    "/speakers",
    "/quality",
    "/search?q=patent",
    "/page/ontology",
    "/page/shapes",
    "/downloads/",
    "/linksets/wikidata",
    "/releases/",
    "/problems/timed-out",
    "/settings",
    "/report?about=https://w3id.org/iprgraph/id/organization/wipo",
    "/query?question=20-superseded-figures",
    f"/sparql?query={PROMISES}",
    f"/cite?query={PROMISES}",
)

#: Lists what can be clicked and is smaller than 24 px: each line of a link is that high; a word in
#: running text may be narrower.
_SMALL = """() => {
  const clickable = "a[href], button, input:not([type=hidden]), select, textarea, summary, [role=tab]";
  const boxes = [...document.querySelectorAll(clickable)]
    .filter((element) => !element.closest(".cm-editor") && element.checkVisibility({ visibilityProperty: true }))
    .map((element) => ({ element, all: element.getBoundingClientRect(), lines: [...element.getClientRects()] }));
  return boxes
    .filter(({ element, all, lines }) => (all.width < 23.99 && !element.matches("p a")) || lines.some(({ height }) => height < 23.99))
    .map(({ element, all }) => `${element.outerHTML.slice(0, 120)} ${all.width} x ${all.height}`);
}"""

_UNFOLD = "document.querySelectorAll('details').forEach((details) => { details.open = true; })"


@pytest.fixture(scope="module", params=[("DejaVu",), ("Noto CJK",), ("DejaVu", "Noto CJK")],
                ids=" and ".join)  # fmt: skip
def few_fonts(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Browser]:
    """Start a Chromium that has only these fonts."""
    with with_fonts(browser.browser_type, chromium(), *request.param) as started:
        yield started


@pytest.fixture
def reader(few_fonts: Browser, release_server: Running) -> Iterator[Visitor]:
    """Send somebody with few fonts to the bundled release."""
    with visiting(few_fonts, f"http://127.0.0.1:{release_server.port}") as visitor:
        yield visitor


@pytest.mark.parametrize(
    ("size", "language"), [(WIDE, "en"), (NARROW, "zh")], ids=["wide", "narrow"]
)
def test_what_is_clicked_is_24_px_high_and_wide(
    reader: Visitor, size: tuple[int, int], language: str
) -> None:
    page = reader.open("/", size=size, language=language)
    for path in PAGES:
        page.goto(path)
        if path.startswith("/query"):
            page.locator(".rows").wait_for()
        page.evaluate(_UNFOLD)
        assert page.evaluate(_SMALL) == [], path
        assert page.evaluate("document.documentElement.scrollWidth") <= size[0], path
        assert _target_sizes(page, path) == [], path


def _target_sizes(page: Page, path: str) -> list[str]:
    """Return what axe objects to in sizes, of the pages with the densest lists."""
    dense = path in {"/speakers", "/page/check/rd-expenditure-2020", "/page/law/patent-law"}
    return axe(page, ["target-size"]) if dense else []


#: Measures texts in an element of the page's own font, and in DejaVu Sans.
_WIDTHS = """([tag, text]) => [false, true].map((plain) => {
  const element = Object.assign(document.createElement("span"), { lang: tag, textContent: text });
  if (plain) element.style.fontFamily = "DejaVu Sans";
  document.querySelector("main").append(element);
  return element.getBoundingClientRect().width;
})"""


@pytest.mark.parametrize("language", ["en", "zh"])
def test_an_apostrophe_is_narrow(reader: Visitor, language: str) -> None:
    page = reader.open("/settings", language=language)
    marked, plain = page.evaluate(_WIDTHS, ["en", "People’s"])
    assert marked == pytest.approx(plain, rel=0.02)
    apostrophe, _ = page.evaluate(_WIDTHS, ["en", "’"])
    # Full width is as wide as the letters are high: about 17 px.
    assert apostrophe < 7
