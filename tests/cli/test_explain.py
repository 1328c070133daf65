"""`fer explain` end to end, on a drawn face and an untrained run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fer_core.labels import EXPRESSIONS
from fer_core.runs import Run, create_run, runs_home


@pytest.fixture
def run() -> Run:
    """A finished run whose weights nobody trained: explanations need no truth."""
    from fer_core.assembly import build_model
    from fer_core.recipe import check_recipe
    from fer_core.weights import save_weights

    recipe = check_recipe(
        {"name": "untrained", "backbone": {"kind": "compact", "stem": 4, "widths": [6, 8], "blocks": [1, 1]}}
    )
    info = {
        "status": "finished",
        "labels": list(recipe.labels),
        "preprocessing": recipe.preprocessing.model_dump(mode="json"),
        "data": {"name": "nothing", "synthetic": True},
    }
    run = create_run(runs_home() / "untrained", recipe.dump(), info)
    save_weights(run.path / "weights.safetensors", build_model(recipe).state_dict(), {"labels": list(recipe.labels)})
    return run


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
