"""How much of a model's accuracy is left when faces are covered, blurred, dark, turned or coarse.

Disturbances act on the crop at the resolution that the network reads: the model's eyes are judged, not the detector's.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from torch import Tensor
from tqdm import tqdm

from fer_core import metrics
from fer_core.assembly import Model, load_model, normaliser, pick_device
from fer_core.data import Dataset
from fer_core.data.gathering import gather, subset
from fer_core.disturbances import KINDS, STRENGTHS, disturb, kind_of, strength_of
from fer_core.framing import FRAMINGS
from fer_core.inference import check_views, probabilities
from fer_core.pretrained.frozen import frozen_subjects
from fer_core.runs import Run
from fer_core.seeds import BOOTSTRAP, stream
from fer_core.tables import write_parquet

SUBSET = "robustness subset"
"""Stream that draws which samples a limit leaves."""
RESAMPLES = 1000
_BATCH = 256


@dataclass(frozen=True)
class Robustness:
    """A model under disturbances."""

    table: pd.DataFrame
    """A row per kind and strength: ``kind strength quantity n accuracy low high macro_f1 confidence flips``; low and
    high end the 95 % interval of the accuracy, confidence is the mean probability of the answer, flips the share of
    pictures whose answer is not that of the clean picture."""
    summary: Mapping[str, Any]
    """``n clean robust drop relative kinds``: see `robustness_of`."""
    facts: Mapping[str, Any]
    """Where the numbers come from."""


def robustness_of(
    model: Model,
    normalise: Callable[[np.ndarray], Tensor],
    pixels: np.ndarray,
    labels: np.ndarray,
    landmarks: np.ndarray | None,
    kinds: Sequence[str] | None = None,
    strengths: Sequence[int] = STRENGTHS,
    views: int = 1,
    samples: np.ndarray | None = None,
    seed: int = 0,
    clean: np.ndarray | None = None,
) -> Robustness:
    """A model on labelled crops under each kind and strength.

    Args:
        model: In eval mode.
        normalise: From `assembly.normaliser`, for the model's device.
        pixels: ``(N, S, S)`` or ``(N, S, S, 3)`` uint8 crops.
        labels: ``(N,)`` class numbers.
        landmarks: ``(5, 2)`` or ``(N, 5, 2)``, see `disturbances.disturb`; None where crops show no whole face: then
            kinds placed by landmarks are left out.
        kinds: Names; None takes all there are.
        strengths: Of 1 to 5.
        views: As in `inference.probabilities`.
        samples: ``(N,)`` numbers that name the pictures, see `disturbances.disturb`.
        seed: Of what is drawn at random.
        clean: ``(N, K)`` probabilities of the clean crops where they are known already.

    Returns:
        The table, and a summary in which ``robust`` is the mean accuracy over all kinds and strengths, ``drop`` what
        is missing to the clean one, ``relative`` their ratio, and ``kinds`` says the same of each kind, over its
        strengths. Intervals of drops are paired: pictures are resampled, each with all its answers.

    Raises:
        ValueError: an unknown kind or strength, a kind that these crops do not allow, or no samples.
    """
    wanted = _wanted(kinds, landmarks is not None)
    levels = list(dict.fromkeys(strength_of(one) for one in strengths))
    points = np.full((5, 2), 0.5) if landmarks is None else landmarks
    if clean is None:
        clean = probabilities(model, normalise, pixels, views)
    said = clean.argmax(1)
    right: dict[tuple[str, int], np.ndarray] = {}
    rows = []
    steps = [(kind, strength) for kind in wanted for strength in levels]
    for kind, strength in tqdm(steps, desc="disturbing", unit="setting", file=sys.stderr, disable=None, leave=False):
        answers = []
        for start in range(0, len(pixels), _BATCH):
            part = slice(start, start + _BATCH)
            names = np.arange(len(pixels))[part] if samples is None else samples[part]
            where = points if points.ndim == 2 else points[part]
            disturbed = disturb(pixels[part], kind, strength, where, names, seed)
            answers.append(probabilities(model, normalise, disturbed, views, _BATCH))
        answer = np.concatenate(answers)
        right[kind, strength] = answer.argmax(1) == labels
        quantity = KINDS[kind].values[strength - 1]
        flips = float((answer.argmax(1) != said).mean())
        rows.append(
            {"kind": kind, "strength": strength, "quantity": quantity, **_scores(answer, labels), "flips": flips}
        )
    correct = np.stack([right[step] for step in steps], axis=1)  # (N, kinds * strengths)
    by_kind = correct.reshape(len(labels), len(wanted), len(levels)).mean(2)
    summary = {
        "n": len(labels),
        "clean": _scores(clean, labels),
        **_loss(said == labels, correct.mean(1)),
        "kinds": {kind: _loss(said == labels, by_kind[:, place]) for place, kind in enumerate(wanted)},
    }
    facts = {"kinds": wanted, "strengths": levels, "views": views, "seed": seed, "n": len(labels)}
    return Robustness(pd.DataFrame(rows), summary, facts)


def robustness(
    run: Run,
    dataset: Dataset,
    split: str | None = None,
    kinds: Sequence[str] | None = None,
    strengths: Sequence[int] = STRENGTHS,
    limit: int | None = None,
    faces: str = "auto",
    views: int | None = None,
    device: str = "auto",
    seed: int = 0,
) -> Robustness:
    """`robustness_of` a run on a data set; nothing is stored.

    Args:
        run: A usable run.
        dataset: What `open_data` returned.
        split: As in `data.gathering.gather`.
        kinds: Names in `KINDS`; None takes all that the run's crops allow.
        strengths: Of 1 to 5.
        limit: So many samples, each label with its share; None takes all.
        faces: ``auto``, ``detect`` or ``whole``.
        views: As in `inference.probabilities`; None takes the run's own.
        device: ``auto``, ``cpu`` or ``cuda``.
        seed: Of the subset and of what is drawn at random. Pictures are named by their content: the same picture is
            disturbed alike in any subset.

    Raises:
        ValueError: an unknown kind, strength or split, nothing to judge, or an unusable run.
    """
    if seed < 0:
        raise ValueError(f"seed must be 0 or more, got {seed}")
    plan = run.preprocessing
    landmarks = landmarks_in(plan["framing"])
    _wanted(kinds, landmarks is not None)  # told before anything is decoded
    views = run.views if views is None else views
    check_views(views)
    where = pick_device(device)
    model = load_model(run, where)
    found = gather(dataset, split, plan, run.labels, faces, frozen_subjects(run.info.get("frozen", {})))
    place = np.arange(len(found.rows)) if limit is None else subset(found.labels, limit, stream(seed, SUBSET))
    pixels, samples = found.decoded.pixels[found.rows[place]], found.hashes[place]
    result = robustness_of(
        model, normaliser(plan, where), pixels, found.labels[place], landmarks, kinds, strengths, views, samples, seed
    )
    facts = {
        **run.provenance(found.split),
        **run.flattered(dataset.name, found.split),
        "data": dataset.name,
        "fingerprint": found.decoded.fingerprint,
        "split": found.split,
        "of": len(found.rows),
        "excluded": len(found.why) - len(found.rows),
        "twins": int(np.isin(samples, run.training_pictures()["hash"].to_numpy(dtype=np.uint64)).sum()),
        "faces": faces,
        "faces_detected": int(found.decoded.about["detected"].iloc[found.rows[place]].sum()),
        "synthetic": dataset.synthetic,
        **result.facts,
        "device": str(where),
    }
    return Robustness(result.table, result.summary, facts)


def landmarks_in(framing: str) -> np.ndarray | None:
    """``(5, 2)`` where eyes, nose and mouth lie in crops of a framing; None in crops of eyes.

    A framing that follows the box only has them where FER2013's faces have them in their box.

    Args:
        framing: Name in `framing.FRAMINGS`.
    """
    found = FRAMINGS[framing]
    if found.of_eyes or found.landmarks is not None:
        return found.landmarks
    known = FRAMINGS["fer2013"]
    box, goal = np.array(known.box).reshape(2, 2), np.array(found.box).reshape(2, 2)
    return goal[0] + (known.landmarks - box[0]) / (box[1] - box[0]) * (goal[1] - goal[0])


def whole(result: Robustness) -> bool:
    """Whether every strength was measured, of every kind that such crops allow."""
    kinds = set(result.summary["kinds"])
    return set(result.facts["strengths"]) == set(STRENGTHS) and kinds in (set(KINDS), set(_wanted(None, False)))


def store(run: Run, result: Robustness) -> None:
    """Keeps a result with its run, in place of an earlier one; `Run.robustness` reads it.

    Args:
        run: Whose.
        result: Of `robustness`.
    """
    table = result.table.copy()
    table.attrs = {"facts": dict(result.facts), "summary": dict(result.summary)}
    write_parquet(run.path / "robustness.parquet", table)


def _wanted(kinds: Sequence[str] | None, of_faces: bool) -> list[str]:
    if kinds is None:
        return [name for name, kind in KINDS.items() if of_faces or not kind.of_face]
    wanted = list(dict.fromkeys(kind_of(name).name for name in kinds))
    if not wanted:
        raise ValueError(f"at least one kind of disturbance is needed; choose of {', '.join(KINDS)}")
    senseless = [name for name in wanted if KINDS[name].of_face and not of_faces]
    if senseless:
        raise ValueError(f"{', '.join(senseless)} lies on a face, and these crops show one eye each; leave it out")
    return wanted


def _scores(answer: np.ndarray, labels: np.ndarray) -> dict[str, Any]:
    cells = metrics.confusion(labels, answer.argmax(1), answer.shape[1])
    low, high = metrics.bootstrap_interval(cells, "accuracy", stream(0, BOOTSTRAP), RESAMPLES)
    return {
        "n": len(labels),
        "accuracy": metrics.accuracy(cells),
        "low": low,
        "high": high,
        "macro_f1": metrics.macro_f1(cells),
        "confidence": float(answer.max(1).mean()),
    }


def _loss(clean: np.ndarray, robust: np.ndarray) -> dict[str, Any]:
    """What disturbances cost; both ``(N,)``: whether each clean picture was right, how often its disturbed ones."""
    lost = clean - robust
    drawn = stream(0, BOOTSTRAP).integers(len(lost), size=(RESAMPLES, len(lost)))
    low, high = np.quantile(lost[drawn].mean(1), (0.025, 0.975))
    known = clean.any()
    return {
        "robust": float(robust.mean()),
        "drop": float(lost.mean()),
        "drop_ci95": [float(low), float(high)],
        "relative": float(robust.mean() / clean.mean()) if known else None,
    }
