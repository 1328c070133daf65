"""Sweeps of real, tiny trainings in processes of their own: rows, failures apart, going on, killed runs."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import yaml

from fer_core.grid import load_grid
from fer_core.runs import Run
from fer_core.studies import StoredStudy, find_study, mean_interval, summarised
from fer_core.sweep import Setting, perform, sweep
from fer_core.weights import load_weights
from tests.conftest import REPOSITORY
from tests.drawn import LABELS, class_folders

GRID = """
name: drawn
recipe: expression
set: [preprocessing.size=24, "data.labels=[{labels}]", backbone.stem=8, "backbone.widths=[8, 16]",
  "backbone.blocks=[1, 1]", optimisation.epochs={epochs}, optimisation.batch_size=16]
rows:
  - {{name: plain}}
  - {{name: Two Passes, set: [mixing.kind=mixaugment]}}
  - {{name: failing, set: ["data.labels=[anger, contempt]"]}}
"""


def _grid(folder, epochs=2):
    path = folder / "drawn.yaml"
    path.write_text(GRID.format(labels=", ".join(LABELS), epochs=epochs))
    return path


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return class_folders(tmp_path_factory.mktemp("drawn"), {"train": 8, "validation": 4})


@pytest.fixture(scope="module")
def swept(data, tmp_path_factory):
    folder = tmp_path_factory.mktemp("sweep")
    return sweep(load_grid(_grid(folder)), folder / "out", str(data), workers=2)


def test_a_failing_row_stops_no_other_and_says_why(swept, data):
    table = swept.table.set_index("row")
    assert table["status"].to_dict() == {"plain": "finished", "Two Passes": "finished", "failing": "failed"}
    assert "has no usable training picture of anger, contempt" in table.loc["failing", "error"]
    assert json.loads(table.loc["Two Passes", "overrides"])[-1] == "mixing.kind=mixaugment"
    run = Run(swept.path / table.loc["plain", "run"])
    assert table.loc["plain", "accuracy"] == pytest.approx(
        (run.predictions("validation")["label"] == run.predictions("validation")["predicted"]).mean()
    )
    weights, _ = load_weights(run.path / "weights.safetensors")
    learned = [value for name, value in weights.items() if "running_" not in name and "num_batches" not in name]
    assert table.loc["plain", "parameters"] == sum(value.numel() for value in learned)


def test_pictures_forwarded_are_counted_apart_from_steps(swept):
    table = swept.table.set_index("row")
    plain, twice = table.loc["plain"], table.loc["Two Passes"]
    assert plain["steps"] == twice["steps"] == 2 * -(-plain["train"] // 16)
    assert plain["pictures"] == 2 * plain["train"]
    assert twice["pictures"] == 2 * plain["pictures"]  # mixed and real pictures


def test_predictions_and_curves_stand_beside_the_table_without_the_runs(swept, tmp_path):
    for name in ("sweep.parquet", "predictions.parquet", "history.parquet", "grid.yaml"):
        shutil.copy(swept.path / name, tmp_path / name)
    alone = find_study(tmp_path)
    predictions, curves = alone.predictions(), alone.history()
    assert set(predictions["row"]) == set(curves["row"]) == {"plain", "Two Passes"}
    right = (predictions["label"] == predictions["predicted"]).groupby(predictions["row"]).mean()
    assert right["plain"] == pytest.approx(alone.table.set_index("row").loc["plain", "accuracy"])
    assert curves.groupby("row")["epoch"].max().to_dict() == {"plain": 2, "Two Passes": 2}


def test_a_finished_sweep_is_left_alone_and_other_settings_are_refused(swept, data, fer):
    before = (swept.path / "runs/drawn/plain-s0/weights.safetensors").stat().st_mtime_ns
    grid = _grid(swept.path.parent)
    common = [str(grid), "--out", swept.path, "--data", data]
    with pytest.raises(ValueError, match="was trained with other settings than row 'plain'"):
        sweep(load_grid(_grid(swept.path.parent, epochs=3)), swept.path, str(data))
    assert (swept.path / "runs/drawn/plain-s0/weights.safetensors").stat().st_mtime_ns == before
    listed = fer("sweep", *common, "--list", "--json")
    assert listed.code == 0 and len(listed.document["jobs"]) == 3


def test_a_sweeps_folder_takes_no_other_grid_and_no_other_data(swept, data, tmp_path):
    before = (swept.path / "grid.yaml").read_bytes(), (swept.path / "sweep.parquet").read_bytes()
    other = tmp_path / "other.yaml"
    other.write_text(_grid(tmp_path).read_text().replace("name: drawn", "name: other"))
    with pytest.raises(ValueError, match=r"holds a sweep of other studies \(drawn\); choose another --out"):
        sweep(load_grid(other), swept.path, str(data), workers=1)
    elsewhere = class_folders(tmp_path / "elsewhere", {"train": 2, "validation": 1})
    with pytest.raises(ValueError, match="was trained on .*, not on .*elsewhere; choose another --out"):
        sweep(load_grid(_grid(tmp_path)), swept.path, str(elsewhere), workers=1)
    assert before == ((swept.path / "grid.yaml").read_bytes(), (swept.path / "sweep.parquet").read_bytes())


def test_means_over_seeds_have_students_interval():
    values = np.array([0.5, 0.6, 0.7])
    found = mean_interval(values)
    # t(0.975, 2) = 4.3027, standard error 0.1 / sqrt(3)
    assert found["mean"] == pytest.approx(0.6) and found["high"] == pytest.approx(
        0.6 + 4.302653 * 0.1 / 3**0.5, abs=1e-6
    )
    assert mean_interval(values[:1]) == {"mean": 0.5, "std": None, "low": None, "high": None}


def test_rows_that_did_not_finish_are_counted(swept):
    summary = {one["row"]: one for one in summarised(swept.table)}
    assert (summary["failing"]["runs"], summary["failing"]["failed"]) == (0, 1)
    assert "accuracy" not in summary["failing"]
    assert summary["plain"]["accuracy"]["mean"] == pytest.approx(swept.table["accuracy"].iloc[0])


def test_unknown_engines_and_studies_are_named(tmp_path, data):
    grid = load_grid(_grid(tmp_path))
    with pytest.raises(ValueError, match="unknown engine 'slurm'; choose one of local, ray"):
        sweep(grid, tmp_path / "out", str(data), engine="slurm")
    with pytest.raises(FileNotFoundError, match="no data at"):
        sweep(grid, tmp_path / "out", str(tmp_path / "nowhere"))
    assert not (tmp_path / "out").exists()
    with pytest.raises(FileNotFoundError, match="no sweep at"):
        find_study(tmp_path / "nothing")


@pytest.mark.slow
def test_a_killed_sweep_goes_on_and_ends_as_an_uninterrupted_one(data, tmp_path):
    grid = _grid(tmp_path, epochs=150)
    words = [sys.executable, "-m", "fer_core", "sweep", str(grid), "--data", str(data), "--workers", "1"]
    words += ["--set", "mixing.kind=mixup"]
    child = subprocess.Popen([*words, "--out", str(tmp_path / "killed")], cwd=REPOSITORY, start_new_session=True)
    first = tmp_path / "killed/runs/drawn/plain-s0"
    limit = time.monotonic() + 120
    while not (first / "history.csv").is_file() and time.monotonic() < limit:
        time.sleep(0.05)
    os.killpg(child.pid, signal.SIGKILL)  # the sweep and the training it has started
    child.wait()
    while Run(first).status == "running" and time.monotonic() < limit:  # until init has buried it
        time.sleep(0.05)
    assert Run(first).status == "stopped"
    for name in ("killed", "whole"):
        subprocess.run([*words, "--out", str(tmp_path / name)], cwd=REPOSITORY, check=False)
    weights = [
        (tmp_path / name / "runs/drawn/plain-s0/weights.safetensors").read_bytes() for name in ("killed", "whole")
    ]
    assert weights[0] == weights[1]
    columns = ["row", "seed", "status", "accuracy", "macro_f1", "steps", "pictures"]
    tables = [StoredStudy(tmp_path / name).table[columns] for name in ("killed", "whole")]
    assert tables[0].equals(tables[1])


@pytest.mark.slow
def test_a_run_that_is_killed_fails_by_itself(data, tmp_path):
    job = load_grid(_grid(tmp_path, epochs=200)).jobs[0]
    children: set[subprocess.Popen[str]] = set()
    setting = Setting(tmp_path / "out", str(data))
    import threading

    def kill() -> None:
        while not (setting.run_path(job) / "history.csv").is_file():
            time.sleep(0.05)
        next(iter(children)).kill()

    killer = threading.Thread(target=kill)
    killer.start()
    assert perform(job, setting, children) == "killed by signal 9; called again, the sweep goes on with it"
    killer.join()


def test_rows_whose_names_hold_a_dot_keep_files_of_their_own(tmp_path, monkeypatch):
    from fer_core.sweep import performing

    grid = tmp_path / "dots.yaml"
    rows = [{"name": f"rate {rate}", "set": [f"optimiser.lr={rate}"]} for rate in (0.1, 0.2)]
    grid.write_text(yaml.safe_dump({"recipe": "expression", "rows": rows}))
    asked = []
    monkeypatch.setattr(performing, "_fer", lambda arguments, record, *_: asked.append((arguments[1], record)))
    for job in load_grid(grid).jobs:
        performing.perform(job, performing.Setting(tmp_path / "out"))
    recipes = [Path(recipe) for recipe, _ in asked]
    assert [yaml.safe_load(one.read_text())["optimiser"]["lr"] for one in recipes] == [0.1, 0.2]
    assert len({record for _, record in asked}) == 2
