"""What stands behind a person, and what lens and sensor make of the scene."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np

from fer_core.data.people.session import Session
from fer_core.seeds import stream

TILE = 256
"""Side of the noise textures that everybody shares, each from another place of them."""


@lru_cache(maxsize=1)
def textures() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Repeating ``(256, 256)`` float32 noise: smooth (-2 to 2), spots (0 to 1), strands running down (-2 to 2)."""
    rng = stream(0, "people textures")
    smooth = sum(_tiled(rng, spread, spread) for spread in (3, 6, 12)) / np.sqrt(3)
    spots = _tiled(rng, 1.6, 1.6)
    spots = np.clip((spots - 1.0) / 1.6, 0, 1)
    strands = (_tiled(rng, 1.0, 22) + 0.7 * _tiled(rng, 2.5, 40)) / 1.2
    return tuple(np.ascontiguousarray(one, dtype=np.float32) for one in (smooth, spots, strands))  # type: ignore[return-value]


def _tiled(rng: np.random.Generator, across: float, down: float) -> np.ndarray:
    """Noise of unit deviation, blurred by Gaussians of these widths in texels, that repeats without a seam."""
    noise = rng.standard_normal((TILE, TILE))
    column = np.exp(-0.5 * ((np.arange(TILE) - TILE // 2) / across) ** 2)
    row = np.exp(-0.5 * ((np.arange(TILE) - TILE // 2) / down) ** 2)
    kernel = np.fft.rfft2(np.fft.ifftshift(np.outer(row, column)))
    blurred = np.fft.irfft2(np.fft.rfft2(noise) * kernel, s=noise.shape)
    return (blurred - blurred.mean()) / blurred.std()


@lru_cache(maxsize=64)
def backdrop(look: Session, size: int) -> np.ndarray:
    """``(size, size, 3)`` float32 linear RGB: what stands behind the person in a session. Not to be changed."""
    rng = stream(look.key, "backdrop")
    base = rng.uniform(0.10, 0.75, 3) * 0.4 + rng.uniform(0.10, 0.75) * 0.6
    grid = np.linspace(0, 1, 64)
    x, y = np.meshgrid(grid, grid)
    slope = rng.uniform(-0.35, 0.35, 2)
    scene = base * (1 + slope[0] * (x - 0.5) + slope[1] * (y - 0.5))[..., None]
    kind = int(look.backdrop)
    if kind == 1:  # a room: a shelf, a frame, a door
        for _ in range(int(rng.integers(3, 8))):
            left, top = rng.integers(-10, 60, 2)
            wide, high = rng.integers(4, 34, 2)
            colour = np.clip(base * rng.uniform(0.35, 1.7) + rng.uniform(-0.12, 0.12, 3), 0.02, 0.95)
            scene[max(0, top) : max(0, top + high), max(0, left) : max(0, left + wide)] = colour
    elif kind == 2:  # out of doors, far out of focus
        for _ in range(int(rng.integers(14, 40))):
            centre, radius = rng.uniform(0, 1, 2), rng.uniform(0.03, 0.16)
            disc = np.clip((radius - np.hypot(x - centre[0], y - centre[1])) * 30, 0, 1)[..., None] * rng.uniform(
                0.2, 0.7
            )
            scene = scene * (1 - disc) + disc * np.clip(base * rng.uniform(0.4, 2.0, 3), 0.02, 1.1)
    elif kind == 3:  # a seat with its headrest, a window to one side
        seat = rng.uniform(0.02, 0.22) * np.array([1, 0.96, 0.92])
        rest = np.clip((0.36 - np.hypot((x - 0.5) * 1.0, (y - 0.52) * 0.8)) * 18, 0, 1)[..., None]
        back = np.clip((0.42 - np.abs(x - 0.5)) * 12, 0, 1)[..., None] * np.clip((y - 0.66) * 12, 0, 1)[..., None]
        edge = rng.uniform(0.08, 0.25)
        window = np.clip((edge - x if rng.random() < 0.5 else x - 1 + edge) * 14, 0, 1)[..., None]
        scene = scene * 0.45
        scene = scene * (1 - window) + window * rng.uniform(0.5, 1.2)
        cover = np.maximum(rest, back)
        scene = scene * (1 - cover) + seat * cover
    soft = cv2.GaussianBlur(scene.astype(np.float32), (0, 0), float(rng.uniform(0.6, 2.2)))
    large = cv2.resize(soft, (size, size), interpolation=cv2.INTER_CUBIC)
    return np.clip(large, 0.003, 1.3).astype(np.float32)


@lru_cache(maxsize=64)
def _falloff(look: Session, size: int) -> np.ndarray:
    """``(size, size, 3)`` float32: exposure, white balance and the corners' darkness."""
    line = np.linspace(-1, 1, size, dtype=np.float32)
    radius = line[None, :] ** 2 + line[:, None] ** 2
    gains = look.exposure * np.array([1 + 0.07 * look.white, 1.0, 1 - 0.09 * look.white], dtype=np.float32)
    return ((1 - look.vignette * 0.5 * radius)[..., None] * gains).astype(np.float32)


def expose(scene: np.ndarray, look: Session, size: int, rng: np.random.Generator) -> np.ndarray:
    """The picture that lens and sensor make of a scene.

    Args:
        scene: ``(M, M, 3)`` float32 linear RGB, M a multiple of ``size``.
        look: Camera of the session.
        size: S.
        rng: Draws the sensor's noise.

    Returns:
        ``(S, S, 3)`` uint8 RGB.
    """
    seen = cv2.resize(scene, (size, size), interpolation=cv2.INTER_AREA) if scene.shape[0] != size else scene
    seen = cv2.GaussianBlur(seen, (0, 0), max(0.2, look.blur * size / 160)) * _falloff(look, size)
    # A soft shoulder instead of clipped highlights, then the square root that stands for a display's gamma.
    seen = seen / (1 + 0.22 * np.maximum(seen - 0.55, 0))
    grey = np.sqrt(np.maximum(seen, 0)) * 255
    grain = rng.standard_normal((size, size, 3), dtype=np.float32)
    grain[..., 1] = 0.7 * grain[..., 1] + 0.3 * (grain[..., 0] + grain[..., 2]) * 0.5
    # Shot noise: after the square root it is the same at every brightness; reading adds to the shadows.
    grey += grain * look.noise * (0.75 + 0.5 * np.exp(-grey / 50))
    return np.clip(np.rint(grey), 0, 255).astype(np.uint8)
