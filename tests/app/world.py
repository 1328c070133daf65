"""A small world for tests: a data set of drawn faces, and runs about it whose predictions come from a seed."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image

from fer_core.contracts import FaceBox
from fer_core.data.people import Recording, identity, moment, render, session
from fer_core.framing import FRAMINGS, crop_face
from fer_core.labels import EXPRESSIONS
from fer_core.runs import Run, create_run
from fer_core.tables import prediction_table

RECIPE = """name: drawn
about: Seven expressions of drawn faces; its answers are drawn from a seed, nothing was trained.
seed: 3
evaluation: {views: 2}
"""


def face(person: int, label: str, size: int = 48) -> Image.Image:
    """One synthetic face, cut as FER2013 cuts its own."""
    who = identity(person)
    picture, truth = render(who, session(person, 0, 0, who), moment(who, Recording(0, person, 0, label), 1.4), 144)
    found = FaceBox((0.0, 0.0, 144.0, 144.0), 1.0, truth.landmarks)
    return Image.fromarray(crop_face(picture, found, FRAMINGS["fer2013"], size))


def draw_data(home: Path, people: int = 2, train: int = 0) -> Path:
    """A folder ``<split>/<label>/p<person>.png`` of synthetic faces.

    Args:
        home: Where the folder is made.
        people: In the validation split.
        train: In the training split; nobody is in both.
    """
    root = home / "drawn-faces"
    for split, first, count in (("validation", 0, people), ("train", people, train)):
        for label in EXPRESSIONS if count else ():
            folder = root / split / label
            folder.mkdir(parents=True)
            for person in range(first, first + count):
                face(person, label).save(folder / f"p{person:04d}.png")
    return root


def add_run(home: Path, name: str, data: Path, people: int = 2, status: str = "finished", **info: object) -> Run:
    """A run whose predictions are right in about two of three."""
    written = {
        "status": status,
        "seed": 3,
        "labels": list(EXPRESSIONS),
        "preprocessing": {"size": 48, "grey": True, "framing": "fer2013", "mean": [0.5] * 3, "std": [0.25] * 3},
        "selected_on": "validation",
        "best": {"epoch": 4},
        "device": "cpu (test)",
        "finished": "2026-01-01T00:00:00+00:00",
        "data": {"source": str(data), "name": data.name, "fingerprint": "f00d", "synthetic": True},
        "evaluated": {},
        **info,
    }
    run = create_run(home / name, RECIPE, written)
    if status == "finished":
        evaluate(run, data, people)
        (run.path / "weights.safetensors").write_bytes(b"not read by these tests")
        epochs = np.arange(1, 7)
        pd.DataFrame(
            {
                "epoch": epochs,
                "loss": 2 * np.exp(-epochs / 4),
                "learning_rate": 0.1 / epochs,
                "validation_loss": 0.6 + 1.6 * np.exp(-epochs / 3),
                "validation_accuracy": 0.68 - 0.5 * np.exp(-epochs / 2),
                "validation_macro_f1": 0.64 - 0.5 * np.exp(-epochs / 2),
                "seconds": 1.0,
            }
        ).to_csv(run.path / "history.csv", index=False)
    return run


def evaluate(run: Run, data: Path, people: int) -> None:
    """Stores predictions for every picture of the drawn data."""
    rng = np.random.default_rng(3)
    rows = [
        (f"validation/{label}/p{person:04d}.png", label, f"p{person:04d}")
        for label in EXPRESSIONS
        for person in range(people)
    ]
    samples = pd.DataFrame(rows, columns=["path", "label", "subject"]).assign(session=None, split="validation")
    sure = rng.dirichlet(np.ones(len(EXPRESSIONS)) * 0.6, len(rows))
    place = np.array([EXPRESSIONS.index(label) for label in samples["label"]])
    sure[np.arange(len(rows)), place] += rng.random(len(rows)) * 1.1
    sure /= sure.sum(axis=1, keepdims=True)
    twin = np.arange(len(rows)) % 5 == 0
    run.store_predictions(prediction_table(samples, sure, EXPRESSIONS, twin))
    told = {
        "n": len(rows),
        "excluded": 0,
        "data": data.name,
        "source": str(data),
        "fingerprint": "f00d",
        "faces": "whole",
        "views": 2,
    }
    run.update(evaluated={"validation": {**told, "synthetic": True}})


def break_run(home: Path, name: str) -> None:
    """A run whose run.json is damaged."""
    (home / name).mkdir()
    (home / name / "run.json").write_text(json.dumps({"status": "finished"})[:-4])
