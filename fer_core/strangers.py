"""Leakage at the end of a training: how well a run's spaces find people again, those it learned from and strangers.

Spaces of different trainings are not comparable with each other, so each judges the same strangers by itself.
"""

from __future__ import annotations

import json
import logging
from typing import Any

import numpy as np
import torch

from fer_core import metrics
from fer_core.assembly import Model, model_of, normaliser
from fer_core.contracts import Features
from fer_core.cropping import cropper
from fer_core.data import Dataset, decode, open_data
from fer_core.data.folds import subject_keys
from fer_core.data.preparation import Prepared
from fer_core.features import FeatureTable
from fer_core.identity import frozen_features
from fer_core.inference import spaces_of
from fer_core.labels import index_of
from fer_core.leakage import leakage_of
from fer_core.leakage.stored import LEAKAGE
from fer_core.pretrained.frozen import frozen_subjects
from fer_core.runs import Run, write_text

log = logging.getLogger(__name__)

_KEPT = (
    "accuracy", "std", "ci95", "chance", "subjects", "subjects_left_out", "dimension", "effective_rank", "state", "n",
    "trials",
)  # fmt: skip


def judge_strangers(
    run: Run,
    source: str,
    dataset: Dataset,
    pixels: Any,
    prepared: Prepared,
    frozen: dict[str, np.ndarray],
    device: torch.device,
) -> None:
    """Writes the run's ``leakage.json``: ``{"data", "fingerprint", "n", "refused", "macro_f1", "spaces"}``.

    ``spaces`` is name -> ``unseen`` and ``seen`` -> the figures of `leakage.leakage_of`; seen people are those of the
    training split, left out where the data does not name them.

    Args:
        run: Trained; its exported weights are judged.
        source: The strangers' data set; of them nobody may train or be known to the frozen part: they are refused.
        dataset: The N samples of the training's own data.
        pixels: Its ``(N, S, S)`` or ``(N, S, S, 3)`` uint8 crops.
        prepared: Which of them were learned from.
        frozen: ``(N, D)`` of each frozen space.
        device: Where to compute.

    Raises:
        FileNotFoundError: no such data.
        ValueError: nobody is left to judge.
    """
    model, plan = model_of(run, device), run.preprocessing
    people = open_data(source)
    decoded = decode(people, plan["size"], plan["grey"], *cropper(plan["faces"], plan["framing"], plan["size"]))
    keys, learned = subject_keys(people), set(subject_keys(dataset)[prepared.train])
    met = learned | frozen_subjects(run.info.get("frozen", {}))
    numbers = index_of(people.table["label"].fillna("").tolist(), run.labels)
    able = decoded.readable & (numbers >= 0) & np.array([key is not None for key in keys])
    strange = able & np.array([key not in met for key in keys])
    rows = np.flatnonzero(strange)
    if not len(rows):
        raise ValueError(f"evaluation.leakage: {source} shows nobody whom the model has not met")
    known = frozen_features(model, decoded, plan, run.info.get("frozen", {}), device)
    normalise = normaliser(plan, device)
    spaces = spaces_of(model, normalise, decoded.pixels[rows], frozen={name: one[rows] for name, one in known.items()})
    answers = _answers(model, spaces, device)
    unseen = FeatureTable(people.table.iloc[rows].reset_index(drop=True), spaces, people.name)
    mine = prepared.train
    own = spaces_of(model, normalise, pixels[mine], frozen={name: one[mine] for name, one in frozen.items()})
    seen = FeatureTable(dataset.table.iloc[mine].reset_index(drop=True), own, dataset.name)
    document = {
        "data": people.name,
        "source": source,
        "fingerprint": decoded.fingerprint,
        "synthetic": people.synthetic,
        "n": len(rows),
        "refused": int((able & ~strange).sum()),
        "macro_f1": metrics.macro_f1(metrics.confusion(numbers[rows], answers, len(run.labels))),
        "spaces": {name: {"unseen": _figures(unseen, name), "seen": _seen(seen, name)} for name in spaces},
    }
    write_text(run.path / LEAKAGE, json.dumps(document, indent=1, allow_nan=False) + "\n")


@torch.inference_mode()
def _answers(model: Model, spaces: dict[str, np.ndarray], device: torch.device) -> np.ndarray:
    """``(n,)`` class numbers that the head gives to these spaces."""
    given = Features({name: torch.from_numpy(one).to(device) for name, one in spaces.items()}, {})
    answers: np.ndarray = model.decide(model.head(given)).argmax(1).cpu().numpy()
    return answers


def _figures(table: FeatureTable, space: str) -> dict[str, Any]:
    found = leakage_of(table, space, verified=False)
    return {key: found[key] for key in _KEPT}


def _seen(table: FeatureTable, space: str) -> dict[str, Any] | None:
    try:
        return _figures(table, space)
    except ValueError as error:
        log.warning("people of the training are not looked for in %s: %s", space, error)
        return None
