"""The lesson's mixed face: the face that is looked at and a second one, mixed by Mixup."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd

from app.services import mixing_lab, mixing_origin
from app.services.lesson_face import Chosen
from app.services.mixing_lab import Mixed, Portrait, Setting
from app.services.provenance import Provenance
from app.services.uploads import Held

if TYPE_CHECKING:
    from fer_core.between import Course

LAMBDAS = tuple(f"{place / 20:.2f}" for place in range(21))
"""Positions of the lever."""


def setting(run: str, lam: float) -> Setting:
    """Mixup for a run, with A's share chosen.

    Args:
        run: A usable run.
        lam: In [0, 1].
    """
    return Setting(run, "mixup", seed=0, lam=lam)


def first(chosen: Chosen, held: Held) -> Portrait:
    """The face that is looked at, as the mixing lab takes it: the very picture of the other steps.

    Args:
        chosen: The face.
        held: Its picture.
    """
    return Portrait(held.key, chosen.file, chosen.portrait.label, held)


def labels(a: Portrait, b: Portrait, known: tuple[str, ...]) -> tuple[str, str] | None:
    """What both are asked to show; None where one of them has no label of the run.

    Args:
        a: A.
        b: B.
        known: The run's labels.
    """
    return (a.label, b.label) if a.label in known and b.label in known else None


def along(asked: Setting, told: Mixed, wanted: tuple[str, str] | None) -> Course:
    """What the run sees along lambda; a moved lever does not change it.

    Args:
        asked: The mixing.
        told: Both faces.
        wanted: Their labels.

    Raises:
        ValueError: the run cannot be asked.
    """
    ends = replace(asked, lam=0.0)
    made = mixing_lab.mixed(ends, told.first, told.second, wanted)
    return mixing_lab.course(ends, made, mixing_lab.LAMBDAS)


def table(course: Course, known: tuple[str, ...]) -> pd.DataFrame:
    """``lam`` and a probability per label."""
    return mixing_lab.answers(course, known)


def of_mixture(asked: Setting, chosen: Chosen, a: Portrait, b: Portrait, wanted: tuple[str, str] | None) -> Provenance:
    """Of the mixture and of what the run says of it.

    Args:
        asked: The mixing.
        chosen: The face that is looked at.
        a: The same as A.
        b: B.
        wanted: Their labels.
    """
    told = mixing_origin.of_mixture(asked, a, b, wanted)
    return Provenance(told.text, chosen.first + told.command)
