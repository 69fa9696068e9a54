"""Take a picture of each kind of page: `./run python tests/browser/screenshots.py`.

The pictures go to docs/screenshots, as WebP, which Chromium itself writes.
"""

from __future__ import annotations

import base64
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

sys.path.insert(0, str(Path(__file__).parents[1]))

from playwright.sync_api import Browser

from iprgraph.content.loader import Content
from iprgraph.release.build import build
from support.browser import NARROW, WIDE, Visitor, launched
from support.paths import DOCS
from support.serving import serving

OUT = DOCS / "screenshots"

#: Who promises what, as a graph.
PROMISES = """SELECT ?speaker ?claim WHERE {
  ?claim ipr:modality modality:plan ;
    ipr:attributedTo ?speaker .
}"""


class Picture(NamedTuple):
    """What is shown, and how it is looked at."""

    name: str
    path: str
    size: tuple[int, int] = WIDE
    dark: bool = False
    language: str = "en"
    #: The button that is pressed first.
    press: str = ""


PICTURES = (
    Picture("start", "/"),
    Picture("start-dark", "/", dark=True, language="zh"),
    Picture("start-narrow", "/", NARROW, language="zh"),
    Picture("search", "/search?q=patent"),
    Picture("country", "/page/country/china"),
    Picture("country-narrow-dark", "/page/country/china", NARROW, dark=True),
    Picture("law", "/page/law/patent-law", language="zh"),
    Picture("claims-narrow-dark", "/page/claim/", NARROW, dark=True, language="zh"),
    Picture("claim", "/page/claim/gt1238517-rd-expenditure-yuan"),
    Picture("claim-narrow", "/page/claim/gt1238517-rd-expenditure-yuan", NARROW, language="zh"),
    Picture("check", "/page/check/rd-expenditure-2020"),
    Picture("check-dark", "/page/check/international-applications", dark=True),
    Picture("article", "/page/article/global-times-2021-11-09"),
    Picture("speakers", "/speakers"),
    Picture("speakers-narrow-dark", "/speakers", NARROW, dark=True, language="zh"),
    Picture("query", "/query?question=20-superseded-figures", press="Who says so?"),
    Picture("query-chart", "/query?question=22-applications-by-country#chart", dark=True),
    Picture("query-graph", f"/query?query={quote(PROMISES)}#graph", language="zh"),
    Picture("query-timeline", "/query?question=13-treaties-in-force#timeline"),
    Picture("query-narrow", "/query?question=40-wikidata-links", NARROW, language="zh"),
    Picture("answer", f"/sparql?query={quote(PROMISES)}"),
    Picture(
        "why",
        "/why?subject=law:patent-law&predicate=eli:amended_by&object=law:patent-law-amendment-2020",
    ),
    Picture("cite", f"/cite?query={quote(PROMISES)}"),
    Picture("ontology", "/page/ontology"),
    Picture("ontology-narrow-dark", "/page/ontology", NARROW, dark=True, language="zh"),
    Picture("shapes", "/page/shapes", language="zh"),
    Picture("quality", "/quality"),
    Picture("quality-dark", "/quality", dark=True, language="zh"),
    Picture("downloads", "/downloads/"),
    Picture("downloads-narrow", "/downloads/", NARROW, language="zh"),
    Picture("linksets", "/linksets/"),
    Picture("releases", "/releases/"),
    Picture("problem", "/problems/timed-out", language="zh"),
)

#: How much of a long page is shown.
TALLEST = 1_500

_AS_WEBP = """async (png) => {
  const picture = await createImageBitmap(await (await fetch(`data:image/png;base64,${png}`)).blob());
  const canvas = document.createElement("canvas");
  canvas.width = picture.width;
  canvas.height = picture.height;
  canvas.getContext("2d").drawImage(picture, 0, 0);
  return canvas.toDataURL("image/webp", 0.75).split(",")[1];
}"""


def main() -> None:
    """Build the bundled content, serve it, and take all pictures."""
    with tempfile.TemporaryDirectory() as folder:
        release = build(Content.bundled(), Path(folder) / "releases")
        OUT.mkdir(parents=True, exist_ok=True)
        with serving(release.dir, Path(folder), token="") as running, launched() as browser:
            take_all(browser, f"http://127.0.0.1:{running.port}")


def take_all(browser: Browser, base: str) -> None:
    """Take the pictures, and tell the size of each."""
    visitor = Visitor(browser, base)
    writer = browser.new_page()
    for name, path, size, dark, language, press in PICTURES:
        page = visitor.open(path, size=size, dark=dark, language=language)
        page.wait_for_load_state("networkidle")
        if press:
            page.get_by_role("button", name=press).first.click()
            # What is fetched only now is soon there; the page has been idle before.
            page.wait_for_timeout(1_500)
        height = min(TALLEST, page.evaluate("document.documentElement.scrollHeight"))
        page.set_viewport_size({"width": size[0], "height": height})
        png = base64.b64encode(page.screenshot()).decode()
        picture = base64.b64decode(writer.evaluate(_AS_WEBP, png))
        (OUT / f"{name}.webp").write_bytes(picture)
        print(f"{len(picture):8,}  {name}", flush=True)
    visitor.close()


if __name__ == "__main__":
    main()
