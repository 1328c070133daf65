from __future__ import annotations

import numpy as np
import pytest
import torch

from fer_core.data.resident import ResidentPictures
from fer_core.data.transforms import apply, draw
from fer_core.sections import Augmentation, Preprocessing

NOTHING = Augmentation(flip=0)


def _images(count=6):
    return torch.rand(count, 1, 12, 12, generator=torch.Generator().manual_seed(0))


def test_all_zero_changes_nothing():
    images = _images()
    assert torch.equal(apply(images, draw(NOTHING, 6, np.random.default_rng(0))), images)


def test_flip_mirrors_columns():
    images = _images()
    flipped = apply(images, draw(Augmentation(flip=1), 6, np.random.default_rng(0)))
    torch.testing.assert_close(flipped, images.flip(3), atol=1e-5, rtol=0)


def test_a_shift_moves_by_pixels_and_a_quarter_turn_turns():
    images = _images(1)
    parameters = {**draw(NOTHING, 1, np.random.default_rng(0))}
    parameters["affine"] = np.array([[[1.0, 0, 2 * 3 / 12], [0, 1, 0]]])  # three of twelve columns
    torch.testing.assert_close(apply(images, parameters)[..., :9], images[..., 3:], atol=1e-5, rtol=0)
    parameters["affine"] = np.array([[[0.0, -1, 0], [1, 0, 0]]])
    torch.testing.assert_close(apply(images, parameters), torch.rot90(images, 1, (2, 3)), atol=1e-5, rtol=0)


def test_rotation_stays_within_its_angle():
    affine = draw(Augmentation(flip=0, rotation=10), 500, np.random.default_rng(0))["affine"]
    angles = np.rad2deg(np.arctan2(affine[:, 1, 0], affine[:, 0, 0]))
    assert np.abs(angles).max() <= 10 and angles.std() > 4


def test_brightness_and_contrast_equal_their_formula():
    images = _images(1) * 0.2 + 0.4
    parameters = {**draw(NOTHING, 1, np.random.default_rng(0)), "gain": np.array([1.5]), "offset": np.array([0.1])}
    torch.testing.assert_close(apply(images, parameters), (images - images.mean()) * 1.5 + images.mean() + 0.1)


def test_erasing_paints_the_mean_in_the_stated_share():
    images = _images(400)
    erased = apply(images, draw(Augmentation(flip=0, erase=1, erase_area=(0.2, 0.2)), 400, np.random.default_rng(0)))
    changed = (erased != images).float().mean()
    assert 0.15 < changed < 0.25
    assert (apply(images, draw(Augmentation(flip=0, erase=0.5), 400, np.random.default_rng(0))) == images).all(
        (1, 2, 3)
    ).float().mean() == pytest.approx(0.5, abs=0.1)


def test_resident_pictures_repeat_for_the_same_stream_and_normalise():
    pixels = np.random.default_rng(0).integers(0, 256, (5, 8, 8), dtype=np.uint8)
    section = Preprocessing(size=16, grey=True, mean=(0.5, 0.4, 0.3), std=(0.5, 0.25, 0.2))

    def make(augmentation):
        return ResidentPictures(pixels, np.array([0, 1, 2, 1, 0]), 3, section, torch.device("cpu"), augmentation)

    still = make(None)
    images = still.normalise(still.images(np.array([3, 0])))
    assert images.shape == (2, 3, 8, 8)
    torch.testing.assert_close(images[0, 1], (torch.from_numpy(pixels[3]).float() / 255 - 0.4) / 0.25)
    assert still.targets(np.array([3, 0])).tolist() == [[0, 1, 0], [1, 0, 0]]
    changing = make(Augmentation(rotation=20))
    with pytest.raises(ValueError, match="begin"):
        changing.images(np.array([0]))
    changing.begin(np.random.default_rng(1))
    first = changing.images(np.arange(5))
    assert not torch.equal(first, changing.images(np.arange(5)))
    changing.begin(np.random.default_rng(1))
    assert torch.equal(first, changing.images(np.arange(5)))
