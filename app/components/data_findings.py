"""What is wrong with a data set: unreadable files, twins, contradictions, people in several splits."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from app import colours, markup, session
from app.components import choice, data_tiles, provenance
from app.services.provenance import Provenance

CONFLICTS, EXACT, NEAR = KINDS = ("contradicting labels", "exact twins", "look-alikes")
GROUPS = 6
"""Groups on a page."""
MEMBERS = 12
"""Pictures that are shown of one group."""
LISTED = 200


def show(key: str, found: Mapping[str, Any], source: str, told: Provenance) -> None:
    """Draws the section.

    Args:
        key: Begins every session key used here.
        found: Of `datasets.audited`.
        source: DATA that pictures are read from.
        told: Where the numbers come from.
    """
    _numbers(key, found)
    _leaks(found)
    counts = _counts(found)
    st.dataframe(counts, hide_index=True)
    provenance.show(f"{key}_origin", told, counts)
    st.caption(
        "Exact twins agree in every pixel. Look-alikes are the same photo in another crop, brightness or compression, "
        "or neighbouring frames of a video; their last rows count only pictures without an exact twin there. "
        f"{found['near']['mirrored_pairs']:,} of {found['near']['pairs']:,} look-alike pairs are mirror images."
    )
    _listed("Cannot be read", [one["reason"] for one in found["unreadable"]])
    _listed("Without contrast", found["blank"])
    _shared(found)
    _groups(key, found, source)


def _numbers(key: str, found: Mapping[str, Any]) -> None:
    exact, near, n = found["exact"], found["near"], found["n"]
    columns = st.columns(3, gap="medium")
    with columns[0].container(border=True, key=f"{key}_copies", height="stretch", gap="xsmall"):
        tip = "Pictures that could be deleted and nothing would be lost. Lower is better."
        st.metric("Superfluous copies", f"{exact['copies']:,}", help=tip)
        st.caption(
            f"{exact['copies'] / n:.1%} of {n:,} pictures".replace("%", " %")
            + f"  \n{exact['groups']:,} groups of twins"
        )
    with columns[1].container(border=True, key=f"{key}_alike", height="stretch", gap="xsmall"):
        tip = "Pictures that look like another one without agreeing in every pixel. Lower is better."
        st.metric("Look-alikes", f"{near['pictures']:,}", help=tip)
        st.caption(
            f"{near['pictures'] / n:.1%} of {n:,} pictures".replace("%", " %") + f"  \n{near['groups']:,} groups"
        )
    with columns[2].container(border=True, key=f"{key}_conflicts", height="stretch", gap="xsmall"):
        tip = "Groups of twins or look-alikes whose pictures have different labels: at least one is wrong, or both are."
        st.metric("Contradictions", f"{exact['conflicting'] + near['conflicting']:,}", help=tip)
        st.caption(f"{exact['conflicting']:,} among exact twins  \n{near['conflicting']:,} among look-alikes")


def _leaks(found: Mapping[str, Any]) -> None:
    for exact, near in zip(found["exact"]["across"], found["near"]["across"], strict=True):
        learned, judged = exact["splits"]
        same, alike = exact["pictures"][judged], near["pictures"][judged]
        if learned == "train" and judged != "none" and same + alike:
            total = found["splits"][judged]
            st.warning(
                f"{same + alike:,} of {total:,} {judged} pictures ({(same + alike) / total:.1%}) also stand in train, "
                f"{same:,} of them exactly: a model scores higher there than on new photos.",
                icon=":material/content_copy:",
            )


def _counts(found: Mapping[str, Any]) -> pd.DataFrame:
    """As the command prints them."""
    exact, near = found["exact"], found["near"]
    rows: list[tuple[str, int, int]] = [
        ("groups", exact["groups"], near["groups"]),
        ("pictures in them", exact["pictures"], near["pictures"]),
        ("groups with contradicting labels", exact["conflicting"], near["conflicting"]),
    ]
    for split in found["splits"]:
        words = f"pictures in {_split(split)}, another there too"
        rows.append((words, exact["within"][split], near["within"][split]))
    for one, other in zip(exact["across"], near["across"], strict=True):
        for here, there in (one["splits"], one["splits"][::-1]):
            words = f"pictures in {_split(here)}, another in {_split(there)}"
            rows.append((words, one["pictures"][here], other["pictures"][here]))
    return pd.DataFrame(rows, columns=["what", "exact twins", "look-alikes"])


def _split(name: str) -> str:
    return "(no split)" if name == "none" else name


def _listed(title: str, lines: Sequence[str]) -> None:
    if not lines:
        return
    shown = lines[:LISTED]
    cut = f", the first {len(shown)}" if len(lines) > len(shown) else ""
    with st.expander(f"{title}: {len(lines):,}{cut}"):
        st.dataframe(pd.DataFrame({"file": shown}), hide_index=True)


def _shared(found: Mapping[str, Any]) -> None:
    shared = found["shared_subjects"]
    if not shared:
        return
    rows = [{"person": one["subject"], **one["pictures"]} for one in shared[:LISTED]]
    with st.expander(f"People in several splits: {len(shared):,}"):
        st.dataframe(pd.DataFrame(rows), hide_index=True)


def _groups(key: str, found: Mapping[str, Any], source: str) -> None:
    st.subheader("Side by side", anchor=False)
    every = found["duplicate_groups"]
    chosen = {
        CONFLICTS: [one for one in every if one["conflict"]],
        EXACT: [one for one in every if one["kind"] == "exact"],
        NEAR: [one for one in every if one["kind"] == "near"],
    }
    groups = chosen[choice.switch("twins", "Show groups of", KINDS)]
    if not groups:
        st.caption("There are none.")
        return
    pages = [str(one + 1) for one in range(math.ceil(len(groups) / GROUPS))]
    page = 1
    if len(pages) > 1:
        session.settle("twins_page", pages, "1")
        page = int(st.select_slider("Page", pages, key="twins_page", bind="query-params"))
    first = (page - 1) * GROUPS
    for group in groups[first : first + GROUPS]:
        _group(group, source)
    last = min(first + GROUPS, len(groups))
    st.caption(f"groups {first + 1:,} to {last:,} of {len(groups):,}; pictures are read now and stored nowhere")


def _group(group: Mapping[str, Any], source: str) -> None:
    pictures = group["pictures"]
    labels = [one["label"] for one in pictures if one["label"] is not None]
    said = ", ".join(f"{markup.plain(label)} {labels.count(label)}" for label in dict.fromkeys(labels))
    kind = EXACT if group["kind"] == "exact" else NEAR
    verdict = " · **✗ labels contradict**" if group["conflict"] else ""
    more = f" · {MEMBERS} of them shown" if len(pictures) > MEMBERS else ""
    st.markdown(f"{len(pictures)} {kind}: {said or 'no label'}{verdict}{more}")
    tiles = [
        (
            one["path"],
            f"{one['path']}: {one['label'] or 'no label'}",
            " · ".join(filter(None, (one["label"], one["split"]))),
        )
        for one in pictures[:MEMBERS]
    ]
    data_tiles.show(source, tiles, colours.WRONG if group["conflict"] else colours.QUIET)
