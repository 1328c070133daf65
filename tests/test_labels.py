from __future__ import annotations

import pytest

from fer_core.labels import FER2013_CODES, canonical, index_of, label_set, order


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("Happy", "happiness"),
        (" ANGRY ", "anger"),
        ("surprised", "surprise"),
        ("awake", "Awake"),
        ("Drowsy", "Drowsy"),
        ("Closed", "closed"),
        ("s12", "s12"),
    ],
)
def test_aliases_and_case(written, name):
    assert canonical(written) == name


def test_fer2013_codes_are_the_published_ones():
    assert [FER2013_CODES[code] for code in range(7)] == [
        "anger",
        "disgust",
        "fear",
        "happiness",
        "sadness",
        "surprise",
        "neutral",
    ]


def test_positions_follow_names_never_order():
    labels = label_set(["neutral", "sad", "Happy"])
    assert labels == ("neutral", "sadness", "happiness")
    assert index_of(["happiness", "fear", "neutral"], labels).tolist() == [2, -1, 0]


def test_order_is_that_of_a_known_set_else_alphabetical():
    assert order(["Awake", "Asleep"]) == ("Asleep", "Awake")
    assert order(["b", "a", "happy"]) == ("a", "b", "happiness")
    assert order(["contempt", "anger"]) == ("anger", "contempt")


@pytest.mark.parametrize("labels", [["a"], ["happy", "joy"], "unknown"])
def test_a_label_set_must_be_two_different_known_names(labels):
    with pytest.raises(ValueError):
        label_set(labels)
