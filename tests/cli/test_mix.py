"""`fer mix` end to end, on drawn faces."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fer_core.labels import EXPRESSIONS
from fer_core.mixing.plans import plan_from_json
from tests.cli.test_explain import run  # noqa: F401 an untrained run


@pytest.fixture
def faces(tmp_path: Path) -> tuple[Path, Path]:
    """Two pictures of 48 pixels, which count as faces as a whole."""
    paths = tmp_path / "a.png", tmp_path / "b.png"
    for seed, path in enumerate(paths):
        pixels = np.random.default_rng(seed).integers(0, 256, (48, 48, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(path)
    return paths


def _shows_first_face(path: Path, face: Path) -> bool:
    """The sheet's first panel is the face, enlarged."""
    panel = Image.open(path).crop((21, 21, 21 + 256, 21 + 256)).resize((48, 48), Image.Resampling.BOX)
    grey = np.asarray(Image.open(face).convert("L"), dtype=float)
    shown = np.asarray(panel.convert("L"), dtype=float)
    return bool(np.corrcoef(grey.ravel(), shown.ravel())[0, 1] > 0.9)


def test_mixes_two_faces_and_asks_a_run_along_lambda(fer: Callable, run, faces: tuple, tmp_path: Path) -> None:  # noqa: F811
    out = tmp_path / "mixed.png"
    recipe = ("--recipe", "expression", "--set", "mixing.kind=mixup")
    line = ("mix", *faces, *recipe, "--lam", 0.4, "--run", run.name, "--label-a", "Happy", "--label-b", "sad")
    document = fer(*line, "--out", out, "--json").document
    assert document["soft_label"] == {"happiness": 0.4, "sadness": 0.6} and document["lam"] == 0.4
    assert document["mixing"]["kind"] == "mixup" and document["run"] == "untrained" and document["at"] == "image"
    assert [one["lam"] for one in document["prediction"]] == pytest.approx([step / 10 for step in range(11)])
    assert list(document["prediction"][0]["probabilities"]) == list(EXPRESSIONS)
    (plan,) = plan_from_json(document["plan"])
    assert plan.pictures.lam.tolist() == [0.4] and plan.pictures.partner.tolist() == [1]
    ends = [fer("predict", face, "--run", run.name, "--json").document["images"][0]["faces"][0] for face in faces]
    for end, said in zip(ends, (document["prediction"][10], document["prediction"][0]), strict=True):
        for label, share in end["probabilities"].items():
            assert said["probabilities"][label] == pytest.approx(share, abs=1e-4)
    assert Image.open(out).size == (3 * (256 + 21) + 21, 256 + 21 + 36) and _shows_first_face(out, faces[0])


def test_a_region_is_planned_by_the_seed_and_judged_once(fer: Callable, run, faces: tuple, tmp_path: Path) -> None:  # noqa: F811
    out = tmp_path / "mixed.png"
    line = ("mix", *faces, "--recipe", "fermixnet", "--run", run.name, "--out", out, "--json")
    first, again = fer(*line, "--seed", 5).document, fer(*line, "--seed", 5).document
    assert first == again and len(first["prediction"]) == 1 and first["lam"] in (0.5, 0.75)
    assert first["prediction"][0]["lam"] == first["lam"]
    assert first["soft_label"] == {"A": first["lam"], "B": 1 - first["lam"]}
    regions = {str(fer(*line, "--seed", seed).document["plan"][0]["pictures"]["region"]) for seed in (1, 2)}
    assert len(regions) == 2
    told = fer(*line[:-1])
    assert told.code == 0 and "fermix: A" in told.out and "the model says" in told.out


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (("--recipe", "expression"), "recipe expression mixes nothing"),
        (("--recipe", "fermixnet", "--lam", "0.3"), "fermix takes its share from the region"),
        (("--recipe", "fermixnet", "--label-a", "happy"), "of both faces, or of none"),
        (
            ("--recipe", "mixings"),
            "recipe mixings has 1 mistake: it is a grid of trainings; fer sweep mixings does them",
        ),
        (("--recipe", "fermixnt"), "no recipe 'fermixnt'; did you mean 'fermixnet'"),
        (("--recipe", "fermixnet", "--run", "nobody"), "nobody"),
    ],
)
def test_every_mistake_has_its_sentence(
    fer: Callable, faces: tuple, tmp_path: Path, change: tuple, sentence: str
) -> None:
    ran = fer("mix", *faces, *change, "--out", tmp_path / "x.png", "--json")
    assert ran.code == 2 and sentence in ran.err and ran.out == "" and not (tmp_path / "x.png").exists()
    assert "Traceback" not in ran.err


def test_a_picture_without_a_face_is_named(
    fer: Callable, faces: tuple, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fer_core.faces.FaceFinder.find", lambda self, picture: ())
    line = ("mix", *faces, "--recipe", "fermixnet", "--faces", "detect", "--out", tmp_path / "x.png")
    assert f"no face found in {faces[0]}; --faces whole takes the whole picture as the face" in fer(*line).err


def test_the_figure_is_a_png_in_a_folder_that_is_there(fer: Callable, faces: tuple, tmp_path: Path) -> None:
    line = ("mix", *faces, "--recipe", "fermixnet", "--out")
    assert "must end in .png" in fer(*line, tmp_path / "x.jpg").err
    assert "there is no folder" in fer(*line, tmp_path / "nowhere" / "x.png").err
    (tmp_path / "c.png").write_bytes(b"no picture")
    ran = fer("mix", faces[0], tmp_path / "c.png", "--recipe", "fermixnet", "--out", tmp_path / "x.png")
    assert ran.code == 2 and f"{tmp_path / 'c.png'}: the file is not a picture" in ran.err


def test_what_cannot_be_mixed_leaves_no_figure(fer: Callable, faces: tuple, tmp_path: Path) -> None:
    line = ("mix", *faces, "--recipe", "expression", "--set", "mixing.kind=pairs", "--out", tmp_path / "x.png")
    ran = fer(*line)
    assert ran.code == 2 and "the head does not read 'v_state'" in ran.err and not (tmp_path / "x.png").exists()
    ran = fer(*line, "--set", "mixing.at=image")
    assert ran.code == 0 and (tmp_path / "x.png").is_file()
