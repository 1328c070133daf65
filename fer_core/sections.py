"""The plain sections of a recipe: what each holds, its bounds, and where a default comes from."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from fer_core.labels import label_set
from fer_core.parts import Options

Fraction = Annotated[float, Field(ge=0, le=1)]
Triple = tuple[float, float, float]


class Data(Options):
    """What is learned from."""

    source: str | tuple[str, ...] | None = None
    """A path to any supported format, or a list of them, learned from together (FED-RO in paper D: RAF-DB and
    AffectNet); ``fer train --data`` replaces all of it."""
    labels: str | tuple[str, ...] = "expressions"
    """A known label set by name, or the labels in the model's order."""
    targets: Literal["distribution", "label"] = "distribution"
    """What a loss compares with where the data gives a distribution over the labels (FERPlus's votes, how far an eye
    is open): that, or the label alone (paper D on FERPlus: the maximum voting). Scores always compare with the label.
    """
    validation_share: Annotated[float, Field(gt=0, lt=0.9)] = 0.1
    """Share of train held back where the data has no validation split; stratified, subjects and twins kept together."""
    drop_twins: bool = True
    """Leave out training pictures whose exact twin is in an evaluated split."""
    balance: Literal["none", "class", "subject_and_class"] = "none"
    """Undersampling to the rarest class: of a split, or of each subject within it, which leaves out subjects who lack a
    class (paper A, section 4.1)."""
    balance_splits: Annotated[tuple[Literal["train", "validation", "test"], ...], Field(min_length=1)] = (
        "train",
        "validation",
        "test",
    )
    """Which splits ``balance`` touches; all: paper A's Table 2 is balanced in every group."""
    cap: Annotated[int, Field(ge=0)] = 0
    """Most training pictures of one class; 0 keeps all. "We reduce the training samples from the classes with
    relatively more samples" (paper D, section 4.2, on AffectNet, without a number)."""
    limit: Annotated[int, Field(ge=0)] = 0
    """Exactly so many training pictures, classes in the proportions they have; 0 keeps all."""
    sample_seed: Annotated[int, Field(ge=0)] = 0
    """Decides which pictures ``balance``, ``cap`` and ``limit`` keep. Apart from the recipe's ``seed``, so that
    trainings of several seeds learn from the same pictures; a held-out validation split follows ``seed``."""

    groups: Annotated[int, Field(ge=2)] | None = None
    """Leave one group out (paper A, section 4.2: nine groups of three people): into how many groups the subjects are
    dealt, whatever splits the data names. Groups are the data's column ``group`` where it names so many, else subjects
    are dealt by ``sample_seed``."""
    test_group: Annotated[int, Field(ge=0)] | None = None
    """The group that is tested, counted from 0; the next one validates, the last one's next is group 0, and the others
    are learned from. With two groups ``validation_share`` of the other one validates."""

    @model_validator(mode="after")
    def _a_fold(self) -> Data:
        if self.test_group is not None and self.groups is None:
            raise ValueError("test_group needs groups, into how many the subjects are dealt")
        if self.groups is not None and self.test_group is not None and self.test_group >= self.groups:
            raise ValueError(f"test_group must be below groups, {self.groups}, got {self.test_group}")
        return self

    @field_validator("labels")
    @classmethod
    def _known_labels(cls, value: str | tuple[str, ...]) -> str | tuple[str, ...]:
        names = label_set(value)
        return value if isinstance(value, str) else names

    @field_validator("source")
    @classmethod
    def _some_and_once(cls, value: str | tuple[str, ...] | None) -> str | tuple[str, ...] | None:
        if isinstance(value, tuple) and len(set(value)) != max(len(value), 1):
            raise ValueError("a list of sources names at least one, and each of them once")
        return value


class Preprocessing(Options):
    """From a picture to the network's input; travels with the weights."""

    size: Annotated[int, Field(ge=16, le=512)] = 48
    """Rows and columns of the square input."""
    grey: bool = False
    """Luminance only, repeated in three channels: for models that saw grey faces."""
    framing: str = "fer2013"
    """How uploads are cropped: the name of a measured `faces.Framing`."""
    faces: Literal["auto", "detect", "whole"] = "whole"
    """How the training data is cropped: ``whole`` for data sets of face crops."""
    standardise: bool = False
    """Remove each picture's own mean and deviation before those below: lamps and cameras then matter little."""
    mean: Triple = (0.5, 0.5, 0.5)
    """Subtracted from pixels in [0, 1], by channel."""
    std: Triple = (0.25, 0.25, 0.25)

    @field_validator("std")
    @classmethod
    def _positive(cls, value: Triple) -> Triple:
        if min(value) <= 0:
            raise ValueError(f"std must be > 0 in every channel, got {value}")
        return value


class Augmentation(Options):
    """Random changes of training pictures; all zero is none."""

    flip: Fraction = 0.5
    """Probability of mirroring."""
    rotation: Annotated[float, Field(ge=0, le=180)] = 0.0
    """Largest angle in degrees, either way."""
    shift: Annotated[float, Field(ge=0, le=0.5)] = 0.0
    """Largest shift as a fraction of the side, either way, rows and columns apart."""
    scale: Annotated[float, Field(ge=0, lt=1)] = 0.0
    """Largest relative change of size, either way."""
    brightness: Fraction = 0.0
    """Largest addition to all pixels in [0, 1], either way."""
    contrast: Annotated[float, Field(ge=0, lt=1)] = 0.0
    """Largest relative change of contrast around the picture's mean, either way."""
    blur: Annotated[float, Field(ge=0, le=0.25)] = 0.0
    """Largest standard deviation of a Gaussian, as a fraction of the side; half of the pictures stay sharp."""
    gamma: Annotated[float, Field(ge=0, le=4)] = 0.0
    """Pixels in [0, 1] are raised to a power from 1 / (1 + gamma) to 1 + gamma."""
    erase: Fraction = 0.0
    """Probability of painting a random rectangle with the picture's mean."""
    erase_area: tuple[Fraction, Fraction] = (0.02, 0.2)
    """Smallest and largest share of the picture that is painted."""

    @model_validator(mode="after")
    def _ordered(self) -> Augmentation:
        if self.erase_area[0] > self.erase_area[1]:
            raise ValueError(f"erase_area must go from small to large, got {self.erase_area}")
        return self


class Optimisation(Options):
    """How long, how fast, and what is kept. The optimiser and the schedule are parts of their own."""

    epochs: Annotated[int, Field(ge=1, le=10_000)] = 20
    steps: Annotated[int, Field(ge=0, le=10_000_000)] = 0
    """Where a paper counts batches: the training ends after so many, if need be within an epoch, whatever ``epochs``
    says. 0 trains whole epochs."""
    batch_size: Annotated[int, Field(ge=2, le=65_536)] = 128
    precision: Literal["bf16", "fp32"] = "bf16"
    """bf16 by autocast, on CPU and GPU; weights stay fp32."""
    clip_norm: Annotated[float, Field(ge=0)] = 0.0
    """Largest gradient norm; 0 does not clip."""
    sharpness: Annotated[float, Field(ge=0, le=10)] = 0.0
    """rho of sharpness-aware minimisation: the gradient is taken at the worst point within this distance of the weights
    (`steps.take_step`). 0 is off; 0.05 is what its authors train with on ImageNet (Foret et al. 2021, section 3.1).
    Every step then costs two."""
    select: Literal["accuracy", "macro_f1", "loss", "last"] = "accuracy"
    """Which validation figure decides which epoch is kept; ``last`` keeps the final weights."""
    patience: Annotated[int, Field(ge=0)] = 0
    """Stop after this many epochs without improvement; 0 never stops early."""


class Start(Options):
    """Another run whose weights a training begins from, in place of random ones."""

    run: str | None = None
    """A finished run with the same backbone, by name or path; it may have other labels."""
    head: Literal["auto", "shared", "fresh"] = "auto"
    """Which classes of its head go along, each by the name of its label: ``auto`` all, if both have the same labels in
    whatever order, else none; ``shared`` those that both have; ``fresh`` none, and nothing else of the head either.
    Paper B goes from AffectNet to RAF-DB (Table 7) and does not say what becomes of the classifier."""


class Evaluation(Options):
    """How a finished run is judged and used."""

    views: Literal[1, 2, 10] = 1
    """1: the picture; 2: also mirrored; 10: both also turned by 12 and 24 degrees either way. The mean counts."""
    leakage: str | None = None
    """A data set of other people. After the training it is measured how well each space finds them again, and those
    who were learned from (paper A, section 4.5); kept as ``leakage.json``. None: not measured."""
