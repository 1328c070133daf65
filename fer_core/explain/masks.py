"""What a masking network's masks do to its maps: before, the weight, and after."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

if TYPE_CHECKING:
    from fer_core.assembly import Model


@dataclass(frozen=True)
class MaskMaps:
    """One mask of one face, each map ``(h, n w)`` float32 on the stage's own grid, the n crops side by side."""

    number: int
    """Of the stage, 1 is the finest."""
    before: np.ndarray = field(repr=False)
    """The stage's map F, mean over its channels."""
    weight: np.ndarray = field(repr=False)
    """The mask's mean over channels, each weighed by its activation: by what share a place is strengthened, in [0, 1].

    A plain mean would be the same everywhere, since a softmax over C channels has the mean 1/C; 0 where F is 0.
    """
    after: np.ndarray = field(repr=False)
    """``F + F M``, mean over its channels."""


def has_masks(model: Model) -> bool:
    """Whether a model's layers are those of a masking network."""
    return "mask1" in model.layers


def masks_of(model: Model, images: Tensor) -> tuple[MaskMaps, ...]:
    """The masks of one face, from the finest stage to the coarsest.

    Args:
        model: In eval mode.
        images: ``(n, 3, H, W)`` normalised: the face's crops.

    Raises:
        ValueError: the model masks nothing.

    Paper: Pham, Vu and Tran, "Facial Expression Recognition Using Residual Masking Network", section III-B; Fig. 1
        shows maps before and after the third mask.
    """
    if not has_masks(model):
        raise ValueError("this model has no masks; a run of a masking network has")
    device = next(model.parameters()).device
    with torch.inference_mode():
        maps = model.features(images.to(device, torch.float32)).maps
    found, number = [], 1
    while f"mask{number}" in maps:
        before, mask, after = (maps[f"{kind}{number}"] for kind in ("layer", "mask", "masked"))
        strength = before.sum(dim=1)
        added = (before * mask).sum(dim=1)
        weight = torch.where(strength > 0, added / strength.clamp_min(torch.finfo(torch.float32).tiny), 0.0)
        found.append(MaskMaps(number, _beside(before.mean(dim=1)), _beside(weight), _beside(after.mean(dim=1))))
        number += 1
    return tuple(found)


def _beside(maps: Tensor) -> np.ndarray:
    """``(n, h, w)`` -> ``(h, n w)``."""
    return np.concatenate(list(maps.float().cpu().numpy()), axis=1)
