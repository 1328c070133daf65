"""Section of the results: this run against another on the same pictures."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from app import charts, colours, markup
from app.components import choice, empty, figure, sample_tiles, sides
from app.services import comparing
from app.services.results import Results

SHOWN = 24
SIDES = ("only the other is right", "only this run is right")
SCORES = {"accuracy": "accuracy", "average_accuracy": "average recall", "macro_f1": "macro-F1"}


def show(key: str, told: Results) -> None:
    """Draws the section.

    Args:
        key: Begins every session key used here.
        told: One run on one split.
    """
    st.subheader("Is another run better, and is that chance?", anchor=False)
    offered = list(comparing.rivals(told.run, told.split))
    if not offered:
        empty.show(
            f"{key}_rival",
            "Nothing to compare with",
            f"Here {markup.plain(told.run)} would stand beside another run with the same labels that was judged on the "
            f"split {told.split}. Train one, or judge one there with `fer evaluate`.",
        )
        return
    narrow, _ = st.columns([1, 1.6])
    with narrow:
        rival = choice.show("rival", "Compare with", offered)
    try:
        found = comparing.comparison(told.run, rival, told.split)
    except ValueError as error:
        st.info(markup.plain(f"These two cannot be compared: {error}."), icon=":material/compare_arrows:")
        return
    pair = found["pairs"][0]
    source = comparing.of_comparison(told.run, rival, found)
    st.markdown(_sentence(pair, found))
    left, right = sides.show(f"{key}_scores", [1, 1])
    with left:
        rows = pd.DataFrame(
            [
                ("both right", pair["both_right"], "both"),
                (f"only {told.run}", pair["only_first"], "first"),
                (f"only {rival}", pair["only_second"], "second"),
                ("both wrong", pair["both_wrong"], "none"),
            ],
            columns=["who", "n", "side"],
        )
        alt = "; ".join(f"{row.who}: {row.n:,}" for row in rows.itertuples())
        figure.show(f"{key}_agreement", charts.agreement(rows), alt, source, rows[["who", "n"]])
    with right:
        rows = pd.DataFrame(
            [(SCORES[name], one["difference"], *one["ci95"]) for name, one in pair["differences"].items()],
            columns=["name", "difference", "low", "high"],
        )
        figure.show(
            f"{key}_differences",
            charts.differences(rows, n=found["n"], first=told.run, second=rival),
            "; ".join(f"{row.name}: {row.difference:+.3f}" for row in rows.itertuples(index=False)),
            source,
            rows,
        )
    left, right = sides.show(f"{key}_flips", [1, 1])
    with left:
        rows = pd.DataFrame([{"label": label, **one} for label, one in pair["recall"].items()])
        figure.show(
            f"{key}_recalls",
            charts.recalls(rows, first=told.run, second=rival, labels=told.labels),
            f"Recall of each label by {told.run} and by {rival}.",
            source,
            rows,
        )
    with right:
        _flips(told, rival, pair)


def _sentence(pair: dict[str, Any], found: dict[str, Any]) -> str:
    difference = pair["differences"]["accuracy"]
    low, high = difference["ci95"]
    p = pair["mcnemar"]["p"]
    chance = "more than chance would explain" if p < 0.05 else "no more than chance explains"
    first, second = (markup.plain(pair[name]) for name in ("first", "second"))
    left = [f"{count:,} of {markup.plain(name)}" for name, count in found["left_out"].items() if count]
    words = (
        f"**{second}** is **{difference['difference']:+.4f}** in accuracy against {first} [{low:+.4f}, {high:+.4f}]: "
        f"{chance} (McNemar's exact test on {pair['only_first'] + pair['only_second']:,} pictures that only one has "
        f"right: **p = {_p(p)}**)."
    )
    if left:
        words += f" Left out, not judged by both: {', '.join(left)}."
    if found["subjects"]:
        words += f" The pictures are of {found['subjects']:,} people: pictures of one person agree, so p is too small."
    return words


def _p(value: float) -> str:
    return f"{value:.4f}" if value >= 1e-4 else f"{value:.1e}"


def _flips(told: Results, rival: str, pair: dict[str, Any]) -> None:
    gained = choice.switch("flips", "Pictures on which they differ", SIDES) == SIDES[0]
    flips = pair["flips"]["only_second" if gained else "only_first"]
    if not flips["n"]:
        st.caption("None.")
        return
    # Data sets lie in order of their labels: the first ones would all be of one.
    step = max(1, flips["n"] // SHOWN)
    shown = flips["samples"][::step][:SHOWN]
    sample_tiles.show(
        told.run,
        told.split,
        [
            (
                one["sample"],
                f"{one['sample']}: true {one['label']}, {told.run} says {one['first']}, {rival} says {one['second']}",
                f"{one['label']}, not {one['first'] if gained else one['second']}",
            )
            for one in shown
        ],
        colours.CHOSEN if gained else colours.ACCENT,
        f"{len(shown)} of {flips['n']:,}, evenly over the data; below each: the true label, and the wrong answer",
    )
