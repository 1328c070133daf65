"""Probabilities of face crops: batched, with or without the mirrored view."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from fer_core.assembly import Model

VIEWS = (1, 2)


@torch.inference_mode()
def probabilities(
    model: Model, normalise: Callable[[np.ndarray], Tensor], crops: np.ndarray, views: int = 1, batch: int = 256
) -> np.ndarray:
    """What the model says about each crop.

    Args:
        model: In eval mode; only read, so several threads may share it.
        normalise: From `assembly.normaliser`, for the model's device.
        crops: ``(N, S, S, 3)`` or grey ``(N, S, S)`` uint8.
        views: 1: the crop; 2: also mirrored, mean of the probabilities.
        batch: Crops at once.

    Returns:
        ``(N, K)`` float32; rows sum to 1.

    Raises:
        ValueError: another number of views, or a model whose weights overflow.
    """
    if views not in VIEWS:
        raise ValueError(f"views must be 1 or 2, got {views}")
    parts = []
    for start in range(0, len(crops), batch):
        images = normalise(crops[start : start + batch])
        answer = model.decide(model(images)).float().softmax(1)
        if views == 2:
            answer = (answer + model.decide(model(images.flip(3))).float().softmax(1)) / 2
        parts.append(answer.cpu().numpy())
    answers = np.concatenate(parts) if parts else np.empty((0, len(model.labels)), dtype=np.float32)
    if not np.isfinite(answers).all():
        raise ValueError(
            "the model answers with values that are no numbers: its training diverged; "
            "train it with a lower optimiser.lr"
        )
    return answers
