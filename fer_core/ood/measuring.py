"""A run's reference, measured: on its validation pictures, and on pictures that are none of its own."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from torch import Tensor
from tqdm import tqdm

from fer_core import metrics
from fer_core.assembly import Model, load_model, normaliser, pick_device
from fer_core.cropping import cropper
from fer_core.data import SCHEME, Dataset, decode, open_data
from fer_core.data.gathering import Gathered, gather, subset
from fer_core.disturbances import KINDS as DISTURBANCES
from fer_core.disturbances import SMALLEST, STRENGTHS, disturb
from fer_core.framing import FRAMINGS
from fer_core.inference import spaces_of
from fer_core.ood.drawn import KINDS, non_faces
from fer_core.ood.gaussian import fit
from fer_core.ood.reference import USUAL, Reference
from fer_core.pretrained.frozen import frozen_subjects
from fer_core.pretrained.store import digest
from fer_core.runs import Run
from fer_core.seeds import stream

FOLDS = 5
"""Parts that the validation pictures are dealt into: each is measured by what the others gave."""
EACH = 100
"""Drawn pictures of each kind without a face."""
OTHERS = 300
"""At most so many pictures of another data set, and so many blurred ones."""
PEOPLE = "people:subjects=50,sessions=1,states=expressions,frames=1,size=128,first=50000"
"""Whom a run that learned from real people only is shown as another data set: people who do not exist."""

Embed = Callable[[np.ndarray], np.ndarray]
"""``(N, S, S)`` or ``(N, S, S, 3)`` uint8 crops -> ``(N, D)``."""


@dataclass(frozen=True)
class Shown:
    """Pictures that the reference is tried on."""

    group: str
    """``non-faces``, ``blur`` or ``data``."""
    name: str
    distances: np.ndarray
    """``(n,)``."""
    synthetic: bool


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
        split: As in `data.gathering.gather`; None takes ``validation``, where the data names none the samples that the
            run's training held out.
        against: Name -> other data, whose labels do not matter. A run that has not learned from drawn people is always
            shown `PEOPLE`.
        limit: So many validation samples, each label with its share; None takes all.
        faces: How faces of the validation pictures are found; None as the run's own. Others': ``auto``.
        device: ``auto``, ``cpu`` or ``cuda``.
        seed: Of the subset, the folds and what is drawn.
        space: Of features; None takes the one that the run's head reads first.

    Returns:
        With facts: ``run data source fingerprint split n of excluded in_sample selected_on synthetic seed faces limit
        space dimension labels`` (name -> n) ``left_out shrinkage folds dealt_by weights threshold`` and ``tried``: a
        list of ``{"group", "name", "n", "auroc", "outside", "median", "synthetic"}``: how often one of these pictures
        lies farther than a validation picture, what share of them lies outside the threshold.

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
    draw = stream(seed, "usual subset")
    place = np.arange(len(found.rows)) if limit is None else subset(found.labels, limit, draw)
    rows, classes = found.rows[place], found.labels[place]
    space = _space(model, space)
    pixels = found.decoded.pixels
    embed = _embedder(model, normaliser(plan, where), space)
    vectors = _by_parts(embed, lambda part: pixels[rows[part]], len(rows), "validation pictures")
    fold, dealt_by = _folds(found, rows, seed)
    folds = [fold == one for one in np.unique(fold)]
    gaussian, others = fit(vectors, classes), [fit(vectors[~mine], classes[~mine]) for mine in folds]
    own = np.empty(len(vectors))
    for mine, apart in zip(folds, others, strict=True):
        own[mine] = apart.distances(vectors[mine])
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
        "folds": len(folds),
        "dealt_by": dealt_by,
        "weights": digest(run.path / "weights.safetensors"),
    }
    reference = Reference(gaussian, np.quantile(own, np.linspace(0, 1, 101)), facts)
    size = int(plan["size"])
    tried = [
        Shown("non-faces", kind, reference.score(embed(non_faces(kind, EACH, size, seed))), True) for kind in KINDS
    ]
    if size >= SMALLEST:
        part = np.sort(stream(seed, "usual blurred").permutation(len(rows))[:OTHERS])
        for strength in STRENGTHS:
            blurred = embed(disturb(pixels[rows[part]], "blur", strength, np.full((5, 2), 0.5)))
            far = np.empty(len(part))
            for mine, apart in zip(folds, others, strict=True):
                far[mine[part]] = apart.distances(blurred[mine[part]])
            sigma = DISTURBANCES["blur"].values[strength - 1]
            tried.append(Shown("blur", f"sigma {sigma:.0%} of the side", far, dataset.synthetic))
    for name, other in {**_strangers(run), **(against or {})}.items():
        crops = _crops(other, plan, seed)
        tried.append(Shown("data", name, reference.score(embed(crops)), other.synthetic))
    told = [_figures(one, own, reference) for one in tried]
    told.insert(0, _figures(_together(tried, "non-faces"), own, reference))
    return replace(reference, facts={**facts, "threshold": reference.threshold, "usual": USUAL, "tried": told})


def validation(run: Run, dataset: Dataset, split: str | None) -> tuple[Dataset, str]:
    """The data and the split whose samples a run was judged on while it trained.

    Args:
        run: Any run.
        dataset: What `open_data` returned.
        split: Taken as it is; None: see `measure`.

    Raises:
        ValueError: the data names no validation split, and the run's own validation samples are not in it.
    """
    if split is not None or "validation" in dataset.splits:
        return dataset, split or "validation"
    try:
        held = set(run.predictions("validation")["sample"])
    except (FileNotFoundError, ValueError):
        held = set()
    rows = np.flatnonzero(dataset.table["path"].isin(held).to_numpy())
    if not len(rows):
        there = ", ".join((*dataset.splits, "all"))
        raise ValueError(
            f"{dataset.name} has no split 'validation', and no samples that run {run.name} held out for it; "
            f"name a split with --split: {there}"
        )
    return _only(dataset, rows, "validation"), "validation"


def _only(dataset: Dataset, rows: np.ndarray, split: str) -> Dataset:
    """The data with these rows as a split, and a stamp of its own: the cache tells such splits apart."""
    column = np.full(len(dataset), None, dtype=object)
    column[rows] = split
    mark = hashlib.blake2b(rows.astype(np.int64).tobytes(), digest_size=8).hexdigest()
    parts = tuple(replace(one, stamp=f"{one.stamp}-{mark}") for one in dataset.parts)
    stamp = f"{dataset.stamp}-{mark}"
    return replace(dataset, table=dataset.table.assign(split=column), stamp=stamp, parts=parts)


def _strangers(run: Run) -> dict[str, Dataset]:
    """Drawn people, unless the run learned from some; an eye's run is shown none: they are faces."""
    about = run.info.get("data", {})
    sources = [str(about.get("source", "")), *(str(one.get("source", "")) for one in about.get("sources", ()))]
    drawn = any(source.startswith(SCHEME) for source in sources) or about.get("synthetic", False)
    return {} if drawn or FRAMINGS[run.preprocessing["framing"]].of_eyes else {"people (synthetic)": open_data(PEOPLE)}


def _crops(dataset: Dataset, plan: Mapping[str, Any], seed: int) -> np.ndarray:
    """Crops of at most `OTHERS` pictures of other data, whatever their labels."""
    if not len(dataset):
        raise ValueError(f"{dataset.name} holds no picture")
    rows = np.sort(stream(seed, "usual others").permutation(len(dataset))[:OTHERS])
    part = _only(dataset, rows, "test").select("test")
    decoded = decode(part, plan["size"], plan["grey"], *cropper("auto", plan["framing"], plan["size"]))
    return np.asarray(decoded.pixels[np.flatnonzero(decoded.readable)])


def _space(model: Model, space: str | None) -> str:
    there = tuple(model.backbone.dimensions)  # type: ignore[arg-type]
    taken = str(model.head.reads[0]) if space is None else space  # type: ignore[index]
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


def _by_parts(embed: Embed, crops: Callable[[slice], np.ndarray], count: int, about: str) -> np.ndarray:
    def parts() -> Iterator[np.ndarray]:
        starts = range(0, count, 256)
        for start in tqdm(starts, desc=about, unit="batch", file=sys.stderr, disable=None, leave=False):
            yield embed(crops(slice(start, start + 256)))

    return np.concatenate(list(parts()))


def _folds(found: Gathered, rows: np.ndarray, seed: int) -> tuple[np.ndarray, str]:
    """``(n,)`` fold of each row, and whether people or pictures were dealt."""
    named = found.chosen.table["subject"].iloc[rows].astype(object).reset_index(drop=True)
    whole = named.notna().all() and named.nunique() >= FOLDS
    keys = named.astype(str).to_numpy() if whole else np.arange(len(rows))
    _, group = np.unique(keys, return_inverse=True)
    dealt = stream(seed, "usual folds").permutation(group.max() + 1) % FOLDS
    return dealt[group], "subject" if whole else "picture"


def _together(tried: list[Shown], group: str) -> Shown:
    mine = [one.distances for one in tried if one.group == group]
    return Shown(group, "all", np.concatenate(mine), True)


def _figures(shown: Shown, own: np.ndarray, reference: Reference) -> dict[str, Any]:
    odd = np.repeat([False, True], [len(own), len(shown.distances)])
    return {
        "group": shown.group,
        "name": shown.name,
        "n": len(shown.distances),
        "auroc": metrics.auc(np.concatenate([own, shown.distances]), odd),
        "outside": float((~reference.inside(shown.distances)).mean()),
        "median": float(np.median(shown.distances)),
        "synthetic": shown.synthetic,
    }
