"""Regions that follow the main face's landmarks, against lines drawn by hand; and diagonals of any picture."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from fer_core.catalogue.mixings import CutoutOptions, FERMixOptions
from fer_core.contracts import Blend
from fer_core.mixing.compose import compose
from fer_core.mixing.cutout import Cutout
from fer_core.mixing.fermix import PATTERNS, FERMix
from fer_core.mixing.regions import coverage, guides
from tests.mixing.sample_table import Table

UPRIGHT = np.array([[0.25, 0.25], [0.5, 0.25], [0.375, 0.5], [0.3, 0.75], [0.45, 0.75]])
"""Eyes level, the nose 3/8 from the left and half-way down."""
TYPES = {name: sides for types in PATTERNS.values() for name, sides in types.items()}


def _cover(name, landmarks, height=8, width=8, guided=True):
    sides = np.array([TYPES[name]], dtype=float)
    lam = np.array([1 - 0.5 ** len(TYPES[name])])
    blend = Blend(np.array([0]), np.array([1]), lam, sides=sides, guided=guided)
    return coverage(blend, height, width, None if landmarks is None else landmarks[None])[0]


def _turned(points, degrees, centre=(0.5, 0.5)):
    """Clockwise on the screen, where y looks down."""
    angle = math.radians(degrees)
    turn = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    return (points - centre) @ turn.T + centre


@pytest.mark.parametrize(
    ("name", "columns", "rows"),
    [
        ("upper half", (0, 8), (0, 4)),
        ("lower half", (0, 8), (4, 8)),
        ("left half", (0, 3), (0, 8)),
        ("right half", (3, 8), (0, 8)),
        ("upper left quarter", (0, 3), (0, 4)),
        ("upper right quarter", (3, 8), (0, 4)),
    ],
)
def test_an_upright_face_is_cut_at_its_nose(name, columns, rows):
    wanted = np.zeros((8, 8))
    wanted[slice(*rows), slice(*columns)] = 1
    np.testing.assert_allclose(_cover(name, UPRIGHT), wanted)


@pytest.mark.parametrize("name", TYPES)
@pytest.mark.parametrize("degrees", [0, 20, -35, 90, 180])
def test_a_region_turns_with_the_face(name, degrees):
    """Every pixel by its place in the face's own frame, which is turned back by hand; pixels on a line left out."""
    side = 24
    cover = _cover(name, _turned(UPRIGHT, degrees), side, side)
    nose = _turned(UPRIGHT, degrees)[2]
    for y in range(side):
        for x in range(side):
            own = _turned(np.array([(x + 0.5) / side, (y + 0.5) / side]) - nose, -degrees, (0, 0))
            values = [a * own[0] + b * own[1] for a, b in TYPES[name]]
            if min(abs(value) for value in values) < 1.5 / side:
                continue
            assert cover[y, x] == float(all(value > 0 for value in values)), (x, y)


def test_a_slanted_nose_gives_a_slanted_ridge_but_a_level_eye_line():
    slanted = UPRIGHT.copy()
    slanted[2] = (0.5, 0.5)  # the ridge from between the eyes, (3/8, 1/4), runs down and to the right
    np.testing.assert_allclose(_cover("upper half", slanted)[:4], 1)
    left = _cover("left half", slanted)
    assert left[0].sum() < left[4].sum() < left[7].sum()


@pytest.mark.parametrize("name", TYPES)
def test_which_eye_is_called_the_left_one_does_not_matter(name):
    face = _turned(UPRIGHT, 25)
    np.testing.assert_allclose(_cover(name, face[[1, 0, 2, 4, 3]]), _cover(name, face))


NOBODY = np.full((5, 2), np.nan)
BESIDE = UPRIGHT + [0.7, 0]
PROFILE = np.array([[0.3, 0.4], [0.5, 0.4], [0.7, 0.42], [0.4, 0.7], [0.5, 0.7]])
ONE_POINT = np.full((5, 2), 0.4)


@pytest.mark.parametrize("face", [NOBODY, BESIDE, PROFILE, ONE_POINT], ids=["unknown", "outside", "profile", "point"])
@pytest.mark.parametrize("name", TYPES)
def test_a_face_that_cannot_guide_keeps_the_fixed_region(name, face):
    assert not guides(face[None], 8, 8)[0][0]
    assert np.array_equal(_cover(name, face), _cover(name, None, guided=False))
    both = np.stack([face, UPRIGHT])
    assert guides(both, 8, 8)[0].tolist() == [False, True]


@pytest.mark.parametrize(("height", "width"), [(8, 8), (7, 7), (6, 9), (1, 4)])
def test_unguided_regions_cover_the_share_that_the_label_gives_away(height, width):
    for name, sides in TYPES.items():
        cover = _cover(name, None, height, width, guided=False)
        # A line between a pixel's corners is shared as if it were straight across or at 45 degrees.
        exact = height == width or all(0 in side for side in sides)
        assert cover.mean() == pytest.approx(0.5 ** len(sides), abs=1e-6 if exact else 0.01), name
        opposite = np.array([[[-a, -b] for a, b in sides]], dtype=float)
        blend = Blend(np.array([0]), np.array([1]), np.array([0.5]), sides=opposite)
        if len(sides) == 1:
            np.testing.assert_allclose(cover + coverage(blend, height, width)[0], 1, atol=1e-6)


def test_fixed_sides_and_rectangles_are_the_same_masks():
    rng, seen = np.random.default_rng(0), set()
    mixing = FERMix(FERMixOptions(training="mixed"))
    for _ in range(60):
        (one,) = mixing.plan(rng, Blend.plain(np.arange(2)))
        region = tuple(one.pictures.region[0])
        name = {
            (0, 0, 1, 0.5): "upper half",
            (0, 0.5, 1, 1): "lower half",
            (0, 0, 0.5, 1): "left half",
            (0.5, 0, 1, 1): "right half",
            (0, 0, 0.5, 0.5): "upper left quarter",
            (0.5, 0, 1, 0.5): "upper right quarter",
        }[region]
        np.testing.assert_allclose(coverage(one.pictures, 8, 6)[0], _cover(name, None, 8, 6, guided=False), atol=1e-6)
        seen.add(name)
    assert len(seen) == 6


def test_guided_draws_what_fixed_draws_and_pastes_by_the_main_face():
    rows = np.array([2, 9, 4])
    for seed in range(20):
        options = {"training": "mixed", "patterns": ("horizontal", "vertical", "corner", "diagonal")}
        (fixed,), (guided,) = (
            FERMix(FERMixOptions(**options, guided=on)).plan(np.random.default_rng(seed), Blend.plain(rows))
            for on in (False, True)
        )
        assert np.array_equal(fixed.pictures.partner, guided.pictures.partner)
        assert np.array_equal(fixed.pictures.lam, guided.pictures.lam)
        table = Table()
        (view,) = compose((guided,), table)
        cover = coverage(guided.pictures, 8, 6, table.faces[rows])
        for place, (main, partner) in enumerate(zip(rows, guided.pictures.partner, strict=True)):
            inside = torch.from_numpy(cover[place])
            expected = inside * table.pixels[partner] + (1 - inside) * table.pixels[main]
            torch.testing.assert_close((view.images[place] + 1) / 2, expected)


def test_landmarks_are_asked_for_only_where_a_plan_needs_them():
    class Blind(Table):
        def landmarks(self, rows):
            raise AssertionError("nobody needs them")

    for plan in (
        FERMix(FERMixOptions(patterns=("diagonal",))).plan(np.random.default_rng(0), Blend.plain(np.arange(3))),
        Cutout(CutoutOptions()).plan(np.random.default_rng(0), Blend.plain(np.arange(3))),
    ):
        compose(plan, Blind())


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"sides": np.zeros((1, 2))}, r"sides must be \(M, S, 2\)"),
        ({"sides": np.zeros((2, 1, 2))}, r"sides must be \(M, S, 2\) with M=1"),
        ({"sides": np.ones((1, 1, 2)), "region": np.zeros((1, 4))}, "not both"),
        ({"sides": np.ones((1, 1, 2)), "fill": 0.0}, "not both"),
        ({"guided": True}, "only sides of lines can be guided"),
    ],
)
def test_a_blend_refuses_what_it_cannot_take(change, sentence):
    with pytest.raises(ValueError, match=sentence):
        Blend(np.array([0]), np.array([1]), np.array([0.5]), **change)
    with pytest.raises(ValueError, match="takes every pixel"):
        coverage(Blend.plain(np.array([0])), 8, 8)
