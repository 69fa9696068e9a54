"""Fixtures of the browser tests: Chromium, the bundled release on a real server, somebody who looks.

    def test_the_start_page_has_its_title(visitor: Visitor) -> None:
        page = visitor.open("/", language="zh", dark=True, size=NARROW)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        assert axe(page) == []

`visitor` opens pages of the bundled release (`release_server`), each in a browser profile of its own;
the test fails when a page logs an error, throws, or meets the content security policy. Whoever
provokes that empties `visitor.faults`. `visiting(browser, base)` does the same for another server.
Pages are Playwright's: `expect` from `playwright.sync_api` waits, so no test sleeps.

Chromium sees the fonts that `support.browser.FONTS` names and no other, so that a page is as high on
every machine. Where it or they are missing, root on Debian gets them from apt; others skip, and CI
fails.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from support.browser import Visitor, launched, visiting
from support.serving import Running


# Ends with these tests: Playwright keeps an event loop in the main thread while it runs, beside
# which no other test could start one.
@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Start one Chromium for all browser tests."""
    with launched() as started:
        yield started


@pytest.fixture
def visitor(browser: Browser, release_server: Running) -> Iterator[Visitor]:
    """Send somebody to the bundled release."""
    with visiting(browser, f"http://127.0.0.1:{release_server.port}") as visitor:
        yield visitor
