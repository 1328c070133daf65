"""The lesson by a visitor's hands: what stands there after real clicks is what the copied command prints."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.services.lesson_face import BREAKING
from tests.browser.visit import CHROMIUM, REPOSITORY, Visitor, started

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not Path(CHROMIUM).exists(), reason=f"no Chromium at {CHROMIUM}"),
]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The started app with the shipped runs."""
    with started(tmp_path_factory.mktemp("runs")) as address:
        yield address


def told(visitor: Visitor, word: str, folder: Path, which: int = 0) -> dict:
    """What one of the page's commands prints in a shell, from an empty folder."""
    visitor.page.get_by_role("button", name=re.compile(f"copy the command: .*fer {word}")).nth(which).click()
    visitor.page.wait_for_selector("text=copied")
    command = visitor.page.evaluate("() => navigator.clipboard.readText()")
    shell = f'fer() {{ "{sys.executable}" -m fer_core "$@"; }}\n{command}'
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    done = subprocess.run(
        ["bash", "-c", shell], cwd=folder, env=environment, capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout)


def answer(visitor: Visitor, option: str) -> None:
    visitor.page.get_by_role("radio", name=option, exact=True).press("Space")
    visitor.settle()
    visitor.press("Check")


def test_a_face_is_broken_by_keyboard_and_the_answer_is_the_commands(
    visitor: Visitor, home: str, tmp_path: Path
) -> None:
    page = visitor.go("/teach?run=drowsiness")
    visitor.press("Next step")
    slider = page.get_by_role("slider", name="Blur")
    for _ in range(3):
        slider.press("ArrowRight")
    visitor.settle()
    document = told(visitor, "look", tmp_path)
    assert document["disturbances"] == {"blur": 3}
    for part in (document, document["disturbed"]):
        assert page.get_by_text(f"{part['label']} {part['probabilities'][part['label']]:.3f}", exact=True).count()
    assert "break_blur=3" in page.url and "lesson=2" in page.url

    question = page.get_by_role("heading", name=re.compile("leaves least of that")).inner_text()
    assert f"{document['label']} with {document['probabilities'][document['label']]:.3f}" in question
    answer(visitor, "Darken")
    alone = told(visitor, "look", tmp_path, 1)["alone"]
    least = min(alone, key=lambda kind: alone[kind][-1])
    verdict = page.get_by_test_id("stAlert").inner_text()
    assert ("Right." if least == "dark" else f"No: {BREAKING[least]}.") in verdict
    assert all(f"{BREAKING[kind]} {values[-1]:.3f}" in verdict for kind, values in alone.items())
    answer(visitor, BREAKING[least])
    assert "Right." in page.get_by_test_id("stAlert").inner_text()

    again = visitor.go(page.url.removeprefix(home))
    assert again.get_by_role("slider", name="Blur").get_attribute("aria-valuetext") == "3"


def test_the_lesson_is_walked_through_printed_and_begun_anew(visitor: Visitor, tmp_path: Path) -> None:
    page = visitor.go("/teach?run=drowsiness&lesson=4+Mix+two&lesson_lam=0.25&large_type=true")
    document = told(visitor, "mix", tmp_path)
    best = max(document["said"], key=document["said"].get)
    assert page.get_by_text(f"{best} {document['said'][best]:.3f}", exact=True).count() == 1
    assert page.evaluate("() => getComputedStyle(document.documentElement).fontSize") == "21px"
    visitor.press("Next step")
    found = told(visitor, "leakage", tmp_path)["probe"]["state"]["knn"]
    assert page.get_by_test_id("stMetricValue").first.inner_text() == f"{found['random_folds']['accuracy']:.3f}"
    answer(visitor, "more than 0.20 less")
    assert f"{found['persons_out']['accuracy']:.3f}" in page.get_by_test_id("stAlert").inner_text()

    with page.expect_download(timeout=180_000) as coming:
        page.get_by_role("button", name="Handout to print").click()
    coming.value.save_as(tmp_path / "lesson.html")
    sheet = (tmp_path / "lesson.html").read_text(encoding="utf-8")
    assert sheet.count("<h2") == 6 and "cannot be shown" not in sheet
    assert f"{found['persons_out']['accuracy']:.3f}" in sheet.partition(">Answers<")[2]

    visitor.press("Start anew")
    page.wait_for_selector("text=Step 1 of 5 · 0 of 5 answered")
    assert "lesson=1" in page.url
