"""Frozen features: V_id of every picture of a data set, computed once and kept for all folds, rows and seeds.

They depend on the crops, the frozen weights and the normalisation only, so they lie beside the decoded pictures in
``$FER_CACHE`` under a name made of these three.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import time
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch

from fer_core.assembly import Model, normaliser
from fer_core.caching import cache_home, filling
from fer_core.data.store import Decoded

log = logging.getLogger(__name__)

BATCH = 256


def frozen_features(
    model: Model,
    decoded: Decoded,
    preprocessing: Mapping[str, Any],
    parts: Mapping[str, Mapping[str, Any]],
    device: torch.device,
) -> dict[str, np.ndarray]:
    """``(N, D)`` float32 of each frozen space, row for row with the pictures; empty where the model has none.

    In full precision whatever the training's, and of the pictures as they are: unaugmented (paper A, section 2.1, names
    no augmentation, which is what lets V_id be computed once). Where nothing is cached, the pictures go through the
    Identity Model and the result is written whole or not at all.

    Args:
        model: On the device; only its frozen part is read.
        decoded: N pictures; of joined data sets each has a cache of its own.
        preprocessing: The recipe's section.
        parts: The run's ``frozen``: space -> file and SHA-256.
        device: Where to compute.
    """
    if not parts:
        return {}
    if decoded.parts:
        each = [frozen_features(model, one, preprocessing, parts, device) for one in decoded.parts]
        return {space: np.concatenate([one[space] for one in each]) for space in each[0]}
    if not decoded.key:
        return _computed(model, decoded.pixels, preprocessing, device)
    path = _path(decoded, preprocessing, parts)
    stored = _load(path, len(decoded.pixels))
    if stored is not None:
        return stored
    with filling(path):
        stored = _load(path, len(decoded.pixels))
        if stored is not None:
            return stored
        found = _computed(model, decoded.pixels, preprocessing, device)
        part = path.with_name(f"{path.name}.part")
        with part.open("wb") as opened:
            np.savez(opened, **found)  # type: ignore[arg-type]
        os.replace(part, path)
    return found


@torch.no_grad()
def _computed(
    model: Model, pixels: Any, preprocessing: Mapping[str, Any], device: torch.device
) -> dict[str, np.ndarray]:
    normalise, was = normaliser(preprocessing, device), model.training
    began = time.perf_counter()
    model.eval()
    batches = []
    for start in range(0, len(pixels), BATCH):
        spaces = model.frozen(normalise(np.asarray(pixels[start : start + BATCH])))
        batches.append({name: one.float().cpu().numpy() for name, one in spaces.items()})
    model.train(was)
    log.info("frozen features of %d pictures: %.1f s", len(pixels), time.perf_counter() - began)
    return {space: np.concatenate([one[space] for one in batches]) for space in batches[0]}


def _path(decoded: Decoded, preprocessing: Mapping[str, Any], parts: Mapping[str, Mapping[str, Any]]) -> Path:
    shown = {key: preprocessing.get(key) for key in ("size", "grey", "standardise", "mean", "std")}
    made = json.dumps([decoded.key, {space: one["sha256"] for space, one in parts.items()}, shown], sort_keys=True)
    return cache_home() / f"frozen-{hashlib.blake2b(made.encode(), digest_size=12).hexdigest()}.npz"


def _load(path: Path, count: int) -> dict[str, np.ndarray] | None:
    try:
        with np.load(path) as opened:
            found = {name: opened[name] for name in opened.files}
    except (OSError, ValueError, EOFError, KeyError, zipfile.BadZipFile):
        return None  # never filled, or damaged: filled again
    return found if found and all(len(one) == count for one in found.values()) else None
