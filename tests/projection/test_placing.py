"""New and mixed samples in a map that is there already."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from fer_core.contracts import Blend
from fer_core.features import FeatureTable
from fer_core.projection import held_out, place, place_in, place_mixed, project


def islands(each: int = 40, width: int = 12, seed: int = 0) -> FeatureTable:
    """Three labels far apart, five people who have nothing to do with them."""
    rng = np.random.default_rng(seed)
    label = np.repeat(["Asleep", "Drowsy", "Awake"], each).astype(object)
    centres = np.repeat(np.random.default_rng(9).normal(0, 6, (3, width)), each, axis=0)
    subject = [f"p{row % 5}" for row in range(3 * each)]
    samples = pd.DataFrame({"sample": np.arange(3 * each).astype(str), "label": label, "subject": subject})
    return FeatureTable(samples, {"v": (centres + rng.normal(size=(3 * each, width))).astype(np.float32)})


@pytest.fixture(scope="module")
def table():
    return islands()


@pytest.fixture(scope="module")
def mapped(table):
    return project(table, "v", "tsne")[0]


def points_of(mapped):
    return mapped[["x", "y"]].to_numpy(dtype=float)


def test_a_stored_sample_lies_exactly_where_it_lies(table, mapped):
    found = place_in(table.space("v"), table, mapped)
    assert (found.points == points_of(mapped)).all() and (found.rows[:, 0] == np.arange(120)).all()
    assert found.spread == pytest.approx(0)
    assert (found.confidence > 0).all()  # it is one of its own neighbours, hence nearer than it was to others


def test_a_new_one_is_the_mean_of_its_neighbours_by_inverse_distance(table, mapped):
    stored, given = table.space("v").astype(float), islands(seed=4).space("v")[::17]
    found = place_in(given, table, mapped, k=4)
    own = np.array([np.sort(np.linalg.norm(stored - one, axis=1))[1:5].mean() for one in stored])
    middle, lying = points_of(mapped).mean(0), points_of(mapped)
    size = np.sqrt(((lying - middle) ** 2).sum(1).mean())
    for number, one in enumerate(given.astype(float)):
        far = np.linalg.norm(stored - one, axis=1)
        near = np.argsort(far)[:4]
        weights = (1 / far[near]) / (1 / far[near]).sum()
        at = weights @ lying[near]
        assert found.rows[number].tolist() == near.tolist()
        assert found.points[number] == pytest.approx(at)
        assert found.distance[number] == pytest.approx(far[near].mean() / np.median(own))
        assert found.confidence[number] == pytest.approx((own >= far[near].mean()).mean())
        off = np.sqrt(weights @ ((lying[near] - at) ** 2).sum(1))
        assert found.spread[number] == pytest.approx(off / size)


def test_what_is_far_from_everything_or_between_islands_is_told(table, mapped):
    usual = place_in(islands(seed=4).space("v"), table, mapped)
    far = place_in(np.full((1, 12), 500.0), table, mapped)
    assert far.confidence[0] == 0 and far.distance[0] > 50 and np.median(usual.confidence) > 0.2
    stored = table.space("v").astype(float)
    middle = place_in(np.stack([stored[:80].mean(0)]), table, mapped)
    assert middle.spread[0] > 3 * np.median(usual.spread) and middle.confidence[0] < 0.05


@pytest.mark.parametrize("method", ["pca", "tsne"])
def test_a_held_out_tenth_lands_among_its_own(table, mapped, method):
    laid = mapped if method == "tsne" else project(table, "v", method)[0]
    points = points_of(laid)
    found = held_out(table.space("v"), points, table.samples)
    assert found["n"] == 12 and found["error"] < 0.3 < 0.5 < found["chance"]
    assert found["label"]["placed"] > 0.95 > 0.4 > found["label"]["chance"]
    assert abs(found["subject"]["placed"] - found["subject"]["chance"]) < 0.15  # the map knows nothing of people
    mixed_up = held_out(table.space("v"), np.random.default_rng(0).permutation(points), table.samples)
    assert mixed_up["error"] > 2 * found["error"] and mixed_up["label"]["placed"] < 0.6
    assert laid.attrs["placing"]["error"] == pytest.approx(found["error"], rel=1e-3)
    assert held_out(table.space("v")[:19], points[:19], table.samples[:19]) is None


def test_twins_and_rows_without_a_place(table, mapped):
    lying = points_of(mapped)
    lying[5:] = np.nan
    found = place(table.space("v")[[60, 2]], table.space("v"), lying, k=50)
    assert found.rows.shape == (2, 4) and found.rows.max() < 5 and (found.points[1] == lying[2]).all()
    twice = np.array([[0.0, 0.0], [0.0, 0.0], [1.0, 0.0], [9.0, 9.0]])
    at = place(twice[:1], twice, np.array([[0.0, 0.0], [2.0, 2.0], [7.0, 7.0], [9.0, 9.0]]), k=3)
    assert at.points[0].tolist() == [1, 1]  # equal vectors in two places: between them
    same = place(np.ones((1, 2)), np.ones((5, 2)), np.zeros((5, 2)))
    assert same.distance[0] == 0 and same.confidence[0] == 1
    assert place(np.empty((0, 2)), twice, twice).points.shape == (0, 2)


def test_mixed_samples_lie_between_their_parents():
    """On a map that is the space itself, cut to two directions, both places agree."""
    rng = np.random.default_rng(0)
    flat = rng.normal(size=(400, 2)).astype(np.float32)
    table = FeatureTable(pd.DataFrame({"label": ["Awake"] * 400}), {"v": flat})
    mapped = pd.DataFrame(flat, columns=["x", "y"])
    mapped.attrs["space"] = "v"
    blend = Blend(np.array([3, 4, 5, 6]), np.array([9, 8, 7, 6]), np.array([0.25, 1.0, 0.0, 0.5]))
    found = place_mixed(blend, table, mapped)
    assert found.line[0] == pytest.approx(0.25 * flat[3] + 0.75 * flat[9])
    assert (found.line[1] == flat[4]).all() and (found.line[2] == flat[7]).all()
    assert found.placed.points[1:] == pytest.approx(found.line[1:], abs=1e-6)
    assert found.gap[0] < 0.3 and found.gap[1:] == pytest.approx(0, abs=1e-6)
    moved = place_mixed(blend, table, mapped, vectors=flat[[0, 0, 0, 0]])
    assert (moved.placed.points == flat[0]).all() and (moved.line == found.line).all() and moved.gap.min() > 0


def test_mistakes_are_told(table, mapped):
    other = mapped.assign(sample=mapped["sample"].to_numpy()[::-1])
    other.attrs["space"] = "v"
    nameless = mapped[["x", "y"]].copy()
    nameless.attrs.clear()
    one = np.ones((1, 12))
    blend = Blend.plain(np.array([1]))
    cut = Blend(np.array([1]), np.array([2]), np.array([0.5]), region=np.array([[0, 0, 1, 0.5]]))
    for call, sentence in [
        (lambda: place_in(one, table, other), "was made from other rows"),
        (lambda: place_in(one, table.take(np.arange(9)), mapped), "was made from other rows"),
        (lambda: place_in(one, table, nameless), "does not say of which space"),
        (lambda: place_in(one, table, mapped, k=0), "k must be 1 or more"),
        (lambda: place_in(np.ones((1, 3)), table, mapped), r"must be \(N, 12\), got \(1, 3\)"),
        (lambda: place_in(one * np.nan, table, mapped), "must be finite"),
        (lambda: place(one, one, np.ones((1, 2))), "two samples or more, this one has 1"),
        (lambda: place(one, one, np.ones((2, 2))), r"must be \(1, 2\)"),
        (lambda: place_mixed(cut, table, mapped), "only mixtures of whole pictures"),
        (lambda: place_mixed(Blend.plain(np.array([120])), table, mapped), "must be rows 0 to 119"),
        (lambda: place_mixed(blend, table, mapped, vectors=np.ones((2, 12))), "for each of 1 mixed samples, got 2"),
    ]:
        with pytest.raises(ValueError, match=sentence):
            call()
