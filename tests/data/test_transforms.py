from __future__ import annotations

import cv2
import numpy as np
import pytest
import torch

from fer_core.assembly import normaliser
from fer_core.data.resident import ResidentPictures
from fer_core.data.transforms import apply, draw
from fer_core.preprocessing import FLAT
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


def test_gamma_raises_to_a_power():
    images = _images(2)
    parameters = {**draw(NOTHING, 2, np.random.default_rng(0)), "exponent": np.array([2.0, 0.5])}
    torch.testing.assert_close(apply(images, parameters), torch.stack([images[0] ** 2, images[1] ** 0.5]))
    drawn = draw(Augmentation(gamma=1), 500, np.random.default_rng(0))["exponent"]
    assert 0.5 <= drawn.min() < 0.52 and 1.9 < drawn.max() <= 2 and 0.4 < (drawn < 1).mean() < 0.6


def test_blur_is_a_gaussian_of_its_width():
    """Oracle: OpenCV's, whose border repeats likewise."""
    images = torch.rand(3, 3, 24, 24, generator=torch.Generator().manual_seed(0))
    parameters = {**draw(NOTHING, 3, np.random.default_rng(0)), "blur": np.array([0.0, 1.5, 0.7]) / 24}
    blurred = apply(images, parameters)
    assert torch.equal(blurred[0], images[0])
    for row, sigma in ((1, 1.5), (2, 0.7)):
        size = 2 * int(np.ceil(3 * 1.5)) + 1
        wanted = cv2.GaussianBlur(
            images[row].permute(1, 2, 0).numpy(), (size, size), sigma, borderType=cv2.BORDER_REPLICATE
        )
        np.testing.assert_allclose(blurred[row].permute(1, 2, 0).numpy(), wanted, atol=1e-5)
    drawn = draw(Augmentation(blur=0.05), 500, np.random.default_rng(0))["blur"]
    assert drawn.max() <= 0.05 and 0.4 < (drawn == 0).mean() < 0.6


def test_options_that_are_off_leave_the_stream_of_older_runs_alone():
    """Golden: the second batch that version 0.1.0 drew before blur and gamma came."""
    options = Augmentation(rotation=10, shift=0.1, scale=0.1, brightness=0.1, contrast=0.2, erase=0.5)
    rng = np.random.default_rng(3)
    draw(options, 4, rng)
    second = draw(options, 4, rng)
    assert second["affine"].sum() == pytest.approx(2.190250625) and second["gain"].sum() == pytest.approx(4.4661972)
    rng = np.random.default_rng(3)
    with_more = draw(options.model_copy(update={"blur": 0.1, "gamma": 1}), 4, rng)
    for name, values in draw(options, 4, np.random.default_rng(3)).items():
        np.testing.assert_array_equal(with_more[name], values)


def test_a_standardised_picture_has_no_brightness_of_its_own_in_training_and_prediction_alike():
    rng = np.random.default_rng(0)
    pixels = rng.integers(60, 100, (3, 16, 16), dtype=np.uint8)
    pixels[1] = pixels[0] * 2 + 20
    pixels[2] = 77
    section = Preprocessing(size=16, grey=True, standardise=True, mean=(0, 0, 0), std=(1, 1, 1))
    pictures = ResidentPictures(pixels, np.eye(3), section, torch.device("cpu"))
    seen = pictures.normalise(pictures.images(np.arange(3))).expand(-1, 3, -1, -1)
    torch.testing.assert_close(seen, normaliser(section.model_dump())(pixels))
    torch.testing.assert_close(seen.mean((1, 2, 3)), torch.zeros(3), atol=1e-5, rtol=0)
    share = pixels.std((1, 2)) / 255
    np.testing.assert_allclose(seen[:, 0].std((1, 2), correction=0).numpy(), share / (share + FLAT), rtol=1e-4)
    assert not seen[2].any() and torch.corrcoef(seen[:2].flatten(1))[0, 1] > 0.999
    without = {key: value for key, value in section.model_dump().items() if key != "standardise"}  # an older run
    torch.testing.assert_close(normaliser(without)(pixels)[:, 0], torch.from_numpy(pixels).float() / 255)


def test_resident_pictures_repeat_for_the_same_stream_and_normalise():
    pixels = np.random.default_rng(0).integers(0, 256, (5, 8, 8), dtype=np.uint8)
    section = Preprocessing(size=16, grey=True, mean=(0.5, 0.4, 0.3), std=(0.5, 0.25, 0.2))

    def make(augmentation):
        return ResidentPictures(pixels, np.eye(3)[[0, 1, 2, 1, 0]], section, torch.device("cpu"), augmentation)

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
