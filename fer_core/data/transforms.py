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
        ``box`` ``(M, 4)`` left, top, right, bottom as fractions, empty where nothing is erased. Where asked for,
        ``blur`` ``(M,)`` standard deviations as fractions of the side, and ``exponent`` ``(M,)``.
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
    parameters = {"affine": affine, "gain": gain, "offset": offset, "box": box}
    # Newer options are drawn only where they are on, after all others: runs without them draw what they always drew.
    if options.blur:
        parameters["blur"] = np.maximum(0, rng.uniform(-1, 1, count)) * options.blur
    if options.gamma:
        parameters["exponent"] = np.exp(rng.uniform(-1, 1, count) * np.log1p(options.gamma))
    return parameters


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
    if "blur" in parameters:
        images = _blurred(images, parameters["blur"] * images.shape[-1])
    if "exponent" in parameters:
        images = images ** images.new_tensor(parameters["exponent"]).reshape(-1, 1, 1, 1)
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


def moved(points: np.ndarray, affine: np.ndarray) -> np.ndarray:
    """``(M, 5, 2)`` landmarks after the pictures they belong to were changed.

    Args:
        points: ``(M, 5, 2)`` fractions of the picture.
        affine: ``(M, 2, 3)`` from `draw`. Where it mirrors, left and right change their names.
    """
    # `draw` says where each place of the new picture comes from: here the way back is gone.
    back = np.linalg.inv(affine[:, :, :2])
    places = np.einsum("mab,mpb->mpa", back, 2 * points - 1 - affine[:, None, :, 2])
    mirrored = np.linalg.det(affine[:, :, :2]) < 0
    return np.where(mirrored[:, None, None], places[:, [1, 0, 2, 4, 3]], places) / 2 + 0.5


def _blurred(images: Tensor, sigma: np.ndarray) -> Tensor:
    """``(M, C, H, W)`` under Gaussians of ``(M,)`` standard deviations in pixels; 0 leaves a picture as it is."""
    if not sigma.any():
        return images
    count, channels, height, width = images.shape
    reach = min(int(np.ceil(3 * sigma.max())), height - 1, width - 1)
    away = np.arange(-reach, reach + 1)
    # Where sigma is 0 the kernel is its own limit, a single one: exp(-inf) beside exp(0).
    kernel = np.exp(-0.5 * (away / np.maximum(sigma, 1e-6)[:, None]) ** 2)
    kernel = np.repeat(kernel / kernel.sum(1, keepdims=True), channels, axis=0)
    weight = images.new_tensor(kernel)[:, None]
    planes = functional.pad(images.reshape(1, count * channels, height, width), [reach] * 4, mode="replicate")
    planes = functional.conv2d(planes, weight[:, :, :, None], groups=count * channels)
    planes = functional.conv2d(planes, weight[:, :, None, :], groups=count * channels)
    return planes.reshape(images.shape)
