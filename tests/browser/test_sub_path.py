"""Pages and their scripts under a path of another site."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from iprgraph.release.release import Release
from support.browser import Visitor, visiting
from support.serving import serving

ROOT = "/sub/path"


@pytest.fixture
def visitor_below(browser: Browser, release: Release, tmp_path: Path) -> Iterator[Visitor]:
    """Send somebody to a server that is under a path, as a proxy does that leaves the path on."""
    flags = ("--public-url", f"http://localhost{ROOT}", "--workers", "1")
    with (
        serving(release.dir, tmp_path, *flags, token="") as running,
        visiting(browser, f"http://127.0.0.1:{running.port}") as visitor,
    ):
        yield visitor


def test_scripts_stay_under_the_path(visitor_below: Visitor) -> None:
    page = visitor_below.open(f"{ROOT}/")
    page.get_by_role("combobox").fill("wang wen")
    expect(page.get_by_role("option").first).to_contain_text("Wang Wenbin")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(rf"\d{ROOT}/page/person/wang-wenbin$"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Wang Wenbin")
    page = visitor_below.open(f"{ROOT}/query?question=20-superseded-figures")
    expect(page.locator(".status")).to_have_text(re.compile("Rows: 1"))
    page.get_by_role("button", name="Who says so?").click()
    expect(page.locator(".behind .claims li")).to_have_count(2)
    expect(page.locator(".program code")).to_contain_text(f"curl http://localhost{ROOT}/sparql ")
    expect(page).to_have_url(re.compile(rf"\d{ROOT}/query\?query="))
    link = page.locator(".rows a").first
    assert (link.get_attribute("href") or "").startswith(f"{ROOT}/page/claim/")
    link.click()
    expect(page).to_have_url(re.compile(rf"\d{ROOT}/page/"))
