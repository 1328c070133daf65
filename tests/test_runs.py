from __future__ import annotations

import json
import os

import pandas as pd
import pytest

from fer_core import runs
from fer_core.processes import process_facts
from fer_core.runs import Run, create_run, delete_run, find_run, list_runs
from fer_core.tables import prediction_table, probabilities_of, read_parquet


def _run(path, **info):
    return create_run(
        path, "name: drawn\n", {"status": "finished", "labels": ["a", "b"], "data": {"name": "d"}, **info}
    )


def test_a_running_process_is_told_from_one_that_was_killed(tmp_path):
    mine = _run(tmp_path / "mine", status="running", **process_facts())
    assert mine.status == "running" and not mine.usable
    gone = _run(tmp_path / "gone", status="running", pid=2**22 + 1, pid_born="1", host=process_facts()["host"])
    assert gone.status == "stopped" and "--resume" in gone.why_not
    recycled = _run(tmp_path / "recycled", status="running", **{**process_facts(), "pid_born": "1"})
    assert recycled.status == ("stopped" if process_facts()["pid_born"] else "running")
    elsewhere = _run(tmp_path / "elsewhere", status="running", **{**process_facts(), "host": "another"})
    assert elsewhere.status == "stopped"


@pytest.mark.parametrize(
    ("damage", "status", "reason"),
    [
        ({"run.json": "{half"}, "broken", "run.json is damaged"),
        ({"run.json": "[]"}, "broken", "run.json is damaged"),
        ({"recipe.yaml": "a: ["}, "finished", "recipe.yaml is missing or damaged"),
        ({}, "finished", "weights.safetensors is missing"),
        ({"run.json": json.dumps({"status": "failed", "error": "no memory"})}, "failed", "no memory"),
    ],
)
def test_a_damaged_run_says_why_it_cannot_predict(tmp_path, damage, status, reason):
    run = _run(tmp_path / "run")
    for name, text in damage.items():
        (run.path / name).write_text(text)
    run = Run(run.path)
    assert run.status == status and not run.usable and reason in run.why_not
    assert run.card() == "" and run.history().empty and run.evaluated == {}


def test_names_own_before_shipped_and_paths(tmp_path, monkeypatch):
    monkeypatch.setenv("FER_RUNS", str(tmp_path / "own"))
    monkeypatch.setattr(runs, "SHIPPED", tmp_path / "shipped")
    for home in ("own", "shipped"):
        _run(tmp_path / home / "expression")
    _run(tmp_path / "shipped" / "other")
    assert find_run("expression").path == tmp_path / "own" / "expression"
    assert [run.path.parent.name for run in list_runs()] == ["own", "shipped", "shipped"]
    assert find_run(str(tmp_path / "shipped" / "expression")).shipped
    with pytest.raises(ValueError, match="comes with the software"):
        delete_run(find_run("other"))
    for missing in ("othr", "", "../own", str(tmp_path / "nowhere")):
        with pytest.raises(FileNotFoundError, match="no run"):
            find_run(missing)
    delete_run(find_run("expression"))
    assert find_run("expression").shipped


def test_a_run_in_training_is_not_deleted(tmp_path):
    with pytest.raises(ValueError, match=f"process {os.getpid()}"):
        delete_run(_run(tmp_path / "run", status="running", **process_facts()))
    with pytest.raises(FileExistsError):
        _run(tmp_path / "run")


def test_predictions_are_replaced_split_by_split(tmp_path):
    import numpy as np

    run = _run(tmp_path / "run")
    with pytest.raises(FileNotFoundError, match="no stored predictions"):
        run.predictions()

    def table(split, first):
        samples = pd.DataFrame(
            {"path": ["x", "y"], "label": ["a", "b"], "subject": None, "session": None, "split": split}
        )
        return prediction_table(
            samples, np.array([[first, 1 - first], [0.25, 0.75]]), ("a", "b"), np.array([False, True])
        )

    run.store_predictions(pd.concat([table("validation", 0.9), table("test", 0.9)]))
    run.store_predictions(table("test", 0.1))
    assert run.predictions("validation")["predicted"].tolist() == ["a", "b"]
    assert run.predictions("test")["predicted"].tolist() == ["b", "b"]
    assert probabilities_of(run.predictions("test"), ("b", "a"))[0].tolist() == pytest.approx([0.9, 0.1])
    with pytest.raises(ValueError, match="no predictions of split 'train'; there are: validation, test"):
        run.predictions("train")
    with pytest.raises(ValueError, match="no probabilities of c"):
        probabilities_of(run.predictions("test"), ("a", "c"))
    (run.path / "predictions.parquet").write_bytes(b"PAR1")
    with pytest.raises(ValueError, match="is damaged"):
        read_parquet(run.path / "predictions.parquet")


def test_provenance_says_in_sample_or_selected_on(tmp_path):
    run = _run(
        tmp_path / "run", selected_on="validation", seed=3, evaluated={"validation": {"n": 5, "data": "x", "views": 2}}
    )
    assert run.provenance("validation")["selected_on"] and not run.provenance("validation")["in_sample"]
    assert run.provenance("train")["in_sample"] and run.provenance("validation")["data"] == "x"
