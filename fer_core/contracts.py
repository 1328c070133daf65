"""What the rooms of the package agree on: value objects and protocols, without torch at import.

The shape legend, used in every docstring:

- N batch · M rows of one pass · K classes · D embedding · C, H, W channels, rows, columns.
- Pixels are RGB; uint8 in storage, float in [0, 1] before normalisation. Angles in radians, times in seconds.
- Probabilities sum to 1 along the last axis.
- Boxes are ``(left, top, right, bottom)`` in pixels of the upright, *unmirrored* picture.
- Landmarks are ``(5, 2)`` x, y in pixels, or in fractions where a docstring says so: the eye at the picture's left, the
  eye at its right, nose, mouth corners left, right.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

import numpy as np

if TYPE_CHECKING:
    import pandas as pd
    from torch import Tensor

Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class FaceBox:
    """One face in one picture."""

    box: Box
    detection: float | None = None
    """The detector's confidence in [0, 1]; None when the whole picture was declared to be the face."""
    landmarks: np.ndarray | None = None
    """``(5, 2)`` float32, or None when no detector ran."""

    @property
    def area(self) -> float:
        """The box's area in square pixels."""
        left, top, right, bottom = self.box
        return max(0.0, right - left) * max(0.0, bottom - top)


@dataclass(frozen=True)
class Usual:
    """How usual a face is for a run: how far its features lie from those of the run's validation pictures."""

    distance: float
    """About 1 for a usual face, more the stranger it is; see `ood.gaussian`. Of two eyes, the mean."""
    percentile: float
    """How many per cent of the validation pictures lie nearer, 0 to 100."""
    inside: bool
    """Within the run's threshold, which 95 % of its validation pictures do not exceed."""


@dataclass(frozen=True)
class Prediction:
    """What a run says about one face."""

    face: FaceBox
    label: str
    probabilities: Mapping[str, float]
    crop: np.ndarray | None = field(default=None, repr=False, compare=False)
    """``(S, n S, 3)`` uint8: the n pictures of S pixels that the network saw, side by side, for display. n is 1, but 2
    for a run that judges a face by its eyes."""
    usual: Usual | None = None
    """None where the run keeps nothing to compare with (``fer ood RUN --store``)."""


@dataclass(frozen=True)
class PicturePrediction:
    """What a run says about one picture: its faces, largest first, or one sentence why it could not be read."""

    path: str
    width: int | None
    height: int | None
    faces: tuple[Prediction, ...]
    error: str | None = None


@dataclass(frozen=True)
class Blend:
    """Rows blended from a sample table: ``row = lam * main + (1 - lam) * partner``. NumPy only, so that a page can
    draw it.

    Indices point into the sample *table*, not into a batch: a partner may lie outside the batch.
    """

    main: np.ndarray
    """``(M,)`` int64 rows of the sample table."""
    partner: np.ndarray
    """``(M,)`` int64 rows of the sample table; where ``lam`` is 1, it is not read."""
    lam: np.ndarray
    """``(M,)`` float64 weight of the main row's label in [0, 1]; 1 is a plain row, whatever region is named."""
    region: np.ndarray | None = None
    """``(M, 4)`` left, top, right, bottom as fractions of the picture, taken from the partner; None blends every
    pixel."""
    fill: float | None = None
    """Cutout: the region is painted with this value in [0, 1] instead of the partner's pixels; ``lam`` stays 1."""
    sides: np.ndarray | None = None
    """``(M, S, 2)`` instead of ``region``: what lies on the positive side of S lines through the picture's centre,
    ``a * right + b * down > 0`` for each ``(a, b)``; taken from the partner."""
    guided: bool = False
    """The lines of ``sides`` pass through the main face's nose: ``right`` is counted from the nose's ridge, ``down``
    from the line through the nose along the eyes. Where a face's landmarks are unknown, the centre's lines are used."""

    def __post_init__(self) -> None:
        rows = self.main.shape
        if self.main.ndim != 1 or self.partner.shape != rows or self.lam.shape != rows:
            raise ValueError(
                f"main, partner and lam must share one shape (M,), got {rows}, {self.partner.shape}, {self.lam.shape}"
            )
        if self.region is not None and self.region.shape != (*rows, 4):
            raise ValueError(f"region must be (M, 4) with M={rows[0]}, got {self.region.shape}")
        if self.sides is not None and (self.sides.ndim != 3 or self.sides.shape[::2] != (*rows, 2)):
            raise ValueError(f"sides must be (M, S, 2) with M={rows[0]}, got {self.sides.shape}")
        if self.sides is not None and (self.region is not None or self.fill is not None):
            raise ValueError("a blend takes a region or sides of lines, not both, and fills regions only")
        if self.guided and self.sides is None:
            raise ValueError("only sides of lines can be guided by landmarks")
        if rows[0] and not (np.all(self.lam >= 0) and np.all(self.lam <= 1)):
            raise ValueError("lam must lie in [0, 1]")

    @property
    def partial(self) -> bool:
        """Whether a part of the picture is replaced, rather than every pixel blended."""
        return self.region is not None or self.sides is not None

    def __len__(self) -> int:
        return int(self.main.shape[0])

    @classmethod
    def plain(cls, rows: np.ndarray) -> Blend:
        """Rows as they are: every row its own partner with lam 1."""
        rows = np.asarray(rows, dtype=np.int64)
        return cls(main=rows, partner=rows, lam=np.ones(rows.shape[0]))

    def join(self, other: Blend) -> Blend:
        """The rows of both, this one's first.

        Raises:
            ValueError: one of them takes regions; only rows of whole pictures are shared.
        """
        if self.partial or other.partial:
            raise ValueError("blends with regions and blends of whole pictures cannot share a table of rows")
        main, partner, lam = (
            np.concatenate([getattr(self, name), getattr(other, name)]) for name in ("main", "partner", "lam")
        )
        return Blend(main, partner, lam)

    def take(self, index: np.ndarray) -> Blend:
        """The blend's rows at ``index``, in that order."""
        return Blend(
            main=self.main[index],
            partner=self.partner[index],
            lam=self.lam[index],
            region=None if self.region is None else self.region[index],
            fill=self.fill,
            sides=None if self.sides is None else self.sides[index],
            guided=self.guided,
        )


@dataclass(frozen=True)
class TermPlan:
    """One summand of the loss: which blended rows it judges, how much it weighs, and where the blending happens."""

    role: str
    weight: float
    blend: Blend
    at: str = "image"
    """``image``: the pass's pictures are already blended so. Otherwise a feature space (``v_state``) to blend in."""


@dataclass(frozen=True)
class PassPlan:
    """One forward pass, hence one set of BatchNorm statistics, and the terms judged on it."""

    pictures: Blend
    terms: tuple[TermPlan, ...]


@dataclass(frozen=True)
class Term:
    """A `TermPlan` with its soft targets on the device."""

    role: str
    weight: float
    targets: Tensor
    """``(M, K)``, rows sum to 1."""
    at: str = "image"
    main: Tensor | None = None
    """``(M,)`` int64 positions among the pass's pictures; None where ``at`` is ``image``."""
    partner: Tensor | None = None
    """``(M,)`` int64 positions among the pass's pictures; None where ``at`` is ``image``."""
    lam: Tensor | None = None
    """``(M,)``; None where ``at`` is ``image``."""


@dataclass(frozen=True)
class View:
    """A composed pass: what goes through the network, and what its outputs are compared with."""

    images: Tensor
    """``(M, 3, H, W)`` normalised, on the device."""
    frozen: Mapping[str, Tensor]
    """Features that no gradient reaches, e.g. ``{"v_id": (M, D)}``, blended like the pictures; or empty."""
    terms: tuple[Term, ...]
    plan: PassPlan


@dataclass(frozen=True)
class Features:
    """What a backbone returns: named embeddings and named maps."""

    spaces: Mapping[str, Tensor]
    """``(M, D)`` each: ``v_face``, and where the backbone has them ``v_id``, ``v_state``, ``mid``."""
    maps: Mapping[str, Tensor]
    """``(M, C, H, W)`` each: ``high``, and where the backbone has it ``mid``; what explanations read."""


class Mixing(Protocol):
    """A published mixing: which rows are blended how. Pure NumPy."""

    def pairs(self, rng: np.random.Generator, table: pd.DataFrame) -> Blend | None:
        """Blended rows *added* to the training set, drawn once per run; None where the mixing adds none."""
        ...

    def plan(self, rng: np.random.Generator, rows: Blend) -> tuple[PassPlan, ...]:
        """The passes of one training step over a batch of ``rows``."""
        ...


class Pictures(Protocol):
    """Where `compose` takes pixels and labels from: a data set, or two uploads in the mixing lab."""

    def images(self, rows: np.ndarray) -> Tensor:
        """``(M, 3, H, W)`` augmented, float in [0, 1], on the device."""
        ...

    def targets(self, rows: np.ndarray) -> Tensor:
        """``(M, K)``, soft allowed, on the device."""
        ...

    def frozen(self, rows: np.ndarray) -> Mapping[str, Tensor]:
        """Stored features of the *unaugmented* pictures, e.g. ``{"v_id": (M, D)}``; or empty."""
        ...

    def landmarks(self, rows: np.ndarray) -> np.ndarray:
        """``(M, 5, 2)`` fractions of the pictures as `images` last showed these rows; NaN where they are unknown."""
        ...

    def normalise(self, images: Tensor) -> Tensor:
        """``(M, 3, H, W)`` in [0, 1] -> the network's input range."""
        ...


class Backbone(Protocol):
    """A network without its head."""

    dimensions: Mapping[str, int]
    """D of each space it returns."""
    layers: Sequence[str]
    """Names of the submodules worth explaining, in forward order; the last is the default of Grad-CAM."""

    def __call__(self, images: Tensor, frozen: Mapping[str, Tensor] | None = None) -> Features:
        """Spaces and maps of ``(N, 3, H, W)`` normalised pictures."""
        ...


class Head(Protocol):
    """Reads spaces, returns named logits, and knows how they decide together."""

    reads: tuple[str, ...]
    """The spaces it needs; the first is where a term with ``at != "image"`` may blend."""

    def __call__(self, features: Features) -> Mapping[str, Tensor]:
        """``{"main": (M, K)}`` or ``{"high": (M, K), "mid": (M, K)}``."""
        ...

    def decide(self, logits: Mapping[str, Tensor]) -> Tensor:
        """``(M, K)``: the logits whose softmax is the model's answer."""
        ...


class Loss(Protocol):
    """One number from named logits and soft targets."""

    def __call__(self, logits: Mapping[str, Tensor], targets: Tensor) -> Tensor:
        """``()`` mean over rows."""
        ...
