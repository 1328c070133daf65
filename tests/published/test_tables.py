"""Every published table against the papers' texts, and every row's recipe."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest
import yaml

from fer_core.published import METRICS, PublishedError, Training, check_table, find_table, papers, table_keys
from fer_core.recipe import Recipe, load_recipe
from tests.conftest import REPOSITORY

SEEDS = REPOSITORY.parent / "shared" / "seeds"
PRINTED = {"deviation": 9, "mixaugment": 7, "masking": 5, "fermixnet": 14}
"""Tables and figures of each paper; both halves of A's Table 5 and D's Table 8, and D's test sets, count apart."""
NOT_IN_ROWS = {"masking-1", "fermixnet-sets", "mixaugment-1", "deviation-1"}
"""Texts, and numbers that stand in sentences."""


def test_every_table_loads_and_belongs_to_a_paper():
    tables = [find_table(key) for key in table_keys()]
    assert {paper: sum(one.paper == paper for one in tables) for paper in papers()} == PRINTED
    assert [one.key for one in papers().values()] == ["A", "B", "C", "D"]
    assert find_table("FERMIXNET-1") is find_table("fermixnet-1")
    assert all(column.metric in METRICS for one in tables for column in one.columns)


CAPTION = {"deviation": "Table {}:", "mixaugment": "Table {}.", "masking": "TABLE {}:", "fermixnet": "TABLE {}\n"}
WINDOW = 3600
"""Characters after a caption within which its table ends."""


def _token(value: object) -> str:
    """A cell as a pattern of how it may be printed."""
    if value is None:
        return "-"
    if isinstance(value, str):
        return re.sub(r"\\? ?±\\? ?", "[^0-9]{1,8}", re.escape(value))
    if isinstance(value, int):
        return re.escape(f"{value:,}").replace(",", ",?")
    ways = dict.fromkeys(
        re.escape(f"{value:{form}}") for form in (".3f", ".2f", ".1f") if float(f"{value:{form}}") == value
    )
    return f"(?:{'|'.join(ways)})".replace(r"\.", "[.,]")


def _tables_text(key: str) -> list[str]:
    table = find_table(key)
    text = "\n".join((SEEDS / name).read_text() for name in papers()[table.paper].text)
    number = re.sub(r"\(.\)", "", table.number.split()[1])
    places = [match.end() for match in re.finditer(re.escape(CAPTION[table.paper].format(number)), text)]
    return [text[place : place + WINDOW] for place in places]


@pytest.mark.skipif(not SEEDS.is_dir(), reason="the papers' texts are not on this machine")
@pytest.mark.parametrize("key", [key for key in table_keys() if key not in NOT_IN_ROWS and "-fig" not in key])
def test_every_printed_row_stands_below_its_caption_in_its_order(key):
    table = find_table(key)
    for row in table.rows:
        values = list(row.values)
        if table.matrix is not None or key == "masking-3":  # cells that no dash stands for
            values = [value for value in values if value is not None]
        while values[0] is None:  # a dash may be lost in the text
            values.pop(0)
        pattern = r"[^0-9]{0,30}".join(rf"(?<![\d.,]){_token(value)}(?!\d)" for value in values)
        assert any(re.search(pattern, text) for text in _tables_text(key)), (key, row.name, pattern)


@pytest.mark.skipif(not SEEDS.is_dir(), reason="the papers' texts are not on this machine")
def test_numbers_of_figures_stand_in_the_text():
    text = (SEEDS / papers()["fermixnet"].text[0]).read_text()
    for place, caption in enumerate(("RAF-DB Cls (%)", "Occlusion- RAF-DB Cls (%)")):
        printed = re.findall(r"(\d+\.\d+) \(\+", text.partition(caption)[2].partition("\n")[0])
        assert printed == [f"{row.values[place]:.2f}" for row in find_table("fermixnet-fig8").rows]
    for key in ("fermixnet-fig5", "fermixnet-fig6", "fermixnet-fig7"):
        known = [row.values[0] for row in find_table(key).rows if row.values[0] is not None]
        assert known and all(f"{value:.2f}%" in text for value in known)
    text = (SEEDS / papers()["masking"].text[0]).read_text()
    for row in find_table("masking-fig7").rows:
        assert f"{row.values[0]:.2f}/{row.values[1]:.2f}" in text


@cache
def _trained(key: str) -> tuple[tuple[str, Training, Recipe], ...]:
    return tuple((name, one, load_recipe(one.recipe, one.set)) for name, one in find_table(key).jobs())


@pytest.mark.parametrize("key", table_keys())
def test_every_training_is_a_recipe_without_mistakes(key):
    for name, training, recipe in _trained(key):
        assert recipe.data.source is not None, name
        written = recipe.plain()
        for override in training.set:  # an override that a later one takes back would train something else
            path, _, value = override.partition("=")
            section, option = path.split(".")
            assert written[section][option] == yaml.safe_load(value), (name, override)


def test_rows_of_one_table_train_different_things():
    for key in table_keys():
        plans = [recipe.plain() for _, _, recipe in _trained(key)]
        same = [left for place, left in enumerate(plans) if left in plans[:place]]
        assert not same, key


def test_other_methods_are_reported_and_carry_their_citation():
    for key in table_keys():
        for row in find_table(key).rows:
            assert not (row.reported and (row.ours or row.needs))
            assert row.cited is None or re.match(r"^\[\d+(, \d+)*\]", row.cited), row


def test_what_waits_for_the_deviation_module_says_so():
    waiting = {key for key in table_keys() if find_table(key).needs == "deviation"}
    assert waiting <= {key for key in table_keys() if key.startswith("deviation")}
    assert {row.needs for key in table_keys() for row in find_table(key).rows} == {None}


WRITTEN = {
    "number": "Table 1",
    "title": "t",
    "section": "4",
    "metric": "accuracy",
    "unit": "percent",
    "columns": [{"name": "a"}, {"name": "b", "n": 10}],
    "rows": [{"name": "x", "values": [1.0, 2.0], "ours": []}, {"name": "y", "values": [3.0, None], "needs": "z"}],
    "base": {"recipe": "expression", "set": ["seed=1"]},
}


def test_columns_inherit_and_trainings_start_from_the_base():
    table = check_table(WRITTEN, "masking-9")
    assert (table.paper, table.columns[1].metric, table.columns[1].n, table.columns[0].n) == (
        "masking",
        "accuracy",
        10,
        None,
    )
    assert [(name, one.recipe, one.set) for name, one in table.jobs()] == [("x", "expression", ("seed=1",))]
    assert table.row("X") is table.rows[0] and table.row("z") is None


MISTAKES = [
    ({"rows": [{"name": "x", "values": [1.0], "ours": []}]}, "row 'x': 1 values for 2 columns"),
    ({"rows": [{"name": "x", "values": [1.0, 2.0]}]}, "row 'x': say one of ours, reported: true and needs"),
    ({"rows": [{"name": "x", "values": [1.0, 2.0], "reported": True}]}, "row 'x': a reported row carries its citation"),
    ({"rows": [{"name": "x", "values": ["many", 2.0], "ours": []}]}, "'many' in column 'a' is no number"),
    ({"needs": "more"}, "row 'x': who trains it is said for the whole table"),
    ({"baseline": "none"}, "baseline 'none' is no row"),
    ({"rows": [{"name": "x", "values": [1, 2], "ours": {"columns": ["c"]}}]}, "a training names no column: 'c'"),
    ({"colour": "red"}, "unknown key 'colour'"),
    ({"metric": "luck"}, "columns.0.metric"),
    (
        {"misprints": [{"row": "x", "column": "a", "printed": 9.0, "wrong": "w", "arithmetic": None, "must_be": 1.0}]},
        "the misprint in row 'x' is not what its cell holds, 9.0",
    ),
    ({"matrix": {"labels": ["a"], "rows": "true", "columns": "predicted"}}, "label 'a' is not both a row and a column"),
]


@pytest.mark.parametrize(("change", "sentence"), MISTAKES)
def test_mistakes_of_a_table_are_named(change, sentence):
    with pytest.raises(PublishedError, match=re.escape(sentence)) as caught:
        check_table({**WRITTEN, **change}, "masking-9")
    assert str(caught.value).startswith("published table masking-9 has mistakes: ")


def test_all_mistakes_come_together():
    wrong = {**WRITTEN, "baseline": "none", "rows": [{"name": "x", "values": [1.0], "ours": []}] * 2}
    with pytest.raises(PublishedError) as caught:
        check_table(wrong, "masking-9")
    assert all(word in str(caught.value) for word in ("two rows are named 'x'", "1 values", "baseline 'none'"))


def test_an_unknown_table_gets_the_near_ones():
    with pytest.raises(ValueError, match="no published table 'fermixnet-9'; did you mean 'fermixnet-"):
        find_table("fermixnet-9")
    with pytest.raises(ValueError, match="choose one of deviation-5a, deviation-5b"):
        find_table("deviation-5")


def test_the_folder_holds_nothing_else():
    folder = Path(__file__).resolve().parents[2] / "fer_core" / "published"
    assert {path.stem for path in folder.glob("*.yaml")} == {"papers", *table_keys()}
