"""Deletion, insertion and weights drawn anew, on networks of which the answer is known."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from fer_core.explain import Explanation, explain, faithfulness, randomised_weights
from fer_core.explain.randomised import rank_correlation, structural_similarity

SIDE = 24


class Corner(nn.Module):
    """Two labels: the first is likely where the upper left corner is bright and sharp, whatever lies elsewhere."""

    layers = ("maps",)

    def __init__(self) -> None:
        super().__init__()
        self.maps = nn.Conv2d(3, 4, 3, padding=1)
        self.head = nn.Linear(4, 2)

    def layer(self, name: str) -> nn.Module:
        return self.get_submodule(name)

    def forward(self, images: torch.Tensor) -> dict[str, torch.Tensor]:
        score = 60 * (images[:, :, :8, :8].mean(dim=(1, 2, 3)) - 0.85)
        return {"main": torch.stack([score, torch.zeros_like(score)], dim=1)}

    def decide(self, logits: dict[str, torch.Tensor]) -> torch.Tensor:
        return logits["main"]


def map_of(values: np.ndarray) -> Explanation:
    return Explanation(values.astype(np.float32), "gradcam", ("maps",), 0, grid=(6, 6))


@pytest.fixture
def picture() -> torch.Tensor:
    images = torch.zeros(1, 3, SIDE, SIDE)
    images[:, :, :8, :8] = 1
    return images


def corner(value: float, rest: float) -> np.ndarray:
    values = np.full((SIDE, SIDE), rest)
    values[:8, :8] = value
    return values


def test_the_map_that_names_the_right_pixels_beats_random_and_the_wrong_one_loses(picture: torch.Tensor) -> None:
    model = Corner().eval()
    right = faithfulness(model, picture, map_of(corner(1, 0)), 0, rankings=8)
    wrong = faithfulness(model, picture, map_of(corner(0, 1)), 0, rankings=8)
    assert right.deletion_area < right.random_deletion_areas.min() <= right.random_deletion_areas.max()
    assert right.insertion_area > right.random_insertion_areas.max()
    assert wrong.deletion_area > wrong.random_deletion_areas.max()
    assert wrong.insertion_area < wrong.random_insertion_areas.min()


def test_the_curves_begin_and_end_at_the_face_and_at_its_blur(picture: torch.Tensor) -> None:
    model = Corner().eval()
    found = faithfulness(model, picture, map_of(corner(1, 0)), 0, points=5, rankings=2)
    asked = model.decide(model(picture)).softmax(dim=1)[0, 0].item()
    np.testing.assert_allclose(found.shares, [0, 0.25, 0.5, 0.75, 1])
    np.testing.assert_allclose([found.deletion[0], found.insertion[-1]], asked, rtol=1e-6)
    assert found.deletion[-1] == found.insertion[0] < 0.5 < asked
    # A ninth of the pixels is the corner: with a quarter of them all of it is gone, and all of it is back.
    assert found.deletion[1] < 0.5 < found.insertion[1]
    assert found.deletion_area == pytest.approx(
        sum((a + b) / 2 * 0.25 for a, b in zip(found.deletion, found.deletion[1:], strict=False))
    )


def test_two_crops_of_a_face_are_blurred_together() -> None:
    """The map of eyes lies side by side, the crops one after the other: pixels must not change places."""
    images = torch.zeros(2, 3, SIDE, SIDE)
    images[:, :, :8, :8] = 1
    second = np.concatenate([np.zeros((SIDE, SIDE)), corner(1, 0)], axis=1)
    found = faithfulness(Corner().eval(), images, map_of(second), 0, points=19, rankings=1)
    # 1/18 of the pixels is the second crop's corner: gone, it leaves the first crop alone.
    assert found.deletion[1] == pytest.approx(found.deletion[0] / 2, abs=0.01)


def test_equal_values_are_ranked_at_random_not_from_the_top(picture: torch.Tensor) -> None:
    flat = map_of(np.zeros((SIDE, SIDE)))
    areas = {faithfulness(Corner().eval(), picture, flat, 0, rankings=1, seed=seed).deletion_area for seed in range(3)}
    assert len(areas) == 3
    again = faithfulness(Corner().eval(), picture, flat, 0, rankings=1, seed=2).deletion_area
    assert again in areas


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"points": 1}, "2 points"),
        ({"rankings": 0}, "1 ranking"),
        ({"map": np.zeros((3, 3))}, r"expected a map \(24, 24\)"),
    ],
)
def test_mistakes_get_a_sentence(picture: torch.Tensor, arguments: dict, sentence: str) -> None:
    values = arguments.pop("map", corner(1, 0))
    with pytest.raises(ValueError, match=sentence):
        faithfulness(Corner().eval(), picture, map_of(values), 0, **arguments)


class Learned(nn.Module):
    """A small network with a backbone and a head, as `assembly.Model` has them."""

    def __init__(self) -> None:
        super().__init__()
        self.backbone = nn.Sequential()
        self.backbone.add_module("first", nn.Sequential(nn.Conv2d(3, 6, 3, padding=1), nn.BatchNorm2d(6), nn.ReLU()))
        self.backbone.add_module("gate", nn.Identity())
        self.backbone.add_module("second", nn.Sequential(nn.Conv2d(6, 8, 3, stride=2, padding=1), nn.ReLU()))
        self.head = nn.Linear(8, 3)
        self.layers = ("first", "gate", "second")
        generator = torch.Generator().manual_seed(1)
        with torch.no_grad():
            for parameter in self.parameters():
                parameter.copy_(torch.randn(parameter.shape, generator=generator))

    def layer(self, name: str) -> nn.Module:
        return self.backbone.get_submodule(name)

    def forward(self, images: torch.Tensor) -> dict[str, torch.Tensor]:
        return {"main": self.head(self.backbone(images).mean(dim=(2, 3)))}

    def decide(self, logits: dict[str, torch.Tensor]) -> torch.Tensor:
        return logits["main"]


def test_weights_are_drawn_anew_from_the_classifier_down_and_the_model_is_left_alone() -> None:
    model, images = Learned().eval(), torch.rand(1, 3, SIDE, SIDE, generator=torch.Generator().manual_seed(2))
    before = {name: value.clone() for name, value in model.state_dict().items()}
    global_state = torch.get_rng_state()
    about = explain(model, images, 1)
    found = randomised_weights(model, images, about, 1, draws=2)
    assert found.stages == ("classifier", "to second", "to first", "everything")  # the gate has nothing to draw
    assert found.spearman.shape == found.ssim.shape == (2, 4)
    assert (np.abs(found.spearman[np.isfinite(found.spearman)]) <= 1).all()
    assert found.map.shape == about.map.shape and found.map.min() >= 0
    assert not np.array_equal(found.map, about.map)
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    assert torch.equal(torch.get_rng_state(), global_state)
    again = randomised_weights(model, images, about, 1, draws=2)
    np.testing.assert_array_equal(found.spearman, again.spearman)


def test_a_map_that_shows_the_picture_only_stays_the_same() -> None:
    """The control's own control: the main direction of a layer without weights knows nothing of the network."""
    model, images = Learned().eval(), torch.rand(1, 3, SIDE, SIDE, generator=torch.Generator().manual_seed(2))
    model.backbone.first = nn.Identity()
    model.backbone.second[0] = nn.Conv2d(3, 8, 3, stride=2, padding=1)
    about = explain(model, images, layer="first", method="eigencam")
    found = randomised_weights(model, images, about, 1, draws=2)
    np.testing.assert_allclose(found.spearman, 1)
    np.testing.assert_allclose(found.ssim, 1)
    assert (found.final_spearman, found.final_ssim) == pytest.approx((1, 1))


def test_rank_correlation_equals_scipys_and_has_no_value_for_a_flat_map() -> None:
    from scipy.stats import spearmanr

    rng = np.random.default_rng(3)
    first, second = rng.integers(0, 5, (2, 9, 9)).astype(float)
    assert rank_correlation(first, second) == pytest.approx(spearmanr(first.ravel(), second.ravel()).statistic)
    assert rank_correlation(first, first**3) == pytest.approx(1)
    assert np.isnan(rank_correlation(first, np.ones((9, 9))))


def test_structural_similarity_equals_torchmetrics() -> None:
    from torchmetrics.functional.image import structural_similarity_index_measure

    rng = np.random.default_rng(4)
    first = rng.random((40, 40))
    first /= first.max()
    second = np.clip(first + 0.2 * rng.random((40, 40)), 0, None)
    second /= second.max()
    pair = [torch.from_numpy(one)[None, None] for one in (first, second)]
    expected = structural_similarity_index_measure(
        *pair, data_range=float(max(first.max(), second.max()) - min(first.min(), second.min()))
    )
    assert structural_similarity(first, second) == pytest.approx(float(expected), abs=0.02)  # they crop the border
    assert structural_similarity(first, 7 * first) == pytest.approx(1)
    assert structural_similarity(first, -first) < 0
    assert structural_similarity(np.zeros((9, 9)), np.zeros((9, 9))) == pytest.approx(1)
