"""Twins and look-alikes: literal double loops as oracle, and what must never pair."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from fer_core.data import duplicates
from fer_core.data.duplicates import alike, exact_groups, look, near_groups


def photos(count: int, seed: int = 0) -> np.ndarray:
    """(count, 48, 48) uint8: random textures, as different from each other as photos are."""
    rng = np.random.default_rng(seed)
    coarse = [cv2.resize(rng.normal(0, 1, (7, 7)), (48, 48), interpolation=cv2.INTER_CUBIC) for _ in range(count)]
    fine = [cv2.resize(rng.normal(0, 1, (18, 18)), (48, 48), interpolation=cv2.INTER_CUBIC) for _ in range(count)]
    return np.clip(128 + 35 * np.stack(coarse) + 25 * np.stack(fine), 0, 255).astype(np.uint8)


def compressed(picture: np.ndarray) -> np.ndarray:
    return cv2.imdecode(cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 40])[1], cv2.IMREAD_GRAYSCALE)


CHANGES = {
    "brighter": lambda picture: np.clip(picture * 0.7 + 60, 0, 255).astype(np.uint8),
    "darker": lambda picture: (picture * 0.4).astype(np.uint8),
    "compressed": compressed,
    "cropped": lambda picture: cv2.resize(picture[1:47, 1:47], (48, 48), interpolation=cv2.INTER_AREA),
    "written on": lambda picture: cv2.putText(picture.copy(), "shop", (8, 40), cv2.FONT_HERSHEY_SIMPLEX, 0.4, 255),
    "mirrored": lambda picture: np.ascontiguousarray(picture[:, ::-1]),
}


def hashes_of(pixels: np.ndarray) -> np.ndarray:
    return np.array([picture.tobytes().hex() for picture in pixels])


def test_exact_groups_by_hand() -> None:
    assert exact_groups(np.array(["b", "a", "b", "", "", "c", "c", "b"])).tolist() == [0, -1, 0, -1, -1, 1, 1, 0]
    assert exact_groups(np.array([], dtype=str)).tolist() == []


def test_hash_is_the_literal_one_and_mirrors() -> None:
    pixels = photos(5)
    looks = look(pixels)
    for row, picture in enumerate(pixels):
        small = cv2.resize(picture.astype(np.float32), (9, 8), interpolation=cv2.INTER_AREA)
        bits = [small[y, x + 1] > small[y, x] for y in range(8) for x in range(8)]
        assert looks.hashes[row] == np.packbits(bits).view(np.uint64)[0]
    np.testing.assert_array_equal(look(np.ascontiguousarray(pixels[:, :, ::-1])).hashes, looks.mirrored)


@pytest.mark.parametrize("change", CHANGES)
def test_a_changed_photo_is_found_and_no_other(change: str) -> None:
    originals = photos(40)
    pixels = np.concatenate([originals, np.stack([CHANGES[change](picture) for picture in originals[:10]])])
    found = near_groups(look(pixels), hashes_of(pixels))
    expected = np.full(50, -1)
    expected[:10] = expected[40:] = np.arange(10)
    np.testing.assert_array_equal(found.groups, expected)
    assert (found.pairs, found.mirrored) == (10, 10 if change == "mirrored" else 0)


def test_two_pictures_are_enough() -> None:
    pixels = np.stack([photos(1)[0], CHANGES["brighter"](photos(1)[0])])
    assert near_groups(look(pixels), hashes_of(pixels)).groups.tolist() == [0, 0]


def test_blank_pictures_never_look_alike() -> None:
    rng = np.random.default_rng(0)
    grey = np.stack([np.full((48, 48), value, np.uint8) for value in range(0, 250, 10)])
    noisy = (grey[:10] + rng.integers(0, 5, (10, 48, 48))).astype(np.uint8)
    pixels = np.concatenate([grey, noisy, photos(2)])
    looks = look(pixels)
    assert looks.flat.tolist() == [True] * 35 + [False] * 2
    assert (near_groups(looks, hashes_of(pixels)).groups == -1).all()


def test_identical_blank_pictures_are_exact_twins_all_the_same() -> None:
    pixels = np.zeros((3, 48, 48), np.uint8)
    found = near_groups(look(pixels), hashes_of(pixels))
    assert found.groups.tolist() == [0, 0, 0] and found.pairs == 0


def test_a_common_layout_is_no_likeness() -> None:
    """Aligned eyes: every picture shows the same strong pattern and a weak one of its own."""
    layout = photos(1, seed=5)[0].astype(float)
    own = photos(400, seed=6).astype(float)
    pixels = np.clip(0.75 * layout + 0.35 * own, 0, 255).astype(np.uint8)
    pixels[7] = CHANGES["brighter"](pixels[3])
    found = near_groups(look(pixels), hashes_of(pixels))
    assert found.pairs == 1 and found.groups[3] == found.groups[7] == 0


def test_pairs_equal_a_double_loop() -> None:
    originals = photos(60, seed=2)
    pixels = np.concatenate([originals, np.stack([CHANGES["cropped"](picture) for picture in originals[:20]])])
    looks = look(pixels)
    mirrored = look(np.ascontiguousarray(pixels[:, :, ::-1]))
    expected = set()
    for left in range(80):
        for right in range(left + 1, 80):
            for other, flipped in ((looks, False), (mirrored, True)):
                near = bin(int(looks.hashes[left]) ^ int(other.hashes[right])).count("1") <= duplicates.DISTANCE
                if near and looks.detail[left] @ other.detail[right] >= duplicates.SAME:
                    expected.add((left, right, flipped))
    found = {pair for block in alike(looks) for pair in zip(*(side.tolist() for side in block), strict=True)}
    assert found == expected and len(found) >= 20


def test_blocks_and_kept_links_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    pixels = np.concatenate(
        [photos(60, seed=3)] + [np.stack([CHANGES["cropped"](p) for p in photos(60, seed=3)[:9]])] * 2
    )
    pixels[60:69, 0, 0] += 1
    whole = near_groups(look(pixels), hashes_of(pixels))
    monkeypatch.setattr(duplicates, "_CELLS", 200)
    monkeypatch.setattr(duplicates, "_LINKS", 1)
    parts = near_groups(look(pixels), hashes_of(pixels))
    np.testing.assert_array_equal(parts.groups, whole.groups)
    assert (parts.pairs, parts.mirrored) == (whole.pairs, whole.mirrored) and whole.groups.max() == 8


def test_colour_equals_grey_and_inputs_stay() -> None:
    pixels = photos(3)
    before = pixels.copy()
    colour = look(np.repeat(pixels[..., None], 3, axis=3))
    np.testing.assert_array_equal(colour.hashes, look(pixels).hashes)
    np.testing.assert_array_equal(pixels, before)


@pytest.mark.parametrize(
    "pixels", [np.zeros((2, 48, 48), float), np.zeros((48, 48), np.uint8), np.zeros((2, 4, 4, 4), "u1")]
)
def test_other_pixels_get_a_sentence(pixels: np.ndarray) -> None:
    with pytest.raises(ValueError, match=r"pixels must be \(N, H, W\)"):
        look(pixels)
