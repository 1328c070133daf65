"""Section of the results: whether its confidence can be believed, at any temperature, and what silence is worth."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from app import charts, markup, session
from app.components import figure, mishap, sides
from app.services import belief
from app.services.belief import Judged
from app.services.provenance import Provenance
from app.services.results import Results

STORED = "1.00"
"""The temperature of the answers as they are stored."""
WISHES = ("0.70", "0.75", "0.80", "0.85", "0.90", "0.95", "0.99")


def show(key: str, told: Results, source: Provenance) -> None:
    """Draws the section; its controls draw nothing else of the page again.

    A fragment's mistakes do not reach the frame around the page: each says its own.

    Args:
        key: Begins every session key used here.
        told: One run on one split.
        source: Where its numbers come from.
    """
    _temperature(key, told, source)
    _silence(key, told)


@st.fragment
@mishap.shown()
def _temperature(key: str, told: Results, source: Provenance) -> None:
    st.subheader("Can its confidence be believed? (calibration)", anchor=False)
    fitted = belief.fitted(told.run, told.split)
    stops = _stops(fitted)
    session.settle("temperature", stops, STORED)
    slider, button = st.columns([2.6, 1], vertical_alignment="bottom", gap="medium")
    with button:
        st.button(
            f"Fitted: {fitted:.3f}",
            key=f"{key}.fitted",
            on_click=_choose,
            args=(f"{fitted:.3f}",),
            width="stretch",
            help="The temperature under which the true labels of this split are most likely. Above 1 the run is too "
            "sure, below 1 not sure enough.",
        )
    with slider:
        written = st.select_slider(
            "Temperature",
            stops,
            key="temperature",
            bind="query-params",
            help="All answers divided by one number before they become probabilities (temperature scaling). The label "
            "never changes, only how sure it is given. 1.00: as stored.",
        )
    # The stop is written with three digits; the fitted temperature itself has all of them.
    temperature = fitted if written == f"{fitted:.3f}" else float(written)
    now, stored = belief.at(told.run, told.split, temperature), belief.at(told.run, told.split, 1.0)
    low, high = now["ci95_ece"]
    st.markdown(
        f"At T = **{temperature:.3f}**: calibration error (ECE) **{now['ece']:.4f}** [{low:.4f}, {high:.4f}], stored "
        f"{stored['ece']:.4f} · negative log-likelihood (NLL) **{now['nll']:.4f}**, stored {stored['nll']:.4f} · lower "
        "is better for both"
    )
    judged = belief.judged(told.run, told.split, float(st.session_state.get("wish") or "0.90"))
    if judged.document is not None:
        st.caption(_kept(judged.document))
    left, right = sides.show(f"{key}_belief", [1, 1])
    bins = pd.DataFrame(now["reliability"])
    curve = belief.curve(told.run, told.split)
    here = Provenance(
        f"{source.text} · temperature {temperature:.3f}{_whence(temperature, fitted)}", judged.source.command
    )
    with left:
        figure.show(
            f"{key}_reliability",
            charts.reliability(bins),
            f"Share right by confidence (reliability) at temperature {temperature:.3f}; ECE {now['ece']:.3f}.",
            here,
            bins,
        )
    with right:
        figure.show(
            f"{key}_temperatures",
            charts.temperatures(curve, n=told.n, chosen=temperature, fitted=fitted),
            f"NLL and ECE over the temperature; the NLL is least at {fitted:.3f}.",
            here,
            curve,
        )


def _whence(temperature: float, fitted: float) -> str:
    return ", fitted on this very split" if temperature == fitted else ", as stored" if temperature == 1 else ""


def _choose(stop: str) -> None:
    st.session_state["temperature"] = stop


def _stops(fitted: float) -> list[str]:
    """The slider's stops as they stand in the address, the fitted temperature among them."""
    even = [0.25 + 0.05 * step for step in range(15)] + [1 + 0.1 * step for step in range(10)]
    even += [2 + 0.25 * step for step in range(9)]
    stops = {f"{value:.2f}": value for value in even} | {f"{fitted:.3f}": fitted}
    return sorted(stops, key=stops.__getitem__)


def _kept(found: dict[str, Any]) -> str:
    judged, before, after = found["judged_on"], found["before"], found["after"]
    where = f"{judged['folds']} parts, each with what the others give" if judged["folds"] else judged["split"]
    words = (
        f"Judged where it was not fitted ({where}, n = {judged['n']:,}), the temperature takes the ECE from "
        f"{before['ece']:.4f} to {after['ece']:.4f} and the NLL from {before['nll']:.4f} to {after['nll']:.4f}."
    )
    if found["at_limit"]:
        words += " It is at the end of the range looked at: nearly every answer is right, or none tells anything."
    return words


@st.fragment
@mishap.shown()
def _silence(key: str, told: Results) -> None:
    st.subheader("What if it may keep silent? (abstention)", anchor=False)
    session.settle("wish", list(WISHES), "0.90")
    chart, words = sides.show(f"{key}_silence", [1.22, 1], vertical="center")
    with words:
        written = st.select_slider(
            "Wished share of right answers",
            list(WISHES),
            key="wish",
            bind="query-params",
            help="The run then answers only from the confidence on at which so many of its answers were right.",
        )
        wish = float(written)
        judged = belief.judged(told.run, told.split, wish)
        st.markdown(_promise(judged, wish, told.split))
    curve = belief.coverage(told.run, told.split)
    promised = judged.document["wish"]["threshold"] if judged.document else None
    with chart:
        figure.show(
            f"{key}_coverage",
            charts.coverage(curve, n=told.n, wish=wish, threshold=promised),
            "How often the surest answers are right, by the share of pictures that are answered.",
            judged.source,
            curve,
        )


def _promise(judged: Judged, wish: float, split: str) -> str:
    found = judged.document
    if found is None:
        return f"A threshold cannot be judged fairly here: {markup.plain(str(judged.why_not))}."
    told = found["wish"]
    if told["threshold"] is None:
        return f"No threshold makes {wish:.0%} of the answers on {split} right."
    where = f"in {found['judged_on']['folds']} parts" if found["judged_on"]["folds"] else found["judged_on"]["split"]
    kept = "none were given" if told["attained"] is None else f"**{told['attained']:.4f}** of them right"
    return (
        f"Answering from a confidence of **{told['threshold']:.4f}** on: judged where the threshold was not fitted "
        f"({where}), **{told['coverage']:.1%}** of the pictures are answered ({told['answered']:,} of "
        f"{found['judged_on']['n']:,}), {kept}. The area under the curve is "
        f"{found['before']['abstention']['area']:.4f}; a confidence that says nothing would have "
        f"{found['before']['accuracy']:.4f}."
    )
