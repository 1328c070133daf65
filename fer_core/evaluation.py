"""A finished run judged on a data set: stored predictions, and metrics computed from nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import torch

from fer_core import metrics
from fer_core.assembly import load_model, model_of, normaliser, pick_device
from fer_core.cropping import cropper
from fer_core.data import Dataset, Decoded, decode, open_data
from fer_core.data.folds import dealt
from fer_core.data.gathering import gather
from fer_core.data.preparation import Prepared, exclusions
from fer_core.inference import check_views, probabilities
from fer_core.labels import index_of, suggestion
from fer_core.pretrained.frozen import frozen_subjects
from fer_core.runs import Run
from fer_core.sections import Data
from fer_core.seeds import BOOTSTRAP, stream
from fer_core.tables import prediction_table, probabilities_of


@dataclass(frozen=True)
class Evaluation:
    """Predictions of one run on one split of one data set."""

    predictions: pd.DataFrame
    """As stored: see `tables.prediction_table`."""
    excluded: tuple[Mapping[str, str], ...]
    """``{"path", "reason"}`` of every sample that could not be judged."""
    facts: Mapping[str, Any]
    """Data, fingerprint, split, faces, views, counts: what provenance lines say."""
    labels: tuple[str, ...]

    def report(self) -> dict[str, Any]:
        """What ``fer evaluate --json`` prints."""
        return report(self.predictions, self.labels, len(self.excluded))


def report(predictions: pd.DataFrame, labels: tuple[str, ...], excluded: int = 0) -> dict[str, Any]:
    """Every headline figure of stored predictions.

    Args:
        predictions: See `tables.prediction_table`.
        labels: The K labels of the model.
        excluded: How many samples could not be judged.

    Raises:
        ValueError: no predictions.
    """
    true = index_of(predictions["label"].tolist(), labels)
    predicted = index_of(predictions["predicted"].tolist(), labels)
    shares = probabilities_of(predictions, labels)
    twins = predictions["twin"].to_numpy(dtype=bool)
    found = metrics.summary(true, predicted, shares, labels, twins=twins, rng=stream(0, BOOTSTRAP))
    return {"n": found.pop("n"), "excluded": excluded, **found}


def report_by(predictions: pd.DataFrame, samples: pd.DataFrame, column: str, labels: tuple[str, ...]) -> dict[str, Any]:
    """`report` of each value of a column of the data, e.g. ``occlusion``: its name -> its figures.

    Args:
        predictions: See `tables.prediction_table`.
        samples: The data set's table.
        column: One of its columns; samples without a value are not in any part.
        labels: The K labels of the model.

    Raises:
        ValueError: the data has no such column, or no sample that was judged has a value in it.
    """
    if column not in samples:
        raise ValueError(f"the data has no column '{column}'{suggestion(column, map(str, samples.columns))}")
    values = samples.drop_duplicates("path").set_index("path", drop=False)[column]
    found = predictions["sample"].map(values)
    if found.isna().all():
        raise ValueError(f"no sample that was judged has a value in the column '{column}'")
    return {
        str(value): report(predictions[found == value], labels) for value in sorted(found.dropna().unique(), key=str)
    }


def stored_report(run: Run, split: str) -> dict[str, Any]:
    """`report` of a run's stored predictions of one split."""
    return report(run.predictions(split), run.labels, int(run.evaluated.get(split, {}).get("excluded", 0)))


def evaluate(
    run: Run,
    dataset: Dataset,
    split: str | None = None,
    faces: str = "auto",
    views: int | None = None,
    device: str = "auto",
) -> Evaluation:
    """Predictions of a run on a data set; nothing is stored.

    Args:
        run: A usable run.
        dataset: What `open_data` returned.
        split: ``train``, ``validation``, ``test`` or ``all``; None takes ``test``, or everything where the data set
            names no split. Where the run is a fold of this very data, its splits are those that the fold was dealt.
        faces: ``auto``, ``detect`` or ``whole``: see `cropping.cropper`.
        views: 1, 2 or 10, see `inference.VIEWS`; None takes the run's own.
        device: ``auto``, ``cpu`` or ``cuda``.

    Raises:
        ValueError: no such split, no sample with one of the run's labels, an unusable run, another number of views.
    """
    views = run.views if views is None else views
    check_views(views)
    where = pick_device(device)
    model = load_model(run, where)
    met = frozen_subjects(run.info.get("frozen", {}))
    dataset = _as_dealt(run, dataset)
    found = gather(dataset, split, run.preprocessing, run.labels, faces, met)
    answer = probabilities(model, normaliser(run.preprocessing, where), found.pixels, views)
    twin = np.isin(found.hashes, run.training_pictures()["hash"].to_numpy(dtype=np.uint64))
    samples = found.chosen.table
    excluded = tuple(
        {"path": str(path), "reason": str(reason)}
        for path, reason in zip(samples["path"], found.why, strict=True)
        if reason
    )
    facts = _facts(dataset, found.decoded, found.split, faces, views, found.rows, len(excluded))
    return Evaluation(prediction_table(samples.iloc[found.rows], answer, run.labels, twin), excluded, facts, run.labels)


def _as_dealt(run: Run, dataset: Dataset) -> Dataset:
    """A fold's own data with the splits of that fold: else its "test" would be whatever the data set calls so."""
    plan = Data(**section) if (section := run.recipe.get("data") or {}).get("groups") else None
    if plan is None or dataset.name != run.info["data"]["name"]:
        return dataset
    crop = run.preprocessing
    how = cropper(crop["faces"], crop["framing"], crop["size"])
    decoded = decode(dataset, crop["size"], crop["grey"], *how)
    if decoded.fingerprint != run.info["data"]["fingerprint"]:
        return dataset
    usable = exclusions(dataset, decoded, run.labels).isna().to_numpy()
    numbers = np.where(usable, index_of(dataset.table["label"].fillna("").tolist(), run.labels), -1)
    return dealt(dataset, numbers, len(run.labels), plan)


def evaluate_training_data(
    run: Run,
    dataset: Dataset,
    decoded: Decoded,
    prepared: Prepared,
    device: torch.device,
    frozen: Mapping[str, np.ndarray] | None = None,
) -> None:
    """Stores the predictions of the splits that a training keeps apart, made by the exported weights.

    Args:
        run: Trained.
        dataset: N samples.
        decoded: Their pictures.
        prepared: Which of them are kept apart.
        device: Where to compute.
        frozen: ``(N, D)`` of each frozen space, if known; see `identity.frozen_features`.
    """
    model = model_of(run, device)
    views, tables, about = run.views, [], {}
    for split in ("validation", "test"):
        wanted = (prepared.split == split).to_numpy()
        rows = np.flatnonzero(wanted & (prepared.labels >= 0))
        if not len(rows):
            continue
        known = {name: one[rows] for name, one in (frozen or {}).items()}
        normalise = normaliser(run.preprocessing, device)
        answer = probabilities(model, normalise, decoded.pixels[rows], views, frozen=known)
        samples = dataset.table.iloc[rows].assign(split=split)
        tables.append(prediction_table(samples, answer, run.labels, prepared.twin[rows]))
        faces = str(run.preprocessing["faces"])
        about[split] = _facts(dataset, decoded, split, faces, views, rows, int(wanted.sum()) - len(rows))
    run.store_predictions(pd.concat(tables, ignore_index=True))
    run.update(evaluated={**run.evaluated, **about})


def verify(run: Run, device: str = "cpu", data: str | None = None) -> dict[str, Any]:
    """Recomputes a run's stored predictions from its weights and says whether they are equal.

    Args:
        run: A usable run.
        device: Where to compute.
        data: Where its data lies; None looks where ``run.json`` says.

    Returns:
        Per split: how many samples, how many labels differ, the largest difference of a probability; and ``equal``:
        no label differs and no probability by more than 0.001 (another processor rounds differently).

    Raises:
        FileNotFoundError: the data is not there.
        ValueError: the data there is not what the run was judged on, or the stored predictions are of other samples.
    """
    source, fingerprint = data or run.info["data"]["source"], run.info["data"]["fingerprint"]
    dataset = open_data(source)
    plan = run.preprocessing
    decoded = decode(dataset, plan["size"], plan["grey"], *cropper(plan["faces"], plan["framing"], plan["size"]))
    if decoded.fingerprint != fingerprint:
        raise ValueError(
            f"the data at {source} is not what run {run.name} was judged on "
            f"(fingerprint {decoded.fingerprint}, not {fingerprint})"
        )
    where = pick_device(device)
    model, normalise = load_model(run, where), normaliser(plan, where)
    place = {path: row for row, path in enumerate(dataset.table["path"])}
    splits = {}
    for split, facts in run.evaluated.items():
        stored = run.predictions(split)
        strange = [path for path in stored["sample"] if path not in place]
        if strange:
            raise ValueError(
                f"run {run.name} has stored predictions of {len(strange):,} samples that {source} does not hold, the "
                f"first is {strange[0]}"
            )
        rows = np.array([place[path] for path in stored["sample"]])
        answer = probabilities(model, normalise, decoded.pixels[rows], facts["views"])
        gap = np.abs(answer - probabilities_of(stored, run.labels)).max()
        changed = int((np.array(run.labels, dtype=object)[answer.argmax(1)] != stored["predicted"].to_numpy()).sum())
        splits[split] = {"n": len(stored), "labels_changed": changed, "largest_difference": float(gap)}
    equal = all(one["labels_changed"] == 0 and one["largest_difference"] <= 1e-3 for one in splits.values())
    return {"run": run.name, "equal": equal, "splits": splits}


def _facts(
    dataset: Dataset, decoded: Decoded, split: str, faces: str, views: int, rows: np.ndarray, excluded: int
) -> dict[str, Any]:
    detected = int(decoded.about["detected"].iloc[rows].sum())
    return {
        "n": len(rows),
        "excluded": excluded,
        "data": dataset.name,
        "source": dataset.source,
        "fingerprint": decoded.fingerprint,
        "split": split,
        "faces": faces,
        "faces_detected": detected,
        "views": views,
        "synthetic": dataset.synthetic,
    }
