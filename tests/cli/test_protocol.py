"""From a data set as distributed to a score on a published list, by the command line alone."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
import yaml

from fer_core.labels import EXPRESSIONS
from tests.data.listed import VOTES, fer2013, write
from tests.drawn import pattern

RECIPE = {
    "preprocessing": {"size": 16, "grey": True},
    "backbone": {"kind": "compact", "stem": 4, "widths": [4], "blocks": [1]},
    "optimisation": {"epochs": 1, "batch_size": 16, "precision": "fp32"},
}
WORDS = ("surprise", "fear", "disgust", "happiness", "sadness", "anger", "neutral")


@pytest.fixture
def rafdb(tmp_path: Path) -> Path:
    """42 training and 14 test pictures in RAF-DB's tree."""
    rng, rows, files = np.random.default_rng(0), [], {}
    for split, digits, count in (("train", 5, 42), ("test", 4, 14)):
        for number in range(count):
            name, code = f"{split}_{number + 1:0{digits}d}", 1 + number % 7
            rows.append(f"{name}.jpg {code}")
            drawn = pattern(WORDS[code - 1], rng, 32)
            files[f"Image/aligned/{name}_aligned.jpg"] = cv2.imencode(".png", drawn)[1].tobytes()
    return write(tmp_path / "rafdb", {"EmoLabel/list_patition_label.txt": "\n".join(rows).encode(), **files})


def test_a_run_is_judged_on_a_list_and_by_type_of_occlusion(tmp_path: Path, rafdb: Path, fer: Callable) -> None:
    (tmp_path / "small.yaml").write_text(yaml.safe_dump(RECIPE))
    trained = fer("train", tmp_path / "small.yaml", "--data", rafdb, "--out", tmp_path / "run", "--threads", 1)
    assert trained.code == 0, trained.err
    info = json.loads((tmp_path / "run" / "run.json").read_text())
    assert info["data"]["test"] == 14 and info["data"]["left_out"] == {}
    listed = [f"test_{number + 1:04d}_aligned {number % 7} {number % 2}" for number in range(10)] + [
        "test_0001_aligned 0 0"
    ]
    types = ["name,type", *(f"test_{number + 1:04d},{('upper', 'corner')[number % 2]}" for number in range(9))]
    write(tmp_path, {"occlusion.txt": "\r\n".join(listed).encode(), "types.csv": "\n".join(types).encode()})
    made = fer(
        "data", "protocol", tmp_path / "occlusion.txt", "--pictures", rafdb, "--types", tmp_path / "types.csv",
        "--out", tmp_path / "occluded",
    )  # fmt: skip
    assert made.code == 0, made.err
    command = ("evaluate", tmp_path / "run", "--data", tmp_path / "occluded", "--by")
    judged = fer(*command, "occlusion", "--json")
    assert judged.code == 0, judged.err
    parts = judged.document["by"]
    assert judged.document["n"] == 11 and {name: part["n"] for name, part in parts.items()} == {"corner": 4, "upper": 6}
    whole = np.array(judged.document["confusion"]) - sum(np.array(part["confusion"]) for part in parts.values())
    assert whole.min() == 0 and whole.sum() == 1  # the picture without a type is in no part
    assert whole.sum(axis=1)[judged.document["labels"].index(WORDS[9 % 7])] == 1
    assert "corner" in fer(*command, "occlusion").out
    by_path = fer(*command, "path", "--json").document["by"]
    assert len(by_path) == 10 and sum(part["n"] for part in by_path.values()) == 11
    refused = fer(*command, "colour")
    assert refused.code == 2 and "the data has no column 'colour'" in refused.err


def test_ferplus_is_learned_by_votes_or_by_label(tmp_path: Path, fer: Callable) -> None:
    columns = VOTES.split(",")[2:]
    usages = ["Training"] * 32 + ["PublicTest"] * 8
    rows = []
    for number, usage in enumerate(usages):
        votes = dict.fromkeys(columns, 0) | {columns[number % 8]: 7, columns[(number + 1) % 8]: 3}
        rows.append(f"{usage},fer{number:07d}.png,{','.join(map(str, votes.values()))}")
    root = write(
        tmp_path / "plus", {"fer2013new.csv": "\n".join([VOTES, *rows]).encode(), "fer2013.csv": fer2013(usages)}
    )
    for targets, soft in (("distribution", 28), ("label", 0)):
        recipe = {**RECIPE, "data": {"targets": targets, "labels": "expressions", "drop_twins": False}}
        (tmp_path / "small.yaml").write_text(yaml.safe_dump(recipe))
        out = tmp_path / targets
        trained = fer("train", tmp_path / "small.yaml", "--data", root, "--out", out, "--threads", 1)
        assert trained.code == 0, trained.err
        data = json.loads((out / "run.json").read_text())["data"]
        assert data["soft_targets"] == soft and data["train"] == 28
        assert data["excluded"] == {"label 'contempt' is not among the model's": 5}
        assert data["train_per_label"] == dict.fromkeys(EXPRESSIONS, 4)
    refused = fer("train", tmp_path / "small.yaml", "--data", root, "--set", "data.targets=votes")
    assert refused.code == 2 and "data.targets" in refused.err
