"""The started app and a headless Chromium in front of it."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fer_core.benchmarks.browser import FLAGS as QUIET
from fer_core.benchmarks.browser import PATIENCE, served

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

REPOSITORY = Path(__file__).resolve().parents[2]

CHROMIUM = "/usr/bin/chromium"
"""The system's own: playwright's browser download is never used."""

FLAGS = (
    *QUIET,
    "--disable-quic",
    "--disable-component-update",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
)
"""Nothing of the browser's own goes to the network, and its camera shows a test pattern."""


@contextmanager
def started(runs: Path) -> Iterator[str]:
    """The real app, started as its user starts it; gives its address.

    Args:
        runs: Where the app finds the user's own runs.
    """
    with served(["streamlit", "run", "app/main.py"], "--server.port", {"FER_RUNS": str(runs)}) as address:
        yield address


@contextmanager
def chromium(*flags: str) -> Iterator[Browser]:
    """A headless Chromium.

    Args:
        flags: More than `FLAGS`.
    """
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS, *flags])
        try:
            yield browser
        finally:
            browser.close()


def commanded(*words: object, runs: Path | None = None, place: Path = REPOSITORY) -> dict[str, Any]:
    """What a command prints with ``--json``.

    Args:
        words: After ``fer``.
        runs: The user's own; None: the test's.
        place: Where it is called, for paths that begin there.
    """
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    if runs is not None:
        environment["FER_RUNS"] = str(runs)
    line = [sys.executable, "-m", "fer_core", *map(str, words)]
    if "--json" not in line:
        line.append("--json")
    done = subprocess.run(line, cwd=place, env=environment, capture_output=True, text=True, check=True)
    return dict(json.loads(done.stdout))


class Visitor:
    """One visitor's tab, who notes everything that the browser complains about."""

    def __init__(
        self, browser: Browser, home: str, *, width: int = 1280, height: int = 900, scheme: str = "light"
    ) -> None:
        self.home = home
        self.complaints: list[str] = []
        self.outside: list[str] = []
        self._context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
        self.page: Page = self._context.new_page()
        self.page.on("console", self._note)
        self.page.on("pageerror", lambda error: self.complaints.append(f"error: {error}"))
        self.page.on("request", self._see)

    def _note(self, message: object) -> None:
        if message.type == "error":
            self.complaints.append(f"{message.text} ({message.location.get('url', '')})")

    def _see(self, request: object) -> None:
        if not request.url.startswith((self.home, "data:", "blob:", self.home.replace("http", "ws", 1))):
            self.outside.append(request.url)

    def go(self, address: str) -> Page:
        """Opens an address of the app and waits until the page stands still."""
        self.page.goto(self.home + address)
        return self.settle()

    def settle(self) -> Page:
        """Waits until the script has run, every skeleton is gone, and every picture is there."""
        self.page.wait_for_selector('[data-testid="stApp"][data-test-script-state="notRunning"]', timeout=PATIENCE)
        self.page.wait_for_function(
            "() => !document.querySelector('[data-testid=stSkeleton]')"
            " && [...document.images].every((image) => image.complete)",
            timeout=PATIENCE,
        )
        self.page.wait_for_timeout(500)
        return self.page

    def upload(self, files: Sequence[Path]) -> Page:
        """Gives files to the page's upload field, and waits for the answer."""
        self.page.set_input_files('[data-testid="stFileUploader"] input[type="file"]', [str(file) for file in files])
        # The page begins to run a moment after the files arrived.
        shown = ".frame img, [data-testid='stAlert'], [data-testid='stException']"
        self.page.wait_for_selector(shown, timeout=PATIENCE)
        return self.settle()

    def press(self, words: str) -> Page:
        """Presses the button with these words, and waits."""
        self.page.get_by_role("button", name=words, exact=False).first.click()
        self.page.wait_for_timeout(400)
        return self.settle()

    def point(self, box: Mapping[str, float]) -> None:
        """Clicks a point of a chart; plotly takes a click only where the pointer has rested.

        Args:
            box: Where it is drawn.
        """
        across, down = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        self.page.mouse.move(across - 4, down)
        self.page.mouse.move(across, down)
        self.page.wait_for_timeout(300)
        self.page.mouse.down()
        self.page.mouse.up()

    def copied(self, begins: str) -> list[str]:
        """Copies the first command that begins so; gives its words after ``fer``.

        Args:
            begins: A regular expression.
        """
        self.page.get_by_role("button", name=re.compile(f"copy the command: {begins}")).first.click()
        self.page.wait_for_selector("text=copied")
        line = self.page.evaluate("() => navigator.clipboard.readText()")
        # A line may first go to where the clip lies.
        words = shlex.split(line.rpartition("&& ")[2])
        assert words[0] == "fer", line
        return words[1:]

    def whole(self, path: Path) -> None:
        """A picture of the whole page, not only of what the window shows."""
        body = "[data-testid=stMainBlockContainer]"
        height = self.page.evaluate(f"() => Math.ceil(document.querySelector('{body}').getBoundingClientRect().height)")
        size = self.page.viewport_size or {"width": 1280, "height": 900}
        self.page.set_viewport_size({"width": size["width"], "height": max(size["height"], height + 60)})
        # Where the pointer rests, a hint may hide what is below it.
        self.page.mouse.move(size["width"] - 4, 4)
        self.settle()
        self.page.screenshot(path=str(path))
        self.page.set_viewport_size(size)

    def leave(self) -> None:
        """Closes the tab."""
        self._context.close()
