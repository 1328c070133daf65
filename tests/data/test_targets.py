"""Label distributions of a manifest: read, refused, and what the loss sees of them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import torch

from fer_core.data import decode, open_data
from fer_core.data.preparation import prepare
from fer_core.data.targets import soft_targets
from fer_core.losses import soft_cross_entropy
from fer_core.sections import Data
from tests.drawn import LABELS, manifest

EYES = ("closed", "open")


def _table(**columns):
    return pd.DataFrame({"path": [f"{number}.png" for number in range(3)], **columns})


def test_a_distribution_replaces_the_label_and_a_row_without_one_keeps_it():
    table = _table(p_closed=["0.75", None, ""], p_open=["0.25", None, " "], p_winking=["7", "7", "7"])
    targets, soft = soft_targets(table, np.array([1, 1, -1]), EYES)
    assert targets.tolist() == [[0.75, 0.25], [0, 1], [0, 0]] and soft.tolist() == [True, False, False]
    targets, soft = soft_targets(_table(), np.array([1, 0, -1]), EYES)
    assert targets.tolist() == [[0, 1], [1, 0], [0, 0]] and not soft.any()
    numbers = _table(p_closed=[0.3, np.nan, np.nan], p_open=[0.7, np.nan, np.nan])  # as parquet has them
    np.testing.assert_allclose(soft_targets(numbers, np.array([1, 0, 0]), EYES)[0], [[0.3, 0.7], [1, 0], [1, 0]])


@pytest.mark.parametrize(
    ("columns", "sentence"),
    [
        ({"p_open": [1, 1, 1]}, "one column per label; missing: p_closed"),
        ({"p_closed": [0.5, 0.5, 0.5], "p_open": [0.5, 0.6, 0.5]}, "1.png: .* sum to 1, got p_closed 0.5, p_open 0.6"),
        ({"p_closed": [1.2, 0, 0], "p_open": [-0.2, 1, 1]}, "0.png: .* got p_closed 1.2, p_open -0.2"),
        ({"p_closed": ["", "", "0.5"], "p_open": ["1", "1", "half"]}, "0.png: .* got p_closed nothing, p_open 1"),
    ],
    ids=["half the columns", "sum", "range", "half a row"],
)
def test_what_is_no_distribution_is_refused(columns, sentence):
    with pytest.raises(ValueError, match=sentence):
        soft_targets(_table(**columns), np.array([1, 0, 0]), EYES)


def test_a_manifest_s_distributions_reach_the_loss_and_the_fingerprint(tmp_path):
    path = manifest(tmp_path / "m", subjects=8, per_subject=6)
    plain = decode(open_data(path), 16, grey=True).fingerprint
    table = pd.read_csv(path).assign(**{f"p_{label}": "" for label in LABELS})
    table.loc[0, [f"p_{label}" for label in LABELS]] = ["0.2", "0.3", "0.5"]
    table.to_csv(path, index=False)
    data = open_data(path)
    decoded = decode(data, 16, grey=True)
    prepared = prepare(data, decoded, LABELS, Data(validation_share=0.3), 0)
    assert decoded.fingerprint != plain
    np.testing.assert_allclose(prepared.targets[0], [0.2, 0.3, 0.5])
    np.testing.assert_array_equal(prepared.targets[1:], np.eye(3, dtype=np.float32)[prepared.labels[1:]])
    assert prepared.report["soft_targets"] == int(0 in prepared.train)
    logits, targets = torch.tensor([[2.0, 1.0, 0.0]]), torch.from_numpy(prepared.targets[:1])
    by_hand = -(targets * torch.log(torch.exp(logits) / torch.exp(logits).sum())).sum()
    torch.testing.assert_close(soft_cross_entropy(logits, targets), by_hand)
