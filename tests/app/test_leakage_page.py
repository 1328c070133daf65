"""Identity leakage: the page in its states, its numbers beside the command's, and tables of strangers."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from app.charts.leakage import cmc, found_again, probes, roc
from app.charts.matching import matching
from app.charts.trade_off import trade_off as drawn_trade_off
from app.services import leakage_told, leaking, trade_off, trials
from fer_core.features import FeatureTable, write_features
from fer_core.leakage import leakage_of, verification
from fer_core.runs import find_run
from fer_core.studies import find_study, summarised
from tests.app.conftest import World

Open = Callable[..., AppTest]
LINE = "people:subjects=6,sessions=2,states=drowsiness,frames=2,size=32"
SPACES = ("v_face", "v_state", "v_state_erased")


def strangers(met: list[str] | None = None) -> FeatureTable:
    """Six synthetic people; v_face knows them, v_state a little."""
    rows = [
        {
            "sample": f"p{p:04d}/s{s}/{state}/{frame:05d}.png", "label": state, "subject": f"p{p:04d}",
            "session": f"s{s}", "split": "all",
        }
        for p in range(6) for s in range(2) for state in ("Asleep", "Drowsy", "Awake") for frame in range(2)
    ]  # fmt: skip
    samples = pd.DataFrame(rows).astype(object)
    rng = np.random.default_rng(0)
    who = np.eye(6, dtype=np.float32)[pd.factorize(samples["subject"])[0]]
    spaces = {
        name: (who * strength + rng.normal(size=who.shape)).astype(np.float32)
        for name, strength in zip(SPACES, (9, 1.4, 0), strict=True)
    }
    made = {"run": "drawn", "data": "people-p0000-p0005-drowsiness", "source": LINE, "split": "all", "synthetic": True}
    return FeatureTable(samples, spaces, made={**made, "in_sample": False, "met": met})


@pytest.fixture(autouse=True)
def few_pairs(monkeypatch: pytest.MonkeyPatch) -> None:
    """For page and command alike: what is compared is whether they say the same."""
    monkeypatch.setattr("fer_core.leakage.measuring.verification", partial(verification, pairs=500))


@pytest.fixture
def measured(small_world: World) -> Path:
    """The run of the small world with stored features of six strangers."""
    home = small_world.runs / "drawn" / "features"
    home.mkdir()
    write_features(home / "all.parquet", strangers())
    return home / "all.parquet"


def csv(table: FeatureTable, space: str = "v_face") -> bytes:
    vectors = pd.DataFrame(table.space(space), columns=[f"{space}_{place}" for place in range(6)])
    named = table.samples.rename(columns={"subject": "Person"})[["Person", "session", "label"]]
    return pd.concat([named, vectors], axis=1).to_csv(index=False).encode()


def said(page: AppTest) -> str:
    return "\n".join(str(one.value) for one in [*page.markdown, *page.caption, *page.info, *page.warning])


def test_the_page_says_what_the_command_says(measured: Path, open_page: Open, fer: Callable) -> None:
    page = open_page("leakage", run="drawn")
    assert not page.exception and not page.error
    told = fer("leakage", "drawn", "--split", "all", "--space", "v_state", "--state", "Awake", "--json").document
    pairs = told["verification"]
    assert [one.value for one in page.metric] == [
        f"{told['accuracy']:.3f}", f"{pairs['auc']:.3f}", f"{pairs['hard']['auc']:.3f}",
    ]  # fmt: skip
    low, high = told["ci95"]
    assert f"95 % interval {low:.3f} to {high:.3f}" in said(page) and f"chance {told['chance']:.3f}" in said(page)
    assert f"6 numbers, effective rank {told['effective_rank']:.1f}" in said(page)
    assert page.selectbox(key="space").options == list(SPACES)


def test_a_link_restores_space_state_trial_and_view(measured: Path, open_page: Open) -> None:
    page = open_page(
        "leakage", run="drawn", space="v_face", state="Asleep", trials="25", trial="7", evidence="Nearest few (CMC)"
    )
    assert not page.exception and not page.error
    assert [page.selectbox(key=key).value for key in ("space", "state", "trials")] == ["v_face", "Asleep", "25"]
    assert page.slider(key="trial").value == 7 and page.segmented_control(key="evidence").value == "Nearest few (CMC)"
    found = leakage_of(strangers(), "v_face", "Asleep", 25)
    assert page.metric[0].value == f"{found['accuracy']:.3f}"
    page.button(key="leakage_trial.next").click().run()
    assert page.slider(key="trial").value == 8
    strange = open_page("leakage", run="drawn", space="v_id", trial="9999", state="nonsense")
    assert not strange.error and strange.slider(key="trial").value == 100
    assert strange.selectbox(key="space").value == "v_state"


def test_probes_and_trade_offs_open(measured: Path, open_page: Open) -> None:
    page = open_page("leakage", run="drawn", trials="25", evidence="Probes")
    assert not page.exception and not page.error and "persons left out" in said(page)
    page.segmented_control(key="evidence").set_value("Leakage against macro-F1").run()
    assert not page.exception and not page.error
    assert any(
        "fer erase drawn --split all --space v_state" in one.value for one in page.code
    ) and "fer sweep deviation-study" not in said(page)


def test_without_features_the_command_and_the_shipped_run_are_offered(
    small_world: World, drawn_data: Path, open_page: Open
) -> None:
    page = open_page("leakage", run="drawn")
    assert "fer embed drawn --data DATA --store" in said(page) and "leakage.fill" not in {b.key for b in page.button}
    shipped = small_world.runs / "drowsiness"
    (small_world.runs / "drawn").rename(shipped)
    (shipped / "features").mkdir()
    write_features(shipped / "features" / "all.parquet", strangers())
    from tests.app import world

    world.add_run(small_world.runs, "drawn", drawn_data)
    page = open_page("leakage", run="drawn")
    page.button(key="leakage.fill").click().run()
    assert page.selectbox(key="run").value == "drowsiness" and len(page.metric) == 3


def test_damaged_features_are_a_sentence(measured: Path, open_page: Open) -> None:
    measured.write_bytes(measured.read_bytes()[:300])
    page = open_page("leakage", run="drawn")
    assert not page.exception and len(page.error) == 1


def test_a_table_of_ones_own_is_measured_and_forgotten(small_world: World, open_page: Open, fer: Callable) -> None:
    page = open_page("leakage", run="drawn")
    content = csv(strangers())
    page.file_uploader[0].set_value(("mine.csv", content, "text/csv")).run()
    assert "Choose the column that names the person" in said(page)
    page.selectbox(key="leakage_own.subject").set_value("Person").run()
    assert not page.exception and not page.error
    path = small_world.runs / "mine.csv"
    path.write_bytes(content)
    told = fer("leakage", path, "--space", "v_face", "--columns", "subject=Person", "--json").document
    assert [one.value for one in page.metric][:2] == [
        f"{told['accuracy']:.3f}", f"{told['verification']['auc']:.3f}"
    ]  # fmt: skip
    assert "Names instead of faces" in said(page) and "names no sessions" not in said(page)
    page.button(key="leakage.forget").click().run()
    assert "No stored features" in said(page) and not page.metric
    assert page.session_state["session.table"] is None


def test_columns_of_numbers_make_a_space(small_world: World, open_page: Open) -> None:
    table = strangers()
    frame = table.samples[["subject", "label"]].assign(a=table.space("v_face")[:, 0], b=table.space("v_face")[:, 1])
    page = open_page("leakage", run="drawn")
    page.file_uploader[0].set_value(("mine.csv", frame.to_csv(index=False).encode(), "text/csv")).run()
    assert not page.exception and not page.error and page.selectbox(key="space").value == "a,b"
    assert "names no sessions" in said(page)
    page.multiselect[0].set_value(["b"]).run()
    assert page.selectbox(key="space").value == "b"


def test_hostile_files_get_one_sentence(small_world: World, open_page: Open) -> None:
    page = open_page("leakage", run="drawn")
    page.file_uploader[0].set_value(("<b>torn.parquet", b"PAR1 torn", "application/octet-stream")).run()
    assert not page.exception and len(page.error) == 1 and "is damaged" in page.error[0].value
    assert page.error[0].value.startswith("\\<b\\>torn")
    page.file_uploader[0].set_value(("evil.csv", pickle.dumps({"a": 1}), "text/csv")).run()
    assert not page.exception and len(page.error) <= 1 and not page.metric


def test_a_trial_is_shown_as_it_was_counted(measured: Path) -> None:
    asked = leaking.of_run("drawn", "all")
    found = leaking.examined(asked, "v_state", "Awake", 25)
    shares = []
    for number in range(1, 26):
        one = trials.trial(asked, found, number)
        shares.append((one.table["verdict"] == "right").mean())
        probe = one.table["probe"].str.split("/").tolist()
        gallery = one.table["gallery"].str.split("/").tolist()
        assert all(
            a[0] == b[0] == who and a[1] != b[1] for a, b, who in zip(probe, gallery, one.table["person"], strict=True)
        )
        assert ((one.table["taken_for"] == one.table["person"]) == (one.table["verdict"] == "right")).all()
    assert np.mean(shares) == pytest.approx(found.document["accuracy"])
    upper, lower, why_not = trials.faces(asked, one.table)
    assert why_not is None and all(str(face).startswith("data:image/jpeg") for face in [*upper, *lower])
    assert len({*upper, *lower}) == 12  # everybody is drawn as they are, in both sessions


def test_faces_that_lie_elsewhere_become_names(measured: Path) -> None:
    table = strangers()
    write_features(measured, FeatureTable(table.samples, table.spaces, made={**table.made, "source": "/nowhere.zip"}))
    asked = leaking.of_run("drawn", "all")
    one = trials.trial(asked, leaking.examined(asked, "v_state", "Awake", 25), 1)
    upper, _, why_not = trials.faces(asked, one.table)
    assert upper == [None] * 6 and "not on this machine" in str(why_not)


def test_provenance_names_data_people_and_commands(measured: Path, fer: Callable) -> None:
    asked = leaking.of_run("drawn", "all")
    documents = {one: leaking.examined(asked, one, "Drowsy", 25).document for one in ("v_face", "v_state")}
    told = leakage_told.of_figures(asked, documents, beside=True)
    for words in ("run drawn", "split all", "n = 24 of 72", "6 people", "25 trials", "seed 0", "held-out", "synthetic"):
        assert words in told.text
    commands = told.command.split(" && ")
    again = fer(*commands[1].removeprefix("fer ").split()).document
    assert {key: again[key] for key in documents["v_state"]} == documents["v_state"]
    assert commands[-1] == "fer published deviation-8 --json"
    assert leakage_told.published()["accuracy"].tolist() == [0.83, 0.633]


def test_people_met_in_training_stand_beside_strangers(measured: Path) -> None:
    asked = leaking.of_run("drawn", "all")
    documents = {"v_face": leaking.examined(asked, "v_face", "Awake", 25).document}
    assert leakage_told.acquainted(asked, documents)[0].empty  # neither the table nor the run says
    write_features(measured, strangers(["p0000", "p0001"]))
    asked = leaking.of_run("drawn", "all")
    document = leaking.examined(asked, "v_face", "Awake", 25).document
    rows, where = leakage_told.acquainted(asked, {"v_face": document})
    assert where == "both in this table" and rows["subjects"].tolist() == [4, 2]
    assert rows["accuracy"].tolist() == [document["unseen"]["accuracy"], document["seen"]["accuracy"]]


def test_erasing_is_a_path_from_its_report(measured: Path) -> None:
    run = find_run("drawn")
    assert trade_off.of_erasure("drawn") is None
    step = {"accuracy": 0.3, "ci95": [0.2, 0.4], "macro_f1": 0.6, "variance": 0.9}
    report = {
        "space": "v_state", "before": {**step, "accuracy": 0.5, "chance": 0.04, "effective_rank": 5.0},
        "after": {**step, "accuracy": 0.1}, "ranks": [{"rank": 2, **step}], "rank": 9, "keep": "label",
        "control": {**step, "accuracy": 0.49}, "n": 72, "applied_subjects": ["a", "b"], "fit": "folds=5", "trials": 100,
        "seed": 0, "data": "people", "synthetic": True,
    }  # fmt: skip
    (run.path / "erasure-v_state.json").write_text(json.dumps(report))
    found = trade_off.of_erasure("drawn")
    assert found is not None
    assert found.points["name"].tolist() == ["0 erased", "2 erased", "9 erased", "random directions"]
    assert found.points["accuracy"].tolist() == [0.5, 0.3, 0.1, 0.49]
    assert "fer erase drawn --space v_state --folds 5 --keep label --ranks 2" in found.source.command
    figure = drawn_trade_off(found.points, title="t", subtitle="s", joined=True)
    assert [len(trace.x) for trace in figure.data] == [3, 1]
    (run.path / "erasure-v_state.json").write_text(json.dumps({"space": "v_state"}))
    with pytest.raises(ValueError, match="says nothing of after"):
        trade_off.of_erasure("drawn")


def test_a_study_is_shown_as_its_summary_says(no_runs: Path) -> None:
    studies = trade_off.studies()
    assert "remedy" in trade_off.telling(studies)
    found = trade_off.of_study(*studies["deviation-study: deviation-3"])
    printed = trade_off.published().points
    assert dict(zip(printed["name"], zip(printed["accuracy"], printed["macro_f1"], strict=True), strict=True)) == {
        "w/ DM": (0.633, 0.535), "w/o DM": (0.83, 0.523)
    }  # fmt: skip
    assert printed["space"].tolist() == ["v_state", "v_face"] and printed["chance"].tolist() == [0.04, 0.04]
    figure = drawn_trade_off(found.points, title="t", subtitle="s", joined=False, published=printed)
    (apart,) = (one for one in figure.data if one.marker.symbol == "diamond-open")
    assert list(apart.y) == [0.633, 0.83] and figure.layout.yaxis.range[1] > 0.83
    table = find_study("deviation-study").table
    row = summarised(table[table["study"] == "deviation-3"], ("strangers_macro_f1",))[0]
    mine = found.points[(found.points["name"] == "w/ DM") & (found.points["space"] == "v_state")].iloc[0]
    assert mine["accuracy"] == row["identification_v_state"]["mean"]
    assert mine["macro_f1"] == row["strangers_macro_f1_folds"]["mean"] and mine["chance"] == 1 / 25
    assert "synthetic faces" in found.source.text and found.source.command.startswith("fer sweep")


def test_charts_draw_what_they_are_given() -> None:
    rows = pd.DataFrame(
        {"person": ["<b>", "q"], "taken_for": ["q", "q"], "verdict": ["wrong", "right"], "cosine": [0.5, 0.9],
         "own_cosine": [0.4, 0.9], "column": [1, 1]}
    )  # fmt: skip
    figure = matching(rows, ["data:a", None], ["data:b", "data:c"], title="t", subtitle="s")
    assert len(figure.layout.images) == 3
    wrong, right = figure.data[0], figure.data[2]
    assert (wrong.x[:2], right.x[:2]) == ((0, 1), (1, 1)) and wrong.line.dash == "dash"
    assert "&lt;b&gt;" in figure.data[-1].text[0]
    found = leakage_of(strangers(), "v_state", trials=5, probe=True)
    figures = leakage_told.figures({"v_state": found})
    drawn = found_again(figures, leakage_told.published(), subtitle="s", chosen="v_state")
    assert {trace.x[0] for trace in drawn.data} >= {found["accuracy"], 0.83, 0.633}
    curve = pd.DataFrame({"space": "v_state", "pairs": "all", **found["verification"]["roc"], "auc": 0.5})
    assert list(roc(curve, subtitle="s", chosen="v_state").data[1].y) == found["verification"]["roc"]["true"]
    ranks = pd.DataFrame({"space": "v_state", "rank": range(1, 7), "share": found["cmc"], "chance": 0.1})
    assert list(cmc(ranks, subtitle="s", chosen="v_state").data[0].y) == found["cmc"]
    score = {"space": "v", "names": "who", "learner": "knn", "left_out": "x", "accuracy": 0.7, "chance": 0.2}
    assert probes(pd.DataFrame([score]), subtitle="s").data[0].x == (0.7,)
