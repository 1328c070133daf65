"""Probabilities of face crops: batched, from one view of each or from several.

Paper: Pham, Vu and Tran, "Facial Expression Recognition Using Residual Masking Network". Its text names no test-time
    views; its code sums the softmax of several, each mirrored with probability one half and turned by up to 30 degrees:
    https://github.com/phamquiluan/ResidualMaskingNetwork (``utils/augmenters/augment.py`` at 43f0668,
    ``_calc_acc_on_private_test_with_tta`` of ``trainers/tta_trainer.py`` at 167c828).
Departs: their views are drawn anew for each picture; ours are the same for all, so that a picture is answered alike
    every time, alone or among others. What a turn brings in from outside repeats the border, as in training.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from fer_core.assembly import Model

VIEWS = (1, 2, 10)
"""1: the crop; 2: also mirrored; 10: both, turned by each of `TURNS`."""
TURNS = (0.0, -12.0, 12.0, -24.0, 24.0)
"""Degrees: the middles of five equal parts of the -30 to 30 that the paper's code draws from."""


def check_views(views: int) -> None:
    """Refuses another number of views.

    Raises:
        ValueError: it is not among `VIEWS`.
    """
    if views not in VIEWS:
        raise ValueError(f"views must be one of {', '.join(map(str, VIEWS))}, got {views}")


@torch.inference_mode()
def probabilities(
    model: Model,
    normalise: Callable[[np.ndarray], Tensor],
    crops: np.ndarray,
    views: int = 1,
    batch: int = 256,
    frozen: Mapping[str, np.ndarray] | None = None,
) -> np.ndarray:
    """What the model says about each crop: the mean of what it says about the crop's views.

    Args:
        model: In eval mode; only read, so several threads may share it.
        normalise: From `assembly.normaliser`, for the model's device.
        crops: ``(N, S, S, 3)`` or grey ``(N, S, S)`` uint8.
        views: One of `VIEWS`.
        batch: Crops at once.
        frozen: ``(N, D)`` of each frozen space, where it is known already. Either way a crop's counts for all of its
            views, as in training, where only the Face Model sees augmented pictures.

    Returns:
        ``(N, K)`` float32; rows sum to 1.

    Raises:
        ValueError: another number of views, or a model whose weights overflow.
    """
    return _mean(model, model, normalise, crops, views, batch, frozen)


@torch.inference_mode()
def answers_and_space(
    model: Model, normalise: Callable[[np.ndarray], Tensor], crops: np.ndarray, space: str, views: int = 1
) -> tuple[np.ndarray, np.ndarray]:
    """`probabilities`, and of the same passes what a feature space holds of each crop as it is.

    Args:
        model: As in `probabilities`.
        normalise: As in `probabilities`.
        crops: As in `probabilities`.
        space: One of the model's spaces, D wide.
        views: One of `VIEWS`.

    Returns:
        ``(N, K)`` and ``(N, D)`` float32.

    Raises:
        ValueError: as `probabilities`.
    """
    kept: list[np.ndarray] = []

    def ask(view: Tensor, known: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
        features = model.features(view, known)
        kept.append(features.spaces[space].float().cpu().numpy())
        return model.head(features)

    answers = _mean(model, ask, normalise, crops, views)
    width = int(model.backbone.dimensions[space])  # type: ignore[index]
    # The first view of each batch is the crop itself.
    return answers, np.concatenate([np.empty((0, width), dtype=np.float32), *kept[::views]])


def _mean(
    model: Model,
    ask: Callable[[Tensor, Mapping[str, Tensor]], Mapping[str, Tensor]],
    normalise: Callable[[np.ndarray], Tensor],
    crops: np.ndarray,
    views: int,
    batch: int = 256,
    frozen: Mapping[str, np.ndarray] | None = None,
) -> np.ndarray:
    """`probabilities` of a model whose logits ``ask`` gives."""
    check_views(views)
    parts = []
    for start in range(0, len(crops), batch):
        images = normalise(crops[start : start + batch])
        answer = images.new_zeros((len(images), len(model.labels)))
        known = {name: torch.from_numpy(one[start : start + batch]).to(images) for name, one in (frozen or {}).items()}
        known = known or dict(model.frozen(images))
        for view in _views(images, views):
            answer += model.decide(ask(view, known)).float().softmax(1)
        parts.append((answer / views).cpu().numpy())
    answers = np.concatenate(parts) if parts else np.empty((0, len(model.labels)), dtype=np.float32)
    if not np.isfinite(answers).all():
        raise ValueError(
            "the model answers with values that are no numbers: its training diverged; "
            "train it with a lower optimiser.lr"
        )
    return answers


@torch.inference_mode()
def spaces_of(
    model: Model,
    normalise: Callable[[np.ndarray], Tensor],
    crops: np.ndarray,
    batch: int = 256,
    frozen: Mapping[str, np.ndarray] | None = None,
) -> dict[str, np.ndarray]:
    """``(N, D)`` float32 of each feature space of the model, of each crop as it is.

    Args:
        model: In eval mode.
        normalise: From `assembly.normaliser`, for the model's device.
        crops: ``(N, S, S, 3)`` or grey ``(N, S, S)`` uint8, N at least 1.
        batch: Crops at once.
        frozen: ``(N, D)`` of each frozen space, where it is known already.
    """
    parts: list[dict[str, np.ndarray]] = []
    for start in range(0, len(crops), batch):
        images = normalise(crops[start : start + batch])
        known = {name: torch.from_numpy(one[start : start + batch]).to(images) for name, one in (frozen or {}).items()}
        found = model.features(images, known or None).spaces
        parts.append({name: one.float().cpu().numpy() for name, one in found.items()})
    return {name: np.concatenate([one[name] for one in parts]) for name in parts[0]}


def _views(images: Tensor, views: int) -> Iterator[Tensor]:
    """``(N, 3, S, S)`` each: the views one after the other, so that memory does not grow with their number."""
    for degrees in TURNS if views == 10 else TURNS[:1]:
        turned = _turned(images, degrees) if degrees else images
        yield turned
        if views > 1:
            yield turned.flip(3)


def _turned(images: Tensor, degrees: float) -> Tensor:
    """``(N, 3, S, S)`` pictures about their centre, counter-clockwise where positive."""
    cosine, sine = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    turn = images.new_tensor([[cosine, -sine, 0.0], [sine, cosine, 0.0]]).expand(len(images), 2, 3)
    grid = functional.affine_grid(turn, list(images.shape), align_corners=False)
    return functional.grid_sample(images, grid, mode="bilinear", padding_mode="border", align_corners=False)
