"""Eight visitors at once, each with a picture and a model of their own: nobody sees another's, and memory stays flat.

What each must see is computed here, without the app: a label, its probability and the peak of its map. Slow ones need
some minutes: ``python -m pytest tests/browser/test_visitors.py -m 'browser'``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from app.charts.frame import percent
from fer_core.data import open_data
from fer_core.pictures import PictureSource
from fer_core.runs import find_run
from tests.browser.visit import CHROMIUM, PATIENCE, Visitor, chromium, started

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(not Path(CHROMIUM).exists(), reason=f"no Chromium at {CHROMIUM}"),
]

RUNS = ("expression", "masking", "drowsiness", "expression-mid")
COUNT = 8
FILES = '[data-testid="stFileUploader"] input[type="file"]'


@dataclass(frozen=True)
class Expected:
    """What one visitor must see."""

    run: str
    file: Path
    said: str
    peak: str


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with started(tmp_path_factory.mktemp("no-runs")) as address:
        yield address


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


@pytest.fixture
def visitors(home: str, browser: Browser) -> Iterator[list[Visitor]]:
    came = [Visitor(browser, home) for _ in range(COUNT)]
    yield came
    for visitor in came:
        visitor.leave()
        assert visitor.complaints == [] and visitor.outside == []


def draw(place: Path, count: int, first: int) -> list[Path]:
    """As many drawn people, each in a file whose name nobody else's contains."""
    data = open_data(f"people:subjects={count},sessions=1,states=drowsiness,frames=1,size=160,first={first}")
    rows = data.table.drop_duplicates("subject").index
    files = [place / f"own-{first + number:04d}-end.png" for number in range(count)]
    for file, row in zip(files, rows, strict=True):
        file.write_bytes(data.read(int(row)))
    return files


def expected(run: str, file: Path) -> Expected:
    from fer_core.explain import explain_face
    from fer_core.predictor import Predictor

    predictor = Predictor(find_run(run))
    (said,) = predictor.predict([PictureSource(file.name, file.read_bytes)], faces="whole")
    (face,) = said.faces
    assert face.crop is not None
    told = explain_face(predictor.model, predictor.images(face.crop), list(predictor.model.labels).index(face.label))
    return Expected(run, file, f"{face.label} {percent(face.probabilities[face.label])}", f"{told.peak:.2g}")


def give_all(visitors: Sequence[Visitor], files: Sequence[Path]) -> None:
    """All at once; then waits until each sees a picture."""
    for visitor, file in zip(visitors, files, strict=True):
        visitor.page.set_input_files(FILES, [str(file)])
    for visitor, file in zip(visitors, files, strict=True):
        visitor.page.wait_for_selector(f"text={file.name} · picture 1 of 1", timeout=PATIENCE)


def resident(home: str) -> int:
    """Kilobytes of the server's own memory."""
    port = str(urlsplit(home).port)
    for place in Path("/proc").glob("[0-9]*"):
        try:
            words = (place / "cmdline").read_bytes().decode(errors="replace").split("\0")
            if "streamlit" in words and port in words:
                return int(re.search(r"VmRSS:\s+(\d+)", (place / "status").read_text())[1])
        except OSError:
            continue
    raise RuntimeError("the server's process was not found")


def test_each_sees_their_own_file_run_answer_and_map(visitors: list[Visitor], tmp_path: Path) -> None:
    files = draw(tmp_path, COUNT, 600)
    wanted = [expected(RUNS[number % len(RUNS)], file) for number, file in enumerate(files)]
    assert len({(one.said, one.peak) for one in wanted}) == COUNT  # else a mix-up could not be seen
    for visitor, one in zip(visitors, wanted, strict=True):
        visitor.page.goto(f"{visitor.home}/predict?run={one.run}&faces=Whole+picture")
    for visitor in visitors:
        visitor.settle()
    give_all(visitors, files)
    for visitor, mine in zip(visitors, wanted, strict=True):
        page = visitor.settle()
        page.wait_for_selector("text=logit units", timeout=PATIENCE)
        content = page.content()
        assert [file.name for file in files if file.name in content] == [mine.file.name]
        assert f"run={mine.run}" in page.url
        assert mine.said in page.locator("[data-testid=stHtml]", has_text="the model says").first.inner_text()
        assert re.search(r"peak ([\d.e+-]+) logit units", content)[1] == mine.peak


def test_models_of_others_do_not_change_an_answer(visitors: list[Visitor], tmp_path: Path) -> None:
    """All hold the same picture and turn from model to model, each one step ahead of the next."""
    (file,) = draw(tmp_path, 1, 700)
    wanted = {run: expected(run, file).said for run in RUNS}
    assert len(set(wanted.values())) > 1
    for visitor in visitors:
        visitor.page.goto(f"{visitor.home}/predict?run={RUNS[0]}&faces=Whole+picture")
    for visitor in visitors:
        visitor.settle()
    give_all(visitors, [file] * COUNT)
    for step in range(2):
        asked = [RUNS[(number + step + 1) % len(RUNS)] for number in range(COUNT)]
        for visitor, run in zip(visitors, asked, strict=True):
            visitor.page.get_by_role("combobox", name="Run").first.click()
            visitor.page.get_by_role("option", name=run, exact=True).click()
        for visitor, run in zip(visitors, asked, strict=True):
            said = visitor.page.locator("[data-testid=stHtml]", has_text="the model says").first
            visitor.page.wait_for_function(
                f"() => location.href.includes('run={run}&') || location.href.endsWith('run={run}')"
            )
            visitor.settle()
            assert wanted[run] in said.inner_text(), run


@pytest.mark.parametrize("uploads", [80, 300])
def test_memory_stays_flat(home: str, visitors: list[Visitor], tmp_path: Path, uploads: int) -> None:
    """Every visitor brings a picture, sees it, and has it forgotten; again and again."""
    for number, visitor in enumerate(visitors):
        visitor.page.goto(f"{visitor.home}/predict?run={RUNS[number % len(RUNS)]}&faces=Whole+picture")
    for visitor in visitors:
        visitor.settle()
    files = draw(tmp_path, uploads // COUNT * COUNT, 1000)
    held = []
    for start in range(0, len(files), COUNT):
        give_all(visitors, files[start : start + COUNT])
        for visitor in visitors:
            # While answers come in, the button that is pressed becomes another one.
            visitor.settle()
            visitor.page.get_by_role("button", name="Forget").first.click()
        for visitor in visitors:
            visitor.page.wait_for_selector("text=No pictures yet", timeout=PATIENCE)
        held.append(resident(home))
    # The first third loads models and fills the caches that all share.
    third = len(held) // 3
    before, after = median(held[third : 2 * third]), median(held[-third:])
    assert after <= 1.05 * before, held
