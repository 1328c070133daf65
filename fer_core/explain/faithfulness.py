"""Do the pixels that a map names matter? Deletion and insertion, beside rankings that know nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import cv2
import numpy as np
import torch
from torch import Tensor

from fer_core.explain.maps import Explanation, enlarged, eval_mode, lock_of
from fer_core.seeds import stream

if TYPE_CHECKING:
    from fer_core.assembly import Model

RANKINGS = "explanation rankings"
"""Stream of the order among equal values, and of the rankings that know nothing."""
BATCH = 64
BLUR = 8
"""The blur's standard deviation is one eighth of the picture's side: no feature of a face survives it."""


@dataclass(frozen=True)
class Faithfulness:
    """The curves of one map and of R random ones. A share of the pixels is changed at each of T points."""

    shares: np.ndarray
    """``(T,)`` from 0 to 1."""
    deletion: np.ndarray = field(repr=False)
    """``(T,)`` probability of the label while the map's highest pixels are blurred first: low is faithful."""
    insertion: np.ndarray = field(repr=False)
    """``(T,)`` while they come back first into the blurred face: high is faithful."""
    random_deletion: np.ndarray = field(repr=False)
    """``(R, T)`` likewise, by random maps of the same grid."""
    random_insertion: np.ndarray = field(repr=False)
    """``(R, T)``."""
    target: int
    seed: int

    @property
    def deletion_area(self) -> float:
        """Mean height of the deletion curve, in [0, 1]."""
        return _area(self.deletion, self.shares)

    @property
    def insertion_area(self) -> float:
        """Mean height of the insertion curve, in [0, 1]."""
        return _area(self.insertion, self.shares)

    @property
    def random_deletion_areas(self) -> np.ndarray:
        """``(R,)`` of the random rankings."""
        return np.array([_area(curve, self.shares) for curve in self.random_deletion])

    @property
    def random_insertion_areas(self) -> np.ndarray:
        """``(R,)`` of the random rankings."""
        return np.array([_area(curve, self.shares) for curve in self.random_insertion])


def faithfulness(
    model: Model,
    images: Tensor,
    explained: Explanation,
    target: int,
    *,
    points: int = 13,
    rankings: int = 5,
    seed: int = 0,
) -> Faithfulness:
    """Blurs a face pixel by pixel in a map's order, and brings a blurred face back in the same order.

    Args:
        model: From `assembly`.
        images: ``(n, 3, H, W)`` normalised: the face's crops; its probability is their mean.
        explained: Its map ``(H, n W)``. Equal values, such as all that is cut off at 0, are ranked at random.
        target: The label whose probability is asked.
        points: T, both ends included.
        rankings: R.
        seed: Draws the random maps, and the order among equal values.

    Raises:
        ValueError: a map of another size, less than two points, or less than one ranking.

    Paper: Petsiuk, Das and Saenko, "RISE", BMVC 2018, section 4.4. https://arxiv.org/abs/1806.07421
    Departs: deletion paints with the blurred face, too, as their insertion does, since a grey hole in a face is itself
        something to see. Random rankings come from random maps of the layer's grid, enlarged like the map: pixels one
        by one would blur the whole face at once.
    """
    count, _, height, width = images.shape
    if explained.map.shape != (height, count * width):
        raise ValueError(f"expected a map ({height}, {count * width}), got {explained.map.shape}")
    if points < 2 or rankings < 1:
        raise ValueError(f"curves need 2 points and 1 ranking at least, got {points} and {rankings}")
    rng = stream(seed, RANKINGS)
    maps = [explained.map]
    for _ in range(rankings):
        drawn = rng.random(explained.grid).astype(np.float32)
        maps.append(enlarged(drawn[None], (height, count * width))[0])
    shares = np.linspace(0, 1, points)
    sharp = images.detach().float().cpu()
    blurred = _blurred(sharp)
    # Where nothing or everything is changed every ranking shows the same face.
    ends = _asked(model, torch.stack([sharp, blurred]), target)
    deletion, insertion = np.empty((2, len(maps), points))
    deletion[:, 0], deletion[:, -1] = ends
    insertion[:, 0], insertion[:, -1] = ends[::-1]
    for row, values in enumerate(maps if points > 2 else []):
        masks = _masks(values, shares[1:-1], rng, count)
        deletion[row, 1:-1] = _asked(model, torch.where(masks, blurred, sharp), target)
        insertion[row, 1:-1] = _asked(model, torch.where(masks, sharp, blurred), target)
    return Faithfulness(shares, deletion[0], insertion[0], deletion[1:], insertion[1:], target, seed)


def _masks(values: np.ndarray, shares: np.ndarray, rng: np.random.Generator, count: int) -> Tensor:
    """``(T, n, 1, H, W)`` bool: the highest shares of ``(H, n W)`` values."""
    order = np.lexsort((rng.random(values.size), -values.ravel()))
    place = np.empty(values.size, dtype=np.int64)
    place[order] = np.arange(values.size)
    chosen = place[None] < np.rint(shares * values.size)[:, None]
    # From crops beside each other to crops one after the other.
    beside = chosen.reshape(len(shares), values.shape[0], count, values.shape[1] // count)
    return torch.from_numpy(np.ascontiguousarray(beside.transpose(0, 2, 1, 3)))[:, :, None]


def _asked(model: Model, faces: Tensor, target: int) -> np.ndarray:
    """``(T,)`` probability of the label for ``(T, n, 3, H, W)`` faces."""
    count = faces.shape[1]
    device = next(model.parameters()).device
    told = []
    with lock_of(model), eval_mode(model), torch.inference_mode():
        for part in faces.flatten(0, 1).split(BATCH):
            told.append(model.decide(model(part.to(device))).softmax(dim=1)[:, target].float().cpu())
    return torch.cat(told).reshape(-1, count).mean(dim=1).numpy()


def _blurred(images: Tensor) -> Tensor:
    sigma = images.shape[-1] / BLUR
    planes = [
        np.stack([cv2.GaussianBlur(np.ascontiguousarray(plane), (0, 0), sigma) for plane in one])
        for one in images.numpy()
    ]
    return torch.from_numpy(np.stack(planes))


def _area(curve: np.ndarray, shares: np.ndarray) -> float:
    return float(np.trapezoid(curve, shares))
