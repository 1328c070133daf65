"""What follows from a clip: the thresholds, the verdict, and the three numbers behind it."""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app import colours, markup, session
from app.components import sides
from app.services.clips import NOBODY, UNKNOWN, Judged

SHARES = tuple(f"{place / 20:.2f}" for place in range(1, 21))
"""Scores at which an alarm goes on and off."""
BASELINES = ("2", "5", "10", "15", "20", "30", "60")
DEFAULTS = {"baseline": "10", "alarm_on": "0.50", "alarm_off": "0.30"}
PERCLOS = (
    "The share of the time in which the eyes were seen that they were at least 80 % closed (PERCLOS). Higher is "
    "drowsier."
)
BLINKS = (
    "Closures of at most half a second, per minute of seen time. Rarer or much more frequent than usual can be a sign."
)
OWN = (
    "How far open this person's eyes are when awake, as the model reads it, from the first seconds. Everything below "
    "is judged as a deviation from it, so that narrow eyes are no sleepy ones."
)


def thresholds(key: str) -> tuple[float, float, float]:
    """Draws the thresholds; returns seconds of the baseline, the score for alarm on, and for alarm off.

    All three are judged from what was seen: the clip is not watched again.

    Args:
        key: Unique on the page.
    """
    for name, options in (("baseline", BASELINES), ("alarm_on", SHARES), ("alarm_off", SHARES)):
        session.settle(name, options, DEFAULTS[name])
    first, second, third = sides.show(f"{key}_thresholds", [1, 1, 1], gap="medium")
    on = first.select_slider(
        "Alarm on at", SHARES, key="alarm_on", bind="query-params",
        help="The smoothed score, from 0 (awake) to 1 (asleep), at which an alarm begins.",
    )  # fmt: skip
    off = second.select_slider(
        "Alarm off below", SHARES, key="alarm_off", bind="query-params",
        help="Lower than on, so that an alarm does not flicker (hysteresis).",
    )  # fmt: skip
    baseline = third.select_slider(
        "Own eyes from the first seconds", BASELINES, key="baseline", bind="query-params",
        help="The person's own open eyes are taken from so many seconds at the beginning.",
    )  # fmt: skip
    return float(baseline), float(on), float(off)


def asked() -> tuple[float, float, float]:
    """What `thresholds` returned last, for what is drawn again by itself meanwhile."""
    baseline, on, off = (st.session_state.get(name, value) for name, value in DEFAULTS.items())
    return float(baseline), float(on), float(off)


def show(key: str, found: Judged, stills: bool) -> None:
    """Draws the verdict and its numbers.

    Args:
        key: Begins every session key used here.
        found: Of the clip.
        stills: Whether it is made of single pictures.
    """
    timeline, told = found.timeline, found.told
    colour = colours.QUIET if timeline.verdict in (NOBODY, UNKNOWN) else colours.of_label(timeline.verdict)
    st.html(markup.row(["<b>The model says</b>", markup.chip(timeline.verdict, colour)]))
    st.markdown(f"**{markup.plain(timeline.sentence)}**")
    if timeline.alarms:
        st.caption("Eyes that look down, at a telephone say, are read as closed: look at the video yourself.")
    people = told["people"]
    if len(people) > 1:
        st.caption(f"{len(people)} people; the one that is there longest and largest is described.")
    if told["frames"]["unreadable"]:
        st.caption(f"{told['frames']['unreadable']:,} damaged frames or packets were skipped.")
    if timeline.perclos != timeline.perclos:
        return
    options = timeline.options
    columns = st.columns(3)
    _number(
        columns[0], f"{key}_perclos", "Eyes closed (PERCLOS)", f"{timeline.perclos:.3f}", PERCLOS,
        f"of {timeline.seen:.0f} s in which eyes were seen; an alarm from {options.perclos_on:.2g} within a minute",
    )  # fmt: skip
    _number(
        columns[1], f"{key}_blinks", "Blinks a minute", "–" if stills else f"{timeline.blinks_per_minute:.1f}", BLINKS,
        "single pictures show no blinks" if stills else f"{len(timeline.blinks)} blinks in {timeline.seen:.0f} s",
    )  # fmt: skip
    _number(
        columns[2], f"{key}_own", "This person's open eyes", f"{timeline.level:.3f}", OWN,
        f"from: {timeline.level_from}; closed eyes are read as {timeline.shut_level:.3f}",
    )  # fmt: skip


def _number(place: DeltaGenerator, key: str, title: str, value: str, tip: str, note: str) -> None:
    with place, st.container(border=True, key=key, gap="xsmall", height="stretch"):
        st.metric(title, value, help=tip)
        st.caption(note)
