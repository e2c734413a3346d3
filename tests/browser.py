"""A headless Chromium for the tests, driven through Playwright.

Run as a program, this module says whether there is a browser on this machine.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

#: Names under which distributions install a browser of the Chromium family.
NAMES = ("chromium", "google-chrome", "google-chrome-stable", "chromium-browser")

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})

ARGUMENTS = (
    "--headless",
    "--disable-gpu",
    # Maps are drawn with WebGL; without a graphics card the software renderer has to be allowed.
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # No name but the loopback ones resolves: nothing can leave, and nothing waits for an answer.
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1 , EXCLUDE localhost",
)


class BrowserMissing(Exception):
    """This machine has no browser that can be driven; the message says what to install."""


def executable() -> Path:
    """Find a Chromium: the variable ``CHROMIUM``, one on PATH, or the one of Playwright.

    Raises
    ------
    BrowserMissing
        If there is none. Ubuntu's ``chromium-browser`` is a snap, which does not count: snaps run
        neither in containers nor as root.
    """
    if named := os.environ.get("CHROMIUM"):
        if Path(named).is_file():
            return Path(named)
        raise BrowserMissing(f"CHROMIUM names {named}, which is no file")
    for name in NAMES:
        found = shutil.which(name)
        if found and not _is_snap(Path(found)):
            return Path(found)
    with sync_playwright() as playwright:
        own = Path(playwright.chromium.executable_path)
    if own.is_file():
        return own
    raise BrowserMissing(
        "no Chromium or Chrome on this machine: on Debian `apt install chromium`, on Ubuntu "
        "`.venv/bin/playwright install --with-deps chromium`, or name one in CHROMIUM"
    )


def _is_snap(program: Path) -> bool:
    """Tell a snap, or Ubuntu's script that asks for one, from a browser."""
    if program.resolve().is_relative_to("/snap") or program.resolve().name == "snap":
        return True
    with program.open("rb") as file:
        start = file.read(4096)
    return start.startswith(b"#!") and b"snap install" in start


@dataclass
class Watch:
    """What a browser context did that it should not have.

    A test that provokes such a thing takes it out: ``browser_watch.errors.clear()``.
    """

    errors: list[str] = field(default_factory=list)
    """Messages of level *error* on the console and exceptions that no script caught."""
    outside: list[str] = field(default_factory=list)
    """Addresses that were asked for beyond this machine."""
    requests: list[str] = field(default_factory=list)
    """Every address that was asked for."""

    def follow(self, context: BrowserContext) -> None:
        """Listen to every page of a context, those opened later included."""
        context.on("request", lambda request: self._asked(request.url))
        context.on("console", lambda line: line.type == "error" and self._failed(line.text))
        context.on("weberror", lambda error: self._failed(str(error.error)))
        context.on("page", lambda page: page.on("websocket", lambda ws: self._asked(ws.url)))

    def _asked(self, url: str) -> None:
        self.requests.append(url)
        address = urlsplit(url)
        if address.scheme in {"http", "https", "ws", "wss"} and address.hostname not in LOOPBACK:
            self.outside.append(url)

    def _failed(self, message: str) -> None:
        self.errors.append(message)

    def complaints(self) -> list[str]:
        """List what was seen, one sentence each."""
        return [
            *(f"error in the browser: {message}" for message in self.errors),
            *(f"request beyond this machine: {url}" for url in self.outside),
        ]


@contextmanager
def launched() -> Iterator[Browser]:
    """Start a browser for the length of a ``with`` block."""
    program = executable()
    # Chromium's sandbox does not work for root.
    arguments = [*ARGUMENTS, *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=arguments)
        try:
            yield browser
        finally:
            browser.close()


#: Pages that are open now, in the order they were opened.
_open: list[Page] = []


def leave_pages() -> None:
    """Take every open page elsewhere, before the server it still loads from is stopped.

    A page that a test has just gone to may be loading; what then finds no server any more would
    stand on the console as an error of the page.
    """
    for page in _open:
        with suppress(Exception):  # the browser may have gone already
            page.goto("about:blank")


@contextmanager
def opened(watch: Watch) -> Iterator[Page]:
    """Open an empty page in a browser of its own, followed by ``watch``."""
    with launched() as browser:
        context = browser.new_context(
            viewport={"width": 1280, "height": 800}, locale="en-GB", timezone_id="UTC"
        )
        watch.follow(context)
        page = context.new_page()
        _open.append(page)
        try:
            yield page
        finally:
            _open.remove(page)
            with suppress(Exception):  # the browser may have gone already
                context.close()


if __name__ == "__main__":
    try:
        executable()
    except BrowserMissing as missing:
        sys.exit(str(missing))
