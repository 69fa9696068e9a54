"""The query page as a visitor uses it: writing, asking, reading the table."""

from __future__ import annotations

from urllib.parse import quote

from playwright.sync_api import Page, expect

from support.browser import Visitor

FIGURES = "/query?question=20-superseded-figures"


def ask(visitor: Visitor, query: str, view: str = "", **options: object) -> Page:
    """Open the page with a query, which runs at once."""
    return visitor.open(f"/query?query={quote(query)}{view}", **options)  # type: ignore[arg-type]


def write(page: Page, text: str) -> None:
    """Replace what is in the editor by typing."""
    page.locator("#editor .cm-content").click()
    page.keyboard.press("Control+a")
    page.keyboard.type(text)


def rows_shown(page: Page) -> list[list[str]]:
    """Read the table once it is shown."""
    expect(page.locator(".rows")).to_be_visible()
    rows = page.locator(".rows tbody tr:not(.behind)").all()
    return [[cell.inner_text() for cell in row.locator("td").all()[:-1]] for row in rows]


def counted(page: Page, *parts: str) -> bool:
    """Check whether the server's metrics come to hold all parts within 10 s."""
    for _ in range(100):
        metrics = page.request.get("/metrics").text()
        if all(part in metrics for part in parts):
            return True
        page.wait_for_timeout(100)
    return False
