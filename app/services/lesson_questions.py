"""The questions of the lesson. Every right answer follows from what was computed on the picture or table shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from app.services.lesson_face import Looked
from app.services.lesson_tables import Flattery

TIE = 5e-4
"""Figures that agree to three digits are equal: who reads the page could not tell them apart."""
FLAT = 0.02
"""A loss or gain of accuracy smaller than this is called the same."""


@dataclass(frozen=True)
class Question:
    """One question with its choices."""

    words: str
    options: tuple[str, ...]
    right: frozenset[str]
    """One of the options, or several that the computation cannot tell apart."""
    why: str
    """The computed numbers behind the right answer, in a sentence."""


def pixels(width: int, height: int, size: int, box: tuple[float, float, float, float]) -> Question:
    """How many pixels the model decides from.

    Args:
        width: Of the picture.
        height: Of the picture.
        size: Rows and columns that the network reads.
        box: Of the face in the picture: left, top, right, bottom.
    """
    across, down = (max(1, round(abs(box[one + 2] - box[one]))) for one in (0, 1))
    right = _grid(size, size)
    # Half the side and all of the picture lie around it, whatever picture it is.
    sides = {(width, height), (across, down), (size, size), (max(1, size // 2),) * 2}
    options = [_grid(*one) for one in sorted(sides, key=lambda one: one[0] * one[1])]
    share = size * size / (width * height)
    return Question(
        "From how many pixels does the model decide?",
        tuple(dict.fromkeys(options)),
        frozenset({right}),
        f"The face is cut out and brought to {size} × {size}: {size * size:,} pixels, where the picture has "
        f"{width * height:,}, so {share:.1%} as many. What cannot be seen in the coarse picture, the model cannot see.",
    )


def of_look(looked: Looked) -> Question:
    """`pixels` of a face.

    Args:
        looked: The face.
    """
    return pixels(looked.sight.width, looked.sight.height, looked.size, looked.sight.face.box)


def worst_change(left: pd.DataFrame, label: str) -> Question:
    """Which lever at its full strength takes most of the model's answer.

    Args:
        left: ``name strength probability``, strength 0 the clean face.
        label: What the model says of the clean face.
    """
    full = left[left["strength"] == left["strength"].max()]
    clean = float(left.loc[left["strength"] == 0, "probability"].iloc[0])
    least = float(full["probability"].min())
    right = frozenset(str(one) for one in full.loc[full["probability"] <= least + TIE, "name"])
    told = ", ".join(f"{row.name} {row.probability:.3f}" for row in full.itertuples(index=False))
    return Question(
        f"The model says {label} with {clean:.3f}. Which change at strength 5, alone, leaves least of that?",
        tuple(str(one) for one in full["name"]),
        right,
        f"What is left of {label} at strength 5: {told}. "
        + (
            "Covering more can even make a model surer: sure is not right." if full["probability"].max() > clean else ""
        ),
    )


def most_found(documents: Mapping[str, Mapping[str, Any]]) -> Question:
    """By which features people are found again most often.

    Args:
        documents: Space -> what `fer leakage --json` prints.
    """
    found = {space: float(one["accuracy"]) for space, one in documents.items()}
    first = next(iter(documents.values()))
    most = max(found.values())
    if len(found) == 1:
        return _how_often(next(iter(found)), most, first)
    told = ", ".join(f"{space} {share:.3f}" for space, share in found.items())
    return Question(
        "By which features is a person found again most often?",
        tuple(found),
        frozenset(space for space, share in found.items() if share >= most - TIE),
        f"Found again, mean of {first['trials']} trials of {first['subjects']} people: {told}; guessing would find "
        f"{first['chance']:.3f}. Whatever finds a person again knows more than a state.",
    )


def _how_often(space: str, share: float, document: Mapping[str, Any]) -> Question:
    """The question about a table with one space, where there is nothing to compare."""
    chance = float(document["chance"])
    edges = ((chance + TIE, "no more often than by guessing"), (0.5, "more often, but less than half of the time"))
    last = "half of the time or more"
    return Question(
        f"How often is a person found again by {space}?",
        (*(words for _, words in edges), last),
        frozenset({next((words for edge, words in edges if share < edge), last)}),
        f"{share:.3f}, mean of {document['trials']} trials of {document['subjects']} people; guessing would find "
        f"{chance:.3f}.",
    )


ALWAYS = "at every share: A and B get the same answer"
_PARTS = ((0.35, "below 0.35"), (0.65, "from 0.35 to 0.65"), (1.01, "above 0.65"))


def change_of_mind(answers: pd.DataFrame) -> Question:
    """From which share of A on the model says what it says of A alone.

    Args:
        answers: ``lam`` rising from 0 to 1, and a probability per label.
    """
    labels = [str(name) for name in answers.columns if name != "lam"]
    said = [labels[place] for place in answers[labels].to_numpy().argmax(axis=1)]
    lam = answers["lam"].to_numpy(dtype=float)
    first = len(said) - 1
    while first > 0 and said[first - 1] == said[-1]:
        first -= 1
    half = int(np.abs(lam - 0.5).argmin())
    sure = float(answers[said[half]].iloc[half])
    if first == 0:
        right, why = ALWAYS, f"The model says {said[-1]} at every share."
    else:
        right = next(words for end, words in _PARTS if lam[first] <= end)
        why = f"From a share of {lam[first]:.3f} of A on, the model says {said[-1]}; at {lam[first - 1]:.3f} it says "
        why += f"{said[first - 1]}."
    return Question(
        "Move lambda up from 0. From which share of A on does the model say what it says of A alone, and keep to it?",
        (*(words for _, words in _PARTS), ALWAYS),
        frozenset({right}),
        f"{why} Half and half, it says {said[half]} with {sure:.3f}: the soft label would teach it to say both.",
    )


def flattered(random: float, people_out: float, chance: float) -> Question:
    """What is left of an accuracy where the judged people are strangers.

    Args:
        random: Accuracy with samples left out at random.
        people_out: Accuracy with people left out.
        chance: Of always naming the commonest.
    """
    lost = random - people_out
    edges = ((FLAT, "about as much, or more"), (0.10, "up to 0.10 less"), (0.20, "0.10 to 0.20 less"))
    last = "more than 0.20 less"
    right = next((words for edge, words in edges if lost <= edge), last)
    return Question(
        f"With pictures left out at random, the neighbours name the state in {random:.3f} of cases. How much is left "
        "when whole people are left out?",
        (*(words for _, words in edges), last),
        frozenset({right}),
        f"{people_out:.3f}, which is {abs(lost):.3f} {'less' if lost >= 0 else 'more'}; always naming the commonest "
        f"state gives {chance:.3f}. At random, the same person stands on both sides: it is enough to know who it is.",
    )


def of_flattery(told: Flattery) -> Question:
    """`flattered` of a table, by its nearest neighbours.

    Args:
        told: From `lesson_tables.flattery`.
    """
    found = {way: told.accuracy("knn", way) or 0.0 for way in ("random_folds", "persons_out")}
    return flattered(found["random_folds"], found["persons_out"], told.chance)


def _grid(width: int, height: int) -> str:
    return f"{width} × {height} = {width * height:,}"
