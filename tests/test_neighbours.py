"""The nearest stored samples, against a direct computation."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from fer_core import neighbours
from fer_core.features import FeatureTable
from fer_core.neighbours import nearest


def drawn(rows: int, width: int = 6, seed: int = 0) -> FeatureTable:
    vectors = np.random.default_rng(seed).normal(size=(rows, width)).astype(np.float32)
    return FeatureTable(pd.DataFrame({"sample": np.arange(rows).astype(str)}), {"v": vectors})


def test_the_nearest_by_cosine_in_order(monkeypatch):
    table, given = drawn(40), drawn(7, seed=1).space("v")
    rows, cosines = nearest(given * 9, table, "v", 4)  # how long a vector is does not matter
    assert rows.shape == cosines.shape == (7, 4)
    for one, found, told in zip(given.astype(float), rows, cosines, strict=True):
        direct = [one @ other / np.linalg.norm(one) / np.linalg.norm(other) for other in table.space("v").astype(float)]
        assert list(found) == sorted(range(40), key=lambda row: -direct[row])[:4]
        assert told == pytest.approx([direct[row] for row in found])
    monkeypatch.setattr(neighbours, "_CELLS", 80)  # in parts of two
    again = nearest(given, table, "v", 4)
    assert (again[0] == rows).all() and again[1] == pytest.approx(cosines)


def test_a_stored_sample_is_nearest_to_itself_and_twins_stand_in_order():
    table = drawn(12)
    assert (nearest(table.space("v"), table, "v", 1)[0][:, 0] == np.arange(12)).all()
    twins = table.take(np.array([3, 5, 3, 3]))
    rows, cosines = nearest(table.space("v")[[3]], twins, "v", 9)
    assert rows.tolist() == [[0, 2, 3, 1]] and cosines[0, :3] == pytest.approx([1, 1, 1])


def test_what_has_no_direction_resembles_nobody():
    table = FeatureTable(pd.DataFrame({"sample": ["a", "b"]}), {"v": np.array([[0, 0], [1, 0]], dtype=np.float32)})
    rows, cosines = nearest(np.array([[0.0, 0.0], [2.0, 0.0], [-1.0, 0.0]]), table, "v", 2)
    assert cosines.tolist() == [[0, 0], [1, 0], [0, -1]] and rows[1:].tolist() == [[1, 0], [0, 1]]
    assert nearest(np.empty((0, 2)), table, "v", 2)[0].shape == (0, 2)


@pytest.mark.parametrize(
    ("vectors", "space", "k", "rows", "sentence"),
    [
        (np.ones((1, 6)), "w", 1, 3, "has no space 'w'"),
        (np.ones((1, 5)), "v", 1, 3, r"must be \(N, 6\), got \(1, 5\)"),
        (np.full((1, 6), np.nan), "v", 1, 3, "must be finite"),
        (np.ones((1, 6)), "v", 0, 3, "k must be 1 or more neighbours, got 0"),
        (np.ones((1, 6)), "v", 1, 0, "is empty"),
    ],
)
def test_mistakes_are_told(vectors, space, k, rows, sentence):
    with pytest.raises(ValueError, match=sentence):
        nearest(vectors, drawn(rows), space, k)
