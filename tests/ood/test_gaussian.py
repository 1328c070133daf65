"""Distances against a direct computation, and what is too little to fit."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.covariance import LedoitWolf

from fer_core.metrics import auc
from fer_core.ood import fit


def clusters(each: int = 30, width: int = 8, labels: int = 3, seed: int = 0):
    """Classes far apart, stretched alike along one direction."""
    rng = np.random.default_rng(seed)
    stretch = np.diag(np.r_[6.0, np.ones(width - 1)]) @ np.linalg.qr(rng.normal(size=(width, width)))[0]
    classes = np.repeat(np.arange(labels), each)
    return rng.normal(0, 15, (labels, width))[classes] + rng.normal(size=(len(classes), width)) @ stretch, classes


def test_the_distance_is_mahalanobis_to_the_nearest_mean():
    vectors, classes = clusters()
    found = fit(vectors, classes)
    means = np.stack([vectors[classes == one].mean(0) for one in range(3)])
    shrunk = LedoitWolf(assume_centered=True).fit(vectors - means[classes])
    other = np.random.default_rng(1).normal(0, 20, (25, 8))
    direct = [min((one - mean) @ np.linalg.inv(shrunk.covariance_) @ (one - mean) for mean in means) for one in other]
    assert found.distances(other) == pytest.approx(np.sqrt(np.array(direct) / 8), rel=1e-6)
    assert found.shrinkage == pytest.approx(shrunk.shrinkage_)
    assert found.distances(means) == pytest.approx(0, abs=1e-5)
    assert np.median(found.distances(vectors)) == pytest.approx(1, abs=0.15)  # a usual one is about 1 away


def test_spread_and_classes_count():
    """As far from the mean of everything, yet nearer: along the stretched direction, or in a class's own place."""
    vectors, classes = clusters()
    found = fit(vectors, classes)
    spread = np.linalg.svd(vectors - found.means[classes])[2]
    along, across = found.means[0] + 5 * spread[0], found.means[0] + 5 * spread[-1]
    assert found.distances(np.stack([along, across])) @ [1, -1] < -0.5
    between = found.means.mean(0) + np.zeros((1, 8))
    assert found.distances(between)[0] > found.distances(vectors).max()
    new, _ = clusters()
    far = np.random.default_rng(2).normal(0, 15, (60, 8))
    scores = np.concatenate([found.distances(new), found.distances(far)])
    assert auc(scores, np.repeat([False, True], [len(new), 60])) > 0.95


def test_rare_classes_get_no_mean_of_their_own():
    vectors, classes = clusters()
    lonely = np.concatenate([vectors, vectors[:1] + 500])
    found = fit(lonely, np.append(classes, 3))
    assert len(found.means) == 3 and found.distances(lonely)[-1] > 20  # not one picture's features are kept
    with pytest.raises(ValueError, match="no label has 10 samples or more, the largest has 9"):
        fit(vectors[:9], classes[:9])
    with pytest.raises(ValueError, match="are equal"):
        fit(np.ones((20, 4)), np.zeros(20, dtype=int))


def test_more_dimensions_than_samples_and_dead_ones():
    vectors, classes = clusters(each=12, width=80)
    vectors[:, 5] = 0
    found = fit(vectors, classes)
    assert np.isfinite(found.distances(vectors)).all() and 0 < found.shrinkage <= 1


@pytest.mark.parametrize(
    ("given", "sentence"),
    [(np.ones((2, 7)), r"must be \(N, 8\)"), (np.ones(8), r"got \(8,\)"), (np.full((1, 8), np.inf), "must be finite")],
)
def test_mistakes_are_told(given, sentence):
    with pytest.raises(ValueError, match=sentence):
        fit(*clusters()).distances(given)
