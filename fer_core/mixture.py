"""Two faces mixed by a recipe's mixing, through the same plan and the same composition as in a training."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor

from fer_core.assembly import Model, build_mixing
from fer_core.catalogue.mixings import PairsOptions
from fer_core.contracts import Blend, FaceBox, PassPlan
from fer_core.data.resident import ResidentPictures
from fer_core.framing import FRAMINGS, cut, placement
from fer_core.labels import canonical, suggestion
from fer_core.mixing.compose import compose
from fer_core.objective import blend_space
from fer_core.preprocessing import luminance
from fer_core.recipe import Recipe
from fer_core.sections import Preprocessing
from fer_core.seeds import MIXING, stream

STEPS = 10_000
"""So many training steps are looked through for one that mixes A with B: even of a mixing with p_mix 0.01 all but one
seed in 10^21 has one."""


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


def plan_of(recipe: Recipe, seed: int = 0, lam: float | None = None) -> PassPlan:
    """A pass of one row: A, row 0, mixed with B, row 1.

    It is taken from the first of the training steps that the seed draws in which A meets B; Cutout needs no B. Of
    planned pairs only lambda is drawn: who is paired was decided by the caller.

    Args:
        recipe: Whose mixing is asked.
        seed: Draws the steps.
        lam: A's share instead of the drawn one, for mixings of whole pictures or features.

    Raises:
        ValueError: the recipe mixes nothing, lam lies outside [0, 1], or the mixing takes its share from a region.
    """
    if lam is not None and not 0 <= lam <= 1:
        raise ValueError(f"lam must lie in [0, 1], got {lam:g}")
    found = _step(recipe, seed)
    if lam is None:
        return found
    blend = found.terms[0].blend
    if blend.partial:
        raise ValueError(
            f"{recipe.mixing.kind} takes its share from the region it replaces; lam is for mixings of whole pictures"
        )
    return _with_share(found, lam)


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
    plan = plan_of(recipe, seed, lam)
    if plan.terms[0].at != "image":
        return Mixture(plan, None)
    (view,) = compose((plan,), _AsSeen(first, second, preprocessing))
    pixels = view.images[0].expand(3, -1, -1).permute(1, 2, 0)
    return Mixture(plan, (pixels * 255).round().clamp(0, 255).byte().numpy())


def along(
    first: Face, second: Face, mixture: Mixture, model: Model, preprocessing: Preprocessing, steps: int = 11
) -> tuple[np.ndarray, np.ndarray]:
    """What a model says while A becomes B.

    Args:
        first: A.
        second: B.
        mixture: Of both.
        model: In eval mode, on any device.
        preprocessing: The model's.
        steps: How many lambdas from 0, which is B, to 1, which is A; a region has the one share of its plan.

    Returns:
        ``(L,)`` lambdas and ``(L, K)`` probabilities.

    Raises:
        ValueError: features are mixed that this model does not have or does not judge.
    """
    device = next(model.parameters()).device
    shares = np.array([mixture.share]) if mixture.blend.partial else np.linspace(0, 1, steps)
    pictures = _Judged(first, second, preprocessing, model, device)
    with torch.inference_mode():
        said = [pictures.judge(_with_share(mixture.plan, float(share))) for share in shares]
    return shares, torch.cat(said).float().cpu().numpy()


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


class _AsSeen(ResidentPictures):
    """Two faces; their pixels stay in [0, 1]."""

    def __init__(
        self, first: Face, second: Face, preprocessing: Preprocessing, device: str | torch.device = "cpu"
    ) -> None:
        pixels = np.stack([first.crop, second.crop])
        faces = np.stack([first.landmarks, second.landmarks])
        super().__init__(pixels, np.eye(2), preprocessing, torch.device(device), landmarks=faces)

    def normalise(self, images: Tensor) -> Tensor:
        return images


class _Judged(_AsSeen):
    """Two faces as a model judges them; its V_id comes from each of them unmixed (paper A, Fig. 5a)."""

    def __init__(
        self, first: Face, second: Face, preprocessing: Preprocessing, model: Model, device: torch.device
    ) -> None:
        super().__init__(first, second, preprocessing, device)
        self._model = model
        with torch.inference_mode():
            spaces = model.features(self.normalise(self.images(np.arange(2)))).spaces
        self._own = {"v_id": spaces["v_id"]} if "v_id" in spaces else {}

    def normalise(self, images: Tensor) -> Tensor:
        return ResidentPictures.normalise(self, images)

    def frozen(self, rows: np.ndarray) -> Mapping[str, Tensor]:
        return {name: values[torch.from_numpy(rows).to(values.device)] for name, values in self._own.items()}

    def judge(self, plan: PassPlan) -> Tensor:
        """``(1, K)`` probabilities of the plan's row."""
        (view,) = compose((plan,), self)
        features, (term,) = self._model.features(view.images, view.frozen), view.terms
        if term.at != "image":
            features = blend_space(features, term, self._model.head.reads)  # type: ignore[arg-type]
        return torch.softmax(self._model.decide(self._model.head(features)), dim=1)


def _step(recipe: Recipe, seed: int) -> PassPlan:
    mixing, options = build_mixing(recipe), recipe.mixing.options
    if isinstance(options, PairsOptions):
        rng = stream(seed, MIXING)
        pair = Blend(np.array([0]), np.array([1]), rng.beta(options.alpha, options.alpha, size=1))
        return mixing.plan(rng, pair)[0]
    both = Blend.plain(np.arange(2))
    for step in range(STEPS if recipe.mixing.kind != "none" else 0):
        for one in mixing.plan(stream(seed, MIXING, step), both):
            blend = one.pictures
            if blend.fill is not None or (blend.partner[0] == 1 and blend.lam[0] < 1):
                terms = tuple(dataclasses.replace(term, blend=_first(term.blend)) for term in one.terms)
                return PassPlan(_first(blend), terms)
    raise ValueError(f"recipe {recipe.name} mixes nothing (mixing: {recipe.mixing.kind}); choose a recipe that mixes")


def _first(blend: Blend) -> Blend:
    return blend.take(np.array([0]))


def _with_share(plan: PassPlan, share: float) -> PassPlan:
    def changed(blend: Blend) -> Blend:
        # A pass that shows both faces unmixed stays as it is.
        return blend if np.array_equal(blend.main, blend.partner) else dataclasses.replace(blend, lam=np.array([share]))

    terms = tuple(dataclasses.replace(term, blend=changed(term.blend)) for term in plan.terms)
    return PassPlan(changed(plan.pictures), terms)


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
