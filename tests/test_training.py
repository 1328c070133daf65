"""Small trainings on drawn faces, whole: run directory, twins, selection, resume after a real kill, refusals."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time

import numpy as np
import pandas as pd
import pytest
import torch
import yaml

from fer_core.assembly import load_model
from fer_core.batches import cuts
from fer_core.data import open_data
from fer_core.data.folds import subject_keys
from fer_core.evaluation import evaluate, stored_report, verify
from fer_core.recipe import check_recipe
from fer_core.runs import Run, find_run, list_runs
from fer_core.training import train
from tests.conftest import REPOSITORY
from tests.drawn import LABELS, class_folders, manifest

PLAIN = {
    "name": "drawn",
    "data": {"labels": list(LABELS)},
    "preprocessing": {"size": 24, "grey": True},
    "backbone": {"kind": "compact", "stem": 8, "widths": [8, 16], "blocks": [1, 1]},
    "head": {"kind": "linear", "dropout": 0.3},
    "augmentation": {"flip": 0.5, "rotation": 5, "brightness": 0.05},
    "optimiser": {"kind": "sgd", "lr": 0.1},
    "schedule": {"kind": "onecycle"},
    "optimisation": {"epochs": 4, "batch_size": 16},
    "evaluation": {"views": 2},
}


def _recipe(*changes):
    return check_recipe(json.loads(json.dumps(PLAIN)), "drawn", changes)


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    root = class_folders(tmp_path_factory.mktemp("drawn"), {"train": 24, "validation": 8, "test": 6})
    shutil.copy(root / "validation/sadness/000.png", root / "train/sadness/twin.png")
    (root / "test/sadness/broken.png").write_bytes(b"no picture")
    return root


@pytest.fixture(scope="module")
def finished(data, tmp_path_factory):
    return train(_recipe("mixing.kind=mixup"), str(data), tmp_path_factory.mktemp("runs") / "drawn", threads=1)


def test_a_run_holds_everything(finished, data):
    run = Run(finished.path)
    assert run.status == "finished" and run.usable and run.labels == LABELS and not run.synthetic
    names = {path.name for path in run.path.iterdir()}
    assert names == {
        "recipe.yaml",
        "run.json",
        "history.csv",
        "weights.safetensors",
        "predictions.parquet",
        "training.parquet",
        "card.md",
    }
    assert check_recipe(yaml.safe_load((run.path / "recipe.yaml").read_text())).mixing.kind == "mixup"
    counts = run.info["data"]
    assert (counts["train"], counts["validation"], counts["test"], counts["twins_dropped"]) == (72, 24, 18, 1)
    assert counts["excluded"] == {"unreadable": 1} and run.evaluated["test"]["excluded"] == 1
    history = run.history()
    assert len(history) == 4 and run.info["best"]["validation_accuracy"] == history["validation_accuracy"].max()
    assert run.predictions("validation")["twin"].sum() == 1
    assert "72 pictures to train on" in run.card()
    assert len(run.training_pictures()) == 73 and run.training_pictures()["used"].sum() == 72
    assert run.training_pictures()["subject"].isna().all()  # folders of classes name nobody


def test_weights_are_half_and_batchnorm_statistics_are_not(finished):
    from safetensors import safe_open

    with safe_open(finished.path / "weights.safetensors", framework="pt") as stored:
        kinds = {name: stored.get_tensor(name).dtype for name in stored.keys()}  # noqa: SIM118
        assert json.loads(stored.metadata()["labels"]) == list(LABELS)
    assert {kind for name, kind in kinds.items() if "running_" in name} == {torch.float32}
    assert {kind for name, kind in kinds.items() if name.endswith("weight")} == {torch.float16}


def test_stored_predictions_are_those_of_the_exported_weights(finished, data):
    found = verify(finished)
    assert found["equal"] and set(found["splits"]) == {"validation", "test"}
    again = evaluate(finished, open_data(data), "test", faces="whole")
    stored = stored_report(finished, "test")
    assert again.report() == stored
    assert [one["path"] for one in again.excluded] == ["test/sadness/broken.png"]
    assert stored["excluded"] == 1 and np.sum(stored["confusion"]) == stored["n"] == 18


def test_verify_notices_other_answers_and_other_samples(finished, tmp_path):
    run = Run(shutil.copytree(finished.path, tmp_path / "copy"))
    told = run.predictions("test")
    first = told.loc[0, "predicted"]
    run.store_predictions(told.assign(predicted=[next(one for one in LABELS if one != first), *told["predicted"][1:]]))
    found = verify(run)
    assert not found["equal"] and found["splits"]["test"]["labels_changed"] == 1
    assert found["splits"]["validation"]["labels_changed"] == 0
    run.store_predictions(told.assign(sample=["test/nobody.png", *told["sample"][1:]]))
    with pytest.raises(ValueError, match="1 samples that .* does not hold, the first is test/nobody.png"):
        verify(run)


def test_evaluate_says_which_samples_have_a_twin_in_training(finished, data):
    validation = evaluate(finished, open_data(data), "validation", faces="whole")
    twins = validation.predictions.query("twin")["sample"].tolist()
    assert twins == ["validation/sadness/000.png"]
    kept = validation.predictions.query("not twin")
    assert validation.report()["accuracy_without_twins"] == pytest.approx((kept["label"] == kept["predicted"]).mean())


def test_it_learns(data, tmp_path):
    run = train(
        _recipe("optimisation.epochs=12", "optimiser.kind=adamw", "optimiser.lr=0.01"),
        str(data),
        tmp_path / "run",
        threads=1,
    )
    assert stored_report(run, "test")["accuracy"] > 0.8
    assert run.history()["loss"].iloc[-1] < run.history()["loss"].iloc[0]


def test_kill_and_resume_is_bit_identical(data, tmp_path):
    changes = ("optimisation.epochs=6", "optimiser.kind=adamw", "mixing.kind=mixup")
    whole = train(_recipe(*changes), str(data), tmp_path / "whole", threads=1)
    recipe = tmp_path / "drawn.yaml"
    recipe.write_text(yaml.safe_dump(_recipe(*changes).plain()))
    killed = tmp_path / "killed"
    command = [
        sys.executable,
        "-m",
        "fer_core",
        "train",
        str(recipe),
        "--data",
        str(data),
        "--out",
        str(killed),
        "--threads",
        "1",
    ]
    process = subprocess.Popen(
        command, cwd=REPOSITORY, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL, env={**os.environ}
    )
    deadline = time.monotonic() + 120
    while not (killed / "resume.pt").exists() and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    process.wait()
    left = Run(killed)
    assert left.status == "stopped" and not left.usable and "resume" in left.why_not
    with pytest.raises(FileExistsError, match="never overwritten"):
        train(_recipe(*changes), str(data), killed, threads=1)
    resumed = train(_recipe(*changes), str(data), killed, resume=True, threads=1)
    assert (whole.path / "weights.safetensors").read_bytes() == (resumed.path / "weights.safetensors").read_bytes()
    columns = ["loss", "learning_rate", "validation_loss", "validation_accuracy"]
    pd.testing.assert_frame_equal(whole.history()[columns], resumed.history()[columns], check_exact=True)
    pd.testing.assert_frame_equal(whole.predictions(), resumed.predictions(), check_exact=True)


def test_a_finished_run_is_never_overwritten(finished, data):
    before = (finished.path / "run.json").read_bytes()
    with pytest.raises(FileExistsError, match="never overwritten"):
        train(_recipe(), str(data), finished.path)
    assert train(_recipe("mixing.kind=mixup"), str(data), finished.path, resume=True).status == "finished"
    assert (finished.path / "run.json").read_bytes() == before


def test_resume_refuses_another_recipe_or_other_data(data, tmp_path, monkeypatch):
    monkeypatch.setattr("fer_core.training.evaluate_training_data", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        train(_recipe("optimisation.epochs=1"), str(data), tmp_path / "run", threads=1)
    assert Run(tmp_path / "run").status == "stopped"
    with pytest.raises(ValueError, match=r"another recipe: optimiser.lr \(0.1, now 0.3\)"):
        train(_recipe("optimisation.epochs=1", "optimiser.lr=0.3"), str(data), tmp_path / "run", resume=True)
    other = class_folders(tmp_path / "other", {"train": 8, "validation": 4}, seed=5)
    with pytest.raises(ValueError, match="begun on other data"):
        train(_recipe("optimisation.epochs=1"), str(other), tmp_path / "run", resume=True)
    # A version that knew fewer options wrote the recipe: what is missing has its default.
    written = tmp_path / "run" / "recipe.yaml"
    lines = written.read_text().splitlines(keepends=True)
    assert any(line.strip().startswith("clip_norm") for line in lines)
    written.write_text("".join(line for line in lines if not line.strip().startswith("clip_norm")))
    (tmp_path / "run" / "resume.pt").write_bytes(b"half")
    with pytest.raises(ValueError, match="is damaged"):
        train(_recipe("optimisation.epochs=1"), str(data), tmp_path / "run", resume=True)


def test_early_stopping_and_selection(data, tmp_path):
    changes = ("schedule.kind=constant", "optimiser.lr=1e-9", "optimisation.epochs=9", "optimisation.patience=2")
    run = train(_recipe(*changes), str(data), tmp_path / "run", threads=1)
    history = run.history()
    best = int(history["validation_accuracy"].to_numpy().argmax())
    assert len(history) == best + 3 < 9 and run.info["best"]["epoch"] == best + 1
    last = train(_recipe("optimisation.select=last", "optimisation.epochs=2"), str(data), tmp_path / "last", threads=1)
    assert last.info["best"]["epoch"] == 2 and last.info["selected_on"] is None
    assert "selected the epoch" in run.card() and "selected the epoch" not in last.card()


def test_a_loss_that_is_no_number_fails_with_advice_and_is_never_offered(data, tmp_path):
    with pytest.raises(ValueError, match=r"the loss of epoch 1 is nan; lower optimiser.lr \(now 0.1\)"):
        train(_recipe("preprocessing.std=[1.0e-39, 1.0e-39, 1.0e-39]"), str(data), tmp_path / "run", threads=1)
    run = Run(tmp_path / "run")
    assert run.status == "failed" and not run.usable
    with pytest.raises(ValueError, match="training failed"):
        load_model(run)


@pytest.mark.parametrize(
    ("mixing", "fits"),
    [(["mixing.kind=none"], 4), (["mixing.kind=fermix", "mixing.p_mix=0.1"], 2), (["mixing.kind=mixaugment"], 2)],
)
def test_out_of_memory_names_a_batch_whose_step_fits(data, tmp_path, monkeypatch, mixing, fits):
    """Five pictures fit at once, counted over the passes of a step: all of them are kept for the gradient."""
    from fer_core.objective import Objective

    forward = Objective.forward

    def limited(self, views):
        if sum(len(view.images) for view in views) > 5:
            raise RuntimeError("[enforce fail at alloc_cpu.cpp] DefaultCPUAllocator: can't allocate memory")
        return forward(self, views)

    monkeypatch.setattr(Objective, "forward", limited)
    sentence = f"out of memory on cpu with batches of 16; set optimisation.batch_size to {fits}, which fits"
    with pytest.raises(ValueError, match=sentence):
        train(_recipe(*mixing), str(data), tmp_path / "run", threads=1)
    advised = (f"optimisation.batch_size={fits}", "optimisation.epochs=1")
    assert train(_recipe(*mixing, *advised), str(data), tmp_path / "advised", threads=1).status == "finished"


def test_out_of_memory_in_validation_counts_too(data, tmp_path, monkeypatch):
    from fer_core.assembly import Model

    forward = Model.forward

    def limited(self, images, frozen=None):
        if len(images) > 9:
            raise MemoryError
        return forward(self, images, frozen)

    monkeypatch.setattr(Model, "forward", limited)  # a step asks backbone and head; only validation goes through here
    with pytest.raises(ValueError, match="optimisation.batch_size to 4, which fits"):  # validation shows twice as many
        train(_recipe(), str(data), tmp_path / "run", threads=1)


def test_hold_out_where_the_data_has_no_validation_split(tmp_path):
    path = manifest(tmp_path / "m", subjects=10, per_subject=6)
    run = train(_recipe("optimisation.epochs=1", "data.validation_share=0.2"), str(path), tmp_path / "run", threads=1)
    assert run.info["data"]["held_out"] == {"share": 0.2, "n": 12} and list(run.evaluated) == ["validation"]
    judged = run.predictions("validation")["subject"]
    assert judged.nunique() == 2
    people = open_data(str(path))
    keys, who = subject_keys(people), people.table["subject"]
    assert set(run.training_pictures()["subject"]) == set(keys[~who.isin(judged)])


def test_new_runs_get_free_names_and_are_found(data):
    first = train(_recipe("optimisation.epochs=1"), str(data), threads=1)
    second = train(_recipe("optimisation.epochs=1", "seed=1"), str(data), threads=1)
    assert (first.name, second.name) == ("drawn", "drawn-2")
    assert find_run("drawn-2").info["seed"] == 1
    assert {"drawn", "drawn-2"} <= {run.name for run in list_runs()}
    with pytest.raises(FileNotFoundError, match="did you mean 'drawn'"):
        find_run("drown")


@pytest.mark.parametrize(
    ("rows", "batch", "sizes"), [(10, 4, [4, 4, 2]), (9, 4, [4, 5]), (3, 4, [3]), (8, 4, [4, 4]), (1, 4, [1])]
)
def test_a_last_batch_of_one_joins_the_one_before(rows, batch, sizes):
    assert [len(one) for one in np.split(np.arange(rows), cuts(rows, batch))] == sizes
