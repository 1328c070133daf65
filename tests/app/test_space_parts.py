"""The parts of the page Feature space: rows as text, the chart of two maps, the sentence, colours, and placed faces."""

from __future__ import annotations

import base64
import zlib

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest

from app import colours
from app.charts.space import MOST_GROUPS, MOST_VECTORS, Side, maps, of_groups
from app.components import picking
from app.services import space, space_colouring, space_placing, space_points, space_quality
from app.services.space import Laid, Table
from app.services.space_rows import LONGEST, from_text, to_text
from fer_core.erasure import erase
from fer_core.features import FeatureTable
from fer_core.runs import find_run
from tests.app.conftest import World
from tests.app.test_space_page import add_features, feature_table

SIDES = (Side("v_face", ("one", "two")), Side("v_state", ("one", "two")))


class TestRows:
    @pytest.mark.parametrize(
        ("rows", "text"),
        [([], ""), ([5], "5"), ([3, 1, 2, 3], "1-3"), ([0, 2, 3, 9], "0.2-3.9")],
    )
    def test_few_rows_can_be_read(self, rows: list[int], text: str) -> None:
        assert to_text(np.array(rows), 10) == text
        assert from_text(text, 10).tolist() == sorted(set(rows))

    @pytest.mark.parametrize("share", [0.001, 0.3, 0.999])
    def test_any_rows_come_back_from_a_short_text(self, share: float) -> None:
        rows = np.flatnonzero(np.random.default_rng(1).random(20_000) < share)
        text = to_text(rows, 20_000)
        assert len(text) < 4_000 and from_text(text, 20_000).tolist() == rows.tolist()

    def test_many_scattered_rows_are_compressed(self) -> None:
        text = to_text(np.arange(0, 3_000, 2), 3_000)
        assert text.startswith("z") and len(text) < LONGEST

    def test_typed_rows_may_have_commas_and_spaces(self) -> None:
        assert from_text(" 1-3, 7 9 ", 10).tolist() == [1, 2, 3, 7, 9]

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("all", "must read like 12-40.77, got 'all'"),
            ("1-2-3", "must read like"),
            ("-4", "must read like"),
            ("10", "between 0 and 9"),
            ("5-3", "the lower one first"),
            ("z!!", "another size"),
            ("zAAAA", "damaged"),
            ("z" + base64.urlsafe_b64encode(zlib.compress(bytes(9))).decode(), "another size"),
        ],
    )
    def test_what_is_no_rows_is_said(self, text: str, said: str) -> None:
        with pytest.raises(ValueError, match=said):
            from_text(text, 10)

    def test_a_text_that_unpacks_to_very_much_is_refused(self) -> None:
        bomb = "z" + base64.urlsafe_b64encode(zlib.compress(bytes(50_000_000), 9)).decode()
        with pytest.raises(ValueError, match="another size"):
            from_text(bomb, 10)


def points(count: int, groups: int = 3) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    places = {
        f"{axis}_{side}": rng.normal(size=count).astype(np.float32) for side in ("left", "right") for axis in "xy"
    }
    return pd.DataFrame({"row": np.arange(count) + 7, **places, "value": [f"g{row % groups}" for row in range(count)]})


def drawn(figure: go.Figure, axis: str) -> dict[int, bool]:
    """Row -> whether it stands out, of one map."""
    found = {}
    for trace in figure.data:
        if trace.xaxis == axis and trace.customdata is not None:
            marked = range(len(trace.customdata)) if trace.selectedpoints is None else trace.selectedpoints
            found |= {int(row): place in set(marked) for place, row in enumerate(trace.customdata)}
    return found


class TestChart:
    @pytest.mark.parametrize("groups", [3, MOST_GROUPS + 5])
    def test_one_selection_stands_out_in_both_maps(self, groups: int) -> None:
        frame = points(150, groups)
        chosen = np.array([7, 20, 156])
        figure = maps(frame, SIDES, groups=of_groups(sorted(set(frame["value"])), "subject"), chosen=chosen, of=150)
        left, right = drawn(figure, "x"), drawn(figure, "x2")
        assert left == right and set(left) == set(range(7, 157))
        assert {row for row, marked in left.items() if marked} == set(chosen)
        assert "3 selected" in figure.layout.title.subtitle.text

    def test_without_a_selection_everybody_stands_out(self) -> None:
        frame = points(20)
        figure = maps(frame, SIDES, groups=of_groups(["g0", "g1", "g2"], "subject"), chosen=np.array([]), of=20)
        assert all(drawn(figure, "x").values())

    def test_rows_that_a_map_lacks_are_drawn_in_the_other_only(self) -> None:
        frame = points(9)
        frame.loc[4, ["x_left", "y_left"]] = np.nan
        figure = maps(frame, SIDES, groups=of_groups(["g0", "g1", "g2"], "subject"), chosen=np.array([]), of=9)
        assert 11 not in drawn(figure, "x") and 11 in drawn(figure, "x2")

    def test_one_space_is_drawn_once(self) -> None:
        figure = maps(points(9), SIDES[:1], groups=of_groups(["g0", "g1", "g2"], "subject"), chosen=np.array([]), of=9)
        assert len(drawn(figure, "x")) == 9 and not drawn(figure, "x2")

    def test_confidence_is_a_scale_with_one_bar_and_a_selection_too(self) -> None:
        frame = points(12).assign(value=np.linspace(0, 1, 12))
        figure = maps(frame, SIDES, groups=None, chosen=np.array([8]), of=12)
        assert [trace.marker.showscale for trace in figure.data] == [False, True]
        assert {row for row, marked in drawn(figure, "x2").items() if marked} == {8}

    def test_many_points_go_to_the_canvas_as_numbers_without_words(self) -> None:
        frame = points(MOST_VECTORS + 8_000, MOST_GROUPS + 1)
        figure = maps(frame, SIDES, groups=of_groups(sorted(set(frame["value"])), "subject"), chosen=np.array([]), of=9)
        assert {trace.type for trace in figure.data} == {"scattergl"}
        assert all(trace.text is None for trace in figure.data)

    def test_wrong_is_a_shape_too(self) -> None:
        frame = points(4).assign(value=["right", "wrong", "right", "unknown"])
        tones = of_groups(["right", "unknown", "wrong"], "right")
        figure = maps(frame, SIDES, groups=tones, chosen=np.array([]), of=4)
        assert {trace.name: trace.marker.symbol for trace in figure.data} == {
            "right": None,
            "wrong": "x",
            "unknown": None,
        }
        assert tones["wrong"] == colours.WRONG

    def test_names_from_outside_are_no_markup(self) -> None:
        frame = points(2).assign(value="<a href='http://x'>p</a>")
        figure = maps(frame, SIDES, groups=of_groups([frame["value"][0]], "subject"), chosen=np.array([]), of=2)
        assert "<a" not in figure.data[0].name

    def test_only_a_part_is_shown_where_one_is_named(self) -> None:
        frame, groups = points(20), of_groups(["g0", "g1", "g2"], "subject")
        told = picking.ends(
            {"xaxis": [0.1, 0.4], "yaxis2": [1, 2], "yaxis": [2, 1], "xaxis2": ["a", 3], "title": [0, 1]}
        )
        assert told == {"xaxis": (0.1, 0.4), "yaxis2": (1.0, 2.0)}
        figure = maps(frame, SIDES, groups=groups, chosen=np.array([]), of=20, view=told)
        assert figure.layout.xaxis.range == (0.1, 0.4) and figure.layout.yaxis2.range == (1, 2)
        assert figure.layout.yaxis.range is None and figure.layout.xaxis2.range is None
        assert picking.ends(None) == picking.ends([1]) == picking.ends({"xaxis": [0, float("nan")]}) == {}


def laid(name: str, subject: tuple[float, float], label: tuple[float, float]) -> Laid:
    purity = {
        "subject": {"space": subject[0], "map": subject[1], "chance": 0.04},
        "label": {"space": label[0], "map": label[1], "chance": 0.33},
    }
    return Laid(name, "tsne", np.zeros((3, 2)), {"knn_purity": purity, "trustworthiness": 0.9}, "fer project")


class TestSentence:
    @pytest.mark.parametrize(
        ("right", "said"),
        [
            ((0.20, 0.22), "Identity islands dissolve from left to right"),
            ((0.60, 0.60), "Identity islands weaken from left to right, but do not"),
            ((0.88, 0.86), "Identity islands weaken a little"),
            ((0.95, 0.94), "Identity islands stay"),
            ((0.05, 0.06), "Identity islands dissolve"),
            ((0.20, 0.99), "Map and space disagree about the identity islands"),
            ((0.60, 0.30), "Identity islands weaken from left to right, but do not"),  # the weaker word
        ],
    )
    def test_it_follows_the_numbers(self, right: tuple[float, float], said: str) -> None:
        told = space_quality.sentence(laid("v_face", (0.95, 0.95), (0.5, 0.5)), laid("v_state", right, (0.5, 0.5)))
        assert said in told.replace("**", "")
        assert f"{right[0]:.3f} in v_state" in told and "by chance 0.040" in told

    def test_islands_can_grow_or_never_have_been(self) -> None:
        weak = laid("a", (0.2, 0.2), (0.5, 0.5))
        assert "islands grow from" in space_quality.sentence(weak, laid("b", (0.9, 0.9), (0.5, 0.5)))
        none = laid("a", (0.05, 0.04), (0.5, 0.5))
        assert "no identity islands" in space_quality.sentence(none, laid("b", (0.06, 0.05), (0.5, 0.5)))

    def test_of_one_space_it_says_what_its_neighbours_share(self) -> None:
        one = laid("v_face", (0.7, 0.6), (0.5, 0.4))
        told = space_quality.sentence(one, one)
        assert told.startswith("Of the 15 nearest neighbours in v_face, 0.700 are the same person (on the map 0.600")
        assert list(space_quality.figures(one, one)) == ["question", "map_left", "space_left", "chance"]

    def test_without_people_or_states_it_claims_nothing(self) -> None:
        bare = Laid("a", "pca", np.zeros((3, 2)), {"trustworthiness": 0.9}, "")
        other = Laid("b", "pca", np.zeros((3, 2)), {"trustworthiness": 0.9}, "")
        assert "names neither people nor states" in space_quality.sentence(bare, other)
        assert len(space_quality.figures(bare, other)) == 1


def test_of_very_many_points_a_part_is_drawn_and_the_selected_are_in_it() -> None:
    many = np.random.default_rng(0).normal(size=(30_000, 2)).astype(np.float32)
    many[5] = np.nan
    one, two = Laid("a", "pca", many, {}, ""), Laid("b", "pca", many, {}, "")
    chosen = np.arange(5, 300)
    found = space_points.drawn(one, two, pd.Series(["x"] * 30_000), chosen)
    assert space_points.MOST_DRAWN <= len(found) <= space_points.MOST_DRAWN + len(chosen)
    assert set(chosen) - {5} <= set(found["row"]) and 5 not in set(found["row"])


class TestWithARun:
    @pytest.fixture
    def table(self, small_world: World) -> FeatureTable:
        made = feature_table(2)
        # The names of the stored predictions, so that confidence can be found.
        samples = find_run(small_world.runs / "drawn").predictions("validation")["sample"]
        keep = np.arange(len(samples))
        chosen = made.take(keep)
        chosen.samples["sample"] = samples.to_numpy()
        add_features(find_run(small_world.runs / "drawn"), chosen)
        return chosen

    def told(self) -> Table:
        found = space.table("drawn", "validation")
        assert found is not None
        return found

    def test_confidence_is_that_of_the_stored_predictions(self, table: FeatureTable) -> None:
        stored = find_run("drawn").predictions("validation")
        sure = stored[[name for name in stored if name.startswith("p_")]].max(axis=1)
        shown = space_colouring.values(self.told(), "confidence")
        np.testing.assert_allclose(shown, sure.to_numpy(), rtol=1e-6)

    def test_only_what_is_known_is_offered(self, table: FeatureTable, small_world: World) -> None:
        run = find_run("drawn")
        bare = FeatureTable(table.samples.assign(subject=None, session=None, predicted=None), table.spaces)
        add_features(run, bare)
        assert space_colouring.offered(self.told()) == ("label", "split")

    def test_a_stored_face_is_placed_on_itself(self, table: FeatureTable) -> None:
        told = self.told()
        left, right = (space.lay("drawn", "validation", name, "pca") for name in ("v_face", "v_state"))
        vectors = {name: one[[3, 8]] for name, one in table.spaces.items()}
        found = space_placing.guests(told, left, right, ["a", "b"], vectors)
        np.testing.assert_allclose(found[["x_left", "y_left"]], left.points[[3, 8]], atol=1e-4)
        np.testing.assert_allclose(found[["x_right", "y_right"]], right.points[[3, 8]], atol=1e-4)
        assert found["near_left"].tolist() == [3, 8]

    def test_a_space_that_the_network_does_not_give_gets_no_place(self, table: FeatureTable) -> None:
        told = self.told()
        left, right = (space.lay("drawn", "validation", name, "pca") for name in ("v_face", "v_state"))
        found = space_placing.guests(told, left, right, ["a"], {"v_face": table.spaces["v_face"][:1]})
        assert np.isfinite(found["x_left"][0]) and np.isnan(found["x_right"][0]) and found["near_right"][0] == -1

    def test_in_an_erased_space_a_face_is_erased_as_the_stored_ones_were(self, table: FeatureTable) -> None:
        place = np.arange(len(table))
        samples = table.samples.assign(
            subject=[f"q{one % 4}" for one in place], session=[f"s{one // 4 % 2}" for one in place], label="fear"
        )
        fitted = FeatureTable(samples.assign(split="validation"), table.spaces)
        erased, document = erase(fitted, "v_face", split="validation", keep="none", trials=1)
        made = {"erasure": {"v_face_erased": {key: document[key] for key in ("space", "fit", "keep", "rank", "seed")}}}
        spaces = {**table.spaces, "v_face_erased": erased}
        add_features(find_run("drawn"), FeatureTable(fitted.samples, spaces, made={**table.made, **made}))
        told = self.told()
        left, right = (space.lay("drawn", "validation", name, "pca") for name in ("v_face_erased", "v_state"))
        found = space_placing.guests(told, left, right, ["a"], {"v_face": table.spaces["v_face"][5:6]})
        np.testing.assert_allclose(found[["x_left", "y_left"]], left.points[[5]], atol=1e-4)
        assert found["near_left"][0] == 5

    def test_mixtures_lead_from_one_face_to_the_other(self, table: FeatureTable) -> None:
        told = self.told()
        left, right = (space.lay("drawn", "validation", name, "pca") for name in ("v_face", "v_state"))
        way = space_placing.between(told, left, right, 0, 13)[["x_left", "y_left"]].to_numpy()
        first, last = (np.linalg.norm(way - left.points[row], axis=1) for row in (0, 13))
        assert len(way) == 9 and first[0] < first[-1] and last[-1] < last[0]
