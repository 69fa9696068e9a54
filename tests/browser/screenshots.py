"""Take a picture of each kind of page: `./run python tests/browser/screenshots.py`.

The pictures go to docs/screenshots, as WebP, which Chromium itself writes.
"""

from __future__ import annotations

import base64
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from playwright.sync_api import Browser

from iprgraph.build import build
from iprgraph.content import Content
from support.browser import NARROW, WIDE, Visitor, launched
from support.serving import serving

OUT = Path(__file__).parents[2] / "docs/screenshots"

#: Name, address, and how it is looked at: wide or narrow, light or dark, language.
PICTURES = (
    ("start", "/", WIDE, False, "en"),
    ("start-dark", "/", WIDE, True, "zh"),
    ("start-narrow", "/", NARROW, False, "zh"),
    ("country", "/page/country/china", WIDE, False, "en"),
    ("country-narrow-dark", "/page/country/china", NARROW, True, "en"),
    ("law", "/page/law/patent-law", WIDE, False, "zh"),
    ("claim", "/page/claim/gt1238517-rd-expenditure-yuan", WIDE, False, "en"),
    ("check", "/page/check/rd-expenditure-2020", WIDE, False, "en"),
    ("check-dark", "/page/check/international-applications", WIDE, True, "en"),
    ("article", "/page/article/global-times-2021-11-09", WIDE, False, "en"),
    ("speakers", "/speakers", WIDE, False, "en"),
    ("quality", "/quality", WIDE, False, "en"),
    ("ontology", "/page/ontology", WIDE, False, "en"),
    ("shapes", "/page/shapes", WIDE, False, "zh"),
    ("search", "/search?q=patent", WIDE, False, "en"),
    ("query", "/sparql", WIDE, False, "en"),
    ("downloads", "/downloads/", WIDE, False, "en"),
    ("releases", "/releases/", WIDE, False, "en"),
    ("problem", "/problems/timed-out", WIDE, False, "zh"),
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
    for name, path, size, dark, language in PICTURES:
        page = visitor.open(path, size=size, dark=dark, language=language)
        page.wait_for_load_state("networkidle")
        height = min(TALLEST, page.evaluate("document.documentElement.scrollHeight"))
        page.set_viewport_size({"width": size[0], "height": height})
        png = base64.b64encode(page.screenshot()).decode()
        picture = base64.b64decode(writer.evaluate(_AS_WEBP, png))
        (OUT / f"{name}.webp").write_bytes(picture)
        print(f"{len(picture):8,}  {name}", flush=True)
    visitor.close()


if __name__ == "__main__":
    main()
