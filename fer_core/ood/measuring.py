"""A run's reference, measured: on its validation pictures, and on pictures that are none of its own."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
from torch import Tensor
from tqdm import tqdm

from fer_core.assembly import Model, load_model, normaliser, pick_device
from fer_core.data import Dataset
from fer_core.data.gathering import Gathered, gather, subset
from fer_core.data.store import Pixels
from fer_core.inference import spaces_of
from fer_core.ood.gaussian import fit
from fer_core.ood.reference import USUAL, Reference
from fer_core.ood.rows import validation
from fer_core.ood.trying import Embed, blurred, crossed, of_other_data, without_faces
from fer_core.pretrained.frozen import frozen_subjects
from fer_core.pretrained.store import digest
from fer_core.runs import Run
from fer_core.seeds import stream

WHOLE = "v_face"
"""The space that all of a picture went into. V_state is made to forget most of it: on the shipped drowsiness run, whose
head reads V_state, it tells noise, textures and scenes apart with AUROC .61 to .97, V_face with .91 to 1.00."""
BATCH = 256
"""Crops at once."""
FOLDS = 5
"""Parts that the validation pictures are dealt into: each is measured by what the others gave."""


def measure(
    run: Run,
    dataset: Dataset,
    split: str | None = None,
    against: Mapping[str, Dataset] | None = None,
    limit: int | None = None,
    faces: str | None = None,
    device: str = "auto",
    seed: int = 0,
    space: str | None = None,
) -> Reference:
    """A run's reference; nothing is stored.

    Distances of the validation pictures are cross-fitted: each comes from Gaussians of the other four fifths, dealt by
    person where the data names people. New pictures are measured by the Gaussians of all.

    Args:
        run: A usable run.
        dataset: What `open_data` returned.
        split: As in `data.gathering.gather`; None: see `rows.validation`.
        against: Name -> other data, whose labels do not matter. A run that has not learned from drawn people is always
            shown `trying.PEOPLE`.
        limit: So many validation samples, each label with its share; None takes all.
        faces: How faces of the validation pictures are found; None as the run's own. Others': ``auto``.
        device: ``auto``, ``cpu`` or ``cuda``.
        seed: Of the subset, the folds and what is drawn.
        space: Of features; None takes `WHOLE` where the run has it, else the one that its head reads first.

    Returns:
        With facts: ``run data source fingerprint split n of excluded in_sample selected_on synthetic seed faces limit
        space dimension labels`` (name -> n) ``left_out shrinkage folds dealt_by weights command threshold usual`` and
        ``tried``: a list of ``{"group", "name", "n", "auroc", "outside", "median", "synthetic"}``: how often one of
        these pictures lies farther than a validation picture, what share of them lies outside the threshold, and how
        far the middle one lies.

    Raises:
        ValueError: an unusable run, no such split or space, or too few samples.
    """
    if seed < 0:
        raise ValueError(f"seed must be 0 or more, got {seed}")
    where, plan = pick_device(device), run.preprocessing
    model = load_model(run, where)
    chosen, taken = validation(run, dataset, split)
    faces = str(plan["faces"]) if faces is None else faces
    found = gather(chosen, taken, plan, run.labels, faces, frozen_subjects(run.info.get("frozen", {})))
    place = subset(found.labels, len(found.rows) if limit is None else limit, stream(seed, "usual subset"))
    rows, classes = found.rows[place], found.labels[place]
    space = _space(model, space)
    pixels = found.decoded.pixels
    embed = _embedder(model, normaliser(plan, where), space)
    vectors = _in_parts(embed, pixels, rows)
    fold, dealt_by = _folds(found, rows, seed)
    gaussian = fit(vectors, classes)
    apart = [fit(vectors[fold != one], classes[fold != one]) for one in range(fold.max() + 1)]
    own = crossed(apart, vectors, fold)
    counts = np.bincount(classes, minlength=len(run.labels))
    facts = {
        "run": run.name,
        **run.flattered(dataset.name, found.split),
        "data": dataset.name,
        "source": dataset.source,
        "fingerprint": found.decoded.fingerprint,
        "split": found.split,
        "n": len(rows),
        "of": len(found.rows),
        "excluded": len(found.why) - len(found.rows),
        "synthetic": dataset.synthetic,
        "seed": seed,
        "faces": faces,
        "limit": limit,
        "space": space,
        "dimension": vectors.shape[1],
        "labels": {label: int(count) for label, count in zip(run.labels, counts, strict=True)},
        "left_out": len(run.labels) - len(gaussian.means),
        "shrinkage": gaussian.shrinkage,
        "folds": len(apart),
        "dealt_by": dealt_by,
        "weights": digest(run.path / "weights.safetensors"),
        "command": _command(run, dataset, found.split, against or {}, limit, faces, seed, space),
    }
    reference = Reference(gaussian, np.quantile(own, np.linspace(0, 1, 101)), facts)
    tried = [
        *without_faces(reference, embed, int(plan["size"]), seed),
        *blurred(apart, embed, pixels, rows, fold, dataset.synthetic, seed),
        *of_other_data(run, reference, embed, against or {}, seed),
    ]
    told = [one.figures(own, reference) for one in tried]
    return replace(reference, facts={**facts, "threshold": reference.threshold, "usual": USUAL, "tried": told})


def _command(
    run: Run,
    dataset: Dataset,
    split: str,
    against: Mapping[str, Dataset],
    limit: int | None,
    faces: str,
    seed: int,
    space: str,
) -> str:
    """The line that measures it again."""
    words = ["fer", "ood", run.name, "--data", dataset.source]
    words += [] if split == "validation" else ["--split", split]
    words += [word for name, one in against.items() for word in ("--against", f"{name}={one.source}")]
    words += [] if limit is None else ["--limit", str(limit)]
    words += [] if faces == run.preprocessing["faces"] else ["--faces", faces]
    return shlex.join([*words, "--space", space, "--seed", str(seed)])


def _space(model: Model, space: str | None) -> str:
    there = tuple(model.backbone.dimensions)  # type: ignore[arg-type]
    own = WHOLE if WHOLE in there else str(model.head.reads[0])  # type: ignore[index]
    taken = own if space is None else space
    if taken not in there:
        raise ValueError(f"the run has no space '{taken}'; it has: {', '.join(there)}")
    return taken


def _embedder(model: Model, normalise: Callable[[np.ndarray], Tensor], space: str) -> Embed:
    def embed(crops: np.ndarray) -> np.ndarray:
        found = spaces_of(model, normalise, crops)[space]
        if not np.isfinite(found).all():
            raise ValueError("the model's features hold values that are no numbers: its training diverged")
        return found

    return embed


def _in_parts(embed: Embed, pixels: Pixels, rows: np.ndarray) -> np.ndarray:
    starts = range(0, len(rows), BATCH)
    bar = tqdm(starts, desc="validation pictures", unit="batch", file=sys.stderr, disable=None, leave=False)
    return np.concatenate([embed(pixels[rows[start : start + BATCH]]) for start in bar])


def _folds(found: Gathered, rows: np.ndarray, seed: int) -> tuple[np.ndarray, str]:
    """``(n,)`` fold of each row, and whether people or pictures were dealt."""
    named = found.chosen.table["subject"].iloc[rows].astype(object).reset_index(drop=True)
    whole = named.notna().all() and named.nunique() >= FOLDS
    keys = named.astype(str).to_numpy() if whole else np.arange(len(rows))
    _, group = np.unique(keys, return_inverse=True)
    dealt = stream(seed, "usual folds").permutation(group.max() + 1) % FOLDS
    return dealt[group], "subject" if whole else "picture"
