"""What is mixed, and how: two faces, a mixing with its settings, the share, the seed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import streamlit as st

from app import session
from app.components import choice, sides
from app.services import mixing_lab
from app.services.mixing_lab import METHODS, Portrait, Setting
from app.services.runs import RunCard

ALPHAS = ("0.1", "0.2", "0.4", "0.75", "1", "2", "4", "8")
SIDES = ("0.25", "0.375", "0.5", "0.625", "0.75")
PATTERNS: Mapping[str, tuple[str, ...]] = {
    "halves and quarters": ("horizontal", "vertical", "corner"),
    "upper or lower half": ("horizontal",),
    "left or right half": ("vertical",),
    "an upper quarter": ("corner",),
    "a triangle": ("diagonal",),
}
CUTS = ("at the middle", "by the face")
STAGES = {"image": "pictures", "v_state": "V_state"}
SHARES = ("by hand", "drawn")
POSITIONS = tuple(f"{place / (mixing_lab.LAMBDAS - 1):.3f}" for place in range(mixing_lab.LAMBDAS))
UNLABELLED = "not labelled"
MEANING: Mapping[str, str] = {
    "mixup": "Every pixel and the label are blended, A's share is lambda (Zhang et al. 2018).",
    "mixaugment": "Mixup, and both real pictures in the same step (Psaroudakis and Kollias 2022).",
    "cutmix": "A random rectangle comes from B; lambda is what is left of A (Yun et al. 2019).",
    "cutout": "A random square is painted over; the label stays A's (DeVries and Taylor 2017).",
    "fermix": "A half, a quarter or a triangle of the face comes from B (Huang et al., FERMixNet).",
    "pairs": "Two chosen states are blended, as pictures or as V_state (Asaeda and Takemura 2025).",
}


@dataclass(frozen=True)
class Wish:
    """Everything the controls say."""

    setting: Setting
    first: Portrait
    second: Portrait
    labels: tuple[str, str] | None
    """Of A and B; None where one of them has none."""


def show(key: str, run: RunCard | None) -> Wish:
    """Draws the controls.

    Args:
        key: Begins every session key that is not part of the address.
        run: The chosen run.
    """
    known = mixing_lab.labels_of(run)
    faces = mixing_lab.portraits(run, session.held())
    stateful = "Drowsy" in known
    how, what, share, draw = sides.show(f"{key}_controls", [1.1, 1.7, 1.15, 0.75], gap="medium")
    with how:
        first = METHODS["pairs" if stateful else "mixup"]
        method = _key(METHODS, choice.show("mixing", "Mixing", list(METHODS.values()), first))
    with what:
        options = _options(method, stateful)
    with share:
        lam = _share(method)
    with draw:
        seed = st.number_input(
            "Seed", 0, 10**6, step=1, key="draw", bind="query-params",
            help="Draws shares, regions and types; the same seed draws the same ones in `fer mix`.",
        )  # fmt: skip
    st.caption(MEANING[method])
    names = list(faces)
    left, swap, right = sides.show(f"{key}_faces", [1, 0.36, 1], gap="medium", vertical="bottom")
    with left:
        a = faces[choice.show("face_a", "Face A", names, _first(faces, ("happiness", "Asleep"), 0))]
        label_a = a.label or _label("A shows", "label_a", known)
    with right:
        b = faces[choice.show("face_b", "Face B", names, _first(faces, ("surprise", "Drowsy"), 1))]
        label_b = b.label or _label("B shows", "label_b", known)
    with swap:
        st.button("Swap", key=f"{key}.swap", icon=":material/swap_horiz:", width="stretch", on_click=_swap)
    labels = (label_a, label_b) if label_a in known and label_b in known else None
    pair = labels if labels and labels[0] != labels[1] else None
    if pair is None and not stateful and len(known) > 1:
        pair = known[0], known[1]  # the recipe's own are states of drowsiness
    setting = Setting(None if run is None else run.name, method, seed=int(seed or 0), lam=lam, between=pair, **options)
    return Wish(setting, a, b, labels)


def _options(method: str, stateful: bool) -> dict[str, object]:
    if method == "cutout":
        session.settle("side", SIDES, "0.5")
        side = st.select_slider(
            "Side of the square", SIDES, key="side", bind="query-params", help="As a share of the picture's."
        )
        return {"side": float(side)}
    if method == "fermix":
        one, other = st.columns([1.25, 1], gap="small")
        with one:
            pattern = choice.show("pattern", "Region", list(PATTERNS))
        with other:
            cut = choice.show("cut", "Cut", CUTS, tip="By the face: through the nose, along the eyes of face A.")
        return {"patterns": PATTERNS[pattern], "guided": cut == CUTS[1]}
    found: dict[str, object] = {}
    if method == "pairs":
        one, other = st.columns([1, 1.15], gap="small")
        with one:
            stages = list(STAGES.values()) if stateful else [STAGES["image"]]
            found["at"] = _key(STAGES, choice.show("stage", "Mixed are", stages))
    else:
        other = st.container()
    session.settle("alpha", ALPHAS, "1" if method == "cutmix" else "0.75")
    with other:
        alpha = st.select_slider(
            "Alpha", ALPHAS, key="alpha", bind="query-params",
            help="Lambda is drawn from Beta(alpha, alpha): small gives shares near 0 and 1, large near a half.",
        )  # fmt: skip
    return {**found, "alpha": float(alpha)}


def _share(method: str) -> float | None:
    """A's share where a person chose it."""
    if method not in mixing_lab.WHOLE:
        st.html('<div class="lab-label">Share of A (lambda)</div>')
        words = "A's label stays whole." if method == "cutout" else "Given by the region."
        st.caption(words)
        return None
    how = choice.switch("share", "Share of A (lambda)", SHARES, "Drawn: as a training step with this seed would.")
    if how == SHARES[1]:
        return None
    session.settle("lam", POSITIONS, "0.600")
    return float(st.select_slider("Lambda", POSITIONS, key="lam", bind="query-params", label_visibility="collapsed"))


def _first(faces: Mapping[str, Portrait], labels: Sequence[str], person: int) -> str:
    """Of the synthetic people one who shows one of the labels, else the first there is."""
    wanted = [name for name, one in faces.items() if one.label in labels and one.key.startswith(f"p{person:04d}")]
    return (wanted or list(faces))[0]


def _label(title: str, key: str, known: Sequence[str]) -> str | None:
    """What a visitor's own picture is labelled with."""
    said = choice.show(key, title, [UNLABELLED, *known])
    return None if said == UNLABELLED else said


def _key(options: Mapping[str, str], words: str) -> str:
    """What stands behind the words that are shown, and stand in the address."""
    return next(key for key, one in options.items() if one == words)


def _swap() -> None:
    state = st.session_state
    state["face_a"], state["face_b"] = state["face_b"], state["face_a"]
    labels = [state.get(key) or UNLABELLED for key in ("label_b", "label_a")]
    state["label_a"], state["label_b"] = labels
