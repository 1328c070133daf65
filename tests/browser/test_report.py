"""The page Report in a real browser: sections picked, the file saved, and its numbers those of the command."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.app import world
from tests.browser.visit import CHROMIUM, Visitor, commanded, started

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not Path(CHROMIUM).exists(), reason=f"no Chromium at {CHROMIUM}"),
]


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One run whose predictions come from a seed."""
    place = tmp_path_factory.mktemp("report")
    home = place / "runs"
    home.mkdir()
    world.add_run(home, "drawn", world.draw_data(place))
    return home


@pytest.fixture(scope="module")
def home(runs: Path) -> Iterator[str]:
    with started(runs) as address:
        yield address


def save(visitor: Visitor, path: Path) -> str:
    with visitor.page.expect_download() as started_download:
        visitor.page.get_by_role("button", name="Download report").click()
    assert started_download.value.suggested_filename == "drawn-report.html"
    started_download.value.save_as(path)
    return path.read_text(encoding="utf-8")


def test_the_saved_file_says_what_the_command_says(visitor: Visitor, runs: Path, tmp_path: Path) -> None:
    page = visitor.go("/report?run=drawn&sections=Summary&sections=Commands")
    frame = page.frame_locator("iframe.report")
    frame.locator("h2").first.wait_for()
    assert frame.locator("h2").all_inner_texts() == ["Summary", "Commands"]

    page.get_by_role("button", name="Confusion matrix").click()
    frame.locator("h2", has_text="Confusion matrix").wait_for()
    visitor.settle()
    assert page.url.count("sections=") == 3
    saved = save(visitor, tmp_path / "saved.html")

    out = tmp_path / "command.html"
    sections = ["--sections", "summary,confusion,commands", "--split", "validation"]
    done = commanded("report", "drawn", "--out", out, *sections, runs=runs)
    assert done["sections"] == ["summary", "confusion", "commands"]
    assert saved == out.read_text(encoding="utf-8")

    from fer_core.evaluation import stored_report
    from fer_core.runs import Run

    accuracy = stored_report(Run(runs / "drawn"), "validation")["accuracy"]
    shown = frame.locator(".tile .value").first.inner_text()
    assert shown == f"{accuracy:.4f}" and f'<data value="{accuracy!r}">{shown}</data>' in saved


def test_the_saved_file_opens_without_a_network(visitor: Visitor, browser: Browser, tmp_path: Path) -> None:
    visitor.go("/report?run=drawn")
    visitor.page.frame_locator("iframe.report").locator("h2").first.wait_for()
    save(visitor, tmp_path / "saved.html")
    said: list[str] = []
    for scheme in ("light", "dark"):
        context = browser.new_context(viewport={"width": 820, "height": 900}, color_scheme=scheme, offline=True)
        page = context.new_page()
        page.on("console", lambda message: said.append(message.text))
        page.on("request", lambda request: said.append(request.url) if not request.url.startswith("file:") else None)
        page.goto((tmp_path / "saved.html").as_uri())
        assert page.evaluate("document.documentElement.scrollWidth") <= 820
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip"
        page.get_by_role("link", name=re.compile("^Confusion matrix")).click()
        page.wait_for_timeout(1200)  # it scrolls softly
        assert page.locator("#confusion").bounding_box()["y"] < 200  # type: ignore[index]
        assert len(page.pdf(prefer_css_page_size=True)) > 10_000
        context.close()
    assert said == []


def test_links_of_the_preview_stay_in_its_frame(visitor: Visitor) -> None:
    page = visitor.go("/report?run=drawn")
    frame = page.frame_locator("iframe.report")
    assert page.locator("iframe.report").get_attribute("sandbox") == ""
    frame.get_by_role("link", name="Model card").click()
    page.wait_for_timeout(1200)
    place, around = frame.locator("#card").bounding_box(), page.locator("iframe.report").bounding_box()
    assert place is not None and around is not None
    assert around["y"] <= place["y"] <= around["y"] + around["height"]
    assert frame.locator("h1").inner_text() == "drawn"


def test_the_protocol_is_a_sheet_of_its_own(visitor: Visitor) -> None:
    page = visitor.go("/report?run=drawn")
    page.get_by_text("Reviewer's protocol").first.click()
    page.wait_for_selector("text=checks have a stored result")
    page.wait_for_selector("text=/One file, 1 section,/")
    visitor.settle()
    frame = page.frame_locator("iframe.report")
    frame.locator("h2", has_text="A reviewer's protocol").wait_for()
    assert frame.locator("h2").count() == 1 and "show=Reviewer" in page.url
