"""The three numbers of a result, each with its interval and what it is compared with."""

from __future__ import annotations

import streamlit as st

from app.services.results import Results

ACCURACY = (
    "The share of pictures that got their own label. Higher is better. Frequent labels dominate it, so compare it with "
    "always giving the most frequent answer."
)
MACRO_F1 = (
    "The F1 of each label (the harmonic mean of precision and recall), averaged with equal weight. Higher is better; "
    "a rare label counts as much as a frequent one."
)
ECE = (
    "How far confidence is from accuracy, averaged over the answers in 15 bins of confidence. Lower is better; 0 means "
    "that of answers given with 80 % confidence, 80 % are right. Chance alone adds a little; the interval takes that "
    "off, so the number may stand at its upper end."
)


def show(key: str, told: Results) -> None:
    """Draws the three numbers.

    Args:
        key: Begins every session key used here.
        told: One run on one split.
    """
    summary, always = told.summary, told.baseline
    sure = float(told.answers["confidence"].mean())
    gap = sure - summary["accuracy"]
    columns = st.columns(3, gap="medium")
    with columns[0]:
        number(
            key, "accuracy", "Accuracy", summary["accuracy"], summary["ci95"], ACCURACY,
            f"always answering '{always['label']}': {always['accuracy']:.3f}",
        )  # fmt: skip
    with columns[1]:
        number(
            key, "macro_f1", "Macro-F1", summary["macro_f1"], summary["ci95_macro_f1"], MACRO_F1,
            f"always answering '{always['label']}': {always['macro_f1']:.3f}",
        )  # fmt: skip
    with columns[2]:
        leaning = "surer than right" if gap > 0 else "more often right than sure"
        number(
            key, "ece", "Calibration (ECE)", summary["ece"], summary.get("ci95_ece"), ECE,
            f"perfect: 0; on average {abs(gap):.3f} {leaning}",
        )  # fmt: skip


def number(key: str, name: str, title: str, value: float, ends: list[float] | None, tip: str, compared: str) -> None:
    """Draws one number with its interval and what it is compared with.

    Args:
        key: Begins the key of its box.
        name: Ends it.
        title: Of the number.
        value: The number.
        ends: Of its 95 % interval; None where there is none.
        tip: Behind the question mark.
        compared: What it is compared with.
    """
    with st.container(border=True, key=f"{key}_{name}", gap="xsmall", height="stretch"):
        st.metric(title, f"{value:.3f}", help=tip)
        written = f"95 % interval {ends[0]:.3f} to {ends[1]:.3f}" if ends else "no interval stored"
        st.caption(f"{written}  \n{compared}")
