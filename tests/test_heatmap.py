"""Colours are a function of the value alone; the bar and the overlay share it."""

from __future__ import annotations

import numpy as np
import pytest

from fer_core.heatmap import coloured, overlay, plate


@pytest.fixture
def picture() -> np.ndarray:
    return np.full((20, 30, 3), 200, dtype=np.uint8)


def test_the_scale_begins_dark_and_grows_lighter() -> None:
    colours = coloured(np.linspace(0, 1, 50), limit=1.0).astype(int)
    luminance = colours @ [299, 587, 114]
    assert luminance[0] < 5000
    assert (np.diff(luminance) > -3000).all()
    np.testing.assert_array_equal(coloured(np.array([1.0, 7.0]), limit=1.0)[0], coloured(np.array([7.0]), limit=1.0)[0])


def test_a_signed_scale_is_light_at_zero_and_differs_at_its_ends() -> None:
    low, zero, high = coloured(np.array([-2.0, 0.0, 2.0]), limit=2.0, signed=True).astype(int)
    assert zero.min() > 240
    assert low[2] > low[0]
    assert high[0] > high[2]


@pytest.mark.parametrize("opacity", [0.0, 1.0])
def test_the_ends_of_opacity_are_the_picture_and_the_map(picture: np.ndarray, opacity: float) -> None:
    values = np.arange(600, dtype=np.float32).reshape(20, 30)
    expected = picture if opacity == 0 else coloured(values, limit=599)
    np.testing.assert_array_equal(overlay(picture, values, opacity=opacity), expected)


def test_one_limit_makes_maps_comparable(picture: np.ndarray) -> None:
    """Without it a faint map fills the scale; with it, it stays faint."""
    strong, faint = np.full((5, 5), 1.0), np.full((5, 5), 0.01)
    np.testing.assert_array_equal(overlay(picture, strong), overlay(picture, faint))
    assert overlay(picture, faint, limit=1.0).mean() < overlay(picture, strong, limit=1.0).mean()


def test_a_map_without_evidence_stays_at_zero(picture: np.ndarray) -> None:
    zero = coloured(np.zeros((20, 30)), limit=1.0)
    np.testing.assert_array_equal(overlay(picture, np.zeros((4, 4)), opacity=1.0), zero)


def test_a_plate_holds_long_words_and_any_unit(picture: np.ndarray) -> None:
    sheet = plate(
        picture[:, :20], np.eye(4), title="happiness " * 40, caption="a" * 500, unit="odds", signed=True, side=96
    )
    assert sheet.dtype == np.uint8
    assert sheet.shape[1] > 2 * 96
    assert sheet.shape[0] > 96
    assert (sheet[:, -1] == 255).all()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [({"opacity": 1.5}, "opacity must lie"), ({"limit": 0.0}, "limit must be > 0")],
)
def test_mistakes_get_a_sentence(picture: np.ndarray, arguments: dict, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        overlay(picture, np.zeros((4, 4)), **arguments)
    with pytest.raises(ValueError, match="expected a picture"):
        overlay(picture[..., 0], np.zeros((4, 4)))
