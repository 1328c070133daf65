"""Pictures without a face: noise, textures, scenes and plain ones, drawn from a seed. Synthetic, all of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import cv2
import numpy as np

from fer_core.seeds import stream


def non_faces(kind: str, count: int, size: int, seed: int = 0) -> np.ndarray:
    """``(count, size, size, 3)`` uint8 pictures of one kind; a picture depends on its number and the seed only.

    Args:
        kind: A name in `KINDS`.
        count: 1 or more.
        size: Rows and columns, 8 or more.
        seed: 0 or more.

    Raises:
        ValueError: no such kind.
    """
    if kind not in KINDS:
        raise ValueError(f"unknown kind of picture '{kind}'; there are: {', '.join(KINDS)}")
    drawn = (KINDS[kind](stream(seed, f"non-faces {kind}", number), size) for number in range(count))
    return np.stack([np.clip(np.rint(one), 0, 255).astype(np.uint8) for one in drawn])


def _noise(rng: np.random.Generator, size: int) -> np.ndarray:
    """From white to soft clouds: the amplitude falls with the frequency to the power of 0 to 2, colours on their own
    or alike.
    """
    frequency = np.hypot(*np.meshgrid(np.fft.fftfreq(size), np.fft.fftfreq(size)))
    frequency[0, 0] = 1 / size
    white = rng.normal(size=(size, size, 3))
    if rng.random() < 0.5:
        white = np.repeat(white[..., :1], 3, axis=2)
    shaped = np.fft.fft2(white, axes=(0, 1)) / frequency[..., None] ** rng.uniform(0, 2)
    found = np.fft.ifft2(shaped, axes=(0, 1)).real
    spread = np.maximum(found.std(axis=(0, 1)), 1e-9)
    return rng.uniform(90, 165) + rng.uniform(20, 70) * (found - found.mean(axis=(0, 1))) / spread


def _texture(rng: np.random.Generator, size: int) -> np.ndarray:
    """Waves, stripes, checks or dots between two colours, at any angle."""
    down, right = np.mgrid[:size, :size] / size
    turn, waves, phase = rng.uniform(0, np.pi), rng.uniform(2, max(3, size / 6)), rng.uniform(0, 2 * np.pi, 2)
    along = np.cos(2 * np.pi * waves * (right * np.cos(turn) + down * np.sin(turn)) + phase[0])
    across = np.cos(2 * np.pi * waves * (down * np.cos(turn) - right * np.sin(turn)) + phase[1])
    patterns = (along, np.sign(along), np.sign(along * across), np.where(along + across > 1, 1.0, -1.0))
    share = (patterns[rng.integers(len(patterns))][..., None] + 1) / 2
    first, second = rng.uniform(0, 256, (2, 3))
    return share * first + (1 - share) * second + rng.normal(0, rng.uniform(0, 8), (size, size, 3))


def _scene(rng: np.random.Generator, size: int) -> np.ndarray:
    """Sky over ground, with houses that have windows, trees and a sun, softened a little."""
    canvas = np.empty((size, size, 3), np.float32)
    horizon = int(size * rng.uniform(0.4, 0.8))
    slope = np.linspace(0.6, 1.0, size)[:, None, None]
    canvas[:horizon] = (slope * rng.uniform(90, 250, 3))[:horizon]
    canvas[horizon:] = (slope * rng.uniform(30, 170, 3))[horizon:]
    if rng.random() < 0.5:
        _disc(canvas, rng.uniform(0, size, 2) * (1, 0.3), size * rng.uniform(0.05, 0.12), rng.uniform(200, 256, 3))
    for _ in range(rng.integers(1, 5)):
        foot, left = horizon + rng.uniform(0, 0.2) * size, rng.uniform(-0.1, 0.9) * size
        wide, high = rng.uniform(0.15, 0.45, 2) * size
        if rng.random() < 0.5:
            _box(canvas, left, foot - high, left + wide, foot, rng.uniform(20, 230, 3))
            pane = rng.uniform(20, 250, 3)
            for row in range(rng.integers(1, 4)):
                for column in range(rng.integers(1, 4)):
                    x, y = left + wide * (0.15 + 0.28 * column), foot - high * (0.9 - 0.28 * row)
                    _box(canvas, x, y, x + wide * 0.14, y + high * 0.14, pane)
        else:
            _box(canvas, left + wide * 0.45, foot - high * 0.4, left + wide * 0.55, foot, rng.uniform(20, 90, 3))
            _disc(canvas, np.array([left + wide / 2, foot - high * 0.6]), wide * 0.4, rng.uniform(10, 140, 3))
    soft = cv2.GaussianBlur(canvas, (0, 0), max(0.3, size / 120))
    return soft + rng.normal(0, rng.uniform(1, 6), (size, size, 3))


def _plain(rng: np.random.Generator, size: int) -> np.ndarray:
    """One colour, or one that turns into another, with a camera's noise."""
    first, second = rng.uniform(0, 256, (2, 3))
    share = np.linspace(0, rng.integers(0, 2), size)[:, None, None]
    if rng.random() < 0.5:
        share = share.transpose(1, 0, 2)
    return (1 - share) * first + share * second + rng.normal(0, rng.uniform(0, 3), (size, size, 3))


def _box(canvas: np.ndarray, left: float, top: float, right: float, bottom: float, colour: np.ndarray) -> None:
    cv2.rectangle(canvas, (int(left), int(top)), (int(right), int(bottom)), colour.tolist(), -1)


def _disc(canvas: np.ndarray, centre: np.ndarray, radius: float, colour: np.ndarray) -> None:
    cv2.circle(canvas, (int(centre[0]), int(centre[1])), max(1, int(radius)), colour.tolist(), -1)


KINDS: Mapping[str, Callable[[np.random.Generator, int], np.ndarray]] = {
    "noise": _noise,
    "texture": _texture,
    "scene": _scene,
    "plain": _plain,
}
"""Name -> ``(S, S, 3)`` in 0 to 255 from a generator and S."""
