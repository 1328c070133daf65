"""The mixing lab by a visitor's hands: what the page says after real clicks is what the copied command prints."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser import studio
from tests.browser.visit import CHROMIUM, Visitor, commanded, started

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not Path(CHROMIUM).exists(), reason=f"no Chromium at {CHROMIUM}"),
]


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return studio.train(tmp_path_factory.mktemp("studio"), people=4, learned=8)


@pytest.fixture(scope="module")
def home(runs: Path) -> Iterator[str]:
    """The started app, with a run trained on drawn faces."""
    with started(runs) as address:
        yield address


def told(visitor: Visitor, runs: Path, word: str) -> dict:
    """What the first command that the page offers prints."""
    return commanded(*visitor.copied(f"fer {word}"), runs=runs)


def test_faces_are_swapped_and_mixed_by_hand(visitor: Visitor, runs: Path, home: str) -> None:
    page = visitor.go(f"/mixing?run={studio.NAME}")
    visitor.press("Swap")
    page.get_by_role("slider", name="Lambda").press("ArrowRight")
    page.wait_for_selector("text=surprise 0.625")
    visitor.settle()
    document = told(visitor, runs, "mix")
    assert document["soft_label"] == {"surprise": 0.625, "happiness": 0.375}
    best = max(document["said"], key=document["said"].get)
    assert page.get_by_text(f"{best} {document['said'][best]:.3f}", exact=True).count() == 1
    assert "lam=0.625" in page.url and "face_a=surprise" in page.url

    again = visitor.go(page.url.removeprefix(home))
    assert again.get_by_text(f"{best} {document['said'][best]:.3f}", exact=True).count() == 1
    assert page.locator(".lab-mixture img").count() == 3


def test_the_next_batch_is_the_commands(visitor: Visitor, runs: Path) -> None:
    page = visitor.go(f"/mixing?run={studio.NAME}&mixing=FERMix")
    page.get_by_text("The next batch", exact=True).click()
    page.wait_for_selector(".lab-samples figure", timeout=180_000)
    visitor.settle()
    document = told(visitor, runs, "batch")
    passes = len(document["plan"])
    assert page.locator(".lab-samples figure").count() == passes * document["n"]
    chart = page.locator(".st-key-mixing_loss")
    assert chart.get_by_text(f"{document['total']:.4f}").count() == 1
    for term in document["terms"]:
        assert chart.get_by_text(f"{term['role']}: {term['weight']:g} × {term['loss']:.4f}").count() == 1
