"""By what the points of a map can be coloured, and the value of each point."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import streamlit as st

from app.services import space
from app.services.predicting import loaded
from app.services.space import Table
from fer_core.runs import find_run
from fer_core.tables import probabilities_of

NAMES: Mapping[str, str] = {
    "label": "state",
    "subject": "person",
    "session": "session",
    "split": "split",
    "right": "right or wrong",
    "confidence": "confidence",
}
UNKNOWN = "unknown"


def offered(told: Table) -> tuple[str, ...]:
    """By what this table's points can be coloured; confidence where it is stored or the run can still be asked.

    Args:
        told: The table.
    """
    known = {name for name in told.samples if told.samples[name].notna().any()}
    found = [name for name in ("label", "subject", "session", "split") if name in known]
    if "predicted" in known:
        found += ["right"] * ("label" in known) + ["confidence"] * find_run(told.run).usable
    return tuple(found)


def values(told: Table, by: str) -> pd.Series:
    """N values: names, or confidence in [0, 1].

    Args:
        told: The table.
        by: One of `offered`.

    Raises:
        FileNotFoundError: no such run.
        ValueError: confidence is asked of a run whose weights are not those that made the table.
    """
    if by == "confidence":
        return pd.Series(_confidence(told.run, told.split, space.version(told), told))
    if by == "right":
        known = told.samples["label"].notna() & told.samples["predicted"].notna()
        right = np.where(told.samples["label"] == told.samples["predicted"], "right", "wrong")
        return pd.Series(np.where(known, right, UNKNOWN))
    return told.samples[by].fillna(UNKNOWN).astype(str).reset_index(drop=True)


@st.cache_data(max_entries=8, show_spinner="Asking the model how sure it is")
def _confidence(run: str, split: str, changed: int, _told: Table) -> np.ndarray:
    stored = _stored(_told)
    return _asked(_told) if stored is None else stored


def _stored(told: Table) -> np.ndarray | None:
    """Of the stored predictions; None where they are of other samples."""
    run = find_run(told.run)
    try:
        table = run.predictions(told.split)
    except (ValueError, FileNotFoundError):
        return None
    table = table.drop_duplicates("sample").set_index("sample").reindex(told.samples["sample"])
    if table["predicted"].isna().any():
        return None
    return probabilities_of(table, run.labels).max(axis=1)


def _asked(told: Table) -> np.ndarray:
    """Of the run's head on the stored vectors: the answer to one view, as `fer embed` asks."""
    import torch

    from fer_core.contracts import Features

    model = loaded(told.run).model
    reads = [str(name) for name in model.head.reads]
    absent = [name for name in reads if name not in told.spaces]
    if absent:
        raise ValueError(
            f"the answer of run {told.run} is read from {', '.join(absent)}, which this table lacks; "
            "colour by something else"
        )
    device = next(model.parameters()).device
    found = {name: space.vectors(told.run, told.split, name).space(name) for name in reads}
    with torch.inference_mode():
        spaces = {name: torch.from_numpy(one).to(device) for name, one in found.items()}
        sure = torch.softmax(model.decide(model.head(Features(spaces, {}))), dim=1).float().cpu().numpy()
    said = np.array(model.labels, dtype=object)[sure.argmax(axis=1)]
    same = float((said == told.samples["predicted"].to_numpy()).mean())
    # A handful of ties may fall differently on another processor.
    if same < 0.99:
        raise ValueError(
            f"the stored features of run {told.run} were made by other weights ({same:.0%} of its answers agree); "
            f"make them again: fer embed {told.run} --data DATA --store"
        )
    return sure.max(axis=1)
