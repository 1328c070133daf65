"""Drawn data sets for tests: three expressions as three patterns, written in every format the readers know."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pandas as pd

LABELS = ("happiness", "sadness", "neutral")


def pattern(label: str, rng: np.random.Generator, size: int = 48) -> np.ndarray:
    """(size, size) uint8: a disc with a mouth that curves up, down or not at all."""
    picture = np.full((size, size), 90, np.uint8)
    unit = size / 48
    centre = tuple(int(value) for value in (rng.uniform(22, 26) * unit, rng.uniform(22, 26) * unit))
    cv2.circle(picture, centre, int(18 * unit), int(rng.integers(150, 220)), -1)
    for side in (-7, 7):
        cv2.circle(picture, (centre[0] + int(side * unit), centre[1] - int(5 * unit)), max(1, int(2 * unit)), 30, -1)
    mouth = (centre[0], centre[1] + int(8 * unit))
    start, end = {"happiness": (0, 180), "sadness": (180, 360), "neutral": (0, 0)}.get(label, (90, 270))
    if label == "neutral":
        cv2.line(
            picture,
            (mouth[0] - int(7 * unit), mouth[1]),
            (mouth[0] + int(7 * unit), mouth[1]),
            20,
            max(1, int(2 * unit)),
        )
    else:
        cv2.ellipse(picture, mouth, (int(7 * unit), int(5 * unit)), 0, start, end, 20, max(1, int(2 * unit)))
    noise = rng.normal(0, 6, picture.shape)
    return np.clip(picture + noise, 0, 255).astype(np.uint8)


def class_folders(root: Path, per_label: dict[str, int], seed: int = 0, labels: tuple[str, ...] = LABELS) -> Path:
    """``<root>/<split>/<label>/<n>.png``; a split named "" leaves the split folder out."""
    rng = np.random.default_rng(seed)
    for split, count in per_label.items():
        for label in labels:
            folder = root / split / label if split else root / label
            folder.mkdir(parents=True, exist_ok=True)
            for number in range(count):
                cv2.imwrite(str(folder / f"{number:03d}.png"), pattern(label, rng))
    return root


def manifest(root: Path, subjects: int, per_subject: int, seed: int = 0) -> Path:
    """A folder with ``manifest.csv``: subjects p0 ..., two sessions, three labels."""
    rng = np.random.default_rng(seed)
    (root / "faces").mkdir(parents=True, exist_ok=True)
    rows = []
    for subject in range(subjects):
        for number in range(per_subject):
            label = LABELS[number % len(LABELS)]
            path = f"faces/p{subject}_{number}.png"
            cv2.imwrite(str(root / path), pattern(label, rng))
            rows.append({"path": path, "label": label, "subject": f"p{subject}", "session": f"s{number % 2}"})
    pd.DataFrame(rows).to_csv(root / "manifest.csv", index=False)
    return root / "manifest.csv"


def fer2013_csv(path: Path, per_usage: dict[str, int], seed: int = 0) -> Path:
    """A FER2013 csv with the real header; emotions 0 to 6 in turn."""
    rng = np.random.default_rng(seed)
    lines = ["emotion,pixels,Usage"]
    for usage, count in per_usage.items():
        for number in range(count):
            values = " ".join(map(str, rng.integers(0, 256, 48 * 48)))
            lines.append(f"{number % 7},{values},{usage}")
    path.write_text("\n".join(lines) + "\n")
    return path
