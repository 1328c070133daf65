"""A visitor of Predict brings a labelled zip and reads what the commands print: score, neighbours, how usual it is."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from fer_core.data import open_data
from tests.browser.visit import CHROMIUM, PATIENCE, Visitor, chromium, commanded, started

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not Path(CHROMIUM).exists(), reason=f"no Chromium at {CHROMIUM}"),
]

PEOPLE = "people:subjects=2,sessions=1,states=drowsiness,frames=2,size=96,first=700"


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve pictures of synthetic people in folders of their states."""
    file = tmp_path_factory.mktemp("drawn") / "drawn people.zip"
    data = open_data(PEOPLE)
    with zipfile.ZipFile(file, "w") as packed:
        for row in range(len(data)):
            picture = io.BytesIO()
            Image.fromarray(data.picture(row)).save(picture, "PNG")
            packed.writestr(f"{data.table['label'].iloc[row]}/{row}.png", picture.getvalue())
    return file


@pytest.fixture(scope="module")
def visitor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Visitor]:
    """A tab that must stay without complaints and must never look outside."""
    with started(tmp_path_factory.mktemp("no-runs")) as home, chromium() as browser:
        came = Visitor(browser, home)
        yield came
        came.leave()
        assert came.complaints == []
        assert came.outside == []


def test_score_and_neighbours_are_the_commands(visitor: Visitor, drawn: Path) -> None:
    page = visitor.go("/predict?run=drowsiness&vs=expression")
    visitor.upload([drawn])
    page.wait_for_selector("text=Macro-F1", timeout=PATIENCE)
    page.wait_for_selector("text=held-out · seed 0 · synthetic faces", timeout=PATIENCE)
    visitor.settle()
    said = page.locator("[data-testid=stMainBlockContainer]").inner_text()
    score = commanded("evaluate", "drowsiness", "--data", drawn)
    assert [one.inner_text() for one in page.locator("[data-testid=stMetricValue]").all()] == [
        f"{score['accuracy']:.3f}",
        f"{score['macro_f1']:.3f}",
    ]
    assert f"95 % interval {score['ci95'][0]:.3f} to {score['ci95'][1]:.3f}" in said
    near = commanded("neighbours", drawn, "--run", "drowsiness", "--k", 5)["images"][0]["faces"][0]["spaces"]
    alts = [one.get_attribute("alt") for one in page.locator(".lab-tiles img").all()]
    for rows in (near[space]["neighbours"] for space in ("v_face", "v_state", "v_id")):
        for row in rows:
            assert f"{row['sample']}: {row['label']}, {row['subject']}, cosine {row['cosine']:.3f}" in alts
    usual = commanded("predict", drawn, "--run", "drowsiness")["images"][0]["faces"][0]["usual"]
    assert f"{'inside' if usual['inside'] else 'outside'} 95 %" in said
    # The line under a figure stands in a shadow tree, which the page's own text leaves out; once for the face that is
    # looked at, once where the two models stand beside each other.
    assert page.get_by_text(f"distance {usual['distance']:.3f} in v_face").count() == 2
    assert "vs=expression" in page.url and "What do drowsiness and expression say?" in said
