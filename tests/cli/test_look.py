"""`fer look`: one face as a run sees it, disturbed together and by each kind alone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fer_core.disturbances import KINDS, disturb
from fer_core.disturbances.together import ORDER, read_strengths, together, words_of
from fer_core.faces import locate
from fer_core.predictor import Predictor
from fer_core.runs import Run
from fer_core.sight import alone, answer, sight_of
from tests.cli.test_explain import face, run  # noqa: F401 an untrained run, and a picture that counts as a face


def test_every_kind_has_its_place_in_the_order() -> None:
    assert sorted(ORDER) == sorted(KINDS)
    turn = ORDER.index("rotation")
    assert all(ORDER.index(name) < turn for name, kind in KINDS.items() if kind.of_face)


def test_together_is_one_after_the_other_in_the_order_of_the_world() -> None:
    pictures = np.random.default_rng(0).integers(0, 256, (2, 24, 24), dtype=np.uint8)
    points = np.array([[0.3, 0.4], [0.7, 0.4], [0.5, 0.6], [0.35, 0.8], [0.65, 0.8]], dtype=np.float32)
    before = pictures.copy()
    made = together(pictures, {"blur": 2, "sunglasses": 3, "dark": 1}, points)
    expected = pictures
    for kind, strength in (("sunglasses", 3), ("dark", 1), ("blur", 2)):
        expected = disturb(expected, kind, strength, points)
    assert np.array_equal(made, expected) and np.array_equal(pictures, before)
    assert np.array_equal(together(pictures, {}, points), pictures)
    for wrong in ({"blurr": 1}, {"blur": 6}):
        with pytest.raises(ValueError, match="blur|strength"):
            together(pictures, wrong, points)


def test_strengths_are_read_with_all_their_mistakes() -> None:
    assert read_strengths(" blur=3, dark=2 ") == {"dark": 2, "blur": 3} and read_strengths("") == {}
    assert words_of({"blur": 3, "dark": 2}) == "dark=2,blur=3"
    with pytest.raises(ValueError, match="blurr.*dark needs a strength.*blur is given twice"):
        read_strengths("blurr=1,dark=9,blur=1,blur=2")


def test_the_command_says_what_the_run_sees(fer: Callable, run: Run, face: Path, tmp_path: Path) -> None:  # noqa: F811
    out = tmp_path / "seen.png"
    words = ("look", face, "--run", run.name, "--disturb", "blur=3,upper=5", "--alone", "all", "--out", out, "--json")
    told = fer(*words).document
    predictor = Predictor(run)
    pixels = np.asarray(Image.open(face).convert("RGB"))
    sight = sight_of(predictor, pixels, locate(pixels, "auto", predictor.finder)[0])
    assert told["probabilities"] == answer(predictor, sight.pixels)
    assert told["disturbed"]["probabilities"] == answer(predictor, sight.under({"blur": 3, "upper": 5}))
    assert told["probabilities"] != told["disturbed"]["probabilities"]
    assert told["label"] == max(told["probabilities"], key=told["probabilities"].get)
    assert told["map"]["target"] == told["disturbed"]["label"] and told["map"]["peak"] >= 0
    assert list(told["alone"]) == list(ORDER) and all(len(one) == 5 for one in told["alone"].values())
    each = answer(predictor, sight.under({"upper": 5}))[told["label"]]
    assert told["alone"]["upper"][4] == pytest.approx(each, abs=1e-6)
    assert (told["size"], told["width"], told["grey"]) == (48, 48, False) and told["box"] == list(sight.face.box)
    with Image.open(out) as drawn:
        assert drawn.width > 2 * 384
    plain = fer("look", face, "--run", run.name, "--json").document
    assert plain["disturbed"]["probabilities"] == plain["probabilities"] and plain["alone"] is None


def test_mistakes_are_one_sentence_before_the_work(fer: Callable, run: Run, face: Path, tmp_path: Path) -> None:  # noqa: F811
    for words, sentence in [
        (("--disturb", "blur=9"), "strength of 1 to 5"),
        (("--disturb", "fog=1"), "unknown kind of disturbance 'fog'"),
        (("--alone", "fog"), "unknown kind of disturbance 'fog'"),
        (("--out", tmp_path / "seen.jpg"), "--out must end in .png"),
        (("--out", tmp_path / "nowhere" / "seen.png"), "there is no folder"),
        (("--face", 2), "--face must lie in 1 ... 1"),
    ]:
        ran = fer("look", face, "--run", run.name, *words)
        assert ran.code == 2 and sentence in ran.err and "Traceback" not in ran.err
    eyes = fer("look", face, "--run", "eyes")
    assert eyes.code == 2 and "judges single eyes" in eyes.err
    predictor, pixels = Predictor(run), np.asarray(Image.open(face).convert("RGB"))
    sight = sight_of(predictor, pixels, locate(pixels, "auto", predictor.finder)[0])
    with pytest.raises(ValueError, match="does not know 'Awake'"):
        alone(predictor, sight, "Awake", ["blur"])
