"""Class averages and mixed faces: what is averaged, and what two runs are shown."""

from __future__ import annotations

import numpy as np
import pytest

from fer_core.contracts import FaceBox
from fer_core.data import open_data
from fer_core.explain import average_maps, explain_many, explain_mixed
from fer_core.predictor import Predictor
from fer_core.recipe import load_recipe
from fer_core.runs import Run
from tests.app import world
from tests.explain.conftest import untrained_run


@pytest.fixture(scope="module")
def faces(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Three synthetic faces of each expression."""
    return str(world.draw_data(tmp_path_factory.mktemp("faces"), people=3))


def test_the_average_is_the_mean_of_the_maps_for_the_true_labels(run: Run, faces: str) -> None:
    predictor, data = Predictor(run, "cpu"), open_data(faces)
    found = average_maps(predictor, data, "validation", signed=True)
    assert [one.label for one in found.classes] == list(predictor.labels)
    assert {(one.n, one.of) for one in found.classes} == {(3, 3)}
    one = found.classes[2]
    rows = np.flatnonzero((data.table["label"] == one.label).to_numpy())
    crops = np.stack([data.picture(int(row)) for row in rows])
    maps = explain_many(predictor.model, predictor.normalise(crops), [2] * 3, signed=True)
    np.testing.assert_allclose(one.map, np.mean([each.map for each in maps], axis=0), rtol=1e-3, atol=1e-6)
    np.testing.assert_allclose(one.picture, crops.mean(axis=0), atol=1.5)
    assert one.peak == pytest.approx(np.abs(one.map).max())
    assert found.facts["n"] == found.facts["of"] == 21
    assert (found.facts["split"], found.facts["branch"], found.facts["in_sample"]) == ("validation", "decision", False)


def test_a_limit_draws_by_the_seed_and_says_of_how_many(run: Run, faces: str) -> None:
    predictor, data = Predictor(run, "cpu"), open_data(faces)
    first, again, other = (average_maps(predictor, data, limit=1, seed=seed, split="all") for seed in (0, 0, 5))
    assert {(one.n, one.of) for one in first.classes} == {(1, 3)}
    for one, two in zip(first.classes, again.classes, strict=True):
        np.testing.assert_array_equal(one.picture, two.picture)
    assert any(not np.array_equal(a.picture, b.picture) for a, b in zip(first.classes, other.classes, strict=True))
    with pytest.raises(ValueError, match="limit must be 1 or more"):
        average_maps(predictor, data, limit=0)
    with pytest.raises(ValueError, match="no split 'test'"):
        average_maps(predictor, data, "test")


def face(person: int, label: str) -> tuple[np.ndarray, FaceBox]:
    return np.asarray(world.face(person, label)), FaceBox((0.0, 0.0, 48.0, 48.0))


def test_two_runs_are_shown_the_same_mixed_face_for_both_labels(run: Run) -> None:
    predictors = [Predictor(run, "cpu"), Predictor(untrained_run("other", 1), "cpu")]
    first, second = face(0, "happiness"), face(1, "fear")
    told = [
        explain_mixed(one, first, second, load_recipe("fermixnet", []), ("happiness", "fear"), seed=3)
        for one in predictors
    ]
    np.testing.assert_array_equal(told[0].picture, told[1].picture)
    assert told[0].share == told[1].share
    assert told[0].probabilities != told[1].probabilities
    for one, predictor in zip(told, predictors, strict=True):
        expected = predictor.probabilities(one.picture[None], 1)[0]
        assert list(one.probabilities.values()) == pytest.approx(expected.tolist())
        assert [about.target for about in one.maps] == [predictor.labels.index(label) for label in one.labels]
        assert -1 <= one.overlap <= 1 or np.isnan(one.overlap)
    # What was taken over is B's pixels, the rest is A's.
    a = np.asarray(predictors[0].crops(*first))[0].astype(int)
    b = np.asarray(predictors[0].crops(*second))[0].astype(int)
    mixed = told[0].picture.astype(int)
    from_a, from_b = (np.abs(mixed - one).max(axis=-1) <= 1 for one in (a, b))
    assert (from_a | from_b).all()
    assert from_a.mean() >= told[0].share - 0.02


@pytest.mark.parametrize(
    ("recipe", "labels", "sentence"),
    [
        ("fermixnet", ("fear", "fear"), "both faces are 'fear'"),
        ("fermixnet", ("fear", "Awake"), "does not know the label 'Awake'"),
        ("expression", ("fear", "anger"), "mixes nothing"),
    ],
)
def test_mistakes_get_a_sentence(run: Run, recipe: str, labels: tuple[str, str], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        explain_mixed(Predictor(run, "cpu"), face(0, "fear"), face(1, "anger"), load_recipe(recipe, []), labels)
