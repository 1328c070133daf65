"""The page Data by a visitor's hands: what it says after real clicks is what the copied commands print."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.visit import CHROMIUM, Visitor, commanded, started

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not Path(CHROMIUM).exists(), reason=f"no Chromium at {CHROMIUM}"),
]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The started app; the page needs no run."""
    with started(tmp_path_factory.mktemp("runs")) as address:
        yield address


def told(visitor: Visitor, command: str, place: Path) -> dict:
    """What a command that the page offers prints."""
    words = visitor.copied(command)
    return commanded(*(place / word if word.endswith(".png") else word for word in words))


def numbers(visitor: Visitor) -> list[str]:
    return visitor.page.locator("[data-testid=stMetricValue]").all_inner_texts()


def test_a_drawn_data_set_is_described_audited_and_leafed_through(visitor: Visitor, home: str, tmp_path: Path) -> None:
    page = visitor.go("/data")
    found = told(visitor, "fer data describe", tmp_path)
    assert numbers(visitor) == [f"{found['n']:,}", str(len(found["labels"])), str(found["subjects"]["n"])]
    page.get_by_text("What is wrong with it", exact=True).click()
    page.wait_for_selector("text=Superfluous copies")
    visitor.settle()
    found = told(visitor, "fer data audit", tmp_path)
    contradictions = found["exact"]["conflicting"] + found["near"]["conflicting"]
    assert numbers(visitor) == [
        f"{found['exact']['copies']:,}", f"{found['near']['pictures']:,}", f"{contradictions:,}",
    ]  # fmt: skip
    page.get_by_text("Faces", exact=True).click()
    page.wait_for_selector(".lab-tiles img")
    visitor.settle()
    assert page.locator(".lab-tiles img").count() == 24
    page.get_by_role("slider").press("ArrowRight")
    page.wait_for_selector("text=25 to 48 of 162")
    again = visitor.go(page.url.removeprefix(home))
    assert again.get_by_text("25 to 48 of 162").count() == 1


def test_a_person_is_made_by_hand(visitor: Visitor, home: str, tmp_path: Path) -> None:
    page = visitor.go("/data?data_look=Make+a+person&person_state=Awake")
    before = page.locator(".lab-mixture img").get_attribute("src")
    page.get_by_role("slider", name="Left lid open").press("Home")
    page.wait_for_selector("text=left 0.00")
    visitor.settle()
    assert page.locator(".lab-mixture img").get_attribute("src") != before
    found = told(visitor, "fer data person", tmp_path)
    left, right = (found["truth"][f"openness_{side}"] for side in ("left", "right"))
    assert page.get_by_text(f"left {left:.2f}, right {right:.2f}").count() == 1 and left == 0
    assert (tmp_path / "person.png").is_file() and "factors=lid_left" in page.url
    again = visitor.go(page.url.removeprefix(home))
    assert again.get_by_text("left 0.00").count() == 1
