"""Disturbances against hand-written regions and slow restatements, and the promises that every kind keeps."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from fer_core.disturbances import KINDS, STRENGTHS, disturb, strength_of
from fer_core.disturbances.face_grid import face_grid
from fer_core.framing import FRAMINGS

LANDMARKS = FRAMINGS["fer2013"].landmarks


def pictures(count: int = 6, size: int = 48, colour: bool = False, seed: int = 0) -> np.ndarray:
    """Clouds with as much detail at every scale as photographs have, each with a mean of its own."""
    rng = np.random.default_rng(seed)
    found = rng.uniform(80, 180, (count, 1, 1, 1)) * np.ones((1, size, size, 3 if colour else 1))
    for cells in (2, 4, 8, 16, size):
        for one in found:
            coarse = rng.normal(0, 60 / cells**0.5, (cells, cells, one.shape[2]))
            one += cv2.resize(coarse, (size, size), interpolation=cv2.INTER_CUBIC).reshape(one.shape)
    clouds = np.clip(found, 0, 255).astype(np.uint8)
    return clouds if colour else clouds[..., 0]


def distance(changed: np.ndarray, clean: np.ndarray) -> float:
    return float(np.abs(changed.astype(float) - clean).mean())


def covered(kind: str, strength: int, size: int) -> np.ndarray:
    """Which pixels of two pictures, all black but for one white pixel each, a cover repaints."""
    black = np.zeros((1, size, size), np.uint8)
    white = np.full((1, size, size), 255, np.uint8)
    black[0, 0, 0] = black[0, -1, -1] = 255  # so that neither picture is of one colour
    white[0, 0, 0] = white[0, -1, -1] = 0
    same = [disturb(one, kind, strength, LANDMARKS)[0] != one[0] for one in (black, white)]
    return same[0] | same[1]


@pytest.mark.parametrize(
    ("kind", "strength", "rows", "columns"),
    [
        ("upper", 1, (0, 2), (0, 20)),  # a tenth of 20 rows
        ("upper", 5, (0, 10), (0, 20)),
        ("lower", 1, (18, 20), (0, 20)),
        ("lower", 4, (12, 20), (0, 20)),
        ("left", 2, (0, 20), (0, 4)),
        ("left", 5, (0, 20), (0, 10)),
        ("right", 3, (0, 20), (14, 20)),
        ("right", 5, (0, 20), (10, 20)),
    ],
)
def test_covers_lie_where_their_names_say_in_the_mean_colour(kind, strength, rows, columns):
    clean = np.arange(20 * 20 * 3, dtype=np.uint32).reshape(1, 20, 20, 3).astype(np.uint8)
    expected = clean.copy()
    mean = [int(np.round(np.mean([float(value) for value in clean[0, :, :, c].ravel()]))) for c in range(3)]
    for row in range(*rows):
        for column in range(*columns):
            expected[0, row, column] = mean
    assert (disturb(clean, kind, strength, LANDMARKS) == expected).all()


def test_a_corner_is_the_upper_left_or_the_upper_right_one_by_a_fair_draw():
    clean = np.zeros((200, 20, 20), np.uint8)
    clean[:, ::2] = 200
    out = disturb(clean, "corner", 5, LANDMARKS, seed=3)
    left, right = clean[0].copy(), clean[0].copy()
    left[:10, :10] = 100
    right[:10, 10:] = 100
    at_left = [bool((one == left).all()) for one in out]
    assert all((one == (left if there else right)).all() for one, there in zip(out, at_left, strict=True))
    assert 70 <= sum(at_left) <= 130
    weak = disturb(clean, "corner", 1, LANDMARKS, seed=3)
    # A twentieth of the area: a side of 0.2236 * 20 = 4.47 pixels, rounded to 4.
    changed = (weak != clean).any(0)
    assert changed[1:4:2, :4].any() and changed[:4, 16:].any() and not changed[4:].any()
    assert [(one[:, :10] != 200 * (np.arange(20) % 2 == 0)[:, None]).any() for one in weak] == at_left


def test_full_strength_covers_what_fermix_pastes():
    """Paper D, section 3.2.1: the regions (x, y, width, height) of its four halves, W = H = 16."""
    halves = {"upper": (0, 0, 16, 8), "lower": (0, 8, 16, 8), "left": (0, 0, 8, 16), "right": (8, 0, 8, 16)}
    for kind, (x, y, width, height) in halves.items():
        goal = np.zeros((16, 16), bool)
        goal[y : y + height, x : x + width] = True
        assert (covered(kind, 5, 16) == goal).all()


@pytest.mark.parametrize("kind", KINDS)
def test_strengths_grow_and_places_stay(kind):
    """More is covered and the distance to the clean picture grows, at the size of FER2013 in grey and colour."""
    for colour in (False, True):
        clean = pictures(colour=colour)
        steps = [distance(disturb(clean, kind, strength, LANDMARKS), clean) for strength in STRENGTHS]
        assert steps[0] > 0 and all(after > before for before, after in zip(steps, steps[1:], strict=False)), steps
    if kind in ("upper", "lower", "left", "right", "corner", "mask", "hand"):
        areas = [disturb(clean, kind, strength, LANDMARKS) != clean for strength in STRENGTHS]
        shares = [float(one.mean()) for one in areas]
        assert shares == sorted(shares) and shares[0] < shares[-1]
        grown = [(one & ~more).mean() for one, more in zip(areas, areas[1:], strict=False)]
        assert max(grown) < 0.01  # what is covered stays covered, but for values that happen to be equal
        if kind in ("upper", "lower", "left", "right", "corner"):
            assert np.abs(np.array(shares) - KINDS[kind].values).max() < 0.02


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("colour", [False, True])
def test_a_picture_is_disturbed_alike_in_any_order_batch_and_company(kind, colour):
    clean = pictures(colour=colour)
    before, names = clean.copy(), np.array([5, 2**63 + 1, 0, 77, 3, 12], dtype=np.uint64)
    together = disturb(clean, kind, 3, LANDMARKS, names, seed=7)
    assert (clean == before).all() and together.dtype == np.uint8 and together.shape == clean.shape
    order = np.array([4, 0, 5, 2, 1, 3])
    assert (disturb(clean[order], kind, 3, LANDMARKS, names[order], seed=7) == together[order]).all()
    alone = [disturb(clean[i : i + 1], kind, 3, LANDMARKS, names[i : i + 1], seed=7)[0] for i in range(6)]
    assert (np.stack(alone) == together).all()
    own = disturb(clean, kind, 3, np.stack([LANDMARKS] * 6), names, seed=7)
    assert (own == together).all()
    assert (disturb(clean, kind, 3, LANDMARKS, names, seed=8) != together).any() == bool(KINDS[kind].draws)
    assert disturb(clean[:0], kind, 3, LANDMARKS).shape == clean[:0].shape


@pytest.mark.parametrize("kind", KINDS)
def test_any_size_from_16_grey_and_colour(kind):
    for size in (16, 33):
        for colour in (False, True):
            clean = pictures(2, size, colour)
            out = [disturb(clean, kind, strength, LANDMARKS) for strength in STRENGTHS]
            assert all(one.shape == clean.shape and one.dtype == np.uint8 for one in out)
            assert (out[-1] != clean).any()
    grey = pictures(2)
    painted = disturb(np.repeat(grey[..., None], 3, axis=3), kind, 4, LANDMARKS)
    gap = np.abs(painted.mean(3) - disturb(grey, kind, 4, LANDMARKS))
    assert gap.max() <= (12 if kind == "mask" else 1)  # a mask's cloth has a colour


def test_quantities_are_what_the_rows_say():
    assert strength_of(np.int64(3)) == 3
    assert all(len(kind.values) == 5 and kind.quantity and kind.source for kind in KINDS.values())
    clean = pictures(3)
    # dark: by the sRGB curve, value by value.
    for strength, factor in zip(STRENGTHS, (0.5, 0.25, 0.125, 0.0625, 0.03125), strict=True):
        out = disturb(clean, "dark", strength, LANDMARKS)
        for value, got in zip(clean[0].ravel()[::97].tolist(), out[0].ravel()[::97].tolist(), strict=True):
            share = value / 255
            light = factor * (share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4)
            back = 12.92 * light if light <= 0.0031308 else 1.055 * light ** (1 / 2.4) - 0.055
            assert abs(got - 255 * back) <= 0.51
    # blur: one bright point becomes a bell of the stated sigma.
    point = np.zeros((1, 49, 49), np.uint8)
    point[0, 18:31, 18:31] = 255  # wide enough to be seen in 8 bits: variances add up
    spread = disturb(point, "blur", 4, LANDMARKS)[0].astype(float)
    place = np.arange(49) - 24
    variance = (spread.sum(0) * place**2).sum() / spread.sum() - (13**2 - 1) / 12
    assert variance**0.5 == pytest.approx(0.04 * 49, rel=0.03)
    # low resolution: 8 of 48 rows, so a checkerboard of 3 pixels is one grey.
    board = np.kron(np.indices((16, 16)).sum(0) % 2, np.ones((3, 3))).astype(np.uint8)[None] * 200
    assert np.ptp(disturb(board, "low-resolution", 5, LANDMARKS)) <= 1
    assert np.ptp(disturb(board, "low-resolution", 3, LANDMARKS)) == 200  # 16 rows hold it


def test_a_rotation_turns_by_its_degrees_to_either_side():
    clean = np.zeros((20, 65, 65), np.uint8)
    clean[:, 30:35, 48:53] = 255  # right of the centre, at distance 18
    for strength, degrees in zip(STRENGTHS, (9, 18, 27, 36, 45), strict=True):
        out = disturb(clean, "rotation", strength, LANDMARKS).astype(float)
        rows, columns = np.indices((65, 65)) - 32
        angles = np.degrees(np.arctan2((out * rows).sum((1, 2)), (out * columns).sum((1, 2))))
        assert np.abs(angles).round(0).tolist() == pytest.approx([degrees] * 20, abs=1)
        assert (angles > 0).any() and (angles < 0).any()


def test_what_is_worn_follows_the_landmarks():
    """Mask and sunglasses on flat grey pictures: where they lie, in the face's own coordinates."""
    flat = np.full((1, 96, 96), 128, np.uint8)
    turn = np.radians(25)
    around = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    tilted = (LANDMARKS - 0.5) * 0.7 @ around.T + 0.5
    for points in (LANDMARKS, tilted):
        u, v = (one[0] for one in face_grid(points[None], 96, 96))
        for place, mean in ((points[0], (-0.5, 0)), (points[1], (0.5, 0))):
            row, column = (int(place[1] * 96), int(place[0] * 96))
            assert (u[row, column], v[row, column]) == pytest.approx(mean, abs=0.06)
        worn = disturb(flat, "mask", 4, points)[0] != 128
        assert worn[(np.abs(u) < 0.4) & (v > 0.55) & (v < 1.5)].all()  # nose's tip, mouth, chin
        assert not worn[(v < 0.3) | (np.abs(u) > 1.15) | (v > 1.8)].any()
        dark = disturb(flat, "sunglasses", 5, points)[0] < 80
        eye = np.hypot(np.abs(u) - 0.5, v)
        assert dark[eye < 0.2].all() and not dark[(v > 0.55) | (v < -0.4)].any()
    # Eyes behind lenses of category 2: 18 % of the light twice, and 4 % of the scene's reflected.
    light = ((128 / 255 + 0.055) / 1.055) ** 2.4
    seen = light * 0.18**2 + 0.04 * light * np.array([0.4, 1.6])
    low, high = 255 * (1.055 * seen ** (1 / 2.4) - 0.055)
    shown = disturb(flat, "sunglasses", 3, LANDMARKS)[0, int(0.39 * 96), int(0.316 * 96)]
    assert low - 1 <= shown <= high + 1


def test_a_hand_covers_its_share_at_a_place_on_the_face():
    clean = np.full((60, 96, 96), 90, np.uint8)
    clean[:, :, ::2] = 110
    for strength, share in zip(STRENGTHS, (0.05, 0.1, 0.15, 0.2, 0.25), strict=True):
        changed = disturb(clean, "hand", strength, LANDMARKS, seed=1) != clean
        assert np.median(changed.mean((1, 2))) == pytest.approx(share, rel=0.12)  # its edge's pixels count whole
    rows, columns = (np.indices((96, 96)) + 0.5) / 96
    small = disturb(clean, "hand", 1, LANDMARKS, seed=1) != clean
    centres = np.stack([(small * grid).sum((1, 2)) / small.sum((1, 2)) for grid in (columns, rows)], axis=1)
    assert (centres > LANDMARKS.min(0) - 0.03).all() and (centres < LANDMARKS.max(0) + 0.03).all()
    assert np.ptp(centres, axis=0).min() > 0.25


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"kind": "blurr"}, "unknown kind of disturbance 'blurr'; did you mean 'blur'"),
        ({"strength": 0}, "strength must be 1, 2, 3, 4 or 5, got 0"),
        ({"strength": 6}, "strength must be 1, 2, 3, 4 or 5, got 6"),
        ({"pictures": np.zeros((2, 48, 48), np.float32)}, "must be .* uint8, got"),
        ({"pictures": np.zeros((48, 48), np.uint8)}, "must be .* uint8, got"),
        ({"pictures": np.zeros((2, 15, 48), np.uint8)}, "at least 16 rows and columns, got 15 x 48"),
        ({"landmarks": np.zeros((3, 5, 2))}, r"landmarks must be \(5, 2\) or \(2, 5, 2\)"),
        ({"samples": [1, 2, 3]}, "samples must name each of 2 pictures, got 3"),
    ],
)
def test_mistakes_get_a_sentence(change, sentence):
    given = {"pictures": pictures(2), "kind": "blur", "strength": 1, "landmarks": LANDMARKS, **change}
    with pytest.raises(ValueError, match=sentence):
        disturb(**given)
