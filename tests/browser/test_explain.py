"""The page Explain by a visitor's hands: a map chosen by a click, its numbers those of the copied command."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.services import people
from tests.browser.visit import CHROMIUM, PATIENCE, Visitor, commanded, started

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not Path(CHROMIUM).exists(), reason=f"no Chromium at {CHROMIUM}"),
]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The started app with the shipped runs."""
    with started(tmp_path_factory.mktemp("no-runs")) as address:
        yield address


@pytest.fixture
def sample(tmp_path: Path) -> Path:
    """Three synthetic people in one picture."""
    (tmp_path / "sample.png").write_bytes(people.sample(0))
    return tmp_path / "sample.png"


def told(visitor: Visitor, place: Path, option: str) -> dict:
    """What the first command with an option prints, run where the picture lies."""
    return commanded(*visitor.copied(f"fer explain .*{option}"), place=place)


def brought(visitor: Visitor, address: str, sample: Path, words: str) -> None:
    """Opens an address, gives the picture, and waits until a heading stands there."""
    page = visitor.go(address)
    page.set_input_files('[data-testid="stFileUploader"] input[type="file"]', str(sample))
    page.wait_for_selector(f"text={words}", timeout=PATIENCE)
    visitor.settle()


def test_a_click_on_a_map_tests_it_and_a_link_restores_it(visitor: Visitor, home: str, sample: Path) -> None:
    brought(visitor, "/explain?run=expression", sample, "The same map while the network forgets")
    page = visitor.page
    panels = page.locator(".st-key-explain_maps_grid .nsewdrag")
    assert panels.count() == 7
    panels.nth(0).click()  # anger
    page.wait_for_selector("text=probability of anger", timeout=PATIENCE)
    visitor.settle()
    assert "evidence=anger" in page.url
    numbers = [one.inner_text() for one in page.locator('[data-testid="stMetricValue"]').all()]
    curves = told(visitor, sample.parent, "--faithfulness")
    assert curves["target"] == "anger"
    forgot = told(visitor, sample.parent, "--randomised")
    assert numbers == [
        f"{curves['faithfulness']['deletion']['area']:.3f}",
        f"{curves['faithfulness']['insertion']['area']:.3f}",
        f"{forgot['randomised']['final']['spearman']:.3f}",
    ]
    compared = told(visitor, sample.parent, "--compare labels")["compared"]
    for one in compared:
        written = f"{one['name']} · {one['peak']:.3g}"
        assert page.locator(".st-key-explain_maps_grid").get_by_text(written, exact=True).count() == 1, written

    brought(visitor, page.url.removeprefix(home), sample, "probability of anger")
    assert [one.inner_text() for one in page.locator('[data-testid="stMetricValue"]').all()] == numbers


def test_branches_of_the_deviation_network_and_the_sign_come_from_a_link(visitor: Visitor, sample: Path) -> None:
    address = "/explain?run=drowsiness&beside=Branches&sign=For+and+against"
    brought(visitor, address, sample, "The same map while the network forgets")
    grid = visitor.page.locator(".st-key-explain_maps_grid")
    assert grid.locator(".nsewdrag").count() == 4
    document = told(visitor, sample.parent, "--compare branches")
    assert document["signed"] is True
    for one in document["compared"]:
        assert grid.get_by_text(f"{one['name']} · {one['peak']:.3g}", exact=True).count() == 1


def test_masks_of_the_masking_network(visitor: Visitor, sample: Path) -> None:
    brought(visitor, "/explain?run=masking&topic=Masks", sample, "What does each mask strengthen?")
    grid = visitor.page.locator(".st-key-explain_masks_grid")
    assert grid.locator(".nsewdrag").count() == 12
    for one in told(visitor, sample.parent, "--compare masks")["masks"]:
        assert grid.get_by_text(f"strengthened · {one['weight']['most']:.3g}", exact=True).count() == 1


def test_both_labels_of_a_mixed_face_by_two_runs(visitor: Visitor, sample: Path) -> None:
    brought(visitor, "/explain?run=expression-mid&topic=A+mixed+face&other_run=expression", sample, "One mixed face")
    document = told(visitor, sample.parent, "--mix")
    assert [one["run"] for one in document["runs"]] == ["expression-mid", "expression"]
    for one in document["runs"]:
        said = visitor.page.locator("li").filter(has_text=f"{one['run']} gives both labels").inner_text()
        assert one["overlap"] is None or f"{one['overlap']:.3f}" in said


def test_whole_classes_of_synthetic_people(visitor: Visitor, tmp_path: Path) -> None:
    page = visitor.go("/explain?run=expression&topic=Whole+classes&average_of=synthetic+people&each=5")
    visitor.press("Average the maps")
    page.wait_for_selector("text=Where does it look in all faces of a label?", timeout=PATIENCE)
    visitor.settle()
    document = told(visitor, tmp_path, "--average")
    assert document["synthetic"] is True and document["n"] == 35
    for one in document["classes"]:
        written = f"{one['label']} · n = {one['n']} · {one['peak']:.3g}"
        assert page.locator(".st-key-explain_average_grid").get_by_text(written, exact=True).count() == 1
