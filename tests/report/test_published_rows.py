"""A run of a published recipe lies beside the row it was trained as, and beside no other."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from fer_core.labels import EXPRESSIONS
from fer_core.published import find_table
from fer_core.recipe import load_recipe
from fer_core.report import report
from fer_core.report.others import _job
from fer_core.runs import Run
from tests.stored_runs import stored_run


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


def test_what_differs_is_said_beside_the_numbers(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    true = rng.integers(0, 7, 50)
    shares = rng.dirichlet(np.ones(7), 50)
    run = stored_run(tmp_path / "mine", {"test": (true, shares)}, labels=EXPRESSIONS)
    run.update(evaluated={"test": {**run.evaluated["test"], "data": "rafdb"}})
    (run.path / "recipe.yaml").write_text(load_recipe("fermixnet").dump())
    found = report(Run(run.path), ["published"])
    assert found.absent == ()
    accuracy = 100 * float((shares.astype(np.float32).argmax(1) == true).mean())
    row = next(one for one in found.html.split("<tr>") if "FERMix and mid-level" in one and ">RAF-DB<" in one)
    printed = find_table("fermixnet-1")
    wanted = printed.row("FERMix and mid-level").values[printed.place("RAF-DB")]
    assert f">{accuracy:.2f}</data> %" in row and f">{wanted:.2f}</data> %" in row
    assert ">no</td>" in row and "Data differ: ours is rafdb test, n 50" in found.html
