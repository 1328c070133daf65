"""Random changes of whole batches on the device: parameters drawn with NumPy, applied by torch."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from fer_core.sections import Augmentation


def draw(options: Augmentation, count: int, rng: np.random.Generator) -> Mapping[str, np.ndarray]:
    """The random parameters of ``count`` pictures.

    Args:
        options: Their ranges.
        count: M.
        rng: The transforms stream.

    Returns:
        ``affine`` ``(M, 2, 3)`` from output to input coordinates in [-1, 1]; ``gain`` and ``offset`` ``(M,)``;
        ``box`` ``(M, 4)`` left, top, right, bottom as fractions, empty where nothing is erased.
    """
    mirrored = np.where(rng.random(count) < options.flip, -1.0, 1.0)
    angle = np.deg2rad(rng.uniform(-1, 1, count) * options.rotation)
    size = 1 + rng.uniform(-1, 1, count) * options.scale
    shift = rng.uniform(-1, 1, (count, 2)) * options.shift * 2
    cosine, sine = np.cos(angle) / size, np.sin(angle) / size
    affine = np.stack(
        [np.stack([cosine * mirrored, -sine, shift[:, 0]], 1), np.stack([sine * mirrored, cosine, shift[:, 1]], 1)], 1
    )
    gain = 1 + rng.uniform(-1, 1, count) * options.contrast
    offset = rng.uniform(-1, 1, count) * options.brightness
    area = rng.uniform(*options.erase_area, count)
    aspect = np.exp(rng.uniform(np.log(0.5), np.log(2.0), count))
    width, height = np.minimum(1, np.sqrt(area * aspect)), np.minimum(1, np.sqrt(area / aspect))
    left, top = rng.random(count) * (1 - width), rng.random(count) * (1 - height)
    box = np.stack([left, top, left + width, top + height], 1)
    box[rng.random(count) >= options.erase] = 0
    return {"affine": affine, "gain": gain, "offset": offset, "box": box}


def apply(images: Tensor, parameters: Mapping[str, np.ndarray]) -> Tensor:
    """Changed pictures; pure.

    Args:
        images: ``(M, C, H, W)`` in [0, 1].
        parameters: From `draw`.

    Returns:
        ``(M, C, H, W)`` in [0, 1]. Pixels from outside repeat the border.
    """
    # Whether anything changes is asked of the host's parameters: asking the device would wait for it.
    if np.any(parameters["affine"] != np.eye(2, 3)):
        affine = images.new_tensor(parameters["affine"])
        grid = functional.affine_grid(affine, list(images.shape), align_corners=False)
        images = functional.grid_sample(images, grid, mode="bilinear", padding_mode="border", align_corners=False)
    mean = images.mean((1, 2, 3), keepdim=True)
    if np.any(parameters["gain"] != 1) or np.any(parameters["offset"] != 0):
        gain, offset = (images.new_tensor(parameters[name]).reshape(-1, 1, 1, 1) for name in ("gain", "offset"))
        images = ((images - mean) * gain + mean + offset).clamp(0, 1)
    box = parameters["box"]
    if box.any():
        height, width = images.shape[-2:]
        left, top, right, bottom = np.rint(box * [width, height, width, height]).astype(np.int64).T[:, :, None]
        across = (np.arange(width) >= left) & (np.arange(width) < right)
        down = (np.arange(height) >= top) & (np.arange(height) < bottom)
        inside = torch.from_numpy(down[:, :, None] & across[:, None, :])[:, None].to(images.device)
        images = torch.where(inside, mean, images)
    return images
