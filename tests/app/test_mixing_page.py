"""The mixing lab: every number it shows is the command's, whatever is mixed, and an address brings the view back."""

from __future__ import annotations

import io
import shlex
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from app import charts, session
from app.services import batches, mixing_lab, mixing_origin, uploads
from app.services.mixing_lab import Setting
from fer_core.runs import Run
from tests.app.conftest import World
from tests.cli.test_explain import run  # noqa: F401 an untrained run
from tests.conftest import Ran

Open = Callable[..., AppTest]


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pictures that count as faces as a whole: nobody looks for seventy faces in a test."""
    monkeypatch.setattr(mixing_lab, "PEOPLE", 2)
    monkeypatch.setattr(batches, "SIZE", 48)


def drawn(page: AppTest) -> str:
    assert not page.exception and not page.error, [one.value for one in page.error]
    return "\n".join(str(element.value) for element in [*page.html, *page.caption, *page.markdown, *page.info])


def asked(fer: Callable[..., Ran], setting: Setting, a: str, b: str) -> dict:
    """What the command under the page's figures says of two synthetic people."""
    known = mixing_lab.portraits(None, ()) | mixing_lab.portraits(
        type("Card", (), {"labels": ("Asleep", "Drowsy", "Awake")}), ()
    )
    first, second = known[a], known[b]
    command = mixing_origin.of_mixture(setting, first, second, (first.label, second.label)).command
    return fer(*shlex.split(command)[1:]).document


HAPPY, SURPRISED = "happiness, synthetic person 0", "surprise, synthetic person 1"


@pytest.mark.parametrize(
    ("setting", "address"),
    [
        (Setting("untrained", "mixup", 0.4, seed=3, lam=0.3), {"mixing": "Mixup", "alpha": "0.4", "lam": "0.300"}),
        (Setting("untrained", "mixaugment", 0.75, seed=3), {"mixing": "MixAugment", "share": "drawn"}),
        (Setting("untrained", "cutmix", 2.0, seed=3), {"mixing": "CutMix", "alpha": "2"}),
        (Setting("untrained", "cutout", side=0.25, seed=3), {"mixing": "Cutout", "side": "0.25"}),
        (
            Setting("untrained", "fermix", patterns=("diagonal",), guided=True, seed=3),
            {"mixing": "FERMix", "pattern": "a triangle", "cut": "by the face"},
        ),
        (
            Setting("untrained", "pairs", 0.75, between=("happiness", "surprise"), seed=3, lam=0.6),
            {"mixing": "Planned pairs"},
        ),
    ],
)
def test_the_numbers_of_every_mixing_are_the_commands(
    setting: Setting,
    address: dict[str, str],
    run: Run,  # noqa: F811
    open_page: Open,
    fer: Callable[..., Ran],
) -> None:
    page = open_page("mixing", run=run.name, draw="3", **address)
    said, told = drawn(page), asked(fer, setting, HAPPY, SURPRISED)
    for label, share in told["soft_label"].items():
        assert f"{label} <b>{share:.3f}</b>" in said
    best = max(told["said"], key=told["said"].get)
    assert f"{best} {told['said'][best]:.3f}" in said
    (table,) = (one.value for one in page.dataframe)
    assert table["Space"].tolist() == [one["space"] for one in told["spaces"]]
    for shown, one in zip(table.to_dict("records"), told["spaces"], strict=True):
        for name in ("cosine_a", "cosine_b", "distance_a", "distance_b"):
            assert f"{shown[name.replace('_a', ' to A').replace('_b', ' to B')]:.3f}" == f"{one[name]:.3f}"
    assert len(told["drawn"]) == 200 and told["drawn"][0] == mixing_lab.shares(setting)[0]


def test_the_deviation_network_shows_spaces_and_the_way_in_its_map(open_page: Open, fer: Callable[..., Ran]) -> None:
    setting = Setting("drowsiness", "pairs", 0.75, at="v_state", between=("Asleep", "Drowsy"), lam=0.25)
    page = open_page("mixing", run="drowsiness", stage="V_state", lam="0.250", lies_in="v_state", laid_by="PCA")
    told = asked(fer, setting, "Asleep, synthetic person 0", "Drowsy, synthetic person 1")
    said = drawn(page)
    best = max(told["said"], key=told["said"].get)
    assert f"{best} {told['said'][best]:.3f}" in said and "there is no picture of it" in said
    assert [one["space"] for one in told["spaces"]] == ["v_state"] and told["at"] == "v_state"
    assert "lie at least as far from their own neighbours" in said
    pictures = open_page("mixing", run="drowsiness", mixing="Mixup", lies_in="v_id")
    assert pictures.dataframe[0].value["Space"].tolist() == ["v_face", "v_id", "v_state"]
    assert pictures.selectbox(key="lies_in").value == "v_id"


def test_a_batch_is_the_commands_to_the_last_digit(run: Run, fer: Callable[..., Ran]) -> None:  # noqa: F811
    setting = Setting(run.name, "fermix", seed=5)
    told = batches.sheet(setting, batches.AS_SET, 1)
    command = mixing_origin.of_batch(setting, batches.AS_SET, told).command
    document = fer(*shlex.split(command)[1:]).document
    assert told.total == document["total"] and told.steps == document["steps"] and told.rows == document["n"]
    assert told.terms["loss"].tolist() == [one["loss"] for one in document["terms"]]
    assert told.network == f"run {run.name}" and told.terms["share"].sum() == pytest.approx(told.total, abs=1e-5)
    for (_, _, tiles), one in zip(told.passes, document["plan"], strict=True):
        blend = one["terms"][0]["blend"]
        assert [tile.lam for tile in tiles] == blend["lam"]
        assert [tile.main for tile in tiles] == [document["samples"][row]["subject"] for row in blend["main"]]
        assert all(sum(share for _, share in tile.soft) == pytest.approx(1) for tile in tiles)


def test_the_next_batch_stands_on_the_page(run: Run, open_page: Open) -> None:  # noqa: F811
    page = open_page("mixing", run=run.name, look="The next batch", mixing="CutMix", draw="2")
    said = drawn(page)
    told = batches.sheet(Setting(run.name, "cutmix", 1.0, between=("anger", "disgust"), seed=2), batches.AS_SET, 1)
    assert said.count("<figure") == told.rows == len(told.passes[0][2])
    assert "run untrained" in said and "lab-region" in said and "24 at a time" not in said
    assert "Mixed pictures" in said and f"{told.passes[0][2][0].lam:.3f}" in said
    page.select_slider(key="step").set_value("8").run()
    assert "there is no step 8" in page.error[0].value


def test_a_shipped_recipe_is_judged_by_a_fresh_network(run: Run, open_page: Open) -> None:  # noqa: F811
    assert {"fermixnet", "deviation-compact"} <= set(batches.recipes()) and "eyes" not in batches.recipes()
    told = batches.sheet(Setting(run.name, "mixup"), "expression", 1)
    assert "freshly built" in told.network and told.total is not None and told.passes[0][0] == "main"
    source = mixing_origin.of_batch(Setting(run.name, "mixup"), "expression", told)
    assert "--run" not in source.command and "fer batch expression" in source.command


def test_without_a_run_faces_are_mixed_all_the_same(no_runs: Path, open_page: Open) -> None:
    said = drawn(open_page("mixing", mixing="FERMix"))
    assert "no run is chosen" in said and "happiness <b>" in said and "upper half" in said


def test_a_run_that_cannot_be_asked_leaves_the_faces(small_world: World, open_page: Open) -> None:
    said = drawn(open_page("mixing", run="drawn"))
    assert "What a model says cannot be shown" in said and "lab-mixture" in said


def test_faces_are_swapped_and_own_pictures_are_labelled_or_not(run: Run, open_page: Open) -> None:  # noqa: F811
    page = open_page("mixing", run=run.name)
    page.button(key="mixing.swap").click().run()
    assert page.selectbox(key="face_a").value == SURPRISED and page.selectbox(key="face_b").value == HAPPY
    assert page.query_params["face_a"] in (SURPRISED, [SURPRISED])
    grey = np.random.default_rng(0).integers(0, 256, (48, 48, 3), dtype=np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(grey).save(buffer, format="PNG")
    taken, _ = uploads.take("<b>hostile.png", buffer.getvalue(), "upload")
    page.session_state["session.held"] = taken
    page.run()
    page.selectbox(key="face_a").set_value("picture 1: <b>hostile.png").run()
    said = drawn(page)
    assert "A <b>0.600</b>" in said and "<b>hostile" not in said and "&lt;b&gt;hostile" in said
    page.selectbox(key="label_a").set_value("fear").run()
    assert "fear <b>0.600</b>" in drawn(page)


def test_a_picture_without_a_face_is_one_sentence(
    run: Run,  # noqa: F811
    open_page: Open,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("fer_core.faces.FaceFinder.find", lambda self, picture: ())
    mixing_lab._synthetic.clear()
    page = open_page("mixing", run=run.name)
    assert page.error[0].value.startswith("No face found in people\\:p0000/s0/happiness/00003.png")
    mixing_lab._synthetic.clear()


def test_labels_that_look_like_other_values_are_still_labels() -> None:
    recipe = Setting(None, "pairs", between=("yes", "a, b")).recipe()
    assert recipe.mixing.options.between == (("yes", "a, b"),)


def test_eyes_are_not_mixed(open_page: Open) -> None:
    assert "judges single eyes" in open_page("mixing", run="eyes").error[0].value


def test_a_bad_address_falls_back(run: Run, open_page: Open) -> None:  # noqa: F811
    page = open_page("mixing", run=run.name, mixing="<x>", lam="7", draw="minus", face_a="nobody", alpha="-1")
    drawn(page)
    assert page.selectbox(key="mixing").value == "Mixup" and page.select_slider(key="lam").value == "0.600"
    assert page.number_input(key="draw").value == 0 and page.selectbox(key="face_a").value == HAPPY


def test_the_lab_is_forgotten_with_the_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    import streamlit as st

    monkeypatch.setattr(st, "session_state", {})
    session.lab()["face", "x"] = (object(), 700)
    assert 700 in session.bytes_held()
    session.forget()
    assert not session.lab() and 700 not in session.bytes_held()


def test_the_density_is_one_and_the_terms_add_up() -> None:
    shares = np.random.default_rng(0).beta(2, 2, 400)
    figure = charts.beta_density(shares, alpha=2, share=0.5)
    bars, curve, _ = figure.data
    assert sum(bars.y) / 20 == pytest.approx(1)
    assert np.trapezoid(curve.y, curve.x) == pytest.approx(1, abs=0.01)
    terms = pd.DataFrame(
        {"term": ["main", "penalty"], "weight": [1.0, np.nan], "loss": [0.5, 0.2], "share": [0.5, -0.2]}
    )
    chart = charts.loss_terms(terms, total=0.3)
    assert list(chart.data[0].x) == [0.3, -0.2, 0.5] and chart.layout.xaxis.range[0] < -0.2


def test_dashed_lines_are_the_soft_label() -> None:
    answers = pd.DataFrame({"lam": [0.0, 1.0], "fear": [0.2, 0.9], "anger": [0.8, 0.1]})
    said = {"fear": 0.5, "anger": 0.5}
    figure = charts.along_lambda(answers, soft={"fear": 0.4, "anger": 0.6}, share=0.4, said=said)
    dashed = [trace for trace in figure.data if trace.line.dash == "dash"]
    assert [list(one.y) for one in dashed] == [[0.0, 1.0], [1.0, 0.0]]
    same = charts.along_lambda(answers, soft={"fear": 1.0}, share=0.4, said=said)
    assert [list(one.y) for one in same.data if one.line.dash == "dash"] == [[1.0, 1.0]]
    bare = charts.along_lambda(answers, soft=None, share=0.4, said=said)
    assert not [one for one in bare.data if one.line.dash == "dash"]
