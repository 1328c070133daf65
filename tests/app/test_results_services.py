"""What the page Results is told: parts, temperature, comparison, folds, curves, the record of a training."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from app.services import belief, comparing, disturbed, folds, groups, results, training_record
from fer_core.calibration import calibrate
from fer_core.compare import compare
from fer_core.data import open_data
from fer_core.evaluation import report_by
from fer_core.labels import EXPRESSIONS
from fer_core.runs import create_run, find_run
from fer_core.tables import write_parquet
from tests.app import world
from tests.app.conftest import World
from tests.app.evidence import cross_validated, rival_of, robust


class TestGroups:
    def test_numbers_are_those_of_fer_evaluate_by(self, small_world: World) -> None:
        run = find_run("drawn")
        samples = open_data(str(small_world.data)).table.assign(subject=lambda one: one["path"].str[-9:-4])
        told = report_by(run.predictions("validation"), samples, "subject", run.labels)
        rows = groups.slices("drawn", "validation", "subject").rows.set_index("group")
        assert set(rows.index) == set(told) == {"p0000", "p0001"}
        for name, report in told.items():
            row = rows.loc[name]
            assert (row["n"], row["accuracy"], row["macro_f1"]) == (
                report["n"],
                report["accuracy"],
                report["macro_f1"],
            )
            assert [row["low"], row["high"]] == report["ci95"]

    def test_worst_first_and_those_without_a_value_counted(self) -> None:
        table = pd.DataFrame({"label": list("aabbaa"), "predicted": list("aabaab")})
        members = pd.Series(["x", "x", "y", "y", "z", None], dtype=object)
        found = groups.sliced(table, ("a", "b"), members, "who")
        assert found.rows["group"].tolist() == ["y", "x", "z"]
        assert found.rows["accuracy"].tolist() == [0.5, 1.0, 1.0]
        assert found.without == 1 and found.overall == pytest.approx(4 / 5)

    def test_nobody_known_is_a_sentence(self) -> None:
        table = pd.DataFrame({"label": ["a"], "predicted": ["a"]})
        with pytest.raises(ValueError, match="no picture that was judged has a value in 'who'"):
            groups.sliced(table, ("a",), pd.Series([None], dtype=object), "who")

    def test_columns_of_the_data_and_quarters_of_a_number(self, small_world: World, tmp_path: Path) -> None:
        data = world.draw_data(tmp_path)
        run = world.add_run(small_world.runs, "own", data)
        names = run.predictions("validation")["sample"]
        number = np.arange(len(names), dtype=float)
        sheet = pd.DataFrame({"path": names, "label": run.predictions("validation")["label"], "split": "validation",
                              "yaw": number, "light": ["dim", "bright"] * 7, "lens": "none"})  # fmt: skip
        sheet.to_csv(data / "manifest.csv", index=False)
        about = {**run.evaluated["validation"], "source": str(data / "manifest.csv")}
        run.update(evaluated={"validation": about})
        assert set(groups.data_columns("own", "validation")) == {"yaw", "light"}  # one value alone makes no parts
        found = groups.slices("own", "validation", "yaw")
        assert found.quarters and len(found.rows) == 4 and found.rows["n"].sum() == 14
        # Members are the very rows: the lowest quarter holds the lowest numbers.
        first = found.members.iloc[0]
        assert number[(found.members == first).to_numpy()].max() < number[(found.members != first).to_numpy()].min()
        assert not groups.slices("own", "validation", "light").quarters
        with pytest.raises(ValueError, match="neither the predictions nor the data have a column 'moon'"):
            groups.slices("own", "validation", "moon")


class TestBelief:
    def test_numbers_are_those_of_fer_calibrate(self, small_world: World) -> None:
        run = find_run("drawn")
        told = calibrate(run, "validation", folds=2, wish=0.8)
        judged = belief.judged("drawn", "validation", 0.8)
        np.testing.assert_equal(judged.document, told)  # two people: two parts, and the command says so
        assert judged.source.command == "fer calibrate drawn --split validation --accuracy 0.8 --folds 2 --json"
        assert belief.fitted("drawn", "validation") == told["temperature"]
        np.testing.assert_equal(belief.at("drawn", "validation", 1.0), told["before"])

    def test_the_curve_is_lowest_where_the_temperature_was_fitted(self, small_world: World) -> None:
        curve, fitted = belief.curve("drawn", "validation"), belief.fitted("drawn", "validation")
        best = belief.at("drawn", "validation", fitted)["nll"]
        assert (curve["nll"] >= best - 1e-9).all()
        assert curve["temperature"].min() < fitted < curve["temperature"].max()

    def test_one_person_cannot_be_left_out(self, small_world: World) -> None:
        run = find_run("drawn")
        run.store_predictions(run.predictions("validation").assign(subject="p0"))
        run.update(touched=1)
        judged = belief.judged("drawn", "validation", 0.9)
        assert judged.document is None and "one person" in str(judged.why_not)

    def test_the_curve_of_coverage_ends_at_the_accuracy(self, small_world: World) -> None:
        curve = belief.coverage("drawn", "validation")
        assert curve["coverage"].iloc[-1] == 1
        assert curve["accuracy"].iloc[-1] == results.results("drawn", "validation").summary["accuracy"]


class TestComparing:
    def test_it_is_the_command_with_every_flip_named(self, small_world: World) -> None:
        rival_of(find_run("drawn"), small_world.runs)
        told = compare([find_run("drawn"), find_run("rival")], "validation")
        found = comparing.comparison("drawn", "rival", "validation")
        assert found == told  # fewer than fifty flips
        pair = found["pairs"][0]
        assert pair["only_first"] > 0 and len(pair["flips"]["only_first"]["samples"]) == pair["only_first"]

    def test_only_runs_with_the_same_labels_and_split_are_offered(self, small_world: World) -> None:
        rival_of(find_run("drawn"), small_world.runs)
        fewer = world.add_run(small_world.runs, "fewer", small_world.data)
        fewer.update(labels=list(EXPRESSIONS[:5]))
        assert comparing.rivals("drawn", "validation") == ("rival",)
        assert comparing.rivals("drawn", "test") == ()


class TestFolds:
    def test_numbers_are_those_of_fer_crossvalidate(self, no_runs: Path) -> None:
        from fer_core.crossvalidation import scored

        study, jobs = cross_validated(no_runs)
        told = scored(study, jobs)
        (name,) = [one for one in folds.names() if one.startswith("deviation-folds")]
        assert folds.seeds(name) == (2,)
        found = folds.validated(name, 2)
        assert found.matrix().to_numpy().tolist() == told["summed_confusion"]
        assert found.matrix(1).to_numpy().tolist() == told["folds"][1]["confusion"]
        for key in ("accuracy", "average_accuracy", "macro_f1"):
            assert (found.mean[key], found.std[key]) == (told["mean"][key], told["std"][key])
            assert found.summed[key] == told[f"summed_{key}"]
        assert folds.as_slices(found).rows["accuracy"].is_monotonic_increasing
        assert "3 of 3 folds" in found.source.text and "--out" in found.source.command

    def test_each_person_once(self, no_runs: Path) -> None:
        study, _ = cross_validated(no_runs)
        (name,) = [one for one in folds.names() if one.startswith("deviation-folds")]
        found = folds.people(name, 2)
        assert found is not None and sorted(found.rows["group"]) == ["p00", "p01", "p10", "p11", "p20", "p21"]
        assert found.rows["n"].sum() == len(study.predictions())

    def test_the_command_of_a_crossvalidation_names_its_recipe(self, no_runs: Path) -> None:
        study, _ = cross_validated(no_runs)
        told = {"recipe": "deviation-compact", "groups": 3, "set": ["data.cap=9"], "seed": 2}
        (study.path / "crossvalidation.json").write_text(json.dumps(told))
        (name,) = [one for one in folds.names() if one.startswith("deviation-folds")]
        assert folds.validated(name, 2).source.command == (
            f"fer crossvalidate deviation-compact --groups 3 --set data.cap=9 --seed 2 --out {study.path} --json"
        )

    def test_a_damaged_sweep_hides_no_other(self, no_runs: Path) -> None:
        cross_validated(no_runs)
        (no_runs / "bad").mkdir()
        (no_runs / "bad" / "sweep.parquet").write_bytes(b"PAR1 no")
        assert any(one.startswith("deviation-folds") for one in folds.names())


class TestDisturbed:
    def test_clean_pictures_begin_every_line(self, small_world: World) -> None:
        robust(find_run("drawn"))
        found = disturbed.of_run("drawn")
        assert found is not None and found.kinds == ("upper", "blur")
        begin = found.rows[found.rows["strength"] == 0]
        assert begin["accuracy"].tolist() == [0.7, 0.7]
        assert found.source.command.startswith("fer robustness drawn --data ")

    def test_a_study_is_the_mean_of_its_seeds(self, no_runs: Path) -> None:
        rows = [
            {"study": "s", "row": "a", "seed": seed, "kind": kind, "strength": strength, "n": 9, "accuracy": value}
            for seed, base in ((0, 0.4), (1, 0.6))
            for kind, value in (("upper", base), ("blur", base - 0.2))
            for strength in (1, 2)
        ]
        place = no_runs / "mine"
        place.mkdir()
        write_parquet(place / "robustness.parquet", pd.DataFrame(rows))
        runs = {"study": "s", "row": "a", "seed": [0, 1], "status": "finished", "data": "d", "split": "test",
                "synthetic": True, "robust_clean": [0.5, 0.7]}  # fmt: skip
        write_parquet(place / "sweep.parquet", pd.DataFrame(runs))
        found = disturbed.of_study(str(place))
        mean = found.rows[(found.rows["kind"] == disturbed.EVERY) & (found.rows["strength"] == 1)].iloc[0]
        assert (mean["accuracy"], mean["low"], mean["high"]) == pytest.approx((0.4, 0.3, 0.5))
        clean = found.rows[(found.rows["kind"] == "blur") & (found.rows["strength"] == 0)].iloc[0]
        assert (clean["accuracy"], clean["low"], clean["high"]) == pytest.approx((0.6, 0.5, 0.7))


class TestTrainingRecord:
    @pytest.mark.parametrize(
        ("recipe", "words"),
        [
            ("loss: {kind: cross_entropy}\n", "cross-entropy"),
            ("loss: {kind: cross_entropy, label_smoothing: 0.1}\n", "cross-entropy with targets smoothed by 0.1"),
            (
                "loss: {kind: fusion, beta: 0.5}\nmixing: {kind: fermix}\n",
                "cross-entropies of a high-level and a mid-level branch, the first weighed by 0.5, of samples mixed by "
                "fermix",
            ),
            ("loss: {kind: margin}\n", "cross-entropy with a margin of its default"),
            (
                "loss: {kind: cross_entropy}\npenalty: {kind: independence, weight: 3, space: v_state}\n",
                "cross-entropy + 3 x the dependence of v_state on identity",
            ),
            ("loss: {kind: cross_entropy}\npenalty: {kind: none}\n", "cross-entropy"),
            ("- no recipe\n", "a loss that the recipe does not name"),
        ],
    )
    def test_the_loss_is_named_as_it_was(self, recipe: str, words: str, no_runs: Path) -> None:
        create_run(no_runs / "one", recipe, {"status": "finished"})
        assert training_record.objective("one") == words

    def test_every_picture_is_accounted_for(self, no_runs: Path) -> None:
        data = {
            "samples": 100, "train": 60, "validation": 10, "test": 5, "twins_dropped": 3, "excluded": {"unreadable": 4},
            "undersampled": {"train": 2, "test": 0}, "over_cap": 1, "over_limit": 6, "left_out": {"no label": 7},
        }  # fmt: skip
        create_run(no_runs / "one", "name: one\n", {"data": data, "evaluated": {"test": {"excluded": 8}}})
        rows = training_record.exclusions("one")
        counted = rows[rows["stage"].isin(["opening the pictures", "choosing what to learn from"])]["n"].sum()
        assert counted + 60 + 10 + 5 == 100  # 9 of no split among them
        assert rows[rows["reason"] == "in no split that the run used"]["n"].item() == 9
        assert rows[rows["stage"] == "judging on test"]["n"].item() == 8
        assert rows[rows["stage"] == "reading the data"]["n"].item() == 7

    def test_a_run_without_a_record_has_none(self, no_runs: Path) -> None:
        create_run(no_runs / "old", "name: old\n", {"status": "finished"})
        assert training_record.exclusions("old").empty and training_record.used("old") == {}
