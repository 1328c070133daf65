"""Where a run looks in a face, and whether to believe it. Torch is imported when the first face is there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import streamlit as st

from app.services.predicting import loaded
from app.services.runs import stamp
from fer_core.runs import find_run

if TYPE_CHECKING:
    from fer_core.explain import Explanation

KINDS = {"Labels": "labels", "Methods": "methods", "Layers": "layers", "Branches": "branches"}
"""What can stand side by side: the word on the page -> the command's."""


@dataclass(frozen=True)
class Offer:
    """What of a run can be explained."""

    labels: tuple[str, ...]
    branches: Mapping[str, str]
    """Name -> what it is; the decision first."""
    layers: Mapping[str, tuple[str, ...]]
    """Branch -> its layers in forward order."""
    methods: Mapping[str, str]
    """The name people know -> the command's."""
    about: Mapping[str, str]
    """The command's name -> one sentence and its paper."""
    by_label: frozenset[str]
    """Methods whose maps depend on the label."""


@dataclass(frozen=True)
class Choice:
    """One map: everything that it depends on but the face."""

    target: str
    method: str
    layer: str
    branch: str
    signed: bool


@dataclass(frozen=True)
class Map:
    """One map as the page draws it."""

    name: str
    """The label, method, layer or branch that it stands for, as people know it."""
    values: np.ndarray = field(repr=False)
    """``(H, W)`` float32 in ``unit``."""
    unit: str
    peak: float
    branch: str
    layers: tuple[str, ...]


@dataclass(frozen=True)
class Tested:
    """The curves of a map and its other self with weights drawn anew."""

    curves: pd.DataFrame
    """``share deletion insertion`` and ``random_deletion_<r>``, ``random_insertion_<r>``."""
    deletion: float
    insertion: float
    random_deletion: tuple[float, float, float]
    """Mean, least and most area of the random rankings."""
    random_insertion: tuple[float, float, float]
    rankings: int
    stages: pd.DataFrame
    """``stage draw spearman ssim``."""
    spearman: float
    """With all weights drawn anew; NaN where no map has a rank."""
    ssim: float
    draws: int
    map: np.ndarray = field(repr=False)

    @property
    def size(self) -> int:
        """Bytes held."""
        return int(self.map.nbytes + self.curves.memory_usage().sum() + self.stages.memory_usage().sum())


def may_mask(name: str) -> bool:
    """Whether a run is of a masking network; asks its recipe, so that no model is loaded for it.

    Raises:
        FileNotFoundError: no such run.
    """
    return (find_run(name).recipe.get("backbone") or {}).get("kind") == "masking"


def offer(name: str) -> Offer:
    """What of a run can be explained.

    Raises:
        FileNotFoundError: no such run.
        ValueError: the run cannot predict.
    """
    run = find_run(name)
    return _offer(str(run.path), stamp(run))


@st.cache_data(max_entries=32, show_spinner=False)
def _offer(path: str, changed: int) -> Offer:
    from fer_core.explain import METHODS, branches

    model = loaded(path).model
    parts = branches(model)
    return Offer(
        labels=tuple(model.labels),
        branches={name: part.about for name, part in parts.items()},
        layers={name: tuple(part.layers) for name, part in parts.items()},
        methods={method.title: name for name, method in METHODS.items()},
        about={name: method.about for name, method in METHODS.items()},
        by_label=frozenset(name for name, method in METHODS.items() if method.by_label),
    )


def side_by_side(name: str, crop: np.ndarray, kind: str, choice: Choice) -> tuple[Map, ...]:
    """Several maps of one face, alike but for one thing.

    Args:
        name: A usable run.
        crop: ``(S, n S, 3)`` uint8, the pixels that the network saw.
        kind: One of the values of `KINDS`.
        choice: What they have in common.

    Raises:
        FileNotFoundError: no such run.
        ValueError: the run cannot predict, or has no such label, layer or branch.
    """
    from fer_core.explain import side_by_side as compared

    predictor = loaded(name)
    shown = compared(
        predictor.model,
        predictor.images(crop),
        kind,
        _position(name, choice.target),
        choice.layer,
        choice.method,
        branch=choice.branch,
        signed=choice.signed,
    )
    return tuple(
        Map(
            one.name,
            one.explained.map,
            one.unit,
            one.explained.peak,
            one.explained.branch,
            one.explained.layers,
        )
        for one in shown
    )


def tested(name: str, crop: np.ndarray, choice: Choice, label: str) -> Tested:
    """Deletion, insertion and the weights drawn anew, of one map.

    Args:
        name: A usable run.
        crop: ``(S, n S, 3)`` uint8.
        choice: The map.
        label: Whose probability is asked while pixels go and come.

    Raises:
        FileNotFoundError: no such run.
        ValueError: the run cannot predict, or has no such label, layer or branch.
    """
    from fer_core.explain import faithfulness, randomised_weights

    predictor = loaded(name)
    images, position = predictor.images(crop), _position(name, label)
    about = _explained(name, crop, choice)
    found = faithfulness(predictor.model, images, about, position)
    drawn = randomised_weights(predictor.model, images, about, position)
    curves = {"share": found.shares, "deletion": found.deletion, "insertion": found.insertion}
    for row in range(len(found.random_deletion)):
        curves[f"random_deletion_{row + 1}"] = found.random_deletion[row]
        curves[f"random_insertion_{row + 1}"] = found.random_insertion[row]
    stages = [
        {"stage": stage, "draw": draw + 1, "spearman": drawn.spearman[draw, place], "ssim": drawn.ssim[draw, place]}
        for draw in range(len(drawn.spearman))
        for place, stage in enumerate(drawn.stages)
    ]
    return Tested(
        curves=pd.DataFrame(curves),
        deletion=found.deletion_area,
        insertion=found.insertion_area,
        random_deletion=_reach(found.random_deletion_areas),
        random_insertion=_reach(found.random_insertion_areas),
        rankings=len(found.random_deletion),
        stages=pd.DataFrame(stages),
        spearman=drawn.final_spearman,
        ssim=drawn.final_ssim,
        draws=len(drawn.spearman),
        map=drawn.map,
    )


def masks(name: str, crop: np.ndarray) -> tuple[Any, ...]:
    """The masks of a masking network: `fer_core.explain.MaskMaps` each.

    Args:
        name: A usable run.
        crop: ``(S, n S, 3)`` uint8.

    Raises:
        FileNotFoundError: no such run.
        ValueError: the run cannot predict, or masks nothing.
    """
    from fer_core.explain import masks_of

    predictor = loaded(name)
    return masks_of(predictor.model, predictor.images(crop))


def _explained(name: str, crop: np.ndarray, choice: Choice) -> Explanation:
    from fer_core.explain import explain_face

    predictor = loaded(name)
    return explain_face(
        predictor.model,
        predictor.images(crop),
        _position(name, choice.target),
        choice.layer,
        choice.method,
        branch=choice.branch,
        signed=choice.signed,
    )


def _position(name: str, label: str) -> int:
    labels = tuple(loaded(name).labels)
    if label not in labels:
        raise ValueError(f"run {name} does not know the label '{label}'; it knows {', '.join(labels)}")
    return labels.index(label)


def _reach(areas: np.ndarray) -> tuple[float, float, float]:
    return float(areas.mean()), float(areas.min()), float(areas.max())
