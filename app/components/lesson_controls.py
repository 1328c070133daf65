"""The lesson's controls: kept from step to step although only one step is drawn, and put back together."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from app import session
from app.components import choice

_DEFAULTS = "teach.defaults"
_ANSWERS = "teach.answers"
LARGE = "large_type"
STEP = "lesson"


def keep() -> None:
    """Keeps what was chosen in steps that are not drawn now: Streamlit drops a control that a page leaves out."""
    for key in _defaults():
        if key in st.session_state:
            st.session_state[key] = st.session_state[key]


def choose(key: str, title: str, options: Sequence[str], default: str | None = None, tip: str | None = None) -> str:
    """A list that is bound to the address and put back by `reset`; see `choice.show`."""
    _defaults()[key] = default or options[0]
    return choice.show(key, title, options, default, tip)


def switch(key: str, title: str, options: Sequence[str], *, bare: bool = False) -> str:
    """A row of buttons, likewise; see `choice.switch`."""
    _defaults()[key] = options[0]
    return choice.switch(key, title, options, bare=bare)


def lever(key: str, title: str, options: Sequence[str], default: str, tip: str) -> str:
    """A lever with named positions, likewise.

    Args:
        key: Of the control, and its name in the address.
        title: Stands above it.
        options: From one end to the other.
        default: Where it stands at first.
        tip: Behind the question mark.
    """
    _defaults()[key] = default
    session.settle(key, options, default)
    return str(st.select_slider(title, options, key=key, bind="query-params", help=tip))


def large() -> bool:
    """Whether the type is large."""
    return bool(st.session_state.get(LARGE))


def answers() -> dict[str, tuple[str, str]]:
    """What was answered: step -> which question, and which of its options."""
    found: dict[str, tuple[str, str]] = st.session_state.setdefault(_ANSWERS, {})
    return found


def reset() -> None:
    """Puts every control of the lesson back and forgets the answers; the type stays as large as it is."""
    st.session_state.update(_defaults())
    answers().clear()


def _defaults() -> dict[str, str]:
    found: dict[str, str] = st.session_state.setdefault(_DEFAULTS, {})
    return found
