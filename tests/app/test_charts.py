"""Figures from plain frames: what is drawn is what was given, and a click finds its way back."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest

from app import charts, colours
from app.charts.confusion import mean_shares, shares
from app.charts.frame import percent

LABELS = ("anger", "fear", "neutral")
COUNTS = np.array([[8, 2, 0], [1, 5, 4], [0, 0, 10]])
CELLS = pd.DataFrame(COUNTS, index=list(LABELS), columns=list(LABELS))


def points(figure: go.Figure) -> dict[tuple[int, int], tuple[str, int]]:
    """(row, column) -> (text, count) over all clickable traces."""
    return {
        (int(numbers[0]), int(numbers[1])): (text, int(numbers[2]))
        for trace in figure.data
        if trace.type == "scatter"
        for text, numbers in zip(trace.text, trace.customdata, strict=True)
    }


class TestConfusion:
    def test_every_cell_can_be_clicked_and_says_its_count(self) -> None:
        found = points(charts.confusion(CELLS, mode="counts"))
        assert found == {(r, c): (str(COUNTS[r, c]), COUNTS[r, c]) for r in range(3) for c in range(3)}

    @pytest.mark.parametrize(
        ("mode", "written"),
        [
            ("rows", "40 %"),  # 4 of the 10 that are fear
            ("columns", "29 %"),  # 4 of the 14 called neutral
        ],
    )
    def test_shares(self, mode: str, written: str) -> None:
        assert points(charts.confusion(CELLS, mode=mode))[1, 2][0] == written

    def test_shares_of_nothing_are_zero(self) -> None:
        counts = np.array([[0, 0], [3, 1]])
        np.testing.assert_array_equal(shares(counts, "rows"), [[0, 0], [0.75, 0.25]])

    def test_a_click_names_plain_numbers(self) -> None:
        """Arrays of two dimensions reach the browser in binary, and come back as a mapping."""
        for trace in charts.confusion(CELLS).data:
            assert trace.type != "scatter" or isinstance(trace.to_plotly_json()["customdata"], list | tuple)

    def test_refuses_unlike_labels_and_unknown_modes(self) -> None:
        with pytest.raises(ValueError, match="same labels in rows and columns"):
            charts.confusion(CELLS[["fear", "anger", "neutral"]])
        with pytest.raises(ValueError, match="counts, rows or columns, got 'both'"):
            charts.confusion(CELLS, mode="both")

    def test_the_chosen_cell_is_framed(self) -> None:
        plain = len(charts.confusion(CELLS).layout.shapes)
        figure = charts.confusion(CELLS, chosen=("fear", "neutral"))
        assert len(figure.layout.shapes) == plain + 1
        frame = figure.layout.shapes[-1]
        assert frame.x0 < 2 < frame.x1 and frame.y0 < 1 < frame.y1

    @pytest.mark.parametrize(
        ("event", "cell"),
        [
            ({"selection": {"points": [{"customdata": [1, 2, 4], "point_index": 0}]}}, ("fear", "neutral")),
            ({"selection": {"points": []}}, None),  # a click beside the cells
            (None, None),  # nobody clicked
            ({"selection": {"points": [{"x": 1}]}}, None),  # a point without numbers
            ({"selection": {"points": [{"customdata": [7, 0, 1]}]}}, None),  # left over from a run with more labels
        ],
    )
    def test_a_click_is_read_by_its_numbers(self, event: dict, cell: tuple[str, str] | None) -> None:
        assert charts.cell_of(event, LABELS) == cell


class TestFaces:
    def test_bars_surest_on_top_in_their_labels_colours(self) -> None:
        answers = pd.DataFrame({"label": ["anger", "fear", "neutral"], "probability": [0.2, 0.7, 0.1]})
        bar = charts.probability_bars(answers).data[0]
        assert list(bar.y) == ["neutral", "anger", "fear"]  # plotly draws upwards
        assert list(bar.text) == ["10 %", "20 %", "70 %"]
        assert list(bar.marker.color) == [colours.of_label(name) for name in bar.y]

    def test_the_map_keeps_its_raw_values_and_their_bar(self) -> None:
        magnitude = np.linspace(0, 0.03, 48 * 48).reshape(48, 48)
        figure = charts.heat_map(np.zeros((48, 48, 3), np.uint8), magnitude, opacity=0.4)
        heat = figure.data[0]
        assert heat.zmin == 0 and heat.zmax == pytest.approx(0.03) and heat.opacity == 0.4
        assert heat.colorbar.title.text == "logit units"
        assert figure.layout.images[0].source.startswith("data:image/png")

    def test_a_map_without_evidence_stays_empty(self) -> None:
        heat = charts.heat_map(np.zeros((4, 4, 3), np.uint8), np.zeros((4, 4)), opacity=1).data[0]
        assert (heat.zmin, heat.zmax) == (0, 1)


class TestConfidence:
    def test_right_goes_up_and_wrong_goes_down(self) -> None:
        answers = pd.DataFrame({"confidence": [0.92, 0.93, 0.51], "right": [True, True, False]})
        up, down = (trace for trace in charts.confidence(answers).data if trace.type == "bar")
        assert sum(up.y) == 2 and sum(down.y) == -1

    def test_all_right_needs_no_wrong(self) -> None:
        figure = charts.confidence(pd.DataFrame({"confidence": [0.9], "right": [True]}))
        assert "wrong" not in figure.layout.title.subtitle.text

    def test_reliability_draws_only_filled_bins(self) -> None:
        bins = pd.DataFrame(
            {
                "lower": [0, 0.5],
                "upper": [0.5, 1],
                "count": [0, 4],
                "confidence": [np.nan, 0.8],
                "accuracy": [np.nan, 0.5],
            }
        )
        figure = charts.reliability(bins)
        assert "n = 4 · 1 of 2 bins filled" in figure.layout.title.subtitle.text
        line = next(trace for trace in figure.data if trace.mode == "lines+markers")
        assert list(line.x) == [0.8] and list(line.y) == [0.5]


def test_labels_are_ordered_by_f1_and_say_their_n() -> None:
    scores = pd.DataFrame(
        {
            "label": LABELS,
            "precision": [0.9, np.nan, 0.5],
            "recall": [0.8, 0, 0.9],
            "f1": [0.85, 0, 0.6],
            "support": [10, 3, 7],
        }
    )
    figure = charts.per_class(scores)
    rows = list(dict.fromkeys(trace.y[0].split()[0] for trace in figure.data))
    assert rows == ["fear", "neutral", "anger"]  # upwards
    assert "n = 20" in figure.layout.title.subtitle.text


def test_learning_leaves_out_what_was_not_measured() -> None:
    history = pd.DataFrame({"epoch": [1, 2], "loss": [2.0, 1.0], "validation_loss": [np.nan, np.nan]})
    figure = charts.learning(history, "loss", best_epoch=2)
    assert len(figure.data) == 1 and "epoch 2" in figure.layout.title.subtitle.text


def test_twins_show_both_intervals() -> None:
    rows = pd.DataFrame(
        {"name": ["all", "without"], "n": [10, 8], "accuracy": [0.7, 0.6], "low": [0.5, 0.4], "high": [0.8, 0.75]}
    )
    figure = charts.twins(rows)
    assert [trace.error_x.array[0] for trace in figure.data] == pytest.approx([0.15, 0.1])


@pytest.mark.parametrize(
    ("value", "written"), [(0.0, "0 %"), (0.001, "< 1 %"), (0.714, "71 %"), (0.999, "> 99 %"), (1.0, "100 %")]
)
def test_percent_never_rounds_to_certainty(value: float, written: str) -> None:
    assert percent(value) == written


def test_no_figure_paints_its_ground_or_its_text() -> None:
    """Ground and text belong to the theme: one figure must read on the light and on the dark page."""
    figure = charts.confusion(CELLS)
    assert figure.layout.paper_bgcolor == figure.layout.plot_bgcolor == "rgba(0,0,0,0)"
    assert figure.layout.font.color is None and figure.layout.title.font.color is None


class TestColours:
    def test_each_label_of_a_set_has_its_own(self) -> None:
        from fer_core.labels import LABEL_SETS

        for names in LABEL_SETS.values():
            assert len({colours.of_label(name) for name in names}) == len(names)
            assert set(names) <= set(colours.LABELS)

    def test_unnamed_labels_differ_too(self) -> None:
        labels = ("bored", "happiness", "confused")
        assert len({colours.of_label(name, labels) for name in labels}) == 3

    @pytest.mark.parametrize("colour", sorted(set(colours.LABELS.values())))
    def test_the_ink_reads_on_every_label(self, colour: str) -> None:
        def luminance(name: str) -> float:
            parts = [int(name[place : place + 2], 16) / 255 for place in (1, 3, 5)]
            parts = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
            return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]

        light, dark = sorted((luminance(colour), luminance(colours.ink_on(colour))), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 4


class TestMatricesOfFolds:
    PARTS = np.array([[[4, 0], [1, 1]], [[0, 0], [3, 1]]])

    def test_means_leave_out_folds_without_the_label(self) -> None:
        np.testing.assert_allclose(mean_shares(self.PARTS, "rows"), [[1, 0], [0.625, 0.375]])
        np.testing.assert_allclose(mean_shares(self.PARTS, "columns"), [[0.4, 0], [0.6, 1]])
        np.testing.assert_allclose(mean_shares(self.PARTS, "counts"), [[2, 0], [2, 1]])

    def test_true_labels_across_turn_the_picture_not_the_click(self) -> None:
        down, across = charts.confusion(CELLS, mode="rows"), charts.confusion(CELLS, mode="rows", across=True)
        assert points(down) == points(across)
        np.testing.assert_array_equal(down.data[0].z, np.asarray(across.data[0].z).T)
        trace = next(trace for trace in across.data if trace.type == "scatter")
        for x, y, numbers in zip(trace.x, trace.y, trace.customdata, strict=True):
            assert (x, y) == (numbers[0], numbers[1])
        assert (across.layout.xaxis.title.text, across.layout.yaxis.title.text) == ("true", "the model says")
        assert "columns sum to 100 %" in across.layout.title.subtitle.text


class TestGroups:
    ROWS = pd.DataFrame(
        {"group": ["<b>x", "y"], "n": [3, 9], "accuracy": [0.2, 0.9], "low": [0.1, np.nan], "high": [0.4, np.nan]}
    )

    def test_the_worst_is_on_top_and_names_are_shown_not_obeyed(self) -> None:
        figure = charts.groups(self.ROWS, title="t", overall=0.7, chosen="y")
        assert figure.layout.yaxis.ticktext[0].startswith("&lt;b&gt;x")
        assert figure.layout.yaxis.range[0] > figure.layout.yaxis.range[1]  # plotly draws upwards
        (trace,) = figure.data
        assert list(trace.error_x.array) == pytest.approx([0.2, 0]) and list(trace.marker.symbol)[1] == "diamond"

    @pytest.mark.parametrize(("numbers", "group"), [([1, 9], "y"), ([5, 1], None), (None, None)])
    def test_a_click_names_its_part(self, numbers: list[int] | None, group: str | None) -> None:
        assert charts.group_of({"selection": {"points": [{"customdata": numbers}]}}, self.ROWS) == group


def test_the_promised_point_lies_at_its_threshold() -> None:
    curve = pd.DataFrame({"coverage": [0.2, 0.6, 1.0], "accuracy": [1.0, 0.8, 0.6], "threshold": [0.9, 0.7, 0.3]})
    mark = charts.coverage(curve, n=5, wish=0.8, threshold=0.7).data[-1]
    assert (list(mark.x), list(mark.y)) == ([0.6], [0.8])
    assert len(charts.coverage(curve, n=5, wish=0.99, threshold=None).data) == 1


def test_names_at_the_ends_of_lines_do_not_lie_on_each_other() -> None:
    rows = [(f"row {place}", strength, 0.5 + 0.001 * place) for place in range(7) for strength in (0, 5)]
    curves = pd.DataFrame(rows, columns=["name", "strength", "accuracy"])
    figure = charts.disturbed(curves.assign(low=0.4, high=0.6), n=9, title="t", spread="s")
    places = sorted(one.y for one in figure.layout.annotations)
    low, high = figure.layout.yaxis.range
    pixels = np.diff(places) / (high - low) * (figure.layout.height - 110)
    assert pixels.min() >= 14 and low <= places[0] and places[-1] <= high
