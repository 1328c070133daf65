"""Class averages and mixed faces: where a run looks in many faces, and in two at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import streamlit as st

from app.services import cells
from app.services.explaining import Choice
from app.services.predicting import loaded
from app.services.runs import cards, splits, stamp
from app.services.uploads import Held
from fer_core.contracts import FaceBox
from fer_core.data import SCHEME, open_data
from fer_core.labels import DROWSINESS, EXPRESSIONS
from fer_core.pictures import open_picture
from fer_core.recipe import load_recipe
from fer_core.runs import Run, find_run

MIXINGS: Mapping[str, str] = {"FERMix, a part": "fermixnet", "MixAugment, blended": "mixaugment"}
"""Two ways to mix: the words on the page -> the recipe whose mixing is asked."""

PEOPLE = "synthetic people"
SUBJECTS = 12
"""Synthetic people whose maps are averaged."""


@dataclass(frozen=True)
class Average:
    """The mean map of one label."""

    label: str
    n: int
    of: int
    values: np.ndarray = field(repr=False)
    picture: np.ndarray = field(repr=False)
    peak: float


@dataclass(frozen=True)
class Averaged:
    """Of every label, with what it was made from."""

    classes: tuple[Average, ...]
    facts: Mapping[str, Any]
    source: str
    """As a command names the data."""
    faces: str
    unit: str


@dataclass(frozen=True)
class Mixture:
    """A mixed face as one run sees it."""

    run: str
    picture: np.ndarray = field(repr=False)
    share: float
    labels: tuple[str, str]
    probabilities: tuple[float, float]
    """Of A's and of B's label."""
    values: tuple[np.ndarray, np.ndarray] = field(repr=False)
    """The maps for A's and for B's label."""
    unit: str
    peaks: tuple[float, float]
    layers: tuple[str, ...]
    overlap: float
    """Rank correlation of both maps; NaN where one is the same everywhere."""


def sources(name: str) -> tuple[str, ...]:
    """Whose faces can be averaged: the splits whose pictures lie on this machine, and synthetic people.

    Raises:
        FileNotFoundError: no such run.
    """
    run = find_run(name)
    found = []
    for split in splits(run):
        try:
            cells.dataset(run, split)
        except (ValueError, OSError):
            continue
        found.append(split)
    return (*found, *((PEOPLE,) if _states(run) else ()))


def averages(name: str, source: str, choice: Choice, limit: int) -> Averaged:
    """The mean map of each label, each picture explained for its own.

    Args:
        name: A usable run.
        source: One of `sources`.
        choice: Method, layer, branch and sign; its label is not read.
        limit: At most so many pictures of each label.

    Raises:
        FileNotFoundError: no such run, or its data is no longer there.
        ValueError: the run cannot predict, or has no such layer or branch.
    """
    run = find_run(name)
    how = (choice.method, choice.layer, choice.branch, choice.signed)
    return _averages(str(run.path), stamp(run), source, *how, limit)


@st.cache_data(max_entries=16, show_spinner=False)
def _averages(
    path: str, changed: int, source: str, method: str, layer: str, branch: str, signed: bool, limit: int
) -> Averaged:
    from fer_core.explain import METHODS, average_maps

    run, predictor = find_run(path), loaded(path)
    if source == PEOPLE:
        line = f"{SCHEME}subjects={SUBJECTS},sessions=1,states={_states(run)},frames=1"
        data, split, faces = open_data(line), "all", "auto"
    else:
        data, _ = cells.dataset(run, source)
        split, faces = source, str(run.evaluated.get(source, {}).get("faces") or "auto")
        line = data.source
    found = average_maps(predictor, data, split, method, layer, branch=branch, signed=signed, limit=limit, faces=faces)
    classes = tuple(Average(one.label, one.n, one.of, one.map, one.picture, one.peak) for one in found.classes)
    return Averaged(classes, found.facts, line, faces, METHODS[method].unit)


def partners(name: str) -> tuple[str, ...]:
    """Other runs that can be shown the same mixed face: those with the same labels.

    Raises:
        FileNotFoundError: no such run.
    """
    known = set(find_run(name).labels)
    return tuple(card.name for card in cards() if card.usable and card.name != name and set(card.labels) == known)


def mixed(
    name: str,
    first: tuple[Held, FaceBox],
    second: tuple[Held, FaceBox],
    recipe: str,
    labels: tuple[str, str],
    signed: bool,
    seed: int,
) -> Mixture:
    """Both labels of a mixed face, by Grad-CAM of the decision at the run's last layer.

    Args:
        name: A usable run.
        first: A: a held picture and the face in it.
        second: B.
        recipe: One of the values of `MIXINGS`.
        labels: A's and B's.
        signed: Whether evidence against a label is kept.
        seed: Draws regions and shares.

    Raises:
        FileNotFoundError: no such run.
        ValueError: the run cannot predict, both labels are one, or it judges eyes.
    """
    from fer_core.explain import METHODS, explain_mixed

    a, b = ((open_picture(held.data or b""), face) for held, face in (first, second))
    told = explain_mixed(loaded(name), a, b, load_recipe(recipe, []), labels, signed=signed, seed=seed)
    return Mixture(
        run=name,
        picture=told.picture,
        share=told.share,
        labels=told.labels,
        probabilities=(told.probabilities[labels[0]], told.probabilities[labels[1]]),
        values=(told.maps[0].map, told.maps[1].map),
        unit=METHODS[told.maps[0].method].unit,
        peaks=(told.maps[0].peak, told.maps[1].peak),
        layers=told.maps[0].layers,
        overlap=told.overlap,
    )


def _states(run: Run) -> str | None:
    """The word for synthetic people who show a run's labels; None where nobody is drawn so."""
    labels = set(run.labels)
    for word, known in (("expressions", EXPRESSIONS), ("drowsiness", DROWSINESS)):
        if labels & set(known):
            return word
    return None
