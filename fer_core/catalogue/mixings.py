"""Mixings and their options."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, field_validator

from fer_core.labels import canonical
from fer_core.parts import Options, Part, Table

Beta = Annotated[float, Field(gt=0, le=64)]
Share = Annotated[float, Field(gt=0, le=1)]


class NoneOptions(Options):
    """Nothing is mixed; nothing to set."""


class TrainingOptions(Options):
    """How mixed and plain pictures share a training: what every in-batch mixing lets a recipe set."""

    training: Literal["co", "either", "mixed"] = "mixed"
    """``co``: both in one step (paper D, eq. 9); ``either``: one of the two in each step, by chance (paper D, Fig. 5);
    ``mixed``: mixed pictures only, as the mixings were first published. Paper D compares all of its mixings under
    ``co`` (Fig. 8)."""
    p_mix: Share = 1.0
    """Chance that a step mixes; the other steps are plain. Read by ``co`` and ``either``; ``mixed`` always mixes."""
    mixed_weight: Annotated[float, Field(gt=0, lt=1)] = 0.5
    """Weight of the mixed pictures where ``training`` is ``co``, the plain ones weigh the rest; 0.5: alpha of eq. 9
    (paper D, Fig. 7)."""


class MixupOptions(TrainingOptions):
    """Mixup of random pairs within the batch."""

    alpha: Beta = 0.2
    """Both parameters of the Beta distribution; 0.1 to 1 work on RAF-DB, 4 and 8 underfit (paper B)."""
    per_row: bool = False
    """One lambda for each row instead of one for the whole batch."""


class MixAugmentOptions(Options):
    """Mixup and the real pictures together, each real picture as often as it stands in a pair."""

    alpha: Beta = 0.1
    """Both parameters of the Beta distribution; 0.1: the best row of Table 3, of 0.1, 0.2, 0.6 and 1 (paper B)."""
    per_row: bool = False
    """One lambda for each row instead of one for the whole batch."""


class CutMixOptions(TrainingOptions):
    """A rectangle pasted from a random partner within the batch."""

    alpha: Beta = 1.0
    """Both parameters of the Beta distribution; 1: Yun et al. 2019, section 3.1; compared by paper D (Fig. 8)."""
    per_row: bool = False
    """A rectangle for each row instead of one for the whole batch; the authors' code draws one for the batch."""


class CutoutOptions(TrainingOptions):
    """A painted square; the label stays."""

    side: Share = 0.5
    """The square's side as a share of the picture's; 0.5: H/2 (paper D, Fig. 8)."""
    fill: Annotated[float, Field(ge=0, le=1)] = 0.0
    """What the square is painted with, 0 black to 1 white; 0: "replaces random local image regions with zeros"
    (paper D, section 2)."""
    per_row: bool = True
    """A place for each row instead of one for the whole batch; DeVries and Taylor 2017 draw one for each picture."""


class FERMixOptions(TrainingOptions):
    """A half, an upper quarter or a triangle of the face pasted from a random partner within the batch."""

    training: Literal["co", "either", "mixed"] = "co"
    """``co``: both in one step (paper D, eq. 9); ``either``: one of the two in each step, by chance (paper D, Fig. 5);
    ``mixed``: mixed pictures only."""
    p_mix: Share = 0.8
    """Chance that a step mixes; the other steps are plain. 0.8: paper D, section 4.3.5. Read by ``co`` and ``either``;
    ``mixed`` always mixes."""
    patterns: tuple[Literal["horizontal", "vertical", "corner", "diagonal"], ...] = ("horizontal", "vertical", "corner")
    """Upper or lower half, left or right half, upper left or upper right quarter: all three, paper D, Table 4.
    ``diagonal``: one of the four triangles on a diagonal, which its authors name for later."""
    horizontal: Share = 0.4
    """Chance of the pattern, shared equally by its types; 0.4: paper D, Table 3. The chances of the named patterns
    are divided by their sum."""
    vertical: Share = 0.4
    """Likewise; 0.4: paper D, Table 3."""
    corner: Share = 0.2
    """Likewise; 0.2: paper D, Table 3."""
    diagonal: Share = 0.2
    """Likewise; 0.2: ours, as often as a corner. Read only where ``patterns`` names it."""
    guided: bool = False
    """Cut where the main face's landmarks say, not at the picture's middle: through the nose, along the eyes or along
    its ridge; named for later by paper D. Landmarks come from the data's columns, else from the framing."""

    @field_validator("patterns")
    @classmethod
    def _some_and_once(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not value:
            raise ValueError("name at least one of horizontal, vertical, corner, diagonal")
        twice = sorted({one for one in value if value.count(one) > 1})
        if twice:
            raise ValueError(f"{', '.join(twice)} is named more than once; how often it is drawn is set by its chance")
        return value


class PairsOptions(Options):
    """Mixed samples added to the training set, drawn once: neighbouring states of the same or of other people."""

    partners: Literal["same", "other"] = "same"
    """Whose pictures are mixed: those of one person, or of two; ``same``: the better rows of Table 4 (paper A)."""
    at: Literal["image", "v_state"] = "v_state"
    """Mix pictures (paper A, Fig. 5a) or V_state (Fig. 5b), the latter the better row of Table 4. The same seed draws
    the same pairs and lambdas for both."""
    share: Share = 0.1
    """Added samples as a share of the training pictures; 0.1: the best of 0.1, 0.2, 0.3 and 0.4 (paper A, Table 7)."""
    alpha: Beta = 0.75
    """Both parameters of the Beta distribution of lambda; 0.75 of 0.75, 1 and 2 (paper A, Tables 4 and 6)."""
    between: Annotated[tuple[tuple[str, str], ...], Field(min_length=1)] = (("Asleep", "Drowsy"), ("Drowsy", "Awake"))
    """Which labels are mixed with each other, each pair equally often; the neighbouring states of paper A."""

    @field_validator("between")
    @classmethod
    def _two_labels_each(cls, value: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
        named = tuple((canonical(one), canonical(other)) for one, other in value)
        for one, other in named:
            if one == other:
                raise ValueError(f"'{one}' is paired with itself; name two labels that differ")
        if len({frozenset(pair) for pair in named}) < len(named):
            raise ValueError("a pair of labels is named more than once")
        return named


MIXINGS = Table(
    "mixing",
    Part("none", "fer_core.mixing.none:Plain", NoneOptions, "Every picture as it is."),
    Part("mixup", "fer_core.mixing.mixup:Mixup", MixupOptions, "Pictures and labels blended in random pairs."),
    Part(
        "mixaugment",
        "fer_core.mixing.mixaugment:MixAugment",
        MixAugmentOptions,
        "Mixup and the real pictures in one step.",
    ),
    Part("cutmix", "fer_core.mixing.cutmix:CutMix", CutMixOptions, "A random rectangle pasted from a partner."),
    Part("cutout", "fer_core.mixing.cutout:Cutout", CutoutOptions, "A random square painted over; the label stays."),
    Part("fermix", "fer_core.mixing.fermix:FERMix", FERMixOptions, "Half or a quarter of the face from a partner."),
    Part(
        "pairs",
        "fer_core.mixing.pairing:PlannedPairs",
        PairsOptions,
        "Pairs of neighbouring states, drawn once and added to the training pictures.",
    ),
)
