"""The page Feature space in a real browser: selecting with the mouse, in either map, and what then stands there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from app.services.space_rows import from_text
from fer_core.data import open_data
from tests.browser.visit import CHROMIUM, PATIENCE, Visitor, commanded, started

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not Path(CHROMIUM).exists(), reason=f"no Chromium at {CHROMIUM}"),
]

ADDRESS = "/space?run=drowsiness&map=PCA"
"""The shipped run with features of 25 synthetic strangers."""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with started(tmp_path_factory.mktemp("no-runs")) as address:
        yield address


def pull_a_box(page: Page, which: int) -> None:
    """From near one corner of a map to beyond its middle."""
    maps = page.locator(".st-key-space_maps .nsewdrag")
    maps.nth(which).scroll_into_view_if_needed()
    place = maps.nth(which).bounding_box()
    assert place is not None
    page.mouse.move(place["x"] + 0.2 * place["width"], place["y"] + 0.2 * place["height"])
    page.mouse.down()
    page.mouse.move(place["x"] + 0.4 * place["width"], place["y"] + 0.4 * place["height"], steps=5)
    page.mouse.move(place["x"] + 0.55 * place["width"], place["y"] + 0.55 * place["height"], steps=5)
    page.mouse.up()


def selected(visitor: Visitor, before: str = "") -> tuple[str, int]:
    """The words about the selection once they are others than before, and how many rows the address names."""
    visitor.page.wait_for_function(
        "(before) => { const said = [...document.querySelectorAll('strong')].map((one) => one.innerText)"
        ".find((text) => text.startsWith('Selected:')); return said && said !== before; }",
        arg=before,
        timeout=PATIENCE,
    )
    visitor.settle()
    said = visitor.page.locator("strong", has_text="Selected:").inner_text()
    rows = re.search(r"[?&]rows=([^&]+)", visitor.page.url)
    assert rows is not None
    return said, len(from_text(rows[1], 1500))


def test_a_box_in_either_map_selects_shows_faces_and_survives_as_a_link(
    visitor: Visitor, home: str, tmp_path: Path
) -> None:
    page = visitor.go(ADDRESS)
    pull_a_box(page, 0)
    first, count = selected(visitor)
    assert first.startswith(f"Selected: {count:,} points") and count > 2
    assert page.get_by_role("group", name="selected faces").locator("img").count() == min(count, 16)

    pull_a_box(page, 1)
    second, count = selected(visitor, first)
    assert second.startswith(f"Selected: {count:,} points")
    assert f"{count:,} selected" in page.locator(".st-key-space_maps").inner_text()
    again = visitor.go(page.url.removeprefix(home))
    assert again.locator("strong", has_text="Selected:").inner_text() == second

    again.get_by_role("group", name="selected faces").get_by_role("button").nth(3).press("Enter")
    alone, count = selected(visitor, second)
    assert count == 1 and alone.startswith("Selected: 1 point, 1 person")
    with again.expect_download(timeout=PATIENCE) as waiting:
        again.get_by_role("button", name=re.compile("Faces with manifest")).click()
    waiting.value.save_as(tmp_path / "selection.zip")
    data = open_data(tmp_path / "selection.zip")
    assert len(data) == 1 and data.table["label"][0] in alone


def ends(page: Page) -> list[float]:
    """Of the left map's horizontal axis."""
    chart = "document.querySelector('.st-key-space_maps .js-plotly-plot')"
    return page.evaluate(f"() => {chart}._fullLayout.xaxis.range")


def test_a_selection_leaves_the_part_that_was_zoomed_to(visitor: Visitor) -> None:
    page = visitor.go(ADDRESS + "&drag=Click")
    page.wait_for_selector(".st-key-space_maps .nsewdrag", timeout=PATIENCE)
    whole = ends(page)
    pull_a_box(page, 0)
    page.wait_for_timeout(1500)
    part = ends(page)
    assert part[1] - part[0] < 0.6 * (whole[1] - whole[0])
    page.get_by_text("Box", exact=True).click()
    visitor.settle()
    pull_a_box(page, 1)
    first, _ = selected(visitor)
    assert ends(page) == pytest.approx(part)
    page.get_by_role("button", name="Clear").click()
    page.wait_for_selector("text=Nothing is selected", timeout=PATIENCE)
    visitor.settle()
    assert first and ends(page) == pytest.approx(part)
    page.locator('.st-key-space_maps [data-title="Autoscale"]').click(force=True)
    page.wait_for_timeout(1000)
    assert ends(page) == pytest.approx(whole, abs=0.2)


def test_the_sentence_has_the_numbers_of_the_command(visitor: Visitor, tmp_path: Path) -> None:
    page = visitor.go(ADDRESS)
    said = page.locator("p", has_text="nearest neighbours").inner_text()
    for space in ("v_face", "v_state"):
        done = commanded(
            "project", "drowsiness", "--split", "all", "--space", space, "--method", "pca",
            "--out", tmp_path / "map.parquet",
        )  # fmt: skip
        purity = done["knn_purity"]
        for who in ("subject", "label"):
            assert f"{purity[who]['space']:.3f} in {space}" in said
            assert f"{purity[who]['map']:.3f}" in said and f"by chance {purity[who]['chance']:.3f}" in said


def test_own_faces_appear_as_stars(visitor: Visitor) -> None:
    page = visitor.go(ADDRESS + "&mine=true")
    assert page.get_by_text("This tab holds no pictures yet").count() == 1
    visitor.press("Draw a synthetic sample")
    page.wait_for_selector("text=Stars: your faces", timeout=PATIENCE)
    visitor.settle()
    assert page.locator(".st-key-space_maps .scatterlayer .textpoint").count() == 6  # three faces on two maps


def test_a_click_selects_one_point_and_a_button_none(visitor: Visitor) -> None:
    page = visitor.go(ADDRESS + "&drag=Click")
    point = page.locator(".st-key-space_maps .scatterlayer .point").nth(40)
    point.scroll_into_view_if_needed()
    place = point.bounding_box()
    assert place is not None
    # Plotly takes a click only where the pointer has rested on a point.
    page.mouse.move(place["x"] - 4, place["y"] - 4)
    page.mouse.move(place["x"] + place["width"] / 2, place["y"] + place["height"] / 2)
    page.wait_for_timeout(300)
    page.mouse.down()
    page.mouse.up()
    said, count = selected(visitor)
    assert count == 1 and said.startswith("Selected: 1 point")
    visitor.press("Clear")
    assert page.get_by_text("Nothing is selected").count() == 1 and "rows=" not in page.url
