"""CutMix, Cutout and FERMix: where their regions lie and what they weigh."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from fer_core.catalogue.mixings import CutMixOptions, CutoutOptions, FERMixOptions
from fer_core.contracts import Blend
from fer_core.mixing.compose import compose
from fer_core.mixing.cutmix import CutMix
from fer_core.mixing.cutout import Cutout
from fer_core.mixing.fermix import PATTERNS, FERMix
from fer_core.mixing.regions import area, squares
from tests.mixing.sample_table import Table

MANY = 20_000


def _within_bounds(count, chance, draws):
    """Five standard deviations of the binomial: one false alarm in about two million."""
    return abs(count - draws * chance) <= 5 * math.sqrt(draws * chance * (1 - chance))


def _cut(options, count=MANY, seed=0):
    (one,) = CutMix(options).plan(np.random.default_rng(seed), Blend.plain(np.arange(count)))
    return one.pictures


def _fermix(seed=0, rows=4, **options):
    (one,) = FERMix(FERMixOptions(training="mixed", **options)).plan(
        np.random.default_rng(seed), Blend.plain(np.arange(rows))
    )
    return one.pictures


@pytest.mark.parametrize(
    ("x", "y", "side", "expected", "share"),
    [
        (0.5, 0.5, 0.5, (0.25, 0.25, 0.75, 0.75), 0.25),
        (0.0, 0.5, 0.5, (0.0, 0.25, 0.25, 0.75), 0.125),  # half of it lies left of the picture
        (1.0, 1.0, 0.5, (0.75, 0.75, 1.0, 1.0), 0.0625),  # three quarters lie outside
        (0.5, 0.5, 1.0, (0.0, 0.0, 1.0, 1.0), 1.0),
        (0.3, 0.7, 0.0, (0.3, 0.7, 0.3, 0.7), 0.0),
    ],
)
def test_squares_are_cut_off_at_the_edges(x, y, side, expected, share):
    region = squares(np.array([x]), np.array([y]), np.array([side]))
    np.testing.assert_allclose(region, [expected])
    np.testing.assert_allclose(area(region), [share])


def test_a_rectangle_equals_torchvisions_given_the_same_lambda_and_centre():
    """`CutMix.make_params` of torchvision.transforms.v2, restated, where its half sides are whole pixels."""
    width = height = 16
    for half in range(9):
        lam = 1 - (2 * half / width) ** 2
        for r_x in range(width):
            for r_y in (0, 5, 15):
                x1, y1 = max(r_x - half, 0), max(r_y - half, 0)
                x2, y2 = min(r_x + half, width), min(r_y + half, height)
                corrected = 1.0 - (x2 - x1) * (y2 - y1) / (width * height)
                mine = squares(np.array([r_x / width]), np.array([r_y / height]), np.sqrt([1 - lam]))
                np.testing.assert_allclose(mine[0] * 16, [x1, y1, x2, y2], atol=1e-9)
                np.testing.assert_allclose(1 - area(mine)[0], corrected, atol=1e-9)


def test_cutmix_regions_lie_inside_and_their_area_is_what_the_partner_weighs():
    blend = _cut(CutMixOptions(per_row=True))
    left, top, right, bottom = blend.region.T
    assert np.all((left >= 0) & (top >= 0) & (right <= 1) & (bottom <= 1) & (left <= right) & (top <= bottom))
    np.testing.assert_allclose((right - left) * (bottom - top), 1 - blend.lam, atol=1e-12)
    uncut = (left > 0) & (top > 0) & (right < 1) & (bottom < 1)
    np.testing.assert_allclose((right - left)[uncut], (bottom - top)[uncut], atol=1e-12)
    assert sorted(blend.partner) == list(range(MANY)) and blend.fill is None


def test_cutmix_draws_the_area_from_beta():
    """Along x, a square of side r around a uniform centre covers r - r^2 / 4 on average (r <= 1); its area's mean is
    the mean of that squared, over 1 - r^2 = lam ~ Beta(1, 1) = U(0, 1).
    """
    side = np.sqrt(np.arange(0.5, 100_000) / 100_000)
    expected = ((side - side**2 / 4) ** 2).mean()
    assert abs(area(_cut(CutMixOptions(per_row=True)).region).mean() - expected) < 0.01
    # Beta(64, 64) is nearly 1/2: squares that no edge cut have a side near sqrt(1/2).
    narrow = _cut(CutMixOptions(per_row=True, alpha=64)).region
    inside = np.all((narrow > 0) & (narrow < 1), axis=1)
    assert abs((narrow[inside, 2] - narrow[inside, 0]).mean() - math.sqrt(0.5)) < 0.01


def test_cutmix_takes_one_rectangle_for_the_batch_unless_told():
    assert len(np.unique(_cut(CutMixOptions(), 50).region, axis=0)) == 1
    assert len(np.unique(_cut(CutMixOptions(per_row=True), 50).region, axis=0)) == 50


def test_cutout_squares_have_the_published_side_and_leave_the_label():
    (one,) = Cutout(CutoutOptions()).plan(np.random.default_rng(0), Blend.plain(np.arange(MANY)))
    blend = one.pictures
    left, top, right, bottom = blend.region.T
    assert np.all((left >= 0) & (top >= 0) & (right <= 1) & (bottom <= 1))
    uncut = (left > 0) & (top > 0) & (right < 1) & (bottom < 1)
    np.testing.assert_allclose((right - left)[uncut], 0.5)
    np.testing.assert_allclose((bottom - top)[uncut], 0.5)
    # A centre within a quarter of an edge is cut: both axes stay free with chance 1/2 each.
    assert _within_bounds(uncut.sum(), 0.25, MANY)
    assert np.all(blend.lam == 1) and blend.fill == 0
    (whole,) = Cutout(CutoutOptions(per_row=False)).plan(np.random.default_rng(0), Blend.plain(np.arange(50)))
    assert len(np.unique(whole.pictures.region, axis=0)) == 1


def test_cutout_paints_pixels_and_asks_for_no_partner():
    table = Table()
    rows = np.array([3, 11, 6])
    plan = Cutout(CutoutOptions(fill=0.25)).plan(np.random.default_rng(1), Blend.plain(rows))
    (view,) = compose(plan, table)
    assert sorted(table.read[0]) == sorted(rows)
    assert torch.equal(view.terms[0].targets, table.labels[rows])
    for place, (row, region) in enumerate(zip(rows, plan[0].pictures.region, strict=True)):
        for y in range(8):
            for x in range(6):
                inside = round(region[0] * 6) <= x < round(region[2] * 6)
                inside = inside and round(region[1] * 8) <= y < round(region[3] * 8)
                expected = torch.full((3,), 0.25) if inside else table.pixels[row, :, y, x]
                torch.testing.assert_close(view.images[place, :, y, x], expected * 2 - 1)


# 8 rows written by hand: A is the main picture, B what FERMix pastes from the partner; the diagonal runs through the
# middle of the pixels marked x, half of which is A and half B.
ALL_A, ALL_B, LEFT_B, RIGHT_B = "AAAAAAAA", "BBBBBBBB", "BBBBAAAA", "AAAABBBB"
MASKS = {
    "upper half": ("horizontal", [ALL_B] * 4 + [ALL_A] * 4, 0.5),
    "lower half": ("horizontal", [ALL_A] * 4 + [ALL_B] * 4, 0.5),
    "left half": ("vertical", [LEFT_B] * 8, 0.5),
    "right half": ("vertical", [RIGHT_B] * 8, 0.5),
    "upper left quarter": ("corner", [LEFT_B] * 4 + [ALL_A] * 4, 0.75),
    "upper right quarter": ("corner", [RIGHT_B] * 4 + [ALL_A] * 4, 0.75),
    "upper left triangle": (
        "diagonal",
        ["BBBBBBBx", "BBBBBBxA", "BBBBBxAA", "BBBBxAAA", "BBBxAAAA", "BBxAAAAA", "BxAAAAAA", "xAAAAAAA"],
        0.5,
    ),
    "upper right triangle": (
        "diagonal",
        ["xBBBBBBB", "AxBBBBBB", "AAxBBBBB", "AAAxBBBB", "AAAAxBBB", "AAAAAxBB", "AAAAAAxB", "AAAAAAAx"],
        0.5,
    ),
    "lower left triangle": (
        "diagonal",
        ["xAAAAAAA", "BxAAAAAA", "BBxAAAAA", "BBBxAAAA", "BBBBxAAA", "BBBBBxAA", "BBBBBBxA", "BBBBBBBx"],
        0.5,
    ),
    "lower right triangle": (
        "diagonal",
        ["AAAAAAAx", "AAAAAAxB", "AAAAAxBB", "AAAAxBBB", "AAAxBBBB", "AAxBBBBB", "AxBBBBBB", "xBBBBBBB"],
        0.5,
    ),
}


class Two(Table):
    """Picture 0 is black, picture 1 white, 8 x 8; classes 0 and 1."""

    def __init__(self):
        super().__init__()
        self.pixels = torch.stack([torch.zeros(3, 8, 8), torch.ones(3, 8, 8)])
        self.labels = torch.eye(2)
        self.v_id = self.v_id[:2]


@pytest.mark.parametrize("name", MASKS)
def test_fermix_masks_are_those_written_by_hand(name):
    pattern, drawing, lam = MASKS[name]
    wanted = torch.tensor([[{"A": 0.0, "x": 0.5, "B": 1.0}[cell] for cell in line] for line in drawing])
    assert wanted.mean() == 1 - lam  # lam by area
    mixing = FERMix(FERMixOptions(training="mixed", patterns=(pattern,)))
    place, types = list(PATTERNS[pattern]).index(name), len(PATTERNS[pattern])
    tried = 0
    for seed in range(12 * types):
        plan = mixing.plan(np.random.default_rng(seed), Blend.plain(np.array([0, 1])))
        drawn = np.random.default_rng(seed).choice(types, p=[1 / types] * types)
        if plan[0].pictures.partner.tolist() != [1, 0] or drawn != place:
            continue
        (view,) = compose(plan, Two())
        torch.testing.assert_close((view.images[0] + 1) / 2, wanted.expand(3, 8, 8))
        torch.testing.assert_close((view.images[1] + 1) / 2, 1 - wanted.expand(3, 8, 8))
        torch.testing.assert_close(view.terms[0].targets, torch.tensor([[lam, 1 - lam], [1 - lam, lam]]))
        tried += 1
    assert tried


def test_fermix_plans_by_default_what_it_planned_before_diagonals_and_landmarks():
    """Recorded at commit 32dbf44; ``after`` is the stream's next number: nothing more was drawn."""
    rng, rows = np.random.default_rng(7), np.array([4, 9, 2, 7, 5])
    quarter, half = (0, 0, 0.5, 0.5), (0, 0, 0.5, 1)
    for partner, region, lam in (
        ([4, 9, 5, 7, 2], quarter, 0.75),
        ([5, 7, 9, 2, 4], quarter, 0.75),
        ([7, 5, 9, 2, 4], half, 0.5),
        ([2, 5, 4, 7, 9], half, 0.5),
    ):
        mixed, main = FERMix(FERMixOptions()).plan(rng, Blend.plain(rows))
        assert mixed.pictures.partner.tolist() == partner and main.pictures.partner.tolist() == rows.tolist()
        assert np.array_equal(mixed.pictures.region, [region] * 5) and np.array_equal(mixed.pictures.lam, [lam] * 5)
        assert mixed.pictures.sides is None and not mixed.pictures.guided
    assert rng.integers(1000) == 792


def _frequencies(draws, **options):
    counts = {}
    for seed in range(draws):
        blend = _fermix(seed, **options)
        assert len(np.unique(blend.region, axis=0)) == 1  # one type per iteration
        key = tuple(blend.region[0])
        counts[key] = counts.get(key, 0) + 1
    return counts


@pytest.mark.parametrize(
    ("options", "chances"),
    [
        ({}, [0.2, 0.2, 0.2, 0.2, 0.1, 0.1]),
        ({"patterns": ("horizontal", "corner")}, [1 / 3, 1 / 3, 1 / 6, 1 / 6]),  # Table 4: 40 : 20
        ({"patterns": ("corner",)}, [0.5, 0.5]),
        ({"horizontal": 0.3, "vertical": 0.3, "corner": 0.4}, [0.15] * 4 + [0.2] * 2),  # a row of Table 3
    ],
)
def test_fermix_types_come_as_often_as_published(options, chances):
    types = FERMix(FERMixOptions(**options)).types()
    np.testing.assert_allclose(list(types.values()), chances)
    assert math.isclose(sum(types.values()), 1)
    draws = 3000
    counts = _frequencies(draws, **options)
    regions = {
        "upper half": (0, 0, 1, 0.5),
        "lower half": (0, 0.5, 1, 1),
        "left half": (0, 0, 0.5, 1),
        "right half": (0.5, 0, 1, 1),
        "upper left quarter": (0, 0, 0.5, 0.5),
        "upper right quarter": (0.5, 0, 1, 0.5),
    }
    assert set(counts) == {regions[name] for name in types}
    for name, chance in types.items():
        assert _within_bounds(counts[regions[name]], chance, draws), name


def test_fermix_defaults_are_the_papers():
    options = FERMixOptions()
    assert (options.training, options.p_mix, options.mixed_weight) == ("co", 0.8, 0.5)
    assert CutMixOptions().alpha == 1 and CutoutOptions().side == 0.5
