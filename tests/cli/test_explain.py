"""`fer explain` end to end, on a drawn face and an untrained run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fer_core.labels import EXPRESSIONS
from fer_core.runs import Run
from tests.app import world
from tests.explain.conftest import untrained_run


@pytest.fixture
def run() -> Run:
    """The untrained run."""
    return untrained_run()


@pytest.fixture
def face(tmp_path: Path) -> Path:
    """A picture of 48 pixels, which counts as a face as a whole."""
    pixels = np.random.default_rng(2).integers(0, 256, (48, 48, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(tmp_path / "face.png")
    return tmp_path / "face.png"


def test_writes_a_figure_and_answers_with_numbers(fer: Callable, run: Run, face: Path, tmp_path: Path) -> None:
    out = tmp_path / "map.png"
    document = fer("explain", face, "--run", run.name, "--target", "Happy", "--out", out, "--json").document
    assert {key: document[key] for key in ("run", "path", "face", "target", "method", "layers", "unit", "out")} == {
        "run": "untrained",
        "path": str(face),
        "face": 1,
        "target": "happiness",
        "method": "gradcam",
        "layers": ["stage2"],
        "unit": "logit",
        "out": str(out),
    }
    assert list(document["probabilities"]) == list(EXPRESSIONS)
    assert document["label"] == max(document["probabilities"], key=document["probabilities"].get)
    assert 0 <= document["mean"] <= document["peak"]
    with Image.open(out) as sheet:
        assert (sheet.format, sheet.mode) == ("PNG", "RGB")
        assert sheet.width > 2 * 384


def test_layer_method_and_sign_are_the_callers_choice(fer: Callable, run: Run, face: Path, tmp_path: Path) -> None:
    arguments = ["--run", run.path, "--layer", "stage1", "--method", "hirescam", "--signed", "--faces", "whole"]
    document = fer("explain", face, *arguments, "--out", tmp_path / "map.png", "--json").document
    assert (document["layers"], document["method"], document["signed"]) == (["stage1"], "hirescam", True)
    assert document["target"] == document["label"]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--target", "happines"], "does not know the label 'happines'; did you mean 'happiness'"),
        (["--method", "gradcan"], "unknown method 'gradcan'; did you mean 'gradcam'"),
        (["--method", "eigencam", "--target", "fear"], "eigencam knows no label"),
        (["--layer", "stage9"], "no layer 'stage9'"),
        (["--branch", "v_id"], "no branch 'v_id'"),
        (["--compare", "label"], "cannot compare 'label'; did you mean 'labels'"),
        (["--compare", "masks"], "no masks"),
        (["--average", "people:"], "--average takes the pictures of its data set"),
        (["--compare", "labels", "--mix", "b.png"], "are for one face"),
        (["--target", "fear", "--mix", "b.png"], "--mix explains both labels"),
        (["--face", "2"], "--face must lie in 1 ... 1"),
        (["--run", "untraind"], "no run 'untraind'; did you mean 'untrained'"),
        (["--out", "map.jpg"], "--out must end in .png"),
        (["--out", "/nowhere/at/all/map.png"], "there is no folder /nowhere/at/all"),
    ],
)
def test_mistakes_of_the_caller(
    fer: Callable, run: Run, face: Path, tmp_path: Path, arguments: list[str], sentence: str
) -> None:
    ran = fer("explain", face, "--run", run.name, "--out", tmp_path / "map.png", "--json", *arguments)
    assert (ran.code, ran.out) == (2, ""), ran.err
    assert sentence in ran.err
    assert not (tmp_path / "map.png").exists()


def test_unreadable_and_missing_pictures(fer: Callable, run: Run, tmp_path: Path) -> None:
    (tmp_path / "text.png").write_text("no picture")
    for name in ("text.png", "missing.png"):
        ran = fer("explain", tmp_path / name, "--run", run.name, "--out", tmp_path / "map.png", "--json")
        assert (ran.code, ran.out) == (2, "")
        assert name in ran.err


def test_a_picture_without_a_face_says_what_to_do(fer: Callable, run: Run, tmp_path: Path) -> None:
    Image.new("RGB", (200, 150), (90, 120, 160)).save(tmp_path / "sky.png")
    ran = fer("explain", tmp_path / "sky.png", "--run", run.name, "--out", tmp_path / "map.png", "--json")
    assert (ran.code, ran.out) == (2, "")
    assert "no face found" in ran.err
    assert "--faces whole" in ran.err


def test_several_maps_are_told_beside_each_other(fer: Callable, run: Run, face: Path, tmp_path: Path) -> None:
    out = tmp_path / "maps.png"
    document = fer("explain", face, "--run", run.name, "--compare", "labels", "--out", out, "--json").document
    assert [one["name"] for one in document["compared"]] == list(EXPRESSIONS)
    assert [one["target"] for one in document["compared"]] == list(EXPRESSIONS)
    (alone,) = (one for one in document["compared"] if one["target"] == document["target"])
    assert (alone["peak"], alone["mean"]) == pytest.approx((document["peak"], document["mean"]), rel=1e-5)
    with Image.open(out) as sheet:
        assert sheet.width > 4 * 192 and sheet.height > 2 * 192


def test_a_map_is_tested_when_asked(fer: Callable, run: Run, face: Path, tmp_path: Path) -> None:
    asked = ["--faithfulness", "--randomised", "--target", "fear", "--out", tmp_path / "map.png", "--json"]
    document = fer("explain", face, "--run", run.name, *asked).document
    told = document["faithfulness"]
    assert told["label"] == "fear" and (told["shares"][0], told["shares"][-1]) == (0, 1)
    for name in ("deletion", "insertion"):
        one = told[name]
        assert len(one["curve"]) == len(told["shares"]) and len(one["random_curves"]) == 5
        assert one["random"]["least"] <= one["random"]["mean"] <= one["random"]["most"]
        assert one["area"] == pytest.approx(np.trapezoid(one["curve"], told["shares"]))
    assert told["deletion"]["curve"][0] == told["insertion"]["curve"][-1]
    drawn = document["randomised"]
    assert drawn["stages"][0] == "classifier" and drawn["stages"][-1] == "everything"
    assert drawn["final"]["spearman"] == pytest.approx(np.mean([draw[-1] for draw in drawn["spearman"]]))


def test_a_class_average_needs_no_picture(fer: Callable, run: Run, tmp_path: Path) -> None:
    data = world.draw_data(tmp_path, people=1)
    asked = ["--run", run.name, "--average", data, "--split", "validation", "--out", tmp_path / "mean.png", "--json"]
    document = fer("explain", *asked).document
    assert [(one["label"], one["n"], one["of"]) for one in document["classes"]] == [
        (name, 1, 1) for name in EXPRESSIONS
    ]
    assert (document["n"], document["split"], document["unit"]) == (7, "validation", "logit")
    ran = fer("explain", "--run", run.name, "--out", tmp_path / "mean.png", "--json")
    assert ran.code == 2 and "name a picture to explain" in ran.err
    ran = fer("explain", *asked, "--target", "fear")
    assert ran.code == 2 and "for its own label" in ran.err


def test_a_mixed_face_is_told_for_both_labels_and_runs(fer: Callable, run: Run, face: Path, tmp_path: Path) -> None:
    other = untrained_run("other", 1)
    second = tmp_path / "second.png"
    world.face(1, "fear").save(second)
    asked = ["--label-a", "happy", "--label-b", "fear", "--beside", other.name, "--out", tmp_path / "mix.png", "--json"]
    document = fer("explain", face, "--run", run.name, "--mix", second, *asked).document
    assert (document["a"]["label"], document["b"]["label"], document["recipe"]) == ("happiness", "fear", "fermixnet")
    assert [one["run"] for one in document["runs"]] == ["untrained", "other"]
    for one in document["runs"]:
        assert [told["label"] for told in one["maps"]] == ["happiness", "fear"]
        assert sum(one["probabilities"].values()) == pytest.approx(1)
    assert 0 < document["share"] < 1
