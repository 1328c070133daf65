"""The lesson's questions: the right answer follows from the numbers, whatever they are."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from app.charts.lessons import flattered, larger, left_over
from app.services import lesson_questions as asked


def left(**full: float) -> pd.DataFrame:
    rows = [
        {"name": name, "strength": strength, "probability": 0.8 + (value - 0.8) * strength / 5}
        for name, value in full.items()
        for strength in range(6)
    ]
    return pd.DataFrame(rows)


@pytest.mark.parametrize(
    ("picture", "size", "box", "right"),
    [
        ((320, 320), 48, (80.0, 60.0, 240.0, 260.0), "48 × 48 = 2,304"),
        ((640, 480), 224, (0.0, 0.0, 100.0, 100.0), "224 × 224 = 50,176"),
        ((48, 48), 48, (0.0, 0.0, 48.0, 48.0), "48 × 48 = 2,304"),  # all of these are the same number of pixels
    ],
)
def test_the_pixels_are_those_of_the_crop(
    picture: tuple[int, int], size: int, box: tuple[float, float, float, float], right: str
) -> None:
    question = asked.pixels(*picture, size, box)
    assert question.right == {right} and right in question.options and len(question.options) >= 2
    assert len(set(question.options)) == len(question.options)


def test_the_worst_change_is_the_one_that_leaves_least() -> None:
    question = asked.worst_change(left(Blur=0.5, Darken=0.1, Turn=0.9), "fear")
    assert question.right == {"Darken"} and question.options == ("Blur", "Darken", "Turn")
    assert (
        "fear with 0.800" in question.words and "Darken 0.100" in question.why and "sure is not right" in question.why
    )
    equal = asked.worst_change(left(Blur=0.1, Darken=0.1002, Turn=0.7), "fear")
    assert equal.right == {"Blur", "Darken"} and "sure is not right" not in equal.why


def test_people_are_found_most_often_where_the_share_is_highest() -> None:
    def document(share: float) -> dict:
        return {"accuracy": share, "trials": 100, "subjects": 25, "chance": 0.04}

    question = asked.most_found({"v_face": document(0.3), "v_id": document(0.9), "v_state": document(0.2)})
    assert question.right == {"v_id"} and "v_id 0.900" in question.why and "0.040" in question.why
    bands = ("no more often than by guessing", "more often, but less than half of the time", "half of the time or more")
    for share, right in zip((0.03, 0.2, 0.5), bands, strict=True):
        alone = asked.most_found({"high": document(share)})
        assert alone.right == {right} and alone.options == bands


@pytest.mark.parametrize(
    ("said", "right"),
    [
        ("bbbbbbbbbba", "above 0.65"),
        ("bbaaaaaaaaa", "below 0.35"),
        ("bbbbbaaaaaa", "from 0.35 to 0.65"),
        ("abbbbaaaaaa", "from 0.35 to 0.65"),  # says A's label at 0, too, but does not keep to it
        ("cccbbbbbaaa", "above 0.65"),
        ("aaaaaaaaaaa", asked.ALWAYS),
    ],
)
def test_the_change_of_mind_is_the_last_one(said: str, right: str) -> None:
    table = pd.DataFrame({"lam": np.linspace(0, 1, 11), **{one: [0.1] * 11 for one in "abc"}})
    for row, label in enumerate(said):
        table.loc[row, label] = 0.8
    question = asked.change_of_mind(table)
    assert question.right == {right} and right in question.options
    assert f"{said[5]} with 0.800" in question.why


@pytest.mark.parametrize(
    ("random", "out", "right"),
    [
        (0.582, 0.413, "0.10 to 0.20 less"),
        (0.60, 0.55, "up to 0.10 less"),
        (0.60, 0.61, "about as much, or more"),
        (0.90, 0.40, "more than 0.20 less"),
    ],
)
def test_what_is_lost_to_strangers(random: float, out: float, right: str) -> None:
    question = asked.flattered(random, out, 0.333)
    assert question.right == {right} and right in question.options and len(question.options) == 4
    assert f"{out:.3f}" in question.why and f"{abs(random - out):.3f}" in question.why


def test_the_charts_say_what_the_tables_say() -> None:
    chart = left_over(left(Blur=0.5, Darken=0.1), label="<b>fear")
    assert [list(trace.y)[-1] for trace in chart.data] == pytest.approx([0.5, 0.1])
    assert "<b>fear" not in chart.layout.title.text
    rows = pd.DataFrame({"learner": ["near", "near"], "left_out": ["at random", "people"], "accuracy": [0.58, 0.41]})
    drawn = flattered(rows, chance=1 / 3, subtitle="17 people")
    words = [trace.text[0] for trace in drawn.data if trace.text]
    assert words == ["at random 0.580", "people 0.410"] and "chance 0.333" in drawn.layout.title.subtitle.text
    grown = larger(drawn)
    assert grown.data[1].textfont.size == pytest.approx(1.3 * drawn.data[1].textfont.size)
    assert grown.layout.height > drawn.layout.height and grown.layout.title.font.size > drawn.layout.title.font.size
    assert list(grown.data[1].x) == list(drawn.data[1].x)
    assert grown.layout.title.subtitle.text == "17 people<br>dotted: chance 0.333"
    assert " · " in drawn.layout.title.subtitle.text  # the given figure stays as it was
