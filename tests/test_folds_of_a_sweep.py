"""Studies with folds: their jobs, their summary by loops, what is said of folds that lack, and paper A beside them."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from fer_core.beside import beside_study, rows_of_study
from fer_core.grid import load_grid
from fer_core.metrics import accuracy, macro_f1
from fer_core.published import find_table
from fer_core.recipe import RecipeError, load_recipe
from fer_core.runs import create_run
from fer_core.studies import StoredStudy, mean_interval, over_folds
from fer_core.sweep import Setting
from fer_core.sweep.collecting import collect, row_of
from fer_core.tables import prediction_table

GRID = """
name: folded
seeds: [0, 4]
studies:
  - name: deviation-3
    table: deviation-3
    recipe: expression
    folds: 3
    rows: [{name: w/ DM}, {name: w/o DM, set: [mixing.kind=mixup]}]
  - {name: plain, recipe: expression, rows: [{name: one}]}
"""
LABELS = ("Asleep", "Drowsy", "Awake")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("folded")


@pytest.fixture(scope="module")
def grid(folder):
    path = folder / "grid.yaml"
    path.write_text(GRID)
    return load_grid(path)


def test_each_row_and_seed_is_trained_once_per_fold(grid):
    jobs = [job for job in grid.jobs if job.study == "deviation-3"]
    assert [(job.row, job.seed, job.fold) for job in jobs] == [
        (row, seed, fold) for row in ("w/ DM", "w/o DM") for seed in (0, 4) for fold in range(3)
    ]
    last = jobs[-1]
    assert last.folder == "deviation-3/w-o-dm-s4-f2" and last.folds == 3
    assert last.recipe == load_recipe("expression", [*last.overrides, "seed=4"])
    assert last.overrides == ("mixing.kind=mixup", "data.groups=3", "data.test_group=2")
    (one, _) = (job for job in grid.jobs if job.study == "plain")
    assert (one.fold, one.folds, one.folder, one.recipe.data.groups) == (None, None, "plain/one-s0", None)


def test_fewer_than_three_folds_are_refused(tmp_path):
    path = tmp_path / "grid.yaml"
    path.write_text("recipe: expression\nfolds: 2\nrows: [{name: a}]\n")
    with pytest.raises(RecipeError, match="folds: input should be greater than or equal to 3"):
        load_grid(path)


def _trained(setting, job, rng, labels=LABELS):
    """A finished run as a training leaves it; its predictions."""
    fold = job.fold or 0
    n = 24 + 5 * fold  # as many for every row and seed: they judge the same people
    shares = rng.dirichlet(np.ones(len(labels)), n)
    samples = pd.DataFrame(
        {"path": [f"{place}.png" for place in range(n)], "label": rng.choice(labels, n), "subject": f"p{job.fold}",
         "session": "s0", "split": "test"}
    )  # fmt: skip
    info = {
        "status": "finished", "labels": list(labels), "best": {"epoch": 2}, "parameters": 10, "device": "cpu",
        "data": {"name": "people", "train": 50, "fingerprint": "f", "synthetic": True}, "seed": job.seed,
        "evaluated": {"test": {"n": n, "excluded": 0}},
    }  # fmt: skip
    run = create_run(setting.run_path(job), job.recipe.dump(), info)
    run.store_predictions(prediction_table(samples, shares, labels, np.zeros(n, bool)))
    history = pd.DataFrame({"epoch": [1, 2], "steps": [3, 3], "pictures": [50, 50], "seconds": [1.0, 1.0]})
    history.to_csv(run.path / "history.csv", index=False)
    known = {"accuracy": 0.2 * fold + 0.01 * job.seed, "effective_rank": 5.0 + fold, "subjects": 6}
    spaces = {space: {"unseen": known, "seen": {"accuracy": 0.9}} for space in ("v_face", "v_state")}
    (run.path / "leakage.json").write_text(json.dumps({"spaces": spaces}))
    return run.predictions("test")


@pytest.fixture(scope="module")
def study(grid, folder):
    """Everything trained but fold 1 of `w/o DM`, seed 4; with the predictions of each job."""
    setting, rng = Setting(folder), np.random.default_rng(0)
    lost = "deviation-3/w-o-dm-s4-f1"
    stored = {job.folder: _trained(setting, job, rng) for job in grid.jobs if job.folder != lost}
    collect(grid, setting, {lost: "killed by signal 9"})
    return StoredStudy(folder), stored


def _cells(stored):
    cells = np.zeros((3, 3), dtype=int)
    for true, called in zip(stored["label"], stored["predicted"], strict=True):
        cells[LABELS.index(true), LABELS.index(called)] += 1
    return cells


def test_figures_are_means_over_folds_and_then_over_seeds(study):
    found, stored = study
    summary = {one["row"]: one for one in found.summary()}
    whole = summary["w/ DM"]
    seeds = {seed: [_cells(stored[f"deviation-3/w-dm-s{seed}-f{fold}"]) for fold in range(3)] for seed in (0, 4)}
    folded = [np.mean([macro_f1(cells) for cells in seeds[seed]]) for seed in (0, 4)]
    summed = [macro_f1(sum(seeds[seed])) for seed in (0, 4)]
    assert whole["macro_f1_folds"] == pytest.approx(mean_interval(np.array(folded)))
    assert whole["macro_f1_summed"] == pytest.approx(mean_interval(np.array(summed)))
    assert folded != pytest.approx(summed)
    assert whole["accuracy_summed"]["mean"] == pytest.approx(np.mean([accuracy(sum(seeds[seed])) for seed in (0, 4)]))
    assert (whole["runs"], whole["seeds"], whole["folds"], whole["incomplete"]) == (6, [0, 4], 3, [])
    assert whole["n"] == sum(cells.sum() for cells in seeds[0])
    assert whole["identification_v_state"]["mean"] == pytest.approx(0.2 + 0.02)  # folds 0, .2, .4; seeds 0 and 4
    assert whole["effective_rank_v_face"]["mean"] == pytest.approx(6)
    assert whole["identification_seen_v_face"]["mean"] == pytest.approx(0.9)
    assert set(found.predictions().dropna(subset="fold").groupby("study")["fold"].nunique()) == {3}


def test_a_seed_that_lacks_a_fold_counts_nowhere_and_is_named(study):
    found, stored = study
    part = {one["row"]: one for one in found.summary()}["w/o DM"]
    assert (part["runs"], part["failed"], part["seeds"]) == (5, 1, [0])
    assert part["incomplete"] == [{"seed": 4, "folds": [1]}]
    folds = [macro_f1(_cells(stored[f"deviation-3/w-o-dm-s0-f{fold}"])) for fold in range(3)]
    assert part["macro_f1_folds"] == {"mean": pytest.approx(np.mean(folds)), "std": None, "low": None, "high": None}


def test_rows_without_folds_beside_them_stay_as_they_are(study):
    found, stored = study
    plain = {one["row"]: one for one in found.summary()}["one"]
    assert plain["runs"] == 2 and "folds" not in plain and "macro_f1_summed" not in plain
    values = [macro_f1(_cells(stored[f"plain/one-s{seed}"])) for seed in (0, 4)]
    assert plain["macro_f1"]["mean"] == pytest.approx(np.mean(values))


def test_scores_are_the_sums_and_not_the_first_folds(study):
    runs = study[0].table
    line = over_folds(runs[(runs["row"] == "w/ DM")]).set_index("seed").loc[4]
    assert np.sum(json.loads(line["confusion"])) == line["n"]
    assert not {"ci95_low", "accuracy", "macro_f1", "run", "fold"} & set(line.index)


def test_fold_means_lie_beside_paper_as_table(study):
    found, _ = study
    laid = beside_study(find_table("deviation-3"), found)
    cells = {cell.row: cell for cell in laid.cells}
    summary = {one["row"]: one for one in found.summary()}
    assert {row: cell.ours for row, cell in cells.items()} == pytest.approx(
        {row: summary[row]["macro_f1_folds"]["mean"] for row in ("w/ DM", "w/o DM")}
    )
    assert cells["w/ DM"].seeds == (0, 4) and cells["w/o DM"].seeds == (0,)
    assert cells["w/o DM"].data == "people leave one group out" and cells["w/o DM"].n == summary["w/o DM"]["n"]
    assert "w/o DM seed 4 counts nowhere: fold 1 did not finish." in laid.remarks
    (gain,) = (cell.gain for cell in laid.cells if cell.gain is not None)
    seed0 = {one.name: one.values["macro_f1_folds"][0] for one in rows_of_study(found, "deviation-3")}
    assert gain == pytest.approx(seed0["w/ DM"] - seed0["w/o DM"])  # of the seed that both have


def test_each_row_of_table_8_is_known_again_by_its_own_space(study, tmp_path):
    found, _ = study
    table = found.table.copy()
    table["identification_v_face"] += 0.1
    table.to_parquet(tmp_path / "sweep.parquet")
    laid = beside_study(find_table("deviation-8"), StoredStudy(tmp_path), "deviation-3")
    assert {(cell.row, cell.metric): (cell.ours, cell.n) for cell in laid.cells} == {
        ("w/ DM", "identification"): (pytest.approx(0.22), 6),  # v_state
        ("w/o DM", "identification"): (pytest.approx(0.3), 6),  # v_face, seed 0
    }
    assert any("Ours tells 6 people apart (chance 0.17), the paper 25 (chance 0.04)" in one for one in laid.remarks)


def test_a_study_of_which_no_row_is_whole_says_which_folds_lack(study, tmp_path):
    table = study[0].table.copy()
    table.loc[table["fold"] == 2, "status"] = "failed"
    table.to_parquet(tmp_path / "sweep.parquet")
    with pytest.raises(ValueError, match=r"no row of study deviation-3 has all its folds: w/ DM seed 0 .* fold 2 did"):
        rows_of_study(StoredStudy(tmp_path), "deviation-3")


def test_rows_of_table_7_lie_beside_table_4(study, tmp_path):
    table = study[0].table
    table = table.assign(
        row=table["row"].replace({"w/ DM": "mixup of V_state, same person, 10 %", "w/o DM": "w/o mixup"})
    )
    table.to_parquet(tmp_path / "sweep.parquet")
    laid = beside_study(find_table("deviation-4"), StoredStudy(tmp_path), "deviation-3")
    assert {cell.row: cell.published for cell in laid.cells} == {
        "w/o mixup": 0.535, "mixup of V_state, same person": 0.569,
    }  # fmt: skip
    laid = beside_study(find_table("deviation-7"), StoredStudy(tmp_path), "deviation-3")
    assert {(cell.row, cell.column) for cell in laid.cells} == {
        ("w/o mixup", "0 %"), ("mixup of V_state, same person", "10 %"),
    }  # fmt: skip


def test_a_damaged_leakage_is_named_and_none_is_fine(grid, tmp_path):
    job, setting = grid.jobs[0], Setting(tmp_path)
    _trained(setting, job, np.random.default_rng(0))
    from fer_core.runs import Run

    run = Run(setting.run_path(job))
    (run.path / "leakage.json").write_text("{")
    with pytest.raises(ValueError, match=r"leakage.json is damaged; delete it, or train the run again"):
        row_of(job, run, setting, None)
    (run.path / "leakage.json").unlink()
    assert not [key for key in row_of(job, run, setting, None) if key.startswith("identification")]


def test_the_sweeps_text_names_fold_means_and_sums_apart(study):
    from fer_core.cli.sweep import _text

    lines = _text(study[0].summary()).splitlines()
    assert lines[0].split()[-3:] == ["folds", "macro-F1", "summed"]
    assert "means of its folds' figures" in lines[-1]
