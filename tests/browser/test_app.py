"""The real app in a real browser: what a visitor does first, with nothing to complain about.

Real photographs are uploaded where this machine has them, drawn ones elsewhere.
"""

from __future__ import annotations

import os
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from app.services import people
from tests.browser import studio
from tests.browser.visit import CHROMIUM, Visitor, chromium, started

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not Path(CHROMIUM).exists(), reason=f"no Chromium at {CHROMIUM}"),
]

SHARED_PHOTOS = Path(__file__).resolve().parents[3] / "shared" / "data" / "photos.zip"
PHOTOS = ("multiface.jpg", "obama.jpg")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The started app, with a run trained on drawn faces."""
    place = tmp_path_factory.mktemp("studio")
    before = os.environ.get("FER_CACHE")
    os.environ["FER_CACHE"] = str(place / "cache")
    try:
        with started(studio.train(place, people=12, learned=24)) as address:
            yield address
    finally:
        os.environ.pop("FER_CACHE") if before is None else os.environ.update(FER_CACHE=before)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


@pytest.fixture
def visitor(home: str, browser: Browser) -> Iterator[Visitor]:
    """A tab that must stay without complaints and must never look outside."""
    came = Visitor(browser, home)
    yield came
    came.leave()
    assert came.complaints == []
    assert came.outside == []


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Two pictures, the first with several faces."""
    place = tmp_path_factory.mktemp("photos")
    if SHARED_PHOTOS.is_file():
        with zipfile.ZipFile(SHARED_PHOTOS) as archive:
            for name in archive.namelist():
                if name.endswith(PHOTOS):
                    (place / Path(name).name).write_bytes(archive.read(name))
        return [place / name for name in PHOTOS]
    paths = [place / f"drawn {seed}.png" for seed in (1, 2)]
    for seed, path in enumerate(paths):
        path.write_bytes(people.sample(seed))
    return paths


@pytest.mark.parametrize("address", ["/", "/predict", "/results"])
@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 820)])
def test_every_page_opens_from_a_link(home: str, browser: Browser, address: str, scheme: str, width: int) -> None:
    came = Visitor(browser, home, scheme=scheme, width=width)
    page = came.go(address)
    assert page.get_by_role("heading", level=1).count() == 1
    assert page.locator('[data-testid="stException"], [data-testid="stAlert"]').count() == 0
    came.leave()
    assert came.complaints == [] and came.outside == []


def test_photos_get_boxes_labels_and_a_heat_map(visitor: Visitor, photos: list[Path]) -> None:
    visitor.go("/predict")
    page = visitor.upload(photos)
    boxes = page.locator(".frame button")
    assert boxes.count() >= 3
    said = boxes.nth(0).get_attribute("aria-label") or ""
    assert re.fullmatch(r"face 1: \w+ (< 1|> 99|\d+) %", said)
    assert page.get_by_text("the model says").count() >= 1
    assert page.get_by_text("logit units").count() >= 1

    boxes.nth(1).click()
    page.wait_for_selector(".frame button:nth-child(2)[aria-pressed=true]")
    visitor.settle()
    assert page.get_by_text(re.compile(r"Face 2 of \d+")).count() == 1

    cards = page.get_by_role("group", name="pictures").get_by_role("button")
    assert cards.count() == 2
    cards.nth(1).press("Enter")  # without a mouse
    page.wait_for_selector(f"text={photos[1].name} · picture 2 of 2")
    visitor.settle()


def test_a_bad_file_is_a_sentence_beside_the_good_one(visitor: Visitor, photos: list[Path], tmp_path: Path) -> None:
    bad = tmp_path / "torn.jpg"
    bad.write_bytes(photos[1].read_bytes()[:400])
    visitor.go("/predict")
    page = visitor.upload([bad, photos[1]])
    alert = page.locator('[data-testid="stAlert"]')
    assert alert.count() == 1 and "torn.jpg" in alert.inner_text()
    assert "Traceback" not in page.content()
    assert page.locator(".frame button").count() >= 1


def test_forgetting_leaves_nothing(visitor: Visitor) -> None:
    visitor.go("/predict")
    page = visitor.press("Draw a synthetic sample")
    page.wait_for_selector(".frame button")
    visitor.settle()
    assert page.locator(".frame button").count() == 3
    assert "people who do not exist" in page.content()
    page = visitor.press("Forget my pictures")
    page.wait_for_selector("text=No pictures yet")
    assert page.locator(".frame").count() == 0 and page.get_by_text("0.0 MB").count() == 1


def test_a_click_on_a_cell_shows_its_pictures_and_a_link_restores_them(visitor: Visitor, home: str) -> None:
    page = visitor.go("/results")
    matrix = page.locator(".st-key-results_confusion_matrix")
    matrix.scroll_into_view_if_needed()
    assert matrix.locator(".scatterlayer .textpoint").count() == 49
    # The diagonal's last cell: neutral taken for neutral.
    plot = matrix.locator(".nsewdrag").first.bounding_box()
    assert plot is not None
    across, down = plot["x"] + plot["width"] * 6.5 / 7, plot["y"] + plot["height"] * 6.5 / 7
    # Plotly takes a click only where the pointer has rested on a point.
    page.mouse.move(across - 4, down - 4)
    page.mouse.move(across, down)
    page.wait_for_timeout(300)
    page.mouse.down()
    page.mouse.up()
    page.wait_for_selector("text=/of neutral that the model calls neutral/")
    visitor.settle()
    assert page.locator(".lab-tiles img").count() >= 1
    assert "true=neutral" in page.url and "said=neutral" in page.url and f"run={studio.NAME}" in page.url

    again = visitor.go(page.url.removeprefix(home))
    assert again.get_by_text(re.compile("of neutral that the model calls neutral")).count() == 1


def test_the_command_under_a_figure_can_be_copied(visitor: Visitor) -> None:
    visitor.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = visitor.go("/results")
    page.get_by_role("button", name=re.compile("copy the command: fer evaluate")).first.click()
    page.wait_for_selector("text=copied")
    assert page.evaluate("() => navigator.clipboard.readText()").startswith(f"fer evaluate {studio.NAME}")


def test_two_visitors_at_once_see_their_own(home: str, browser: Browser, photos: list[Path]) -> None:
    one, other = Visitor(browser, home), Visitor(browser, home)
    one.go("/predict")
    other.go("/predict")
    files = '[data-testid="stFileUploader"] input[type="file"]'
    one.page.set_input_files(files, [str(photos[0])])
    other.page.set_input_files(files, [str(photos[1])])
    for visitor, mine, theirs in ((one, photos[0], photos[1]), (other, photos[1], photos[0])):
        visitor.page.wait_for_selector(".frame button", timeout=120_000)
        visitor.settle()
        content = visitor.page.content()
        assert mine.name in content and theirs.name not in content
        assert visitor.complaints == []
        visitor.leave()


def test_the_camera_takes_a_picture(visitor: Visitor) -> None:
    """Chromium's test pattern shows nobody: the answer is a sentence, and the picture is held."""
    page = visitor.go("/predict")
    page.get_by_text("Camera", exact=True).click()
    shutter = page.get_by_role("button", name=re.compile("Take Photo", re.IGNORECASE))
    shutter.wait_for(timeout=30_000)
    page.wait_for_timeout(1500)
    shutter.click()
    page.wait_for_selector("text=camera 1.jpg", timeout=120_000)
    visitor.settle()
    assert page.get_by_text("No face was found in this picture").count() == 1
