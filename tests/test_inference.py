"""Test-time views against the model asked view by view, the turns against OpenCV's."""

from __future__ import annotations

from typing import get_args, get_type_hints

import cv2
import numpy as np
import pytest
import torch

from fer_core.inference import TURNS, VIEWS, probabilities
from fer_core.sections import Evaluation

SIDE = 24


class Counting:
    """A linear model of the pixels that remembers what it was shown."""

    labels = ("a", "b", "c")

    def __init__(self) -> None:
        self.weight = torch.tensor(np.random.default_rng(3).normal(0, 0.05, (3 * SIDE * SIDE, 3)), dtype=torch.float32)
        self.shown: list[torch.Tensor] = []
        self.given: list[torch.Tensor] = []

    def frozen(self, images: torch.Tensor) -> dict[str, torch.Tensor]:
        return {"v_id": images.flatten(1)[:, :2]}

    def __call__(self, images: torch.Tensor, frozen: dict[str, torch.Tensor]) -> torch.Tensor:
        self.shown.append(images.clone())
        self.given.append(frozen["v_id"].clone())
        return images.flatten(1) @ self.weight

    def decide(self, logits: torch.Tensor) -> torch.Tensor:
        return logits


def normalise(crops: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(crops.astype(np.float32) / 255).permute(0, 3, 1, 2)


def crops(count: int) -> np.ndarray:
    """Smooth pictures, so that two ways of interpolating agree."""
    rough = np.random.default_rng(0).integers(0, 256, (count, 5, 5, 3), dtype=np.uint8)
    return np.stack([cv2.resize(one, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC) for one in rough])


def turned(picture: np.ndarray, degrees: float) -> np.ndarray:
    middle = ((SIDE - 1) / 2, (SIDE - 1) / 2)
    matrix = cv2.getRotationMatrix2D(middle, degrees, 1.0)
    return cv2.warpAffine(
        picture.astype(np.float32), matrix, (SIDE, SIDE), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )


@pytest.mark.parametrize("views", VIEWS)
def test_the_answer_is_the_mean_over_turned_and_mirrored_crops(views: int) -> None:
    model, pictures = Counting(), crops(3)
    expected = []
    for degrees in [-24, -12, 0, 12, 24] if views == 10 else [0]:
        for step in (1, -1) if views > 1 else (1,):
            seen = np.stack([turned(one, degrees) for one in pictures])[:, :, ::step] / 255
            logits = seen.transpose(0, 3, 1, 2).reshape(3, -1) @ model.weight.numpy()
            shares = np.exp(logits - logits.max(1, keepdims=True))
            expected.append(shares / shares.sum(1, keepdims=True))
    assert len(expected) == views
    found = probabilities(model, normalise, pictures, views)
    np.testing.assert_allclose(found, np.mean(expected, axis=0), atol=2e-3)
    # A linear model sees every view once and the plain crop untouched.
    assert len(model.shown) == views and torch.equal(model.shown[0], normalise(pictures))


def test_views_differ_and_a_picture_is_answered_alike_alone_or_among_others() -> None:
    model, pictures = Counting(), crops(5)
    ten = probabilities(model, normalise, pictures, 10)
    assert all((one - other).abs().max() > 0.01 for k, one in enumerate(model.shown) for other in model.shown[:k])
    np.testing.assert_allclose(ten.sum(1), 1, atol=1e-6)
    np.testing.assert_allclose(probabilities(model, normalise, pictures, 10, batch=2), ten, atol=1e-6)
    np.testing.assert_allclose(probabilities(model, normalise, pictures[3:4], 10), ten[3:4], atol=1e-6)


def test_the_turns_are_the_middles_of_five_equal_parts_of_the_papers_range() -> None:
    edges = np.linspace(-30, 30, 6)
    assert sorted(TURNS) == ((edges[1:] + edges[:-1]) / 2).tolist()


def test_recipes_name_the_same_numbers_of_views_and_others_are_refused() -> None:
    assert get_args(get_type_hints(Evaluation)["views"]) == VIEWS
    for views in (0, 3, -1):
        with pytest.raises(ValueError, match=f"views must be one of 1, 2, 10, got {views}"):
            probabilities(Counting(), normalise, crops(1), views)


def test_frozen_features_are_those_of_the_crop_for_all_of_its_views():
    model, pictures = Counting(), crops(3)
    probabilities(model, normalise, pictures, 10)
    assert len(model.given) == 10
    assert all(torch.equal(one, normalise(pictures).flatten(1)[:, :2]) for one in model.given)
    known = {"v_id": np.arange(6, dtype=np.float32).reshape(3, 2)}
    model = Counting()
    probabilities(model, normalise, pictures, 2, batch=2, frozen=known)
    assert torch.equal(torch.cat(model.given[::2]), torch.arange(6.0).reshape(3, 2))
