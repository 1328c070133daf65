"""The page Results in a real browser: its controls, its clicks and its links, and its numbers against the commands."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote_plus

import pytest

from tests.app import evidence, world
from tests.browser.visit import CHROMIUM, Visitor, commanded, started

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not Path(CHROMIUM).exists(), reason=f"no Chromium at {CHROMIUM}"),
]


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two runs about drawn faces, three folds and curves of robustness; nothing is trained."""
    place = tmp_path_factory.mktemp("evidence")
    home = place / "runs"
    home.mkdir()
    run = world.add_run(home, "drawn", world.draw_data(place, people=6), people=6)
    evidence.rival_of(run, home)
    evidence.robust(run)
    evidence.cross_validated(home)
    return home


@pytest.fixture(scope="module")
def home(runs: Path) -> Iterator[str]:
    with started(runs) as address:
        yield address


def open_section(page: Page, visitor: Visitor, name: str) -> str:
    """Opens a section as a visitor does; gives the words of the page."""
    page.get_by_role("radio", name=name).or_(page.get_by_role("button", name=name, exact=True)).first.click()
    page.wait_for_timeout(600)
    visitor.settle()
    return words(page)


def words(page: Page) -> str:
    return page.locator('[data-testid="stMainBlockContainer"]').inner_text()


def test_a_click_on_a_person_shows_their_mistakes_and_a_link_restores_them(visitor: Visitor, home: str) -> None:
    page = visitor.go("/results?run=drawn&section=People+and+parts")
    chart = page.locator(".st-key-results_by")
    chart.scroll_into_view_if_needed()
    spots = chart.locator(".scatterlayer .point")
    assert spots.count() == 6
    before = words(page)
    spot = spots.nth(3).bounding_box()
    assert spot is not None
    across, down = spot["x"] + spot["width"] / 2, spot["y"] + spot["height"] / 2
    # Plotly takes a click only where the pointer has rested on a point.
    page.mouse.move(across - 4, down)
    page.mouse.move(across, down)
    page.wait_for_timeout(400)
    page.mouse.down()
    page.mouse.up()
    page.wait_for_function("() => /part=p000/.test(location.href)")
    visitor.settle()
    chosen = re.search(r"part=(p\d+)", page.url)
    said = re.search(r"\d+ of \d+ pictures are wrong; accuracy [\d.]+", words(page))
    assert chosen and said and said.group() not in before
    again = visitor.go(page.url.removeprefix(home))
    assert said.group() in words(again) and chosen.group() in again.url


def test_comparison_is_that_of_the_command(visitor: Visitor, runs: Path) -> None:
    told = commanded("compare", "drawn", "rival", "--split", "validation", runs=runs)
    page = visitor.go("/results?run=drawn")
    said = open_section(page, visitor, "Compare")
    (pair,) = told["pairs"]
    assert f"{pair['differences']['accuracy']['difference']:+.4f}" in said
    p = pair["mcnemar"]["p"]
    assert f"p = {p:.4f}" in said if p >= 1e-4 else f"p = {p:.1e}" in said
    bars = page.locator(".st-key-results_agreement").inner_text().replace(",", "")
    for key in ("both_right", "only_first", "only_second", "both_wrong"):
        assert re.search(rf"\b{pair[key]} · ", bars), (key, bars)
    assert page.locator(".lab-tiles img").count() == min(24, pair["only_second"])


def test_the_temperature_moves_what_the_command_measured(visitor: Visitor, runs: Path) -> None:
    told = commanded("calibrate", "drawn", "--split", "validation", "--accuracy", "0.9", runs=runs)
    page = visitor.go("/results?run=drawn")
    said = open_section(page, visitor, "Confidence")
    before, wish = told["before"], told["wish"]
    assert f"(ECE) {before['ece']:.4f}" in said and f"(NLL) {before['nll']:.4f}" in said
    assert f"the ECE from {before['ece']:.4f} to {told['after']['ece']:.4f}" in said
    if wish["threshold"] is not None:
        assert f"{wish['threshold']:.4f}" in said and f"({wish['answered']:,} of" in said
    page.get_by_role("button", name=f"Fitted: {told['temperature']:.3f}").click()
    page.wait_for_selector(f"text=/At T = {told['temperature']:.3f}/")
    visitor.settle()
    assert f"temperature={told['temperature']:.3f}" in page.url
    assert f"(ECE) {before['ece']:.4f}" not in words(page)
    page.get_by_role("slider", name="Temperature").press("ArrowRight")
    page.wait_for_function(f"() => !location.href.includes('temperature={told['temperature']:.3f}')")
    visitor.settle()
    assert f"At T = {told['temperature']:.3f}" not in words(page)


def test_folds_are_those_of_the_command(visitor: Visitor, runs: Path) -> None:
    place = runs / "deviation-folds"
    told = commanded("sweep", str(place / "grid.yaml"), "--out", str(place), runs=runs)
    (entry,) = told["summary"]
    name = "deviation-folds / deviation-compact"
    page = visitor.go(f"/results?run=drawn&section=Cross-validation&folds={quote_plus(name)}&fold=all+folds,+mean")
    said = words(page)
    assert f"Macro-F1 {entry['macro_f1_folds']['mean']:.4f} as the mean over 3 folds" in said
    assert f"{entry['macro_f1_summed']['mean']:.4f} of the summed predictions" in said
    assert "mean over 3 folds" in page.locator(".st-key-results_folds_matrix").inner_text()
    page.get_by_text("people", exact=True).click()
    page.wait_for_selector("text=Accuracy by person, the worst first")
    visitor.settle()
    assert page.locator(".st-key-results_folds_spread .scatterlayer .point").count() == 6


@pytest.mark.parametrize("section", ["Robustness", "Training and data"])
@pytest.mark.parametrize(("scheme", "width"), [("dark", 1280), ("light", 820)])
def test_other_sections_open(home: str, browser: Browser, section: str, scheme: str, width: int) -> None:
    came = Visitor(browser, home, scheme=scheme, width=width)
    page = came.go(f"/results?run=drawn&section={quote_plus(section)}")
    assert page.locator('[data-testid="stException"], [data-testid="stAlert"]').count() == 0
    assert page.locator(".js-plotly-plot").count() >= 2
    came.leave()
    assert came.complaints == [] and came.outside == []
