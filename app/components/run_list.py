"""The runs on this machine, as rows that lead to their results."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from app import markup
from app.components import sides
from app.services.runs import RunCard

ROWS = 6


def show(key: str, cards: Sequence[RunCard]) -> str | None:
    """Draws the runs; returns ``results`` or ``predict`` where a button asks for that page, with the run then chosen.

    Args:
        key: Begins every session key used here.
        cards: Every run.
    """
    wanted = None
    for card in cards[:ROWS]:
        wanted = _row(key, card) or wanted
    if len(cards) > ROWS:
        with st.expander(f"All {len(cards)} runs"):
            st.dataframe(_table(cards), hide_index=True, key=f"{key}.all")
    return wanted


def _row(key: str, card: RunCard) -> str | None:
    wanted = None
    with st.container(border=True, key=f"{key}_{card.name}"):
        what, score, doors = sides.show(f"{key}_{card.name}", [1.55, 1.25, 0.62], gap="medium", vertical="center")
        with what:
            st.markdown(f"##### {markup.plain(card.name)}")
            pieces = [
                markup.origin(card.synthetic or card.partly_synthetic, card.partly_synthetic),
                markup.chip(card.label_set, title=", ".join(card.labels)),
                markup.chip(card.data),
            ]
            pieces.append(markup.chip("shipped" if card.shipped else card.status))
            st.html(markup.row(pieces))
            if card.about:
                st.caption(markup.plain(card.about))
        with score:
            _score(card)
        with doors:
            if st.button(
                "Results",
                key=f"{key}.results.{card.name}",
                disabled=not card.splits,
                width="stretch",
                on_click=_choose,
                args=(card.name,),
            ):
                wanted = "results"
            if st.button(
                "Predict",
                key=f"{key}.predict.{card.name}",
                disabled=not card.usable,
                width="stretch",
                on_click=_choose,
                args=(card.name,),
            ):
                wanted = "predict"
    return wanted


def _score(card: RunCard) -> None:
    if card.accuracy is None or card.interval is None or card.n is None:
        st.caption(card.why_not and f"No numbers yet: {card.why_not}." or "Not evaluated yet: `fer evaluate` does it.")
        return
    low, high = card.interval
    st.markdown(f"Accuracy **{card.accuracy:.3f}** [{low:.3f}, {high:.3f}]")
    st.html(markup.interval(card.accuracy, low, high, card.baseline))
    st.caption(f"{card.split}, n = {card.n:,} · dotted: most frequent answer {card.baseline:.3f}")


def _choose(name: str) -> None:
    st.session_state["run"] = name


def _table(cards: Sequence[RunCard]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "run": card.name,
                "status": card.status,
                "faces": "synthetic" if card.synthetic else "synthetic and real" if card.partly_synthetic else "real",
                "data": card.data,
                "labels": card.label_set,
                "split": card.split,
                "n": card.n,
                "accuracy": card.accuracy,
                "95 % low": card.interval[0] if card.interval else None,
                "95 % high": card.interval[1] if card.interval else None,
                "finished": card.finished,
            }
            for card in cards
        ]
    )
