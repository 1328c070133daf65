"""The maker of synthetic people: whom, when, every factor by hand, and what is true of the picture."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from app import colours, markup
from app.components import choice, provenance, sides
from app.services import person
from app.services.person import FACTORS, STATES, WHOLE, Portrait

GROUPS: Mapping[str, Mapping[str, str]] = {
    "Eyes": {
        "lid_left": "Left lid open",
        "lid_right": "Right lid open",
        "gaze_x": "Gaze to the right",
        "gaze_y": "Gaze down",
        "squint": "Lower lids lifted",
    },
    "Mouth": {
        "mouth": "Mouth open",
        "corner": "Mouth corners up",
        "stretch": "Mouth wide",
        "press": "Lips pressed",
        "nose": "Nose wrinkled",
        "brow": "Brows up",
        "inner": "Inner brows up",
    },
    "Head": {
        "yaw": "Turned to the right (yaw)",
        "pitch": "Turned down (pitch)",
        "roll": "Leaning right (roll)",
        "shift_x": "Moved right",
        "shift_y": "Moved down",
    },
    "Light": {
        "light_x": "From the right",
        "light_y": "From below",
        "strength": "Lamp",
        "ambient": "All around",
        "warmth": "Warm",
        "rim": "From behind",
    },
    "Worn": {
        "glasses": "Glasses",
        "hat": "Knitted cap",
        "occluder": "Hand, mask, sunglasses",
        "hand_x": "Hand to the right",
        "hand_y": "Hand down",
    },
    "Camera": {
        "zoom": "Zoom",
        "blur": "Blur",
        "noise": "Noise",
        "exposure": "Exposure",
        "white": "White balance",
        "vignette": "Dark corners",
        "backdrop": "Background",
    },
}
"""Every factor once; sides are the picture's."""
KINDS = {"occluder": "0 nothing, 1 a hand, 2 a mask, 3 sunglasses", "backdrop": "0 plain, 1 room, 2 outdoors, 3 car"}
SIDES = "Left and right are the picture's; 0 is closed, about 0.4 and more looks open."
_TEXT = "factors"
"""Key of the line of changes, and its name in the address."""
_LEVER = "data_person.lever."


def show(key: str) -> None:
    """Draws the maker.

    Args:
        key: Begins every session key used here.
    """
    wanted = _whom(key)
    left, right = sides.show(f"{key}_made", [1, 1.25], gap="large")
    with left:
        marked = st.toggle("Mark the landmarks", value=True, key=f"{key}.marked")
        told = person.drawn(wanted, marked)
        _picture(key, wanted, told)
    with right:
        _levers(key, told.factors)


def _whom(key: str) -> Portrait:
    who, sitting, state, time, seed = st.columns([1, 1, 1.5, 1.1, 1], gap="small")
    with who:
        number = st.number_input("Person", 0, 10**6, step=1, key="person_number", bind="query-params")
    with sitting:
        session = st.number_input(
            "Session", 0, 999, step=1, key="person_session", bind="query-params",
            help="The same person another day: hair, clothes, light, camera.",
        )  # fmt: skip
    with state:
        shown = choice.show("person_state", "State or expression", STATES)
    with time:
        second = st.number_input(
            "Second", 0.0, 600.0, 1.4, step=0.1, key="person_second", bind="query-params", help="Of the recording."
        )
    with seed:
        people = st.number_input("Seed", 0, 2**31 - 1, step=1, key="person_seed", bind="query-params")
    line, reset = st.columns([4, 1], vertical_alignment="bottom")
    text = line.text_input(
        "Set by hand", key=_TEXT, bind="query-params", placeholder="nothing: all as the state has it", max_chars=1500,
        help="What the levers below changed, as `fer data person --set` takes it.",
    )  # fmt: skip
    reset.button(
        "Reset",
        key=f"{key}.reset",
        help="All as the state has it.",
        on_click=_reset,
        width="stretch",
        disabled=not text,
    )
    return Portrait(
        int(number or 0), int(session or 0), shown, float(second or 0), int(people or 0), person.SIZE,
        person.read_changes(text),
    )  # fmt: skip


def _reset() -> None:
    st.session_state[_TEXT] = ""


def _picture(key: str, wanted: Portrait, told: person.Drawn) -> None:
    left, right = told.openness
    words = f"eyes open: left {left:.2f}, right {right:.2f} (0 closed, 1 open)"
    alt = f"A drawn synthetic person, p{wanted.person:04d}, {wanted.state}; {words}"
    colour = colours.of_label(wanted.state)
    st.html(markup.mixture([(told.shown, alt, f"{wanted.state}, p{wanted.person:04d}", words, colour)], []))
    st.download_button(
        "Picture (PNG)", told.png, f"p{wanted.person:04d}.png", "image/png", key=f"{key}.png", on_click="ignore",
        icon=":material/download:",
    )  # fmt: skip
    provenance.show(f"{key}_origin", person.of_person(wanted), told.truth)
    with st.expander("All that is true of this picture"):
        st.dataframe(told.truth, hide_index=True)


def _levers(key: str, factors: Mapping[str, float]) -> None:
    group = choice.switch("person_part", "Levers", list(GROUPS), SIDES)
    columns = st.columns(2, gap="medium")
    for place, (name, title) in enumerate(GROUPS[group].items()):
        low, high = FACTORS[name]
        lever = f"{_LEVER}{name}"
        with columns[place % 2]:
            if name in WHOLE:
                st.session_state[lever] = int(factors[name])
                st.slider(
                    title, int(low), int(high), step=1, key=lever, on_change=_moved, args=(name,), help=KINDS.get(name)
                )
            else:
                st.session_state[lever] = min(high, max(low, round(factors[name], 2)))
                st.slider(title, low, high, step=0.01, key=lever, on_change=_moved, args=(name,))
    st.caption("A lever stands where the state and the recording have it, until it is moved.")


def _moved(name: str) -> None:
    """Writes a moved lever into the line of changes: it says all of them, in the address and in the command."""
    try:
        changes = dict(person.read_changes(st.session_state.get(_TEXT) or ""))
    except ValueError:
        changes = {}  # what was typed cannot be read; the page said so
    changes[name] = float(st.session_state[f"{_LEVER}{name}"])
    st.session_state[_TEXT] = ",".join(f"{one}={value:g}" for one, value in changes.items())
