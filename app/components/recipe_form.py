"""A recipe as a form: every setting by its type, beside the line of changes that `fer train --set` takes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import streamlit as st

from app import markup
from app.components import choice
from app.services import recipe_form as schema
from app.services.recipe_form import Setting

_LINE = "changes"
"""Key of the line of changes, and its name in the address."""
COLUMNS = 3


def line(key: str, base: str, first: Sequence[str]) -> tuple[str, ...]:
    """The line of changes; returns them.

    Args:
        key: Begins every session key used here.
        base: The recipe that is changed.
        first: Changes to begin with.

    Raises:
        ValueError: it cannot be read.
    """
    before, kept = st.session_state.get(f"{key}.kept", (None, ""))
    if _LINE not in st.session_state:
        # Streamlit forgets a field that is not drawn: who looked at something else finds the changes again.
        own = kept if before == base else schema.line_of(first)
        st.session_state[_LINE] = st.query_params.get(_LINE, own)
    elif before not in (None, base):
        # Changes of one recipe mean little for another.
        st.session_state[_LINE] = schema.line_of(first)
    elif st.query_params.get(_LINE, "") != st.session_state[_LINE]:
        # Said again: Streamlit writes to the address only what is set after a control's first drawing.
        st.session_state[_LINE] = st.session_state[_LINE]
    with st.container(horizontal=True, vertical_alignment="bottom", key=f"{key}_line"):
        text = st.text_input(
            "Changes of the recipe", key=_LINE, bind="query-params", placeholder="none: the recipe as it stands",
            max_chars=schema.LONGEST,
            help="What the fields below changed, as `fer train --set` takes it: section.key=value, spaces between.",
        )  # fmt: skip
        st.button(
            "Small example", key=f"{key}.small", on_click=_put, args=(schema.line_of(first),),
            disabled=not first or text == schema.line_of(first),
            help="People who do not exist, and a size that two cores train in minutes.",
        )  # fmt: skip
        st.button(
            "Reset", key=f"{key}.reset", on_click=_put, args=("",), disabled=not text, help="The recipe as it stands."
        )
    st.session_state[f"{key}.kept"] = (base, text)
    return schema.changes_of(text)


def fields(key: str, base: str, changes: Sequence[str]) -> None:
    """The fields of one section.

    Args:
        key: Begins every session key used here.
        base: The recipe that is changed.
        changes: So far.
    """
    found = schema.settings(base, changes)
    section = choice.switch("section_of_recipe", "Section of the recipe", list(found), bare=True)
    columns = st.columns(COLUMNS, gap="medium")
    for place, setting in enumerate(found[section]):
        with columns[place % COLUMNS]:
            _field(f"{key}.{base}.{setting.path}.{found[section][0].value}", setting, tuple(changes))
    touched = [one for settings in found.values() for one in settings if one.changed]
    if touched:
        words = [f"{one.path} {_said(one.default)} → {_said(one.value)}" for one in touched]
        st.caption(markup.plain("Changed: " + "; ".join(words) + "."))


def _put(text: str) -> None:
    st.session_state[_LINE] = text


def _field(key: str, setting: Setting, changes: tuple[str, ...]) -> None:
    # The schema's own name, not escaped: a control's title is also read aloud as it is written.
    title = f"{setting.name} (changed)" if setting.changed else setting.name
    tip = f"{setting.about} The recipe has: {_said(setting.default)}.".strip()
    value = _fitting(setting)
    common: dict[str, Any] = {
        "key": key,
        "help": markup.plain(tip),
        "on_change": _take,
        "args": (key, setting, changes),
    }
    if setting.kind == schema.SWITCH:
        st.session_state[key] = value
        st.toggle(title, **common)
    elif setting.kind == schema.CHOICE:
        st.session_state[key] = value
        st.selectbox(title, setting.options, **common)
    elif setting.kind == schema.SEVERAL:
        st.session_state[key] = value
        st.multiselect(title, setting.options, **common)
    elif setting.kind == schema.WHOLE:
        st.session_state[key] = value
        low, high = (None if one is None else int(one) for one in (setting.low, setting.high))
        st.number_input(title, low, high, None if setting.optional else "min", 1, placeholder="none", **common)
    elif setting.kind == schema.NUMBER:
        st.session_state[key] = value
        step = 10.0 ** math.floor(math.log10(abs(value))) / 10 if value else 0.01
        st.number_input(title, setting.low, setting.high, "min", step, format="%g", **common)
    else:
        st.session_state[key] = schema.written(setting.value)
        st.text_input(title, max_chars=schema.LONGEST, placeholder="none", **common)


def _fitting(setting: Setting) -> Any:
    """The value, where the field can hold it; else the recipe's own: the mistake stands above."""
    value, kind = setting.value, setting.kind
    if value is None and setting.optional:
        return None
    whole = isinstance(value, int) and not isinstance(value, bool)
    inside = (whole or isinstance(value, float)) and all(
        bound is None or (value - bound) * side >= 0 for bound, side in ((setting.low, 1), (setting.high, -1))
    )
    fits = {
        schema.SWITCH: isinstance(value, bool),
        schema.CHOICE: value in setting.options,
        schema.SEVERAL: isinstance(value, list) and set(map(str, value)) <= set(setting.options),
        schema.WHOLE: whole and inside,
        schema.NUMBER: inside,
    }
    chosen = value if fits.get(kind, True) else setting.default
    return float(chosen) if kind == schema.NUMBER else chosen


def _take(key: str, setting: Setting, changes: tuple[str, ...]) -> None:
    """What was set goes into the line; what cannot be read goes in as it is, and is told with the mistakes."""
    value = st.session_state[key]
    if isinstance(value, str) and setting.kind in (schema.TEXT, schema.WRITTEN):
        value = schema.read(setting, value)
    st.session_state[_LINE] = schema.line_of(schema.changed(changes, setting, value))


def _said(value: Any) -> str:
    return schema.written(value) or "nothing"
