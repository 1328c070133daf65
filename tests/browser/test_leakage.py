"""Identity leakage in a real browser: a space chosen in the chart, trials stepped through, a table brought along."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from tests.browser.visit import CHROMIUM, PATIENCE, Visitor, commanded, started

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not Path(CHROMIUM).exists(), reason=f"no Chromium at {CHROMIUM}"),
]

ADDRESS = "/leakage?run=drowsiness&trials=25"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The started app with the shipped runs: one keeps the features of 25 synthetic strangers."""
    with started(tmp_path_factory.mktemp("runs")) as address:
        yield address


def metrics(page: Page) -> list[str]:
    return [one.strip() for one in page.locator('[data-testid="stMetricValue"]').all_inner_texts()]


def numbers(told: dict[str, Any]) -> list[str]:
    pairs = told["verification"]
    shown = [told["accuracy"], pairs["auc"], *([pairs["hard"]["auc"]] if pairs["hard"] else [])]
    return [f"{one:.3f}" for one in shown]


def test_a_click_on_a_space_shows_the_commands_numbers_and_its_trials(visitor: Visitor, home: str) -> None:
    page = visitor.go(ADDRESS)
    assert metrics(page) == numbers(commanded("leakage", "drowsiness", "--space", "v_state", "--trials", "25"))
    chart = page.locator(".st-key-leakage_spaces")
    chart.scroll_into_view_if_needed()
    # The first row's dot.
    dot = chart.locator(".scatterlayer .points path").first.bounding_box()
    assert dot is not None
    visitor.point(dot)
    page.wait_for_selector("text=/people found again by v_face/", timeout=PATIENCE)
    visitor.settle()
    told = commanded("leakage", "drowsiness", "--space", "v_face", "--trials", "25")
    assert metrics(page) == numbers(told) and "space=v_face" in page.url
    assert f"effective rank {told['effective_rank']:.1f}" in page.content()

    faces = page.locator(".st-key-leakage_trial_faces")
    assert faces.locator(".layer-below image, .layer-above image, .imagelayer image").count() == 50
    visitor.press("Next")
    page.wait_for_selector("text=/Trial 2:/", timeout=PATIENCE)
    again = visitor.go(page.url.removeprefix(home))
    assert again.get_by_text(re.compile("Trial 2: .* by v_face")).count() == 1
    assert metrics(again) == numbers(told)


def test_a_table_of_ones_own_gives_the_commands_numbers(visitor: Visitor, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    who = np.repeat(np.arange(8), 6)
    vectors = np.eye(8)[who] + rng.normal(0, 0.6, (48, 8))
    table = pd.DataFrame(vectors, columns=[f"v_{place}" for place in range(8)])
    mine = tmp_path / "mine.csv"
    table.assign(subject=[f"p{one}" for one in who], label="Awake").to_csv(mine, index=False)
    page = visitor.go(ADDRESS)
    page.get_by_text("Measure a table of your own").click()
    page.wait_for_timeout(500)
    page.set_input_files('[data-testid="stFileUploader"] input[type="file"]', [str(mine)])
    page.wait_for_selector("text=/is held in memory/", timeout=PATIENCE)
    visitor.settle()
    told = commanded("leakage", mine, "--space", "v", "--trials", "25")
    assert metrics(page) == numbers(told)
    visitor.press("Back to the run")
    page.wait_for_selector("text=/people found again by v_state/", timeout=PATIENCE)
    assert metrics(page) == numbers(commanded("leakage", "drowsiness", "--space", "v_state", "--trials", "25"))
