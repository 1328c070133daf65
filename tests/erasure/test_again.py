"""What was erased from a stored table, erased once more from vectors of others."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from fer_core.erasure import erase, erasure_of, space_of
from fer_core.features import FeatureTable
from tests.erasure.test_erasing import planted


def noted(table: FeatureTable, document: dict) -> FeatureTable:
    settings = {key: document[key] for key in ("space", "fit", "keep", "rank", "seed")}
    return replace(table, made={**table.made, "erasure": {"v_erased": settings}})


@pytest.mark.parametrize("rank", [None, 1])
def test_fitted_on_a_split_it_is_the_very_eraser(rank: int | None) -> None:
    table = planted(3)
    erased, document = erase(table, "v", split="train", rank=rank, trials=1)
    again = erasure_of(noted(table, document), "v_erased")
    assert again.space == "v" and again.rank == document["rank"]
    np.testing.assert_allclose(again.apply(table.space("v")), erased, atol=1e-6)


def test_with_folds_a_newcomer_loses_what_every_fold_takes_away() -> None:
    table = planted(3)
    erased, document = erase(table, "v", folds=3, trials=1)
    again = erasure_of(noted(table, document), "v_erased").apply(table.space("v"))
    # Identity lies in three coordinates that all folds know: what they take away is nearly the same.
    taken = table.space("v") - erased
    assert 0 < np.linalg.norm(again - erased) < 0.2 * np.linalg.norm(taken)


def test_a_table_that_does_not_say_how_is_refused() -> None:
    table = planted(3)
    assert space_of(table.made, "v_erased") is None and space_of({"erasure": {"v_erased": 3}}, "v_erased") is None
    with pytest.raises(ValueError, match="does not say how v_erased was made"):
        erasure_of(table, "v_erased")
