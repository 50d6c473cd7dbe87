"""Pages in a real headless Chromium, watched: an error in the page or a request to anywhere fails the test.

Chromium is `$SISBENCH_CHROMIUM`, else the first of `CHROMIUMS` on the PATH; none is ever downloaded. Without one the
tests are skipped visibly; with SISBENCH_REQUIRE_BROWSER=1 (continuous integration) they fail.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Protocol

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, ConsoleMessage, Page, Route

CHROMIUMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
LOCAL = ("file:", "data:", "blob:", "about:")
ARGUMENTS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
TIMEOUT_MS = 15_000


class NewPage(Protocol):
    """Opens a watched page; arguments are those of a browser context (`viewport`, `color_scheme`, ...)."""

    def __call__(self, **context: Any) -> Page: ...


def chromium() -> str | None:
    """Path of the browser of this machine."""
    named = os.environ.get("SISBENCH_CHROMIUM")
    return named or next((found for name in CHROMIUMS if (found := shutil.which(name))), None)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for all tests of a process."""
    path = chromium()
    if path is None:
        message = "no Chromium on this machine: pages were not tested (install one, or set SISBENCH_CHROMIUM)"
        if os.environ.get("SISBENCH_REQUIRE_BROWSER") == "1":
            pytest.fail(message)
        pytest.skip(message)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        running = driver.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        yield running
        running.close()


@pytest.fixture
def new_page(browser: Browser) -> Iterator[NewPage]:
    """Opens pages, each in a context of its own; afterwards none of them may have had a problem."""
    problems: list[str] = []
    contexts = []

    def console(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            problems.append(f"console {message.type}: {message.text}")

    def route(route: Route) -> None:
        if route.request.url.startswith(LOCAL):
            route.continue_()
        else:
            problems.append(f"request: {route.request.url}")
            route.abort()

    def open_page(**options: Any) -> Page:
        context = browser.new_context(**options)
        context.set_default_timeout(TIMEOUT_MS)
        contexts.append(context)
        context.route("**/*", route)
        page = context.new_page()
        page.on("console", console)
        page.on("websocket", lambda socket: problems.append(f"request: {socket.url}"))
        page.on("pageerror", lambda error: problems.append(f"page error: {error}"))
        page.on("dialog", lambda dialog: (problems.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert problems == []


@pytest.fixture
def browser_page(new_page: NewPage) -> Page:
    """A watched page of 1280 x 800 pixels."""
    return new_page(viewport={"width": 1280, "height": 800})
