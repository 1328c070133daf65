"""Section of the results: what is left on covered, blurred, dark, turned or coarse faces."""

from __future__ import annotations

import shlex

import pandas as pd
import streamlit as st

from app import charts, markup
from app.components import choice, empty, figure, sides
from app.services import disturbed
from app.services.disturbed import Curves
from app.services.runs import RunCard

RUN = "this run"
"""Stands for the run's own curves among the studies."""


def show(key: str, run: RunCard) -> None:
    """Draws the section.

    Args:
        key: Begins every session key used here.
        run: The chosen run.
    """
    st.subheader("What is left of it on disturbed faces? (robustness)", anchor=False)
    own = disturbed.of_run(run.name)
    command = f"`fer robustness {shlex.quote(run.name)} --data DATA --split {run.splits[0]} --store`"
    names = {f"study {name}": name for name in disturbed.studies()}
    offered = ([RUN] if own else []) + list(names)
    if not offered:
        sentence = f"Here the accuracy under each kind and strength of disturbance would stand. {command} measures it."
        empty.show(f"{key}_robustness", "Not measured yet", sentence)
        return
    if own is None:
        st.caption(f"Nothing is stored for {markup.plain(run.name)}: {command} measures it. Below: a study's runs.")
    left, right, _ = st.columns([1, 1, 0.6])
    with left:
        chosen = choice.show("disturbed", "Curves of", offered)
    found = own if chosen == RUN and own is not None else disturbed.of_study(names[chosen])
    with right:
        every = [disturbed.EVERY] if disturbed.EVERY not in found.kinds else []
        kind = choice.show("disturbance", "Disturbance", [*found.kinds, *every], disturbed.EVERY)
    if found.summary:
        _of_run(key, found, kind)
    else:
        _curves(key, found, kind, "lowest to highest seed")


def _of_run(key: str, found: Curves, kind: str) -> None:
    summary = found.summary
    low, high = summary["drop_ci95"]
    st.markdown(
        f"Accuracy **{summary['clean']['accuracy']:.4f}** on the clean pictures, **{summary['robust']:.4f}** on "
        f"disturbed ones, the mean over {len(found.kinds)} kinds and their strengths: **{summary['drop']:.4f}** lost "
        f"(paired 95 % interval {low:.4f} to {high:.4f}), n = {found.n:,}."
    )
    left, right = sides.show(f"{key}_disturbed", [1.22, 1])
    with left:
        _curves(key, found, kind, "95 % interval")
    with right:
        rows = pd.DataFrame(
            [(kind, one["drop"], *one["drop_ci95"]) for kind, one in summary["kinds"].items()],
            columns=["kind", "drop", "low", "high"],
        )
        worst = rows.loc[rows["drop"].idxmax()]
        figure.show(
            f"{key}_lost",
            charts.lost(rows, n=found.n),
            f"Accuracy lost to each kind; most to {worst['kind']}: {worst['drop']:.3f}.",
            found.source,
            rows,
        )


def _curves(key: str, found: Curves, kind: str, spread: str) -> None:
    rows = found.rows
    if kind != disturbed.EVERY or disturbed.EVERY in found.kinds:
        rows = rows[rows["kind"] == kind]
    meaning = disturbed.meaning(kind)
    if meaning:
        st.caption(f"Strengths 1 to 5, {meaning}")
    ends = rows[rows["strength"] == rows["strength"].max()]
    figure.show(
        f"{key}_curves",
        charts.disturbed(rows, n=found.n, title=f"Accuracy by strength: {kind}", spread=spread),
        "At the highest strength: "
        + "; ".join(f"{row.name} {row.accuracy:.3f}" for row in ends.itertuples(index=False)),
        found.source,
        rows,
    )
