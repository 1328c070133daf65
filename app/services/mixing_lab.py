"""Two faces mixed for a page: by a recipe's mixing, judged by a run. Torch is imported when a face is asked for."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import streamlit as st
from PIL import Image

from app.services.outlines import Outline, outline_of
from app.services.predicting import loaded
from app.services.runs import RunCard
from app.services.uploads import Held, address
from fer_core.framing import FRAMINGS
from fer_core.labels import DROWSINESS, EXPRESSIONS, suggestion
from fer_core.pictures import UnreadablePicture, open_picture
from fer_core.recipe import Recipe, load_recipe
from fer_core.runs import find_run
from fer_core.sections import Preprocessing

if TYPE_CHECKING:
    from fer_core.between import Course
    from fer_core.faces import FaceFinder
    from fer_core.mixture import Face, Mixture

METHODS: Mapping[str, str] = {
    "mixup": "Mixup",
    "mixaugment": "MixAugment",
    "cutmix": "CutMix",
    "cutout": "Cutout",
    "fermix": "FERMix",
    "pairs": "Planned pairs",
}
"""Every mixing that a page offers, as its papers write it."""
WITH_ALPHA = ("mixup", "mixaugment", "cutmix", "pairs")
"""Mixings whose share is drawn from a Beta distribution."""
WHOLE = ("mixup", "mixaugment", "pairs")
"""Mixings of whole pictures or features: their share can be chosen."""
LAMBDAS = 41
"""Along lambda: one for each position of the page's slider."""
NO_RUN = "expression"
"""The recipe that is mixed for where no run is chosen."""
SHOWN = 256
"""Pixels a side of a shown crop."""
PEOPLE = 4
"""Synthetic people offered for each label."""


@dataclass(frozen=True)
class Setting:
    """What the page's controls say."""

    run: str | None
    method: str
    alpha: float = 1.0
    side: float = 0.5
    patterns: tuple[str, ...] = ("horizontal", "vertical", "corner")
    guided: bool = False
    at: str = "image"
    between: tuple[str, str] | None = None
    """The two labels that planned pairs mix; None: the recipe's own."""
    seed: int = 0
    lam: float | None = None
    """A's share; None: as drawn by the seed."""

    @property
    def source(self) -> str:
        """The recipe that is changed: a run's own by its path, else a name."""
        return NO_RUN if self.run is None else str(find_run(self.run).path / "recipe.yaml")

    @property
    def changes(self) -> tuple[str, ...]:
        """What ``--set`` changes of the recipe."""
        said = [f"mixing.kind={self.method}"]
        if self.method in WITH_ALPHA:
            said.append(f"mixing.alpha={self.alpha:g}")
        if self.method == "cutout":
            said.append(f"mixing.side={self.side:g}")
        if self.method == "fermix":
            said += [f"mixing.patterns=[{','.join(self.patterns)}]", f"mixing.guided={str(self.guided).lower()}"]
        if self.method == "pairs":
            said.append(f"mixing.at={self.at}")
            # As JSON, which YAML reads too: a label may hold a comma, or be a word that YAML takes for another value.
            said += [f"mixing.between={json.dumps([self.between])}"] if self.between else []
        return tuple(said)

    def recipe(self) -> Recipe:
        """The recipe with the mixing that the controls describe.

        Raises:
            ValueError: they do not fit the recipe; says why.
        """
        return load_recipe(self.source, self.changes)


@dataclass(frozen=True)
class Portrait:
    """A picture that can be mixed."""

    key: str
    """``p0003-fear`` for a synthetic person, the held picture's own key otherwise."""
    name: str
    label: str | None
    """What a synthetic person was asked to show; None for pictures that somebody brought."""
    held: Held | None = field(default=None, repr=False)

    @property
    def word(self) -> str:
        """As the command line names it."""
        return self.name if self.held else f"people:{self.key.replace('-', '/s0/')}/00003.png"


@dataclass(frozen=True)
class Mixed:
    """A, B and their mixture."""

    first: Face
    second: Face
    mixture: Mixture
    soft: Mapping[str, float]
    """Shares by label, or by A and B where not both have one."""
    type: str | None
    """FERMix's name of the region; None for others."""

    @property
    def partial(self) -> bool:
        """Whether a region is replaced, rather than every pixel blended."""
        return self.mixture.blend.partial


def labels_of(card: RunCard | None) -> tuple[str, ...]:
    """The run's labels, without one those of the recipe that is mixed for."""
    return load_recipe(NO_RUN).labels if card is None else card.labels


def portraits(card: RunCard | None, held: Sequence[Held]) -> dict[str, Portrait]:
    """Synthetic people for each label of the run that can be drawn, and this session's pictures, by their names."""
    drawable = [label for label in labels_of(card) if label in (*EXPRESSIONS, *DROWSINESS)] or list(EXPRESSIONS)
    found = [
        Portrait(f"p{person:04d}-{label}", f"{label}, synthetic person {person}", label)
        for label in drawable
        for person in range(PEOPLE)
    ]
    named = {one.name: one for one in found}
    for place, picture in enumerate((one for one in held if one.data is not None), start=1):
        # The number keeps apart what has one name: two cameras call their first picture the same.
        named[f"picture {place}: {picture.name}"] = Portrait(picture.key, picture.name, None, picture)
    return named


def preprocessing(setting: Setting) -> Preprocessing:
    """How faces are cut: as the run sees them, without one as the recipe says.

    Raises:
        ValueError: the run judges eyes, or names a framing that is not known here.
    """
    if setting.run is None:
        return load_recipe(NO_RUN).preprocessing
    found = Preprocessing.model_validate(dict(find_run(setting.run).preprocessing))
    if found.framing not in FRAMINGS:
        raise ValueError(f"run {setting.run} needs the framing '{found.framing}'{suggestion(found.framing, FRAMINGS)}")
    if FRAMINGS[found.framing].of_eyes:
        raise ValueError(f"run {setting.run} judges single eyes, and here faces are mixed; choose another run above")
    return found


def face(portrait: Portrait, seen: Preprocessing) -> Face:
    """The largest face of a picture as a network sees it.

    Raises:
        ValueError: the picture cannot be read, there is no face in it.
    """
    if portrait.held is None:
        return _synthetic(portrait.word, seen.model_dump_json())
    try:
        picture = open_picture(portrait.held.data or b"")
    except UnreadablePicture as fault:
        raise ValueError(f"{portrait.name}: {fault}") from None
    return _cut(picture, portrait.name, seen)


def mixed(setting: Setting, first: Face, second: Face, labels: tuple[str, str] | None) -> Mixed:
    """A mixed with B.

    Args:
        setting: The controls.
        first: A.
        second: B.
        labels: Of both, or None.

    Raises:
        ValueError: the controls do not fit the recipe.
    """
    from fer_core.mixing.fermix import type_of
    from fer_core.mixture import mix_two

    made = mix_two(first, second, setting.recipe(), preprocessing(setting), setting.seed, setting.lam)
    named = type_of(made.plan.pictures) if setting.method == "fermix" else None
    return Mixed(first, second, made, made.soft_label(*(labels or ("A", "B"))), named)


def shown(crop: np.ndarray) -> str:
    """A crop ``(S, S)`` or ``(S, S, 3)`` uint8 in an address, enlarged for a page where it is small."""
    pixels = np.stack([crop] * 3, axis=-1) if crop.ndim == 2 else crop
    image = Image.fromarray(pixels).resize((max(SHOWN, len(pixels)),) * 2, Image.Resampling.BICUBIC)
    return address(np.asarray(image), SHOWN, "PNG")


def shares(setting: Setting, most: int = 200) -> np.ndarray:
    """``(L,)`` A's shares in the first steps that the seed draws; `fer mix` tells the same as ``drawn``."""
    from fer_core.meetings import shares_of

    return shares_of(setting.recipe(), setting.seed, most)


def patterns(setting: Setting, first: Face, second: Face, most: int = 8) -> list[Mixed]:
    """The first different regions that the seed draws, each with what it makes of A and B."""
    from fer_core.meetings import patterns_of
    from fer_core.mixing.fermix import type_of
    from fer_core.mixture import mixture_of

    found = []
    for plan in patterns_of(setting.recipe(), setting.seed, most):
        made = mixture_of(plan, first, second, preprocessing(setting))
        named = type_of(plan.pictures) if setting.method == "fermix" else None
        found.append(Mixed(first, second, made, made.soft_label(), named))
    return found


def outline(told: Mixed) -> Outline:
    """Of what came from B, or was painted; empty where every pixel is mixed."""
    from fer_core.mixing.regions import coverage

    blend, picture = told.mixture.plan.pictures, told.mixture.picture
    if not blend.partial or picture is None:
        return ()
    return outline_of(coverage(blend, *picture.shape[:2], told.first.landmarks[None])[0])


def course(setting: Setting, told: Mixed, steps: int = LAMBDAS) -> Course:
    """What the run sees along lambda, and of the mixture itself, which stands last.

    Raises:
        ValueError: the run cannot be used, or does not judge what is mixed.
    """
    from fer_core.between import along

    if setting.run is None:
        raise ValueError("no run is chosen; a trained one says here what it sees")
    return along(told.first, told.second, told.mixture, loaded(setting.run).model, preprocessing(setting), steps)


def answers(found: Course, labels: Sequence[str]) -> pd.DataFrame:
    """``lam`` and a column per label: what the run says along lambda, without the mixture's own row."""
    table = pd.DataFrame(found.probabilities, columns=list(labels))
    table.insert(0, "lam", found.lam)
    return table.iloc[:-1] if len(table) > 1 else table


def near(found: Course) -> pd.DataFrame:
    """``space lam cosine_a cosine_b distance_a distance_b``; the last row of each space is the mixture."""
    from fer_core.between import likeness

    return likeness(found)


@st.cache_data(max_entries=256, show_spinner=False)
def _synthetic(word: str, seen: str) -> Face:
    from fer_core.mixture import synthetic_person

    return _cut(synthetic_person(word), word, Preprocessing.model_validate_json(seen))


def _cut(picture: np.ndarray, name: str, seen: Preprocessing) -> Face:
    from fer_core.faces import locate
    from fer_core.mixture import crop_of

    found = locate(picture, "auto", _finder())
    if not found:
        raise ValueError(f"no face found in {name}; choose another picture, or cut the face out to 64 pixels")
    return crop_of(picture, found[0], seen)


@st.cache_resource(max_entries=1, show_spinner=False)
def _finder() -> FaceFinder:
    from fer_core.assembly import pick_device
    from fer_core.faces import FaceFinder

    return FaceFinder(str(pick_device("auto")))
