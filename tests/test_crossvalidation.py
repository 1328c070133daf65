"""Folds of real, tiny trainings: scores by hand, one that fails, going on, a fold by `fer train` alone."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pandas as pd
import pytest

from fer_core.crossvalidation import crossvalidate
from fer_core.data import open_data
from fer_core.evaluation import evaluate
from fer_core.grid import load_grid
from fer_core.recipe import load_recipe
from fer_core.runs import Run
from fer_core.studies import StoredStudy
from fer_core.training import train
from tests.conftest import REPOSITORY
from tests.drawn import LABELS, manifest

CHANGES = [
    "preprocessing.size=24", f"data.labels=[{', '.join(LABELS)}]", "backbone.stem=8", "backbone.widths=[8, 16]",
    "backbone.blocks=[1, 1]", "optimisation.epochs=2", "optimisation.batch_size=16",
]  # fmt: skip
SET = [word for change in CHANGES for word in ("--set", change)]


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """Seven people; no split, no group."""
    return manifest(tmp_path_factory.mktemp("people"), subjects=7, per_subject=12)


def _fold(fold, data, out):
    """As `fer train` makes it."""
    recipe = load_recipe("expression", [*CHANGES, "data.groups=3", f"data.test_group={fold}"])
    return train(recipe, str(data), out, device="cpu", threads=1)


@pytest.fixture(scope="module")
def folder(data, tmp_path_factory):
    """Two of three folds; where the third would lie, something else lies."""
    place = tmp_path_factory.mktemp("folds") / "out"
    for fold in (0, 2):
        _fold(fold, data, place / f"runs/expression/expression-s0-f{fold}")
    taken = place / "runs/expression/expression-s0-f1"
    taken.mkdir(parents=True)
    (taken / "notes.txt").write_text("mine")
    return place


def _crossvalidated(data, folder):
    # As many workers as cores: one thread each, as above; another number of threads rounds differently.
    return crossvalidate("expression", str(data), folder, CHANGES, groups=3, workers=os.cpu_count(), device="cpu")


@pytest.fixture(scope="module")
def first(data, folder):
    return _crossvalidated(data, folder)


def _f1(cells):
    scores = []
    for place in range(len(cells)):
        called = sum(row[place] for row in cells)
        scores.append(2 * cells[place][place] / (sum(cells[place]) + called))
    return sum(scores) / len(scores)


def test_a_fold_that_fails_is_named_and_the_others_are_kept(first, folder):
    assert [one["fold"] for one in first["folds"]] == [0, 2] and not first["complete"]
    (failed,) = first["failed"]
    assert failed["fold"] == 1 and "notes.txt" not in failed["error"] and "is not empty" in failed["error"]
    assert first["mean"]["macro_f1"] == pytest.approx(np.mean([one["macro_f1"] for one in first["folds"]]))
    (row,) = StoredStudy(folder).summary()
    assert (row["runs"], row["failed"], row["seeds"]) == (2, 1, [])
    assert row["incomplete"] == [{"seed": 0, "folds": [1]}] and "macro_f1_folds" not in row  # never silently averaged


@pytest.fixture(scope="module")
def whole(first, data, folder):
    """Called again where nothing lies in the way any more; and when each fold's weights were written before that."""
    before = {fold: _written(folder, fold) for fold in (0, 2)}
    (folder / "runs/expression/expression-s0-f1/notes.txt").unlink()
    return _crossvalidated(data, folder), before


def _written(folder, fold):
    return (folder / f"runs/expression/expression-s0-f{fold}/weights.safetensors").stat().st_mtime_ns


def test_called_again_finished_folds_are_left_alone(whole, folder):
    found, before = whole
    assert found["complete"] and not found["failed"]
    assert {fold: _written(folder, fold) for fold in (0, 2)} == before
    assert json.loads((folder / "crossvalidation.json").read_text()) == found


def test_a_fold_is_judged_on_the_people_that_it_was_dealt(whole, data, tmp_path):
    """The data itself names no split; what is called test is the group that this fold left out."""
    for one in whole[0]["folds"]:
        run = Run(one["run"])
        again = evaluate(run, open_data(str(data)), "test", device="cpu").predictions
        stored = run.predictions("test")
        assert again["sample"].tolist() == stored["sample"].tolist()
        assert again["predicted"].tolist() == stored["predicted"].tolist()
        assert set(again["subject"]) == set(one["test_subjects"])
    with pytest.raises(ValueError, match="no split 'test'"):
        evaluate(run, open_data(str(manifest(tmp_path, subjects=3, per_subject=3))), "test", device="cpu")


def test_everything_follows_from_the_stored_predictions(whole, data):
    found, _ = whole
    people = set(pd.read_csv(data)["subject"])
    assert sorted(who for one in found["folds"] for who in one["test_subjects"]) == sorted(people)
    total = [[0] * 3 for _ in LABELS]
    for one in found["folds"]:
        stored = Run(one["run"]).predictions("test")
        cells = [[0] * 3 for _ in LABELS]
        for true, called in zip(stored["label"], stored["predicted"], strict=True):
            cells[LABELS.index(true)][LABELS.index(called)] += 1
            total[LABELS.index(true)][LABELS.index(called)] += 1
        assert (one["confusion"], one["n"]) == (cells, 12 * len(one["test_subjects"]))
        assert one["macro_f1"] == pytest.approx(_f1(cells))
        assert set(stored["subject"]) == set(one["test_subjects"])
    folds = np.array([one["macro_f1"] for one in found["folds"]])
    assert found["mean"]["macro_f1"] == pytest.approx(folds.mean())
    assert found["std"]["macro_f1"] == pytest.approx(np.sqrt(((folds - folds.mean()) ** 2).sum() / 2))
    assert found["summed_confusion"] == total and found["summed_macro_f1"] == pytest.approx(_f1(total))
    assert found["summed_accuracy"] == pytest.approx(sum(total[place][place] for place in range(3)) / 84)


def test_the_folder_is_a_sweeps_and_its_summary_says_the_same(whole, folder):
    found, _ = whole
    study = StoredStudy(folder)
    (row,) = study.summary()
    assert (row["folds"], row["incomplete"], row["seeds"], row["n"]) == (3, [], [0], 84)
    assert row["split"] == "leave one group out"
    for name in ("accuracy", "average_accuracy", "macro_f1"):
        assert row[f"{name}_folds"]["mean"] == pytest.approx(found["mean"][name])
        assert row[f"{name}_summed"]["mean"] == pytest.approx(found[f"summed_{name}"])
    assert "accuracy" not in row
    assert set(study.predictions()["fold"]) == {0, 1, 2}
    jobs = load_grid(folder / "grid.yaml").jobs
    assert [job.fold for job in jobs] == [0, 1, 2]


def test_one_fold_is_an_ordinary_run(whole, data, tmp_path):
    found, _ = whole
    run = _fold(1, data, tmp_path / "one")
    stored = Run(found["folds"][1]["run"])
    assert run.predictions("test").equals(stored.predictions("test"))
    assert (run.path / "weights.safetensors").read_bytes() == (stored.path / "weights.safetensors").read_bytes()
    assert run.info["data"]["fold"] == stored.info["data"]["fold"]


def test_the_command_says_what_is_there(whole, data, folder, fer):
    common = ["crossvalidate", "expression", "--data", data, "--out", folder, *SET, "--groups", 3, "--device", "cpu"]
    ran = fer(*common, "--json")
    assert (ran.code, ran.document) == (0, whole[0])
    text = fer(*common, "--folds", "2,0").out
    assert "Over 2 of 3 folds: not everybody was tested." in text and "Summed over the folds, rows true:" in text
    for name in ("mean", "std", "summed"):
        assert any(line.startswith(name) for line in text.splitlines())
    other = fer(*common, "--set", "optimisation.epochs=3")
    assert other.code == 2 and "was trained with other settings" in other.err


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--folds", "0,3"], "no fold 3: 3 groups make folds 0 to 2"),
        (["--folds", "a"], "--folds needs whole numbers with commas, e.g. 0,3, got 'a'"),
        (["--groups", "8"], "7 subjects cannot be dealt into 8 groups"),
        (["--groups", "2"], "--groups"),
        (["--data", "nowhere.csv"], "no data at nowhere.csv"),
        (["--set", "optimiser.l=1"], "unknown key 'optimiser.l'"),
    ],
)
def test_the_callers_mistakes_are_told_once(words, sentence, data, tmp_path, fer):
    ran = fer("crossvalidate", "expression", "--data", data, "--out", tmp_path / "out", *SET, "--groups", 3, *words)
    assert (ran.code, ran.out) == (2, "") and sentence in ran.err
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
def test_killed_folds_go_on_and_end_as_uninterrupted_ones(data, tmp_path):
    words = [sys.executable, "-m", "fer_core", "crossvalidate", "expression", "--data", str(data), *SET]
    words += ["--groups", "3", "--workers", "2", "--device", "cpu"]
    words += ["--set", "optimisation.epochs=25"]
    child = subprocess.Popen([*words, "--out", str(tmp_path / "killed")], cwd=REPOSITORY, start_new_session=True)
    begun = tmp_path / "killed/runs/expression/expression-s0-f0"
    limit = time.monotonic() + 120
    while not (begun / "history.csv").is_file() and time.monotonic() < limit:
        time.sleep(0.05)
    os.killpg(child.pid, signal.SIGKILL)  # the folds that it has started, too
    child.wait()
    while Run(begun).status == "running" and time.monotonic() < limit:
        time.sleep(0.05)
    assert Run(begun).status == "stopped"
    for name in ("killed", "whole"):
        subprocess.run([*words, "--out", str(tmp_path / name)], cwd=REPOSITORY, check=True)
    found = [json.loads((tmp_path / name / "crossvalidation.json").read_text()) for name in ("killed", "whole")]
    assert found[0]["mean"] == found[1]["mean"] and found[0]["summed_confusion"] == found[1]["summed_confusion"]
    weights = [
        (tmp_path / name / "runs/expression/expression-s0-f0/weights.safetensors").read_bytes()
        for name in ("killed", "whole")
    ]
    assert weights[0] == weights[1]
