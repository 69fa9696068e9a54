"""Drive Chromium on pages of a real server, and hold every visit to the same rules.

A visit fails when the console says an error, a script throws, or the content security policy stops
something; `axe` tells what an accessibility checker objects to.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    BrowserType,
    ConsoleMessage,
    Error,
    Page,
    expect,
    sync_playwright,
)

from support.paths import WEB

#: Looks like a person's browser, and asks the network for nothing by itself.
FLAGS = (
    "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip

#: WCAG 2.2 A and AA, and what axe holds for good practice.
_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

#: The fonts of the tests: the Debian package of each, and the folder it fills.
FONTS = {
    "DejaVu": ("fonts-dejavu-core", Path("/usr/share/fonts/truetype/dejavu")),
    "Noto CJK": ("fonts-noto-cjk", Path("/usr/share/fonts/opentype/noto")),
}

WIDE, NARROW = (1280, 900), (360, 740)

#: How long anything is waited for: longer than it ever takes, so that it says nothing of speed.
PATIENCE = 30_000
expect.set_options(timeout=PATIENCE)


def chromium() -> str:
    """Return the path of Chromium; as root on Debian, install it where it is missing."""
    with _alone():
        return _chromium()


def fonts_file(fonts: Iterable[str], folder: Path) -> Path:
    """Write a fontconfig file by which Chromium sees these fonts and no other; install missing ones."""
    with _alone():
        missing = [font for font in fonts if not any(FONTS[font][1].glob("*.tt?"))]
        if missing:
            _install_packages(*(FONTS[font][0] for font in missing))
    for font in missing:
        if not any(FONTS[font][1].glob("*.tt?")):
            _without(f"the font {font} is not installed (Debian: apt-get install {FONTS[font][0]})")
    folders = "".join(f"<dir>{FONTS[font][1]}</dir>" for font in fonts)
    file = folder / "fonts.conf"
    file.write_text(
        f"<fontconfig>{folders}<cachedir>{folder}</cachedir>"
        '<include ignore_missing="yes">/etc/fonts/conf.d</include></fontconfig>',
        "utf-8",
    )
    return file


@contextmanager
def _alone() -> Iterator[None]:
    """Keep the other processes of the tests from installing the same at the same time."""
    with (WEB / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _chromium() -> str:
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        _install_packages("chromium")
        path = shutil.which("chromium")
    return path or _without("Chromium is not installed (Debian: apt-get install chromium)")


def _install_packages(*packages: str) -> None:
    apt = shutil.which("apt-get")
    if apt is None or os.geteuid() != 0:
        return
    wait = ["-qq", "-o", "DPkg::Lock::Timeout=300"]
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update"], ["install", "--yes", "--no-install-recommends", *packages]):
        subprocess.run([apt, *wait, *command], env=environment, capture_output=True, timeout=900)


@contextmanager
def launched() -> Iterator[Browser]:
    """Start a browser that has the fonts of the tests, and end it."""
    path = chromium()
    with (
        sync_playwright() as playwright,
        with_fonts(playwright.chromium, path, *FONTS) as browser,
    ):
        yield browser


@contextmanager
def with_fonts(chromium: BrowserType, path: str, *fonts: str) -> Iterator[Browser]:
    """Start a browser that has these fonts and no other, and end it."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "FONTCONFIG_FILE": str(fonts_file(fonts, Path(folder)))}
        browser = chromium.launch(executable_path=path, args=list(FLAGS), env=environment)
        yield browser
        browser.close()


class Visitor:
    """Somebody with a browser: opens pages of one server, and notes whatever goes wrong in them."""

    def __init__(self, browser: Browser, base: str) -> None:
        self._browser = browser
        self._base = base
        self._contexts: list[BrowserContext] = []
        #: What went wrong in any page that was opened; a test that provokes it empties it.
        self.faults: list[str] = []

    def open(
        self,
        path: str,
        size: tuple[int, int] = WIDE,
        language: str = "en",
        dark: bool = False,
        **context: Any,
    ) -> Page:
        """Open a page in a browser of its own, with nothing kept from any other."""
        opened = self._browser.new_context(
            base_url=self._base,
            viewport={"width": size[0], "height": size[1]},
            locale={"en": "en-GB", "zh": "zh-CN"}[language],
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce",
            **context,
        )
        opened.set_default_timeout(PATIENCE)
        self._contexts.append(opened)
        page = opened.new_page()
        page.on("console", self._listen)
        page.on("pageerror", self._note)
        page.goto(path)
        return page

    def close(self) -> None:
        """Close every browser window."""
        for context in self._contexts:
            context.close()

    def _listen(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.faults.append(f"{message.location['url']}: {message.text}")

    def _note(self, error: Error) -> None:
        self.faults.append(str(error))


def axe(page: Page, rules: Iterable[str] = _TAGS) -> list[str]:
    """List what axe-core objects to, each with the element it means."""
    script = WEB / "node_modules/axe-core/axe.min.js"
    with _alone():
        if not script.is_file():
            _install()
    # Evaluated by the debugger, which no content security policy stops.
    page.evaluate(script.read_text("utf-8") + "; void 0")
    # To tell of each element that is right, where it stands, takes longer than the rules do.
    found = page.evaluate(
        "rules => axe.run(document, {runOnly: rules, resultTypes: ['violations']})",
        list(rules),
    )
    return [
        f"{violation['id']}: {node['target']} {node['failureSummary']}"
        for violation in found["violations"]
        for node in violation["nodes"]
    ]


def _install() -> None:
    npm = shutil.which("npm") or _without("npm is needed for axe-core")
    command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"]
    subprocess.run(command, cwd=WEB, check=True, timeout=300)


def _without(reason: str) -> str:
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


@contextmanager
def visiting(browser: Browser, base: str) -> Iterator[Visitor]:
    """Send somebody to a server, and hold what they opened to be free of faults."""
    visitor = Visitor(browser, base)
    try:
        yield visitor
    finally:
        visitor.close()
    assert visitor.faults == []
