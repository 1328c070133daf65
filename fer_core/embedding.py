"""Every feature space of a run on a data set, as a table."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import Tensor
from tqdm import tqdm

from fer_core.assembly import Model, load_model, normaliser, pick_device
from fer_core.data import Dataset
from fer_core.data.folds import subject_keys
from fer_core.data.gathering import Gathered, gather, subset
from fer_core.features import COLUMNS, MET, FeatureTable, stream_features, write_features
from fer_core.pretrained.frozen import frozen_subjects
from fer_core.runs import Run
from fer_core.seeds import stream

BATCH = 256
SUBSET = "embedding subset"
"""Stream that draws which samples a limit leaves."""


def embed(
    run: Run,
    dataset: Dataset,
    out: Path,
    split: str | None = None,
    limit: int | None = None,
    state_limit: int | None = None,
    faces: str = "auto",
    device: str = "auto",
    seed: int = 0,
) -> dict[str, Any]:
    """Writes every space of a run on a data set to a parquet file, whole or not at all.

    A batch of vectors is in memory at a time, whatever the number of rows; crops are read from the cache on disk. A
    picture is embedded as it is, in one view.

    Args:
        run: A usable run.
        dataset: What `open_data` returned.
        out: The file.
        split: As in `data.gathering.gather`.
        limit: So many samples, each label with its share; None takes all.
        state_limit: At most so many samples of each label; None takes all.
        faces: ``auto``, ``detect`` or ``whole``.
        device: ``auto``, ``cpu`` or ``cuda``.
        seed: Of which samples limits leave.

    Returns:
        How the table was made, as kept in it: ``run data fingerprint split n of excluded spaces`` (name -> D) ``...``.

    Raises:
        FileNotFoundError: no folder to write to.
        ValueError: no such split, nothing to embed, an unusable run, a file of another format, a limit below 1.
    """
    if out.suffix.lower() != ".parquet":
        raise ValueError(f"{out.name} must end in .parquet")
    if not out.absolute().parent.is_dir():
        raise FileNotFoundError(f"there is no folder {out.parent} to write {out.name} into")
    if seed < 0:
        raise ValueError(f"seed must be 0 or more, got {seed}")
    where = pick_device(device)
    model = load_model(run, where)
    met = frozen_subjects(run.info.get("frozen", {}))
    found = gather(dataset, split, run.preprocessing, run.labels, faces, met)
    place = _chosen(found.labels, limit, state_limit, seed)
    rows = found.rows[place]
    samples = _samples(run, found, rows)
    normalise = normaliser(run.preprocessing, where)
    first, _ = _asked(model, normalise, found.decoded.pixels[rows[:1]])
    spaces = {name: vectors.shape[1] for name, vectors in first.items()}
    made = {
        **{key: run.provenance(found.split)[key] for key in ("run", "seed")},
        **run.flattered(dataset.name, found.split),
        "data": dataset.name,
        "source": dataset.source,
        "fingerprint": found.decoded.fingerprint,
        "split": found.split,
        "n": len(rows),
        "of": len(found.rows),
        "excluded": len(found.why) - len(found.rows),
        "faces": faces,
        "synthetic": dataset.synthetic,
        "limit": limit,
        "state_limit": state_limit,
        "subset_seed": seed,
        "spaces": spaces,
        MET: _met(run, found, rows),
    }
    batches = _batches(model, normalise, found, rows, samples)
    stream_features(out, batches, COLUMNS, tuple(spaces), made)
    return made


def store_features(run: Run, table: FeatureTable) -> Path:
    """Keeps a table with its run, as ``features/<split>.parquet`` in place of an earlier one; `Run.features` reads it.

    Args:
        run: Whose.
        table: Of one split, which its ``made`` or its column ``split`` names.

    Returns:
        Where it lies.

    Raises:
        ValueError: it names no split, or several.
    """
    named = table.made.get("split")
    splits = [named] if named else sorted(table.column("split").dropna().unique())
    if len(splits) != 1:
        raise ValueError(f"a stored table holds one split, this one holds {', '.join(splits) or 'none'}")
    path = features_path(run, str(splits[0]))
    write_features(path, table)
    return path


def features_path(run: Run, split: str) -> Path:
    """Where a run keeps the features of a split; its folder is made."""
    path = run.path / "features" / f"{split}.parquet"
    path.parent.mkdir(exist_ok=True)
    return path


def _chosen(labels: np.ndarray, limit: int | None, state_limit: int | None, seed: int) -> np.ndarray:
    """``(m,)`` ascending positions among ``(n,)`` class numbers."""
    place = np.arange(len(labels))
    if state_limit is not None:
        if state_limit < 1:
            raise ValueError(f"state_limit must be 1 or more samples, got {state_limit}")
        rng = stream(seed, SUBSET)
        each = [rng.permutation(np.flatnonzero(labels == one))[:state_limit] for one in np.unique(labels)]
        place = np.sort(np.concatenate(each))
    if limit is not None:
        place = place[subset(labels[place], limit, stream(seed, SUBSET, 1))]
    return place


def _met(run: Run, found: Gathered, rows: np.ndarray) -> list[str] | None:
    """Those of the samples' subjects whom the run has learned from; None where it did not write down whom."""
    stored = run.training_pictures()
    if "subject" not in stored:
        return None
    learned = set(stored["subject"][stored["used"].astype(bool)].dropna())
    known = np.array([one in learned for one in subject_keys(found.chosen)[rows]], dtype=bool)
    return sorted(set(found.chosen.table["subject"].to_numpy()[rows][known]))


def _samples(run: Run, found: Gathered, rows: np.ndarray) -> pd.DataFrame:
    table = found.chosen.table.iloc[rows]
    columns = {name: table[name].to_numpy() for name in ("label", "subject", "session", "split")}
    return pd.DataFrame({"sample": table["path"].to_numpy(), **columns, "run": run.name})


@torch.inference_mode()
def _asked(
    model: Model, normalise: Callable[[np.ndarray], Tensor], crops: np.ndarray
) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Every space of some crops, and the answers as class numbers."""
    images = normalise(crops)
    features = model.features(images, model.frozen(images))
    answer = model.decide(model.head(features)).argmax(1).cpu().numpy()
    return {name: one.float().cpu().numpy() for name, one in features.spaces.items()}, answer


def _batches(
    model: Model,
    normalise: Callable[[np.ndarray], Tensor],
    found: Gathered,
    rows: np.ndarray,
    samples: pd.DataFrame,
) -> Iterator[FeatureTable]:
    labels = np.array(model.labels, dtype=object)
    starts = range(0, len(rows), BATCH)
    for start in tqdm(starts, desc="embedding", unit="batch", file=sys.stderr, disable=None, leave=False):
        part = slice(start, start + BATCH)
        spaces, answer = _asked(model, normalise, found.decoded.pixels[rows[part]])
        if not all(np.isfinite(one).all() for one in spaces.values()):
            raise ValueError("the model's features hold values that are no numbers: its training diverged")
        yield FeatureTable(samples.iloc[part].assign(predicted=labels[answer]), spaces)
