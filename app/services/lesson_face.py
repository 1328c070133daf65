"""The face of the lesson: a synthetic person, or a picture that the visitor brought, and what a run sees of it."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from app.services import person
from app.services.mixing_lab import Portrait
from app.services.predicting import HeatMap, heat_map, loaded
from app.services.provenance import Provenance, people
from app.services.uploads import Held
from fer_core.disturbances import KINDS, STRENGTHS
from fer_core.disturbances.together import words_of
from fer_core.pictures import UnreadablePicture, open_picture
from fer_core.runs import find_run

if TYPE_CHECKING:
    from fer_core.sight import Sight

__all__ = ["BREAKING", "STRENGTHS", "WEAR", "HeatMap", "Portrait"]

BREAKING: Mapping[str, str] = {
    "blur": "Blur",
    "dark": "Darken",
    "rotation": "Turn",
    "upper": "Cover the eyes",
    "sunglasses": "Tinted lenses",
}
"""Kinds of `fer_core.disturbances` that the lesson has a lever for, in plain words."""
WEAR: Mapping[str, str] = {
    "as it is": "",
    "no glasses": "glasses=0",
    "glasses": "glasses=1",
    "sunglasses": "occluder=3",
    "a mask": "occluder=2",
    "a hand before the face": "occluder=1",
    "a knitted cap": "hat=1",
}
"""What the renderer puts on a synthetic person."""
SIZE = 320
"""Pixels a side of the drawn person."""
PLAIN = next(iter(WEAR))
FILE = "person.png"
"""What the commands call the drawn person."""


@dataclass(frozen=True)
class Chosen:
    """Who is looked at, and what they wear."""

    portrait: Portrait
    wear: str = PLAIN

    @property
    def synthetic(self) -> bool:
        """Whether nobody was photographed."""
        return self.portrait.held is None or self.portrait.held.origin == "synthetic"

    @property
    def drawn(self) -> person.Portrait | None:
        """As the renderer is told; None of a picture that somebody brought."""
        if self.portrait.held is not None:
            return None
        return person.Portrait(
            person=int(self.portrait.key.partition("-")[0].removeprefix("p")),
            state=str(self.portrait.label),
            size=SIZE,
            changes=person.read_changes(WEAR[self.wear]),
        )

    @property
    def file(self) -> str:
        """As commands name the picture."""
        return FILE if self.portrait.held is None else self.portrait.name

    @property
    def first(self) -> str:
        """The command that draws the picture which the others read, and what joins it to them; or nothing."""
        if self.drawn is None:
            return ""
        return person.of_person(self.drawn).command.replace(" --json", " --json > person.json && ")


@dataclass(frozen=True)
class Looked:
    """A picture, and what of it a run sees."""

    held: Held
    sight: Sight = field(repr=False)
    said: Mapping[str, float]
    """Label -> probability."""
    size: int
    """S: rows and columns that the network reads."""

    @property
    def label(self) -> str:
        """What the model says."""
        return max(self.said, key=self.said.__getitem__)

    @property
    def grey(self) -> bool:
        """Whether the network sees no colours."""
        return self.sight.crop.ndim == 2

    @property
    def bytes(self) -> int:
        """Held in memory."""
        return self.held.size + self.sight.crop.nbytes


@dataclass(frozen=True)
class Broken:
    """The face under disturbances."""

    pixels: np.ndarray = field(repr=False)
    """``(S, S, 3)`` uint8."""
    said: Mapping[str, float]
    map: HeatMap

    @property
    def label(self) -> str:
        """What the model says now."""
        return max(self.said, key=self.said.__getitem__)

    @property
    def bytes(self) -> int:
        """Held in memory."""
        return self.pixels.nbytes + self.map.magnitude.nbytes


def picture(chosen: Chosen) -> Held:
    """The picture itself: drawn, or as it was brought.

    Raises:
        ValueError: it cannot be drawn.
    """
    held = chosen.portrait.held
    if held is not None:
        return held
    return Held(f"lesson-{chosen.portrait.key}-{chosen.wear}", FILE, "synthetic", person.drawn(chosen.drawn, False).png)


def look(run: str, held: Held) -> Looked:
    """The largest face of a picture as a run sees it, and what the run says.

    Args:
        run: A usable run that judges faces.
        held: The picture.

    Raises:
        FileNotFoundError: no such run.
        ValueError: an unreadable picture, no face in it, or a run that judges eyes or cannot predict.
    """
    from fer_core.faces import locate
    from fer_core.sight import answer, sight_of

    predictor = loaded(run)
    try:
        pixels = open_picture(held.data or b"")
    except UnreadablePicture as fault:
        raise ValueError(f"{held.name}: {fault}") from None
    found = locate(pixels, "auto", predictor.finder)
    if not found:
        raise ValueError(f"no face found in {held.name}; choose another picture")
    sight = sight_of(predictor, pixels, found[0])
    return Looked(held, sight, answer(predictor, sight.pixels), predictor.size)


def broken(run: str, looked: Looked, strengths: Mapping[str, int]) -> Broken:
    """The face under disturbances: what the run says and where it looks.

    Args:
        run: The run.
        looked: The face.
        strengths: Kind -> 1 to 5; those left out do nothing.

    Raises:
        FileNotFoundError: no such run.
        ValueError: an unknown kind or strength.
    """
    from fer_core.sight import answer

    pixels = looked.sight.under(strengths)
    said = answer(loaded(run), pixels)
    return Broken(pixels, said, heat_map(run, pixels, max(said, key=said.__getitem__)))


def alone(run: str, looked: Looked) -> pd.DataFrame:
    """What each lever by itself leaves of the answer: ``kind name strength probability``; strength 0 is the clean face.

    Args:
        run: The run.
        looked: The face.

    Raises:
        FileNotFoundError: no such run.
        ValueError: the crop is too small to be disturbed.
    """
    from fer_core.sight import alone as left_by

    left = left_by(loaded(run), looked.sight, looked.label, list(BREAKING))
    rows = [
        (kind, BREAKING[kind], strength, probability)
        for kind, values in left.items()
        for strength, probability in zip((0, *STRENGTHS), (looked.said[looked.label], *values), strict=True)
    ]
    return pd.DataFrame(rows, columns=["kind", "name", "strength", "probability"])


def meaning(kind: str) -> str:
    """What the strengths of a lever are: the quantity and its five values."""
    found = KINDS[kind]
    return f"Strengths 1 to 5: {', '.join(f'{one:.3g}' for one in found.values)} ({found.quantity})."


def of_look(run: str, chosen: Chosen, strengths: Mapping[str, int] | None = None, each: bool = False) -> Provenance:
    """Of what a run says about the face.

    Args:
        run: The run.
        chosen: The face.
        strengths: Disturbances.
        each: Whether each lever by itself is shown.
    """
    found = find_run(run)
    kind = "synthetic: drawn now, nobody" if chosen.synthetic else "your picture"
    worn = "" if chosen.wear == PLAIN else f", with {chosen.wear}".replace("with no ", "without ")
    parts = [
        f"run {found.name}",
        f"{kind} ({chosen.portrait.name}{worn})" if chosen.synthetic else f"{kind} {chosen.portrait.name}",
        *([f"under {words_of(strengths).replace('=', ' ').replace(',', ', ')}"] if strengths else []),
        "n = 1 face, no true label: nothing here is a score",
        f"learned from {people(found, found.synthetic)}",
        "seed 0",
    ]
    words = f"fer look {shlex.quote(chosen.file)} --run {shlex.quote(run)}"
    words += f" --disturb {shlex.quote(words_of(strengths))}" if strengths else ""
    words += f" --alone {','.join(BREAKING)}" if each else ""
    return Provenance(" · ".join(parts), f"{chosen.first}{words} --json")
