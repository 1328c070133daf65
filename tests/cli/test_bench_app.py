"""`fer bench app`: what it measures with, and once that it measures; how fast a machine is, is no matter of tests."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from app.menu import ADDRESSES
from fer_core.benchmarks import app as waits
from fer_core.benchmarks.browser import find_browser, served
from fer_core.benchmarks.many_points import many_points
from fer_core.runs import find_run
from tests.browser.visit import CHROMIUM


def test_without_playwright_one_sentence(fer: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "playwright", None)
    ran = fer("bench", "app", "--json")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("fer: this bench needs playwright") and ran.err.count("\n") == 1


def test_without_a_browser_one_sentence(fer: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("playwright")
    ran = fer("bench", "app", "--browser", tmp_path / "none")
    assert ran.code == 2 and f"no Chromium at {tmp_path / 'none'}; install" in ran.err
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(FileNotFoundError, match="under the names chromium, "):
        find_browser()


@pytest.mark.parametrize("arguments", [["--rounds", "0"], ["--points", "-1"], ["--points", "1"]])
def test_mistakes_exit_with_two(fer: Callable, arguments: list[str]) -> None:
    ran = fer("bench", "app", *arguments, "--json")
    assert ran.code == 2 and ran.out == "" and "Traceback" not in ran.err


def test_a_run_of_many_points_opens_with_them(tmp_path: Path) -> None:
    many_points(tmp_path, 150)
    run = find_run(str(tmp_path / "many-points"))
    found = run.features("all", ["v_face", "v_state"])
    assert len(found) == 150 and found.made["synthetic"] and found.samples["sample"].is_unique
    assert found.samples["subject"].nunique() == 2 and set(found.samples["label"]) == set(run.labels)
    # As its name says: v_face tells people apart, v_state states.
    for space, column in (("v_face", "subject"), ("v_state", "label")):
        vectors, codes = found.space(space), found.samples[column].astype("category").cat.codes.to_numpy()
        centres = np.stack([vectors[codes == code].mean(axis=0) for code in range(codes.max() + 1)])
        nearest = np.linalg.norm(vectors[:, None] - centres, axis=2).argmin(axis=1)
        assert (nearest == codes).all()


def test_ratios_are_of_neighbours_in_time() -> None:
    page = [{"shown": 100.0, "complete": 300.0}, {"shown": 900.0, "complete": 950.0}, {"shown": 300.0, "complete": 400}]
    empty = [{"shown": 50.0, "complete": 60.0}, {"shown": 300.0, "complete": 300.0}, {"shown": 300.0, "complete": 300}]
    told = waits._told(page, empty)
    assert told == {"seconds": 0.3, "slowest": 0.9, "complete": 0.4, "ratio": 2.0}
    assert "ratio" not in waits._told(page)


def test_a_server_that_ends_says_its_last_words() -> None:
    with (
        pytest.raises(RuntimeError, match="ended at once with exit code 2: fer: No such command 'nonsense'"),
        served(["fer_core", "nonsense"], "--port"),
    ):
        pass


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.skipif(not Path(CHROMIUM).exists(), reason=f"no Chromium at {CHROMIUM}")
def test_it_measures(fer: Callable) -> None:
    ran = fer("bench", "app", "--rounds", 1, "--points", 300, "--json")
    assert ran.code == 0, ran.err
    document = ran.document
    assert set(document["pages"]) == {*ADDRESSES, "overview", "empty"}
    for one in document["pages"].values():
        for kind in ("switch", "paint"):
            assert 0 < one[kind]["seconds"] == one[kind]["slowest"] and one[kind]["ratio"] > 0
    assert document["pages"]["empty"]["switch"]["ratio"] == 1
    chosen = document["selection_to_faces"]
    assert 0 < chosen["server"] < chosen["seconds"] and chosen["faces"] == 16
    assert 0 < document["upload_to_label"]["seconds"] <= document["upload_to_label"]["complete"] + 0.1
