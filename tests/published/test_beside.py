"""A study beside a published table: which cells meet, differences, intervals and gains, and what is said about them."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from fer_core.beside import Measured, beside_study, lay_beside, rows_of_study
from fer_core.published import find_table
from fer_core.studies import StoredStudy

FIG8 = find_table("fermixnet-fig8")
MATCHED = {"data": "rafdb", "split": "test", "n": 3068}


def _cells(comparison):
    return {(cell.row, cell.column): cell for cell in comparison.cells}


def test_means_differences_and_students_interval_over_seeds():
    rows = [
        Measured("none", {"accuracy": (0.850, 0.852, 0.860)}, (0, 1, 2), **MATCHED),
        Measured("fermix", {"accuracy": (0.860, 0.866, 0.870)}, (0, 1, 2), **MATCHED),
    ]
    found = _cells(lay_beside(FIG8, rows))
    assert set(found) == {("none", "RAF-DB"), ("FERMix", "RAF-DB")}
    cell = found["FERMix", "RAF-DB"]
    values = np.array([86.0, 86.6, 87.0])
    reach = 4.302653 * values.std(ddof=1) / 3**0.5  # t(0.975, 2)
    assert cell.ours == pytest.approx(values.mean()) and cell.published == 87.06
    assert cell.difference == pytest.approx(values.mean() - 87.06)
    assert (cell.low, cell.high) == pytest.approx((values.mean() - reach, values.mean() + reach), abs=1e-4)
    assert cell.interval == "t over 3 seeds" and cell.inside is True and cell.seeds == (0, 1, 2)
    gains = np.array([1.0, 1.4, 1.0])
    reach = 4.302653 * gains.std(ddof=1) / 3**0.5
    assert (cell.gain, cell.gain_low) == pytest.approx((gains.mean(), gains.mean() - reach), abs=1e-4)
    assert cell.published_gain == pytest.approx(87.06 - 85.53)
    assert found["none", "RAF-DB"].gain is None


def test_gains_pair_the_seeds_that_both_rows_have():
    rows = [
        Measured("none", {"accuracy": (0.5, 0.7)}, (1, 2), **MATCHED),
        Measured("FERMix", {"accuracy": (0.1, 0.6)}, (0, 1), **MATCHED),
    ]
    assert _cells(lay_beside(FIG8, rows))["FERMix", "RAF-DB"].gain == pytest.approx(10.0)


def test_a_single_run_has_the_interval_it_brings_or_none():
    rows = [
        Measured("none", {"accuracy": (0.85,)}, (0,), single={"accuracy": (0.84, 0.86)}, **MATCHED),
        Measured("FERMix", {"accuracy": (0.86,)}, (0,), **MATCHED),
    ]
    found = _cells(lay_beside(FIG8, rows))
    brought, bare = found["none", "RAF-DB"], found["FERMix", "RAF-DB"]
    assert (brought.low, brought.high) == pytest.approx((84.0, 86.0))
    assert (brought.interval, brought.inside) == ("bootstrap of one run", True)
    assert (bare.low, bare.high, bare.interval, bare.inside) == (None, None, None, None)
    assert (bare.gain, bare.gain_low) == (pytest.approx(1.0), None)


def test_same_data_and_size_leave_nothing_to_remark():
    rows = [Measured("none", {"accuracy": (0.85,)}, (0,), facts={"pixels": 224}, **MATCHED)]
    assert lay_beside(FIG8, rows, {"none": {"pixels": 224}}).remarks == ()


def test_other_data_sizes_and_splits_are_said():
    ours = Measured(
        "vanilla", {"accuracy": (0.6, 0.62), "robust_accuracy": (0.4, 0.42)}, (0, 1),
        data="fer2013.zip", split="validation", n=3589, chose_epoch=True, facts={"pixels": 48, "epochs": 50, "own": 1},
    )  # fmt: skip
    comparison = lay_beside(FIG8, [ours], {"vanilla": {"pixels": 224, "epochs": 50}})
    assert comparison.remarks[0] == (
        "Data differ: ours is fer2013.zip validation, n 3,589, the paper's RAF-DB test, n 3,068. "
        "Compare gains over the baseline, not the numbers."
    )
    said = " ".join(comparison.remarks)
    assert "Size and budget differ: ours has pixels 48; the paper's recipe pixels 224." in said
    assert "mean accuracy under drawn disturbances" in said and "also chose its epoch" in said
    last = lay_beside(FIG8, [replace(ours, chose_epoch=False)], {})
    assert not any("chose its epoch" in one for one in last.remarks)
    occluded = _cells(comparison)["none", "Occ-RAF-DB"]
    assert (occluded.metric, occluded.published, occluded.ours) == ("robust_accuracy", 80.54, pytest.approx(41.0))


def test_figures_go_to_the_columns_of_their_data_where_there_are_some():
    rows = [Measured("FERMixNet, RAF-DB", {"accuracy": (0.9,)}, (0,), **MATCHED)]
    table = find_table("fermixnet-8a")
    rows += [Measured("FERMixNet, FERPlus", {"accuracy": (0.8,)}, (0,), data="ferplus", split="test", n=3573)]
    laid = lay_beside(table, rows)
    assert [(one.row, one.column, one.ours) for one in laid.cells] == [
        ("FERMixNet", "RAF-DB", pytest.approx(90)),
        ("FERMixNet", "FERPlus", pytest.approx(80)),
    ]
    assert (laid.missing, laid.ours_only) == (("FERMixNet, AffectNet-8", "FERMixNet, AffectNet-7"), ())
    rows = [Measured("FERMixNet", {"accuracy": (0.6,)}, (0,), data="AffectNet-8", split="test", n=4000)]
    assert [cell.column for cell in lay_beside(table, rows).cells] == ["AffectNet-8"]
    rows = [Measured("none", {"accuracy": (0.8,)}, (0,), data="occlusion-rafdb", split="test", n=735)]
    assert [cell.column for cell in lay_beside(FIG8, rows).cells] == ["Occ-RAF-DB"]


def test_several_metrics_units_and_misprints():
    rows = [
        Measured(
            "MixAugment + Flipping",
            {"accuracy": (0.86,), "macro_f1": (0.78,), "average_accuracy": (0.76,)},
            (0,),
            **MATCHED,
        )
    ]
    found = _cells(lay_beside(find_table("mixaugment-6"), rows))
    assert {column: cell.difference for (_, column), cell in found.items()} == {
        "accuracy": pytest.approx(-0.06), "F1-score": pytest.approx(-0.24), "average accuracy": pytest.approx(-0.28),
    }  # fmt: skip
    assert [cell.misprint for cell in found.values()] == [True, False, False]
    rows = [Measured("ResMaskingNet", {"parameters": (137_796_423.0,)}, (0,), data="fer2013", split="test", n=3589)]
    cell = _cells(lay_beside(find_table("masking-2"), rows))["Our ResMaskingNet", "parameters"]
    assert (cell.ours, cell.difference, cell.misprint) == (pytest.approx(137.796423), pytest.approx(-5.103577), True)


def test_a_cross_validations_score_lies_beside_paper_a():
    """The interface of issue 5: fold means come as a metric of their own, in fractions as paper A prints them."""
    rows = [Measured("w/o DM", {"macro_f1_folds": (0.5,), "macro_f1_summed": (0.52,)}, (0,), data="people", n=900)]
    comparison = lay_beside(find_table("deviation-3"), rows)
    assert [(cell.published, cell.ours, round(cell.difference, 3)) for cell in comparison.cells] == [
        (0.523, 0.5, -0.023)
    ]


def test_rows_that_one_side_lacks_are_named():
    rows = [
        Measured("none", {"accuracy": (0.85,)}, (0,), **MATCHED),
        Measured("of our own", {"accuracy": (0.9,)}, (0,), **MATCHED),
    ]
    comparison = lay_beside(FIG8, rows)
    assert comparison.missing == ("Cutout", "CutMix", "Mixup", "FERMix") and comparison.ours_only == ("of our own",)
    with pytest.raises(ValueError, match="nothing in the study belongs to fermixnet-fig8: its rows are 'of our own'"):
        lay_beside(FIG8, rows[1:])
    other = Measured("none", {"macro_f1": (0.85,)}, (0,), **MATCHED)
    with pytest.raises(
        ValueError, match="fermixnet-fig8 gives accuracy, which the study's rows do not have: .* macro_f1"
    ):
        lay_beside(FIG8, [other])


def _sweep(folder, grid="name: s\nstudies: [{name: mixings, table: fermixnet-fig8, recipe: expression}]\n"):
    runs, predictions = [], []
    for study, row, seed, right in (
        ("mixings", "none", 0, 6),
        ("mixings", "FERMix", 0, 7),
        ("mixings", "FERMix", 1, 8),
    ):
        runs.append(
            {
                "study": study,
                "row": row,
                "seed": seed,
                "recipe": "expression",
                "status": "finished",
                "overrides": json.dumps(["mixing.kind=none"]),
                "split": "test",
                "n": 10,
                "accuracy": right / 10,
                "average_accuracy": right / 10,
                "macro_f1": right / 10,
                "ci95_low": 0.3,
                "ci95_high": 0.9,
                "parameters": 1.5e6,
                "epochs": 18,
                "data": "drawn",
            }  # fmt: skip
        )
        for place in range(10):
            true = ("anger", "fear")[place % 2]
            other = ("fear", "anger")[place % 2]
            one = {"study": study, "row": row, "seed": seed, "split": "test", "label": true, "subject": None}
            one["sample"] = f"Image/aligned/test_000{place}_aligned.jpg"
            predictions.append({**one, "predicted": true if place < right else other, "p_anger": 0.5, "p_fear": 0.5})
    runs.append({**runs[0], "row": "CutMix", "status": "failed", "accuracy": None})
    pd.DataFrame(runs).to_parquet(folder / "sweep.parquet")
    pd.DataFrame(predictions).to_parquet(folder / "predictions.parquet")
    (folder / "grid.yaml").write_text(grid)
    return StoredStudy(folder)


def test_a_sweeps_rows_with_seeds_intervals_and_budget(tmp_path):
    none, fermix = rows_of_study(_sweep(tmp_path), "mixings")
    assert (none.name, none.seeds, none.data, none.split, none.n) == ("none", (0,), "drawn", "test", 10)
    assert none.single["accuracy"] == (0.3, 0.9) and none.single["macro_f1"][0] < 0.6 < none.single["macro_f1"][1]
    assert none.facts == {"backbone": "compact", "pixels": 48, "batch": 128, "epochs": 18}
    assert (fermix.seeds, fermix.values["accuracy"], fermix.single) == ((0, 1), (0.7, 0.8), {})


@pytest.mark.parametrize(
    ("split", "last", "chose"), [("test", False, False), ("validation", False, True), ("validation", True, False)]
)
def test_whether_the_judged_pictures_chose_the_epoch(tmp_path, split, last, chose):
    study = _sweep(tmp_path)
    changes = json.dumps(["optimisation.select=last"] if last else [])
    study.table.assign(split=split, overrides=changes).to_parquet(tmp_path / "sweep.parquet")
    study.predictions().assign(split=split).to_parquet(tmp_path / "predictions.parquet")
    assert {one.chose_epoch for one in rows_of_study(StoredStudy(tmp_path), "mixings")} == {chose}


def test_the_study_is_the_one_that_names_the_table(tmp_path):
    study = _sweep(tmp_path)
    comparison = beside_study(FIG8, study)
    assert [cell.row for cell in comparison.cells] == ["none", "FERMix"] and "CutMix" in comparison.missing
    assert any("pixels 48" in one and "pixels 224" in one for one in comparison.remarks)
    table = study.table
    pd.concat([table, table.assign(study="more")]).to_parquet(tmp_path / "sweep.parquet")
    assert beside_study(FIG8, StoredStudy(tmp_path)).cells == comparison.cells
    with pytest.raises(ValueError, match="several studies and none is said to lie beside fermixnet-1"):
        beside_study(find_table("fermixnet-1"), StoredStudy(tmp_path))
    with pytest.raises(ValueError, match="has no study 'mixing'; did you mean 'mixings'"):
        rows_of_study(study, "mixing")


def test_listed_pictures_are_judged_apart(tmp_path):
    study = _sweep(tmp_path)
    path = tmp_path / "list.txt"
    # Pictures 0 to 5 (none), 0 to 6 and 0 to 7 (FERMix) are right; number 6 is listed twice. Codes: 5 anger, 1 fear.
    lines = ("test_0005_aligned 1 4", "test_0006_aligned 5 1", "", "1/test_0007_aligned.jpg", "test_0006_aligned 5 1")
    path.write_bytes("\r\n".join(lines).encode())
    found = _cells(beside_study(FIG8, study, lists={"Occlusion-RAF-DB": path}))
    none, fermix = found["none", "Occ-RAF-DB"], found["FERMix", "Occ-RAF-DB"]
    assert (none.ours, none.n, none.published, none.data) == (25.0, 4, 80.54, "Occlusion-RAF-DB test")
    assert none.interval == "bootstrap of one run" and none.low <= 25.0 <= none.high
    assert (fermix.ours, fermix.seeds, fermix.interval) == (pytest.approx(87.5), (0, 1), "t over 2 seeds")
    assert (fermix.gain, found["FERMix", "RAF-DB"].gain) == (pytest.approx(50), pytest.approx(10))
    path.write_text("1/test_0005_aligned.jpg\n1/test_0019_aligned.jpg\n")
    with pytest.raises(ValueError, match=r"lists 2 pictures, 1 of which were not judged .*\(test_0019\)"):
        beside_study(FIG8, study, lists={"Occlusion-RAF-DB": path})
    with pytest.raises(FileNotFoundError, match="no list of pictures"):
        beside_study(FIG8, study, lists={"Occlusion-RAF-DB": tmp_path / "none.txt"})


@pytest.mark.parametrize("text", ["studies: [", "5", "studies: [a]", "studies: 5"])
def test_a_folder_that_is_no_sweeps_gets_one_sentence(fer, tmp_path, text):
    _sweep(tmp_path)
    (tmp_path / "grid.yaml").write_text(text)
    ran = fer("published", "fermixnet-1", "--beside", tmp_path)
    assert ran.code == 2 and "is not the grid of a sweep; name the study that lies beside fermixnet-1" in ran.err
    pd.DataFrame({"a": [1]}).to_parquet(tmp_path / "sweep.parquet")
    ran = fer("published", "fermixnet-1", "--beside", tmp_path)
    assert ran.code == 2 and "is no table of a sweep: it has no column study, row, seed, status" in ran.err


def test_a_study_without_a_finished_run_says_so(tmp_path):
    study = _sweep(tmp_path)
    study.table.assign(status="failed").to_parquet(tmp_path / "sweep.parquet")
    with pytest.raises(ValueError, match="no run of study mixings has finished"):
        rows_of_study(StoredStudy(tmp_path), "mixings")


def test_the_command_lists_shows_and_compares(fer, tmp_path):
    listed = fer("published", "--json").document
    assert {one["table"] for one in listed["tables"]} >= {"deviation-3", "mixaugment-3", "masking-2", "fermixnet-1"}
    assert listed["papers"]["masking"]["misprints"][0]["must_be"] == 3589
    one = fer("published", "fermixnet-2", "--json").document
    assert one["rows"][2]["values"] == [84.94, 83.22, 82.59] and one["misprints"][0]["must_be"] == 82.95
    text = fer("published", "fermixnet-2").out
    assert "82.59 [1]" in text and "[1] Vertical, Occ-RAF-DB-C: printed 82.59." in text and "It must be 82.95" in text
    assert "fer train fermixnet --set backbone.mid=false" in text and "n 88" in text
    assert "reported, not trained here: [12], VGG-16" in fer("published", "fermixnet-5").out
    assert "3859 for validation" in fer("published", "masking").out
    _sweep(tmp_path)
    laid = fer("published", "fermixnet-fig8", "--beside", tmp_path, "--json").document["beside"]
    assert [(cell["row"], cell["ours"], cell["n"]) for cell in laid["cells"]] == [("none", 60, 10), ("FERMix", 75, 10)]
    text = fer("published", "fermixnet-fig8", "--beside", tmp_path).out
    assert "Data differ: ours is drawn test, n 10" in text and "-12.06" in text and "Not in the study: Cutout" in text


def test_the_commands_mistakes(fer, tmp_path):
    _sweep(tmp_path)
    for arguments, sentence in (
        (("fermixnet-99",), "no published table 'fermixnet-99'"),
        (("--beside", tmp_path), "name the table that the study lies beside"),
        (("fermixnet-1", "--study", "x"), "name it with --beside"),
        (("fermixnet-1", "--beside", tmp_path / "nothing"), "no sweep at"),
        (("fermixnet-1", "--beside", tmp_path, "--list", "x"), "--list needs NAME=FILE, got 'x'"),
    ):
        ran = fer("published", *arguments, "--json")
        assert (ran.code, ran.out) == (2, "") and sentence in ran.err
