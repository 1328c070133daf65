"""The page Studies: a paper's table with ours beside it, grids, curves, and a form that knows every setting."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml
from streamlit.testing.v1 import AppTest

from app import jobs
from app.charts.studies import beside as drawn_beside
from app.charts.studies import grid_map, overlaid, place_of
from app.components import data_choice
from app.jobs import Job, State, record
from app.services import job_progress, recipe_form, study_curves, study_grid, studying, trainings
from app.services.latex import latex
from fer_core.processes import process_facts
from fer_core.recipe import load_recipe
from fer_core.studies import STUDIES, StoredStudy, summarised
from tests.app import world
from tests.app.conftest import World

Open = Callable[..., AppTest]


def setting(base: str, changes: tuple[str, ...], path: str) -> recipe_form.Setting:
    found = recipe_form.settings(base, changes)
    return next(one for some in found.values() for one in some if one.path == path)


def test_ours_beside_a_table_is_what_the_command_prints(no_runs: Path, open_page: Open, fer: Callable) -> None:
    page = open_page("studies")
    assert not page.exception and not page.error
    assert page.selectbox(key="laid").value == "mixings"
    told = fer("published", "fermixnet-fig8", "--beside", "mixings", "--json").document["beside"]
    shown = studying.beside("fermixnet-fig8", studying.fitting("fermixnet-fig8")["mixings"])
    assert shown.cells["ours"].tolist() == [one["ours"] for one in told["cells"]]
    assert list(shown.remarks) == told["remarks"] and list(shown.ours_only) == told["ours_only"]
    drawn = next(one.value for one in page.dataframe if "ours" in one.value)
    assert drawn["gain"].dropna().tolist() == [one["gain"] for one in told["cells"] if one["gain"] is not None]
    assert "fer2013" in shown.source.text and "n = 3,589" in shown.source.text and "real faces" in shown.source.text


def test_a_link_restores_a_grid_whose_means_are_the_sweeps(no_runs: Path, open_page: Open) -> None:
    page = open_page(
        "studies", study_look="Ablation grid", ablation="deviation-study: remedy", down="penalty.weight",
        across="all trainings", figure="Macro-F1",
    )  # fmt: skip
    assert not page.exception and not page.error
    assert page.selectbox(key="down").value == "penalty.weight" and page.selectbox(key="figure").value == "Macro-F1"
    folder = str(STUDIES / "deviation-study")
    cells = study_grid.cells(folder, "remedy", "row", "all trainings", "macro_f1").table.set_index("down")
    table = StoredStudy(Path(folder)).table
    told = summarised(table[table["study"] == "remedy"])
    assert cells["mean"].to_dict() == {one["row"]: one["macro_f1_folds"]["mean"] for one in told}
    alone = study_grid.cells(folder, "remedy", "row", "fold", "macro_f1").table
    assert len(alone) == 4 * 9 and alone["low"].notna().all(), "a fold is averaged over seeds"
    with pytest.raises(ValueError, match="choose two that differ"):
        study_grid.cells(folder, "remedy", "row", "row", "macro_f1")


def test_curves_of_runs_and_rows_lie_over_each_other(small_world: World) -> None:
    offered = study_curves.offered()
    assert "run drawn" in offered and "mixings / FERMix" in offered
    chosen = {name: offered[name] for name in ("run drawn", "mixings / FERMix")}
    points = study_curves.curves(chosen, "validation_accuracy", "epoch")
    assert points.groupby("name")["line"].nunique().to_dict() == {"run drawn": 1, "mixings / FERMix": 3}
    steps = study_curves.curves(chosen, "loss", "steps")
    assert set(steps["name"]) == {"mixings / FERMix"}, "the drawn run recorded no steps"
    assert steps.groupby("line")["x"].max().nunique() == 1
    figure = overlaid(points, list(chosen), measure="m", along="epochs")
    mean = next(trace for trace in figure.data if trace.line.width == 3.5)
    rows = points[points["name"] == "mixings / FERMix"]
    assert list(mean.y) == pytest.approx(rows.groupby("x")["y"].mean().tolist())
    ends = study_curves.ends(points, "validation_accuracy").set_index("name")
    last = rows.groupby("line")["y"].last()
    assert ends.loc["mixings / FERMix", "last"] == pytest.approx(last.mean())
    assert ends.loc["mixings / FERMix", "best"] == pytest.approx(rows.groupby("line")["y"].max().mean())
    told = study_curves.origin(chosen)
    assert "synthetic faces and real faces" in told.text and "fer sweep" in told.command and "fer train" in told.command


def test_the_form_has_every_setting_and_only_says_what_changed() -> None:
    for base in recipe_form.bases():
        found = recipe_form.settings(base, ())
        assert not [one.path for some in found.values() for one in some if one.changed]
        plain = load_recipe(base).plain()
        assert {one.path for some in found.values() for one in some} == {
            f"{section}.{key}" for section, values in plain.items() if isinstance(values, dict) for key in values
        }
    assert "identity-compact" not in recipe_form.bases()
    mixed = recipe_form.changed((), setting("expression", (), "mixing.kind"), "mixup")
    mixed = recipe_form.changed(mixed, setting("expression", mixed, "mixing.alpha"), 0.4)
    assert mixed == ("mixing.kind=mixup", "mixing.alpha=0.4")
    assert recipe_form.changed(mixed, setting("expression", mixed, "mixing.kind"), "none") == ()
    alpha = setting("expression", mixed, "mixing.alpha")
    assert (alpha.value, alpha.default, alpha.high) == (0.4, 0.2, 64.0) and "0.1 to 1 work on RAF-DB" in alpha.about
    assert recipe_form.changed(mixed, alpha, 0.2) == ("mixing.kind=mixup",)
    whole = ("mixing={kind: mixup, alpha: 0.9}",)
    assert recipe_form.changed(whole, setting("expression", whole, "mixing.alpha"), 0.2)[-1] == "mixing.alpha=0.2"
    line = recipe_form.line_of(("data.source=my data/a b.zip", "backbone.widths=[24, 48]"))
    assert recipe_form.changes_of(line) == ("data.source=my data/a b.zip", "backbone.widths=[24, 48]")
    with pytest.raises(ValueError, match="put a value with spaces in quotes"):
        recipe_form.changes_of("data.source='open")
    with pytest.raises(ValueError, match="stands twice"):
        recipe_form.seeds_of("1, 1")
    with pytest.raises(ValueError, match="whole numbers"):
        recipe_form.seeds_of("1, yes")


def test_small_examples_are_sound_recipes_of_nobody() -> None:
    for base, changes in trainings.SMALL.items():
        assert recipe_form.mistakes(base, changes) == ()
        assert str(load_recipe(base, changes).data.source).startswith("people:")


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """What would have been started."""
    calls: list[tuple[Any, ...]] = []
    # A test has an address that is no machine's.
    monkeypatch.setattr(data_choice, "away", lambda: False)

    def start(home: Path, kind: str, title: str, command: list[str], out: str, about: dict[str, Any]) -> Job:
        calls.append((kind, title, command[3:], out))
        return made(home, {"phase": "running", "keeper": process_facts()}, kind, out, about)

    monkeypatch.setattr(jobs, "start", start)
    return calls


def made(home: Path, state: dict[str, Any], kind: str, out: str, about: dict[str, Any]) -> Job:
    folder = home / "20260101-000000-00aa"
    folder.mkdir(parents=True)
    facts = {
        "kind": kind,
        "title": Path(out).name,
        "command": ["x"],
        "out": out,
        "created": 1.0,
        "cwd": "/",
        "about": about,
    }
    record.write(folder / "job.json", facts)
    record.write(folder / "state.json", {"ticket": 1, "started": 1.0, **state})
    return record.find(home, folder.name)


def test_the_empty_queue_starts_the_small_example(no_runs: Path, open_page: Open, started: list[Any]) -> None:
    page = open_page("studies", study_look="Train")
    assert not page.exception and not page.error
    assert any("Nothing was started yet" in one.value for one in page.markdown)
    page.button(key="job_jobs.fill").click().run()
    assert not page.exception and not page.error
    kind, name, words, out = started[0]
    assert (kind, name) == ("train", "deviation-compact") and out == str(no_runs / "deviation-compact")
    assert words[:2] == ["train", "deviation-compact"] and "--resume" in words and words[-1] == "--json"
    assert any("1 running" in one.value for one in page.caption)


def test_fields_write_the_line_and_all_mistakes_are_told_at_once(
    no_runs: Path, open_page: Open, started: list[Any]
) -> None:
    page = open_page(
        "studies", study_look="Train", train_look="Start something", section_of_recipe="optimisation",
        changes="optimisation.steps=3",
    )  # fmt: skip
    key = "job_start.form.deviation-compact.optimisation.epochs.2"
    page.number_input(key=key).set_value(7).run()
    assert page.text_input(key="changes").value == "optimisation.steps=3 optimisation.epochs=7"
    page.text_input(key="changes").set_value("optimisation.epochs=0 what.is=this mixing.kind=mixpu").run()
    assert not page.exception
    assert page.error[0].value.startswith("3 things do not fit") and "mixup" in page.error[0].value
    assert "job_start.start" not in [one.key for one in page.button]
    page.text_input(key="changes").set_value("data.source=/nowhere.zip").run()
    assert [one.value for one in page.error] == [
        "No data at /nowhere.zip; give the path of a manifest, a folder, a zip or a FER2013 csv"
    ]
    page.text_input(key="changes").set_value("seed=5").run()
    page.button(key="job_start.start").click().run()
    assert not page.exception and not page.error and "seed=5" in started[0][2]
    assert page.segmented_control(key="train_look").value == "Jobs"
    assert page.selectbox(key="job_look").value.startswith("deviation-compact · ")


def test_who_looks_from_another_machine_starts_nothing(no_runs: Path, open_page: Open) -> None:
    page = open_page("studies", study_look="Train", train_look="Start something")
    assert not page.exception and "another machine" in page.info[0].value
    assert not [one.key for one in page.button if str(one.key).startswith("job")]
    assert not [one for one in page.text_input if one.key == "changes"], "whether a file is there is not told either"


def test_a_sweep_of_ones_own_is_a_checked_grid(no_runs: Path, started: list[Any]) -> None:
    small = trainings.SMALL["expression"]
    plan = trainings.plan_sweep("expression", small, "mine", {"mixing.kind": ["none", "mixup"], "seed": [1]}, [0, 1])
    assert plan.trainings == 4 and plan.words == ("sweep", str(plan.out / "grid.yaml"), "--out", str(plan.out))
    trainings.start(plan)
    assert yaml.safe_load((no_runs / "mine" / "grid.yaml").read_text())["grid"]["mixing.kind"] == ["none", "mixup"]
    with pytest.raises(ValueError, match="mixing.alpha"):
        trainings.plan_sweep("expression", small, "other", {"mixing.alpha": [1, -1]}, [0])
    with pytest.raises(ValueError, match="something named 'mine'"):
        trainings.plan_training("expression", small, "mine")
    for name in ("../up", "", "a/b", ".hidden"):
        with pytest.raises(ValueError, match="a run is named by"):
            trainings.plan_training("expression", small, name)
    assert trainings.free_name("mine") == "mine-2"
    with pytest.raises(ValueError, match="no study 'nothing'"):
        trainings.plan_grid("mixings", ["nothing"], (), "m")


def progress_of(home: Path, state: dict[str, Any], kind: str, out: Path, log: str) -> job_progress.Progress:
    job = made(home, state, kind, str(out), {})
    (job.folder / "log.txt").write_text(log)
    return job_progress.progress(job, jobs.state(job))


def test_progress_is_read_from_what_was_written(no_runs: Path, drawn_data: Path) -> None:
    run = world.add_run(no_runs, "half", drawn_data, status="running")
    pd.DataFrame({"epoch": [1, 2], "loss": [2.0, 1.0], "seconds": [500.0, 700.0]}).to_csv(
        run.path / "history.csv", index=False
    )
    log = "epoch 1 of 4: loss 2.0\nepoch 2 of 4: loss 1.0\n"
    told = progress_of(no_runs / ".jobs", {"phase": "running", "keeper": process_facts()}, "train", run.path, log)
    assert told.words == "epoch 2 of 4 done" and told.share == pytest.approx(0.5, abs=0.02)
    assert told.left == pytest.approx(1200, abs=10) and len(told.history) == 2


def test_progress_of_folds_counts_trainings(no_runs: Path) -> None:
    folder = no_runs / "folds"
    folder.mkdir()
    rows = {"study": "s", "row": "r", "seed": 0, "fold": [0, 1, 2], "status": ["finished", "finished", "waiting"]}
    pd.DataFrame(rows).to_parquet(folder / "sweep.parquet")
    log = "3 runs, 1 finished before; 2 at once, 1 threads each\n1 of 2: r: accuracy 0.5 (test, n 2), 1 min left\n"
    told = progress_of(no_runs / ".jobs", {"phase": "ended", "code": -9}, "crossvalidate", folder, log)
    assert told.words == "2 of 3 trainings done" and told.share == pytest.approx(2 / 3) and told.left is None
    assert told.rows["fold"].tolist() == [0, 1, 2]
    assert [job_progress.clock(one) for one in (0, 80, 600, 7500)] == ["1 s", "80 s", "10 min", "2 h 5 min"]


def test_deleting_takes_along_only_what_a_job_made(no_runs: Path, drawn_data: Path) -> None:
    world.add_run(no_runs, "mine", drawn_data)
    elsewhere = no_runs.parent / "elsewhere"
    elsewhere.mkdir()
    ended = {"phase": "ended", "code": 0}
    for out, stays in ((elsewhere, True), (no_runs / ".." / "elsewhere", True), (no_runs / "mine", False)):
        trainings.delete(made(no_runs / ".jobs", ended, "train", str(out), {}), True)
        assert out.exists() is stays and not jobs.jobs(no_runs / ".jobs")


def test_a_table_becomes_latex() -> None:
    table = pd.DataFrame({"row_name": ["a & b", None], "x": [1.0, -0.25], "n": [3, 12], "ok": [True, False]})
    lines = latex(table, "50 % of {it}", "my table", digits=2).splitlines()
    assert lines[2] == r"\caption{50 \% of \{it\}}" and lines[3] == r"\label{tab:my-table}"
    assert lines[6] == r"row\_name & x & n & ok \\"
    assert lines[8:10] == [r"a \& b & 1.00 & 3 & yes \\", r"-- & $-0.25$ & 12 & no \\"]


def test_charts_draw_what_they_are_given() -> None:
    cells = pd.DataFrame(
        {"row": ["<b>", "q"], "ours": [0.5, 0.6], "low": [0.4, np.nan], "high": [0.6, np.nan], "published": [0.7, 0.8],
         "gain": [np.nan, 0.1], "gain_low": np.nan, "gain_high": np.nan, "published_gain": [np.nan, 0.1],
         "misprint": [True, False]}
    )  # fmt: skip
    figure = drawn_beside(cells, gains=False, unit="share", title="t", subtitle="s")
    assert list(figure.data[-1].x) == [0.6, 0.5] and list(figure.data[-1].error_x.array) == pytest.approx([0, 0.1])
    assert figure.data[-2].text[1] == "&lt;b&gt; (misprinted)"
    assert list(drawn_beside(cells, gains=True, unit="u", title="t", subtitle="s").data[-1].x) == [0.1]
    grid = pd.DataFrame(
        {"down": ["a", "a", "b"], "across": [1, 2, 2], "mean": [0.1, 0.2, 0.3], "low": None, "high": None}
    )
    drawn = grid_map(grid.assign(runs=1), down="d", across="c", name="n", subtitle="s", chosen=("b", "2"))
    assert np.isnan(drawn.data[0].z[1][0]) and drawn.data[0].z[1][1] == 0.3 and len(drawn.layout.shapes) == 1
    event = {"selection": {"points": [{"customdata": [1, 1, 1, ""]}]}}
    assert place_of(event, grid) == ("b", "2") and place_of(None, grid) is None
    one = grid_map(grid[:1].assign(runs=1), down="d", across="c", name="n", subtitle="s")
    assert json.loads(one.to_json())["data"][0]["zmax"] > json.loads(one.to_json())["data"][0]["zmin"]
    assert State("finished").live is False
