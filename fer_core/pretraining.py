"""Identity encoders: a network learns to tell people apart, and its backbone goes into the store of weights.

The training is `fer train`'s own, with people in the place of labels. Some people are kept from it; how well the
encoder tells *those* apart is what counts.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch

from fer_core.assembly import model_of, normaliser, pick_device
from fer_core.catalogue.deviation import ENCODERS
from fer_core.cropping import cropper
from fer_core.data import Dataset, Decoded, decode, open_data
from fer_core.data.folds import deal, subject_keys
from fer_core.data.preparation import prepare
from fer_core.features import FeatureTable
from fer_core.inference import spaces_of
from fer_core.labels import LABEL_SETS
from fer_core.leakage import leakage_of
from fer_core.pretrained.importing import keep
from fer_core.recipe import Recipe
from fer_core.runs import Run, free_path, write_text
from fer_core.seeds import SPLIT, stream
from fer_core.start import origin
from fer_core.training import Work, carry_out, unfinished, use_threads

log = logging.getLogger(__name__)

IDENTITY = "identity"
"""``kind`` in ``run.json``: a run that names people is no model of states, and is not offered for prediction."""


def pretrain(
    recipe: Recipe,
    name: str,
    data: str | Sequence[str] | None = None,
    out: str | Path | None = None,
    hold_out: float = 0.1,
    hold_out_of: Mapping[str, float] | None = None,
    resume: bool = False,
    device: str = "auto",
    threads: int | None = None,
) -> tuple[Run, Path]:
    """Trains an identity encoder and puts it into the store.

    Args:
        recipe: Backbone `facenet` or `compact` with an embedding; its labels are replaced by the people of the data.
        name: What recipes will call it: ``backbone.identity: <name>``.
        data: Replaces the recipe's ``data.source``; several are joined.
        out: The training's own run folder; None takes the next free name.
        hold_out: Share of the people of each data set who are kept from the training to judge it.
        hold_out_of: The same for single data sets by name, e.g. ``{"public_figures": 0.5}``. They are dealt by
            `folds.deal` into ``1 / share`` groups by ``data.sample_seed``, of which the last is kept: the people of
            ``data.groups=2, data.test_group=1`` in a later study.
        resume: See `training.train`.
        device: ``auto``, ``cpu`` or ``cuda``.
        threads: CPU threads; None leaves torch's choice.

    Returns:
        The run, and the encoder's file in the store; its card lies beside it.

    Raises:
        ValueError: a backbone that is no encoder, a bad name or share, data that names nobody.
        FileNotFoundError: no data.
        FileExistsError: ``out`` is taken.
    """
    _check(recipe, name)
    use_threads(threads)
    run = unfinished(name, out) if resume else None
    where = pick_device(device)
    dataset = _named(open_data(data or recipe.data.source or ""))
    plan = recipe.preprocessing
    decoded = decode(dataset, plan.size, plan.grey, *cropper(plan.faces, plan.framing, plan.size))
    people = _people(dataset, decoded, recipe, hold_out, hold_out_of or {})
    labels = tuple(sorted(people["subject"][people["split"].notna()].unique()))
    recipe = replace(recipe, data=recipe.data.model_copy(update={"labels": labels, "balance": "none"}))
    learned = people["split"].notna()
    table = dataset.table.assign(label=people["subject"].where(learned, None), split=people["split"])
    named = replace(dataset, table=table)
    prepared = prepare(named, decoded, labels, recipe.data, recipe.seed)
    if run is not None and run.status == "finished":
        log.info("run %s is already finished", run.name)
    else:
        begun = origin(recipe) if run is None else {}
        work = Work(recipe, named, decoded, prepared, where, {**begun, "kind": IDENTITY})
        path = run.path if run is not None else Path(out) if out is not None else free_path(name)
        run = carry_out(work, path, run, judge=lambda done, _, __: _judge(done, dataset, decoded, people, where))
    return run, _export(run, name, recipe)


def _check(recipe: Recipe, name: str) -> None:
    if recipe.backbone.kind not in ENCODERS or getattr(recipe.backbone.options, "embedding", 1) == 0:
        raise ValueError(
            f"an identity encoder is one of {', '.join(ENCODERS)} with an embedding of length 1; "
            f"backbone {recipe.backbone.kind} has none here (set backbone.embedding)"
        )
    if not re.fullmatch(r"[a-z0-9][a-z0-9.-]*", name):
        raise ValueError(f"an encoder's name is lower-case letters, digits, dots and dashes, got '{name}'")


def _named(dataset: Dataset) -> Dataset:
    """A data set with its class folders taken for people where no subject is named, as Olivetti's faces come."""
    if dataset.parts:
        return replace(dataset, parts=tuple(_named(one) for one in dataset.parts))
    states = {label for labels in LABEL_SETS.values() for label in labels}
    if dataset.table["subject"].notna().any() or states & set(dataset.labels):  # classes of states are nobody
        return dataset
    return replace(dataset, table=dataset.table.assign(subject=dataset.table["label"]))


def _people(
    dataset: Dataset, decoded: Decoded, recipe: Recipe, share: float, shares: Mapping[str, float]
) -> pd.DataFrame:
    """``subject`` (its key), ``session``, ``label``, ``split`` (``train``, ``validation``, None for people who are kept
    out) and ``held`` (kept out) of every sample.

    Raises:
        ValueError: nobody is named, or a share that is none.
    """
    parts = dataset.parts or (dataset,)
    unknown = set(shares) - {one.name for one in parts}
    if unknown:
        raise ValueError(
            f"no data set '{min(unknown)}' to hold people out of; there are: {', '.join(p.name for p in parts)}"
        )
    for wish in (share, *shares.values()):
        if not 0 < wish <= 0.5:
            raise ValueError(f"the share of people to hold out must lie above 0 and be at most 0.5, got {wish:g}")
    keys = subject_keys(dataset)
    for one in parts:
        if one.table["subject"].isna().all():
            raise ValueError(f"{one.name} names no subject, so there is nobody to tell apart; add a column 'subject'")
    kept = []
    for one in parts:
        groups = round(1 / shares.get(one.name, share))
        kept.append(deal(one.table["subject"], groups, recipe.data.sample_seed) == groups - 1)
    known = ~pd.isna(keys) & decoded.readable
    split = np.full(len(keys), None, dtype=object)
    learned = known & ~np.concatenate(kept)
    split[learned] = "train"
    rng = stream(recipe.seed, SPLIT)
    # A picture of each person who has three or more is watched, as many as the share allows.
    rows = np.flatnonzero(learned)
    counts = pd.Series(keys[rows]).map(pd.Series(keys[rows]).value_counts()).to_numpy()
    for _, mine in pd.Series(rows[counts >= 3]).groupby(keys[rows[counts >= 3]]):
        wanted = int(len(mine) * recipe.data.validation_share + rng.random())
        split[rng.permutation(mine.to_numpy())[:wanted]] = "validation"
    told = {"subject": keys, "session": dataset.table["session"], "label": dataset.table["label"]}
    return pd.DataFrame({**told, "split": split, "held": known & np.concatenate(kept)})


def _judge(run: Run, dataset: Dataset, decoded: Decoded, people: pd.DataFrame, device: torch.device) -> None:
    """Stores how well the exported weights tell the people apart whom they have never seen, by data set."""
    model = model_of(run, device)
    found = {}
    for number, one in enumerate(dataset.parts or (dataset,)):
        rows = np.flatnonzero(people["held"].to_numpy() & (dataset.origin == number))
        if len(rows) < 2:
            continue
        spaces = spaces_of(model, normaliser(run.preprocessing, device), decoded.pixels[rows])
        table = FeatureTable(people.iloc[rows].reset_index(drop=True), spaces, one.name)
        try:
            found[one.name] = leakage_of(table, "v_face", "all")
        except ValueError as error:  # too few people to find again: the encoder is as good without that figure
            log.warning("the held-out people of %s are not judged: %s", one.name, error)
    run.update(held_out=found)


def _export(run: Run, name: str, recipe: Recipe) -> Path:
    """The backbone alone, in half precision, with the people it has learned; and its card."""
    model, info = model_of(run), run.info
    metadata: dict[str, Any] = {
        "architectures": [recipe.backbone.kind],
        "options": dict(recipe.backbone.plain()),
        "preprocessing": dict(run.preprocessing),
        "subjects": list(run.labels),
        "data": info["data"]["source"],
        "held_out": info.get("held_out", {}),
        "licence": "as its data's",
    }
    path = keep(name, model.backbone.state_dict(), metadata, half=True)
    write_text(path.with_suffix(".md"), _card(name, run, recipe))
    return path


def _card(name: str, run: Run, recipe: Recipe) -> str:
    info, data = run.info, run.info["data"]
    synthetic = sum(one.startswith("people ") for one in run.labels)
    lines = [
        f"# {name}",
        "",
        f"{recipe.about} Made by `fer pretrain {recipe.name} --name {name}`.",
        "",
        f"- Data: {data['source']}, fingerprint `{data['fingerprint']}`; {data['train']} pictures to train on",
        f"- Trained on: {info['device']}, {info['threads']} threads, seed {info['seed']}, {info['epochs_done']} epochs",
        f"- People learned: {len(run.labels)}, of them {synthetic} synthetic; listed below and refused when judged",
        "",
        "People it has never seen, told apart by cosine: one picture of each against one of each from another session "
        "(each picture its own session where the data names none), mean of 100 draws.",
        "",
        "| held-out people of | people | found again | chance | verification AUC | EER |",
        "|---|---|---|---|---|---|",
    ]
    for where, one in info.get("held_out", {}).items():
        verified = one["verification"]
        lines.append(
            f"| {where} | {one['subjects']} | {one['accuracy']:.3f} ({one['ci95'][0]:.3f} to {one['ci95'][1]:.3f}) | "
            f"{one['chance']:.3f} | {verified['auc']:.3f} | {verified['eer']:.3f} |"
        )
    listed = ", ".join(run.labels)
    lines += ["", "It must not be used to recognise or search for anybody.", "", f"Subjects learned: {listed}", ""]
    return "\n".join(lines)
