"""What is in a data set: how much of what, and of whom."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from app import markup
from app.charts.data import label_bars, subject_bars
from app.components import figure, provenance
from app.services import datasets
from app.services.provenance import Provenance


def show(key: str, found: Mapping[str, Any], source: Provenance) -> None:
    """Draws the section.

    Args:
        key: Begins every session key used here.
        found: Of `datasets.described`.
        source: Where its numbers come from.
    """
    _numbers(key, found)
    counts = datasets.label_counts(found)
    labels = list(found["labels"])
    rarest = min(found["labels"].items(), key=lambda one: one[1]) if labels else None
    alt = f"Bars of {found['n']:,} pictures by label" + (
        f"; the rarest is {rarest[0]}, {rarest[1]:,}" if rarest else ""
    )
    figure.show(f"{key}_labels", label_bars(counts, labels=labels), f"{alt}.", source, counts)
    _left_out(found)
    people = datasets.subject_counts(found)
    if people.empty:
        st.caption("It names no people: whether somebody stands in several splits cannot be told.")
        return
    spread = found["subjects"]["pictures"]
    figure.show(
        f"{key}_people",
        subject_bars(people, labels=labels, total=len(people)),
        f"Columns of {len(people):,} people with {spread['min']:,} to {spread['max']:,} pictures each, by label.",
        source,
        people,
    )
    _groups(key, found, source)


def _groups(key: str, found: Mapping[str, Any], source: Provenance) -> None:
    """Who is tested together (paper A, Table 2)."""
    groups = datasets.group_counts(found)
    if groups.empty:
        st.caption("It names no groups: a cross-validation deals its people into some, by the recipe's seed.")
        return
    st.markdown("**Groups of people, each tested once in a cross-validation**")
    st.dataframe(groups, hide_index=True)
    provenance.show(f"{key}_groups_origin", source, groups)


def _numbers(key: str, found: Mapping[str, Any]) -> None:
    counts, people, sizes = found["labels"], found["subjects"], found["sizes"]
    columns = st.columns(3, gap="medium")
    with columns[0].container(border=True, key=f"{key}_n", height="stretch", gap="xsmall"):
        st.metric(
            "Pictures", f"{found['n']:,}", help="Samples of the data set; which of them can be read stands below."
        )
        unread = found["n"] - found["readable"]
        st.caption(
            ("all can be read" if not unread else f"{unread:,} cannot be read") + f"  \n{_size(sizes)}"
            f"  \nformat: {found['format'] or 'several, joined'}"
        )
    with columns[1].container(border=True, key=f"{key}_k", height="stretch", gap="xsmall"):
        st.metric(
            "Labels",
            str(len(counts)),
            help="The share of the most frequent label is what a model reaches that always gives it.",
        )
        if counts:
            most = max(counts, key=lambda label: counts[label])
            labelled = sum(counts.values())
            share = f"{100 * counts[most] / labelled:.1f} % of {labelled:,}"
            without = f"  \n{found['unlabelled']:,} without a label" if found["unlabelled"] else ""
            st.caption(f"most frequent: {markup.plain(most)}, {share}{without}")
    with columns[2].container(border=True, key=f"{key}_s", height="stretch", gap="xsmall"):
        st.metric(
            "People", f"{people['n']:,}", help="Where people are named, splits and scores can be kept apart by them."
        )
        if people["n"]:
            spread = people["pictures"]
            words = f"{spread['min']:,} pictures each"
            if spread["max"] > spread["min"]:
                words = f"{spread['min']:,} to {spread['max']:,} pictures each, median {spread['median']:g}"
            sessions = found["sessions"]["n"]
            words += f"  \n{sessions:,} sessions" if sessions else ""
            words += f"  \n{people['without']:,} pictures name nobody" if people["without"] else ""
            st.caption(words)
        else:
            st.caption("nobody is named")


def _size(sizes: Mapping[str, Any]) -> str:
    common = sizes["most_common"][0]
    words = f"{common['width']} x {common['height']} pixels"
    if sizes["distinct"] == 1:
        return f"each {words}"
    return f"{sizes['distinct']:,} sizes, most often {words} ({common['n']:,})"


def _left_out(found: Mapping[str, Any]) -> None:
    left = found["left_out"]
    if not left["n"]:
        st.caption("The reader left nothing out.")
        return
    st.markdown(f"**Left out by the reader: {left['n']:,}**, and why")
    rows = [{"n": one["n"], "reason": one["reason"], "the first": one["first"][0]} for one in left["reasons"]]
    st.dataframe(pd.DataFrame(rows), hide_index=True)
