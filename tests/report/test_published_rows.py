"""A run of a published recipe lies beside the row it was trained as, and beside no other."""

from __future__ import annotations

from pathlib import Path

import pytest

from fer_core.published import find_table
from fer_core.recipe import load_recipe
from fer_core.report.others import _job


@pytest.mark.parametrize(
    ("overrides", "row"),
    [
        ((), "FERMix and mid-level"),
        (("mixing.kind=none",), "mid-level"),
        (("mixing.kind=none", "backbone.mid=false", "head.kind=linear", "loss.kind=cross_entropy"), "none"),
    ],
)
def test_the_row_is_the_one_whose_changes_the_run_has(overrides: tuple[str, ...], row: str) -> None:
    found = _job(load_recipe("fermixnet", overrides).plain(), find_table("fermixnet-1"))
    assert found is not None and found[0] == row


def test_another_training_has_no_row(tmp_path: Path) -> None:
    assert _job(load_recipe("fermixnet", ("mixing.kind=cutmix",)).plain(), find_table("fermixnet-1")) is None
    assert _job(load_recipe("expression").plain(), find_table("fermixnet-1")) is None
    assert _job({}, find_table("fermixnet-1")) is None
