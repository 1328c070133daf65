"""Two faces mixed by a recipe's mixing, through the same plan and the same composition as in a training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor

from fer_core.contracts import Blend, FaceBox, PassPlan
from fer_core.data.people import SCHEME, Drawings
from fer_core.data.resident import ResidentPictures
from fer_core.framing import FRAMINGS, cut, placement
from fer_core.labels import canonical, suggestion
from fer_core.meetings import plan_of
from fer_core.mixing.compose import compose
from fer_core.preprocessing import luminance
from fer_core.recipe import Recipe
from fer_core.sections import Preprocessing

DRAWN = 320
"""Pixels a side of a synthetic person: enough for every network here, and for the detector."""


@dataclass(frozen=True)
class Face:
    """One of the two, as the network is shown it."""

    crop: np.ndarray
    """``(S, S)`` or ``(S, S, 3)`` uint8."""
    landmarks: np.ndarray
    """``(5, 2)`` fractions of the crop; NaN where unknown."""


@dataclass(frozen=True)
class Mixture:
    """What became of two faces."""

    plan: PassPlan
    """One pass in which row 0 is A and row 1 is B."""
    picture: np.ndarray | None
    """``(S, S, 3)`` uint8 before normalisation; None where features are mixed, not pictures."""

    @property
    def blend(self) -> Blend:
        """The one blended row."""
        return self.plan.terms[0].blend

    @property
    def share(self) -> float:
        """How much of the soft label is A's; the rest is B's."""
        return float(self.blend.lam[0])

    def soft_label(self, first: str = "A", second: str = "B") -> Mapping[str, float]:
        """Shares by label; one share where both faces have one label.

        Args:
            first: A's label.
            second: B's label.
        """
        return {first: 1.0} if first == second else {first: self.share, second: 1 - self.share}


def crop_of(picture: np.ndarray, face: FaceBox, preprocessing: Preprocessing) -> Face:
    """A face cut as a run of this preprocessing sees it, and where its parts lie.

    Landmarks are the detector's; of a picture declared to be a face those of the framing, as in a training.

    Args:
        picture: ``(H, W, 3)`` uint8 RGB, upright.
        face: A face in it.
        preprocessing: Size, framing, grey or not.

    Raises:
        ValueError: the framing shows two eyes of a face, not the face.
    """
    framing, size = FRAMINGS[preprocessing.framing], preprocessing.size
    crops = cut(picture, face, framing, size)
    if len(crops) != 1:
        raise ValueError(f"the framing '{framing.name}' cuts a face into {len(crops)} eyes; mix takes one crop of each")
    landmarks = np.full((5, 2), np.nan) if framing.landmarks is None else framing.landmarks.astype(np.float64)
    if face.landmarks is not None:
        place = placement(face, framing)
        landmarks = face.landmarks @ place[:, :2].T + place[:, 2]
    return Face(luminance(crops)[0] if preprocessing.grey else crops[0], landmarks)


def synthetic_person(name: str) -> np.ndarray:
    """``(320, 320, 3)`` uint8 of a person who does not exist, by a name such as ``people:p0003/s0/fear/00003.png``.

    Raises:
        FileNotFoundError: there is no such person, session, state or frame.
    """
    return Drawings(seed=0, size=DRAWN).picture(name.removeprefix(SCHEME))


def mix_two(
    first: Face, second: Face, recipe: Recipe, preprocessing: Preprocessing, seed: int = 0, lam: float | None = None
) -> Mixture:
    """A mixed with B.

    Args:
        first: A.
        second: B.
        recipe: Whose mixing is asked.
        preprocessing: What the crops were cut by.
        seed: See `plan_of`.
        lam: See `plan_of`.

    Raises:
        ValueError: see `plan_of`.
    """
    return mixture_of(plan_of(recipe, seed, lam), first, second, preprocessing)


def mixture_of(plan: PassPlan, first: Face, second: Face, preprocessing: Preprocessing) -> Mixture:
    """What a plan of one row, from `plan_of` or `patterns_of`, makes of A and B.

    Args:
        plan: The pass.
        first: A.
        second: B.
        preprocessing: What the crops were cut by.
    """
    if plan.terms[0].at != "image":
        return Mixture(plan, None)
    (view,) = compose((plan,), AsSeen(first, second, preprocessing))
    pixels = view.images[0].expand(3, -1, -1).permute(1, 2, 0)
    return Mixture(plan, (pixels * 255).round().clamp(0, 255).byte().numpy())


def sheet(first: Face, second: Face, mixture: Mixture, captions: Sequence[str], side: int = 256) -> np.ndarray:
    """A picture for a file: A, B, and what became of them where that is a picture.

    Args:
        first: A.
        second: B.
        mixture: Of both.
        captions: A line below each face and below the mixture.
        side: Of each face in pixels.

    Returns:
        ``(H, W, 3)`` uint8.
    """
    shown = [first.crop, second.crop] + ([] if mixture.picture is None else [mixture.picture])
    gap, below = side // 12, side // 7
    paper = Image.new("RGB", (len(shown) * (side + gap) + gap, side + gap + below), (255, 255, 255))
    draw, font = ImageDraw.Draw(paper), ImageFont.load_default(side / 17)
    for place, (crop, caption) in enumerate(zip(shown, captions, strict=False)):
        left = gap + place * (side + gap)
        face = Image.fromarray(crop).convert("RGB").resize((side, side), Image.Resampling.BICUBIC)
        paper.paste(face, (left, gap))
        draw.text((left, gap + side + below / 2), caption, fill=(20, 26, 40), font=font, anchor="lm")
    return np.asarray(paper)


class AsSeen(ResidentPictures):
    """Two faces, rows 0 and 1; their pixels stay in [0, 1]."""

    def __init__(
        self, first: Face, second: Face, preprocessing: Preprocessing, device: str | torch.device = "cpu"
    ) -> None:
        pixels = np.stack([first.crop, second.crop])
        faces = np.stack([first.landmarks, second.landmarks])
        super().__init__(pixels, np.eye(2), preprocessing, torch.device(device), landmarks=faces)

    def normalise(self, images: Tensor) -> Tensor:
        """The pictures as they are."""
        return images


def labels_of(first: str | None, second: str | None, known: Sequence[str]) -> tuple[str, str]:
    """The names of both faces' labels; without any, the faces are called A and B.

    Args:
        first: A's label as a person writes it, or None.
        second: Likewise.
        known: The labels there are.

    Raises:
        ValueError: one of the two only, or a label that is not known.
    """
    if first is None and second is None:
        return "A", "B"
    if first is None or second is None:
        raise ValueError("a soft label needs the labels of both faces, or of none; got one")
    for word in (first, second):
        if canonical(word) not in known:
            raise ValueError(f"unknown label '{word}'{suggestion(word, known)}")
    return canonical(first), canonical(second)
