"""Studies in a real browser: a training that outlives the killed app, numbers as the commands have them, links."""

from __future__ import annotations

import os
import shlex
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote_plus

import pandas as pd
import pytest

from app import jobs
from app.jobs import record
from fer_core.processes import alive
from tests.app import evidence, world
from tests.browser.visit import CHROMIUM, PATIENCE, Visitor, commanded, started

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not Path(CHROMIUM).exists(), reason=f"no Chromium at {CHROMIUM}"),
]
EPOCHS = 300
TINY = ("preprocessing.size=32", "backbone.stem=8", "backbone.widths=[8, 16]", "backbone.blocks=[1, 1]",
        f"optimisation.epochs={EPOCHS}", "optimisation.batch_size=21", "optimisation.precision=fp32",
        "evaluation.views=1")  # fmt: skip


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Drawn faces to learn from, and three folds whose answers come from a seed."""
    made = tmp_path_factory.mktemp("studies")
    world.draw_data(made, people=3, train=3)
    (made / "runs").mkdir()
    evidence.cross_validated(made / "runs")
    return made


@pytest.fixture(scope="module")
def home(place: Path) -> Iterator[str]:
    with started(place / "runs") as address:
        yield address


def until(what: Callable[[], bool], seconds: float = PATIENCE / 1000) -> None:
    limit = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < limit, "it did not come about"
        time.sleep(0.1)


def killed(address: str) -> None:
    """The app's process, gone at once and without a word."""
    port = address.rpartition(":")[2].encode()
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = path.read_bytes().split(b"\0")
        except OSError:
            continue
        if b"--server.port" in words and words[words.index(b"--server.port") + 1] == port:
            os.kill(int(path.parent.name), signal.SIGKILL)


@pytest.mark.slow
def test_a_training_outlives_the_app_and_a_killed_one_resumes(place: Path, browser: Browser) -> None:
    line = shlex.join([f"data.source={place / 'drawn-faces'}", *TINY])
    address = "/studies?study_look=Train&train_look=Start+something&job_kind=One+training&recipe=expression"
    address += f"&changes={quote_plus(line)}"
    runs = place / "runs"
    with started(runs) as home:
        visitor = Visitor(browser, home)
        page = visitor.go(address)
        page.get_by_role("textbox", name="Name", exact=True).fill("tiny")
        page.keyboard.press("Enter")
        page.wait_for_selector("text=/--out .*runs.tiny /", timeout=PATIENCE)
        visitor.settle()
        visitor.press("Start 1 training")
        page.wait_for_selector(f"text=/epoch [0-9]+ of {EPOCHS} done, about .* left/", timeout=PATIENCE)
        page.wait_for_selector("text=/validation macro-F1 0/", timeout=PATIENCE)
        assert visitor.complaints == []
        killed(home)
        visitor.leave()
        job = jobs.jobs(runs / ".jobs")[0]
        history = runs / "tiny" / "history.csv"
        done = len(pd.read_csv(history))
        until(lambda: len(pd.read_csv(history)) > done)
    assert jobs.state(job).standing == "running"
    child = record.read(job.folder / "state.json")["child"]
    os.killpg(child["pid"], signal.SIGKILL)
    until(lambda: not alive(child) and not jobs.state(job).live)
    with started(runs) as home:
        visitor = Visitor(browser, home)
        page = visitor.go("/studies?study_look=Train")
        row = page.locator(f".st-key-job_{job.id}")
        assert "killed" in row.inner_text() and "signal 9" in row.inner_text()
        stopped_at = len(pd.read_csv(history))
        assert 0 < stopped_at < EPOCHS
        visitor.press("Resume")
        row.get_by_role("button", name="Results").wait_for(timeout=PATIENCE * 3)
        visitor.settle()
        assert f"{EPOCHS} epochs" in row.inner_text()
        assert any(one.startswith("--- resumed") for one in jobs.tail(job, 10**6))
        assert pd.read_csv(history)["epoch"].tolist() == list(range(1, EPOCHS + 1))
        row.get_by_role("button", name="Results").click()
        page.wait_for_url("**/results**", timeout=PATIENCE)
        visitor.settle()
        assert "run=tiny" in page.url
        told = commanded(
            "evaluate", "tiny", "--data", str(place / "drawn-faces"), "--split", "validation", runs=place / "runs"
        )
        shown = page.locator('[data-testid="stMetricValue"]').all_inner_texts()
        assert f"{told['accuracy']:.3f}" in shown[0] and f"{told['macro_f1']:.3f}" in shown[1]
        assert visitor.complaints == [] and visitor.outside == []
        visitor.leave()


def test_a_note_and_a_deletion(place: Path, visitor: Visitor) -> None:
    home = place / "runs" / ".jobs"
    out = place / "runs" / "gone"
    job = jobs.start(home, "train", "gone", [sys.executable, "-c", "print('{\"a\": 1}')"], str(out))
    until(lambda: not jobs.state(job).live)
    page = visitor.go("/studies?study_look=Train")
    page.get_by_role("textbox", name="Note", exact=True).fill("with *stars*")
    visitor.press("Keep note")
    page.locator(f".st-key-job_{job.id}").get_by_text("with *stars*", exact=True).wait_for(timeout=PATIENCE)
    visitor.press("Delete job")
    page.locator(f".st-key-job_{job.id}").wait_for(state="detached", timeout=PATIENCE)
    assert job.id not in [one.id for one in jobs.jobs(home)]


def test_a_click_on_a_cell_tells_the_sweeps_own_number(place: Path, visitor: Visitor) -> None:
    folds = place / "runs" / "deviation-folds"
    told = commanded("sweep", str(folds / "grid.yaml"), "--out", str(folds), runs=place / "runs")
    page = visitor.go("/studies?study_look=Ablation+grid&ablation=deviation-folds%3A+deviation-compact&across=fold")
    cells = page.locator(".st-key-study_grid_map .scatterlayer .points path")
    boxes = [cells.nth(place).bounding_box() for place in range(cells.count())]
    last = max((box for box in boxes if box), key=lambda box: box["x"])
    visitor.point(last)
    page.wait_for_selector("text=/Chosen: row/", timeout=PATIENCE)
    visitor.settle()
    wanted = next(one["accuracy"] for one in told["runs"] if one["fold"] == 2)
    assert f"Accuracy {wanted:.4f}" in page.locator("p", has_text="Chosen: row").inner_text()
    visitor.go("/studies?study_look=Ablation+grid&ablation=deviation-folds%3A+deviation-compact&across=all+trainings")
    mean = told["summary"][0]["accuracy_folds"]["mean"]
    assert f"Accuracy {mean:.4f}" in page.locator("p", has_text="Best: row").inner_text()


def test_ours_beside_a_table_and_its_latex(place: Path, visitor: Visitor) -> None:
    table = quote_plus("deviation-3 · Table 3: Drowsiness with and without the deviation module")
    page = visitor.go(f"/studies?published={table}&study_reading=Numbers")
    told = commanded(
        "published", "deviation-3", "--beside", "deviation-study", "--study", "deviation-3", runs=place / "runs"
    )
    spoken = page.locator(".st-key-study_beside [aria-label], .st-key-study_beside [alt]")
    said = " ".join(spoken.evaluate_all("all => all.map(one => one.ariaLabel || one.alt)"))
    for cell in told["beside"]["cells"]:
        assert f"{cell['row']}: ours {cell['ours']:.4g}, published {cell['published']:.4g}" in said
    for sentence in told["beside"]["remarks"]:
        assert page.get_by_text(sentence, exact=True).count() == 1
    with page.expect_download() as taken:
        page.get_by_role("button", name="LaTeX").first.click()
    text = Path(taken.value.path()).read_text()
    assert taken.value.suggested_filename == "study_cells.tex" and r"\toprule" in text
    assert all(f"{cell['ours']:.4f}" in text for cell in told["beside"]["cells"])
