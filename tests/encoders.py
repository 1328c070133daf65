"""A tiny identity encoder in the store, and recipes that begin from it."""

from __future__ import annotations

import json
from pathlib import Path

from fer_core.assembly import build_model
from fer_core.pretrained.importing import keep
from fer_core.recipe import Recipe, check_recipe

ENCODER = {"kind": "compact", "stem": 4, "widths": [4, 8], "blocks": [1, 1], "embedding": 6}
PREPROCESSING = {"size": 24, "grey": True, "mean": [0.5, 0.5, 0.5], "std": [0.25, 0.25, 0.25]}
PEOPLE = "people:subjects=6,sessions=2,states=drowsiness,frames=2,size=32,groups=3"

DEVIATION = {
    "name": "tiny-deviation",
    "data": {"labels": "drowsiness", "source": PEOPLE},
    "preprocessing": PREPROCESSING,
    "backbone": {"kind": "deviation", "encoder": ENCODER, "identity": "tiny"},
    "head": {"kind": "state", "space": "v_state", "hidden": 8},
    "augmentation": {"flip": 0.0},
    "optimiser": {"kind": "sgd", "lr": 0.1, "momentum": 0.0},
    "optimisation": {"epochs": 2, "batch_size": 16, "select": "last", "precision": "fp32"},
}


def deviation(*changes: str) -> Recipe:
    """The tiny recipe, changed."""
    return check_recipe(json.loads(json.dumps(DEVIATION)), "tiny-deviation", changes)


def stored_encoder(seed: int = 0, name: str = "tiny", subjects: tuple[str, ...] = ()) -> Path:
    """Random weights in the store, as `fer pretrain` leaves trained ones."""
    model = build_model(
        check_recipe({"name": name, "seed": seed, "backbone": ENCODER, "preprocessing": PREPROCESSING}, name)
    )
    metadata = {"architectures": ["compact"], "preprocessing": PREPROCESSING, "subjects": list(subjects)}
    return keep(name, model.backbone.state_dict(), metadata, half=True)
