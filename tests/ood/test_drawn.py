"""Pictures without a face: the same for the same seed, and all different."""

from __future__ import annotations

import numpy as np
import pytest

from fer_core.ood.drawn import KINDS, non_faces


@pytest.mark.parametrize("kind", KINDS)
def test_a_picture_depends_on_its_number_and_the_seed_only(kind):
    five = non_faces(kind, 5, 32, seed=3)
    assert five.shape == (5, 32, 32, 3) and five.dtype == np.uint8
    assert (non_faces(kind, 2, 32, seed=3) == five[:2]).all() and (non_faces(kind, 5, 32, seed=4) != five).any()
    assert len(np.unique(five.reshape(5, -1), axis=0)) == 5
    if kind != "plain":
        assert (five.std(axis=(1, 2, 3)) > 5).all()


def test_small_ones_and_a_wrong_word():
    assert all(non_faces(kind, 20, 8).shape == (20, 8, 8, 3) for kind in KINDS)
    with pytest.raises(ValueError, match="unknown kind of picture 'face'; there are: noise, texture, scene, plain"):
        non_faces("face", 1, 16)
