"""What is explained: label, method, branch, layer, and what stands side by side. All of it is in the address."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app import session
from app.services.explaining import KINDS, Choice, Offer

FOR, BOTH = "For", "For and against"
ONE, OWN = "One scale", "Each its own"
KEYS = {"labels": "evidence", "methods": "cam", "layers": "layer", "branches": "branch"}
"""What is compared -> the control that names one of it."""


@dataclass(frozen=True)
class Wish:
    """What the controls say."""

    choice: Choice
    method: str
    """As people know it."""
    kind: str
    """As the command names it."""
    own_scale: bool
    opacity: float


def row(key: str, widths: Sequence[int]) -> list[DeltaGenerator]:
    """Places for controls beside each other, as many in a line as there is room for.

    Args:
        key: Unique on the page.
        widths: Pixels of each.
    """
    line = st.container(horizontal=True, gap="medium", key=f"{key}_row")
    return [line.container(width=width, gap="xsmall") for width in widths]


def listed(title: str, options: Sequence[str], key: str, default: str, disabled: bool = False) -> str:
    """A list that is bound to the address; returns the choice.

    Args:
        title: Stands above it.
        options: Words, as they are shown and stand in the address.
        key: Of the control, and its name in the address.
        default: Where neither session nor address names one.
        disabled: Whether there is nothing to choose.
    """
    session.settle(key, options, default)
    # The label stands above by itself: a control that must have a value would write "(required)" beside it.
    st.html(f'<div class="lab-label">{escape(title)}</div>')
    chosen = st.selectbox(
        title,
        options,
        index=None,
        required=True,
        key=key,
        bind="query-params",
        label_visibility="collapsed",
        disabled=disabled,
    )
    if chosen is None:
        # "Back" to an address without it empties the list; the next drawing fills it.
        st.rerun()
    return chosen


def buttons(title: str, options: Sequence[str], key: str, default: str, tip: str = "") -> str:
    """A row of buttons that is bound to the address; returns the choice.

    Args:
        title: Stands above it.
        options: Words, as they are shown and stand in the address.
        key: Of the control, and its name in the address.
        default: Where neither session nor address names one.
        tip: Behind the question mark.
    """
    session.settle(key, options, default)
    chosen = st.segmented_control(
        title, options, required=True, key=key, bind="query-params", help=tip or None, label_visibility="visible"
    )
    if chosen is None:
        st.rerun()
    return chosen


def sign() -> bool:
    """Whether evidence against a label is shown, too."""
    tip = "Also against the label: a signed map, nothing is cut off at 0."
    return buttons("Evidence", [FOR, BOTH], "sign", FOR, tip) == BOTH


def scale(default: str = ONE) -> bool:
    """Whether each map has its own scale.

    Args:
        default: `ONE` or `OWN`.
    """
    tip = "One scale compares strengths; each its own shows where even a weak map looks."
    return buttons("Colours", [ONE, OWN], "scale", default, tip) == OWN


def method_and_layer(offer: Offer, label: str) -> tuple[str, Choice]:
    """The controls for how a map is made; returns the method as people know it, and the choice for one label.

    Args:
        offer: What the run has.
        label: Of the choice.
    """
    first, second, third, fourth = row("explain_how", [180, 200, 190, 220])
    with first:
        title = listed("Method", list(offer.methods), "cam", next(iter(offer.methods)))
    with second:
        parts = list(offer.branches)
        branch = listed("Part of the network (branch)", parts, "branch", parts[0], disabled=len(parts) < 2)
    layers = offer.layers[branch]
    with third:
        layer = listed("Layer", layers, "layer", layers[-1])
    with fourth:
        signed = sign()
    method = offer.methods[title]
    about = f"**{title}**: {offer.about[method]}"
    st.caption(about if len(parts) < 2 else f"{about}  \n**{branch}**: {offer.branches[branch]}.")
    return title, Choice(label, method, layer, branch, signed)


def show(key: str, offer: Offer, said: str) -> Wish:
    """Draws all controls of one face's maps.

    Args:
        key: Begins every session key used here.
        offer: What the run has.
        said: The label that the model says, which is explained first.
    """
    kinds = [word for word, kind in KINDS.items() if kind != "branches" or len(offer.branches) > 1]
    beside, label, colours, opaque = row(f"{key}_what", [320, 150, 220, 150])
    with beside:
        kind = buttons(
            "Side by side",
            kinds,
            "beside",
            kinds[0],
            "All maps are alike but for this. Click one to test it.",
        )
    with label:
        target = listed("Evidence for", offer.labels, "evidence", said)
    with colours:
        own = scale()
    with opaque:
        opacity = st.slider("Opacity", 0, 100, 55, 5, format="%d %%", key=f"{key}.opacity", persist_state="session")
    title, choice = method_and_layer(offer, target)
    return Wish(choice, title, KINDS[kind], own, opacity / 100)
