"""Two runs on the same faces: what each says, and where they disagree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd
import streamlit as st

from app import charts, colours, markup
from app.charts.frame import CONFIG, percent
from app.components import answering, choice, predict_seen, predict_usual, provenance, sides
from app.services import provenance as origin
from app.services import runs
from app.services.predicting import Answer, FacesMode, Prediction
from app.services.provenance import Provenance
from app.services.runs import RunCard
from app.services.uploads import Held

NOBODY = "none"


def asked(run: RunCard) -> RunCard | None:
    """The second run, if one is wanted; draws the list.

    Args:
        run: The first one.
    """
    others = {one.name: one for one in runs.cards() if one.usable and one.name != run.name}
    if not others:
        return None
    narrow, _ = st.columns([1, 2])
    with narrow:
        tip = "A second model is asked about the same faces; disagreements are marked."
        name = choice.show("vs", "Beside another model", [NOBODY, *others], NOBODY, tip)
    return others.get(name)


def pairs(found: Sequence[Answer], other: Mapping[str, Answer], keys: Sequence[str]) -> pd.DataFrame:
    """Faces that both runs judged.

    Args:
        found: What the first run said about each picture.
        other: What the second said, by the pictures' keys.
        keys: Of the first one's pictures.

    Returns:
        ``picture face first p_first second p_second agree``, one row per face that both found in the same place.
    """
    rows = []
    for key, answer in zip(keys, found, strict=True):
        theirs = {face.face.box: face for face in other[key].faces} if key in other else {}
        for number, face in enumerate(answer.faces, start=1):
            its = theirs.get(face.face.box)
            if its is not None:
                rows.append((answer.name, number, *_said(face), *_said(its), face.label == its.label))
    return pd.DataFrame(rows, columns=["picture", "face", "first", "p_first", "second", "p_second", "agree"])


def show(
    key: str, run: RunCard, rival: RunCard, readable: Sequence[Held], found: Sequence[Answer], chosen: int,
    place: int | None, how: FacesMode,
) -> None:  # fmt: skip
    """Draws the section.

    Args:
        key: Begins every session key used here.
        run: The first run.
        rival: The second one.
        readable: The pictures.
        found: What the first run said about each.
        chosen: Which picture is looked at.
        place: Which of its faces; None where it shows nobody.
        how: How faces are found.
    """
    names = (markup.plain(run.name), markup.plain(rival.name))
    st.subheader(f"What do {names[0]} and {names[1]} say?", anchor=False)
    other = answering.show(key, rival.name, how)
    table = pairs(found, other, [one.key for one in readable])
    if table.empty:
        st.caption("There is no face that both have judged.")
        return
    st.markdown(_sentence(table, run, rival))
    face = found[chosen].faces[place] if place is not None else None
    theirs = other.get(readable[chosen].key)
    its = next((one for one in theirs.faces if face and one.face.box == face.face.box), None) if theirs else None
    if face is not None and its is not None:
        for column, one, card in zip(sides.show(f"{key}_faces", [1, 1]), (face, its), (run, rival), strict=True):
            with column:
                _bars(f"{key}.{card.name}", one, card)
                predict_usual.show(f"{key}.{card.name}.usual", card.name, one)
                predict_seen.show(card.name, readable[chosen])
    _table(key, table, run, rival)
    count, synthetic = len(table), all(one.origin == "synthetic" for one in readable)
    files = [one.name for one in readable]
    both = [origin.of_uploads(card.name, how, files, count, synthetic) for card in (run, rival)]
    told = Provenance(f"{both[0].text} · beside run {rival.name}", " && ".join(one.command for one in both))
    provenance.show(f"{key}_origin", told, table)


def _said(face: Prediction) -> tuple[str, float]:
    return face.label, float(face.probabilities[face.label])


def _sentence(table: pd.DataFrame, run: RunCard, rival: RunCard) -> str:
    if set(run.labels) != set(rival.labels):
        shared = len(set(run.labels) & set(rival.labels))
        known = f"share {shared} of their labels" if shared else "have no label in common"
        return f"Different questions: these two models {known}, so their answers need not agree."
    agree, count = int(table["agree"].sum()), len(table)
    return f"They agree on **{agree:,} of {count:,}** face{'' if count == 1 else 's'}; the others are marked ✗ below."


def _bars(key: str, face: Prediction, card: RunCard) -> None:
    sure = percent(face.probabilities[face.label])
    chip = markup.chip(f"{face.label} {sure}", colours.of_label(face.label, card.labels))
    st.html(markup.row([markup.chip(card.name), "<span>says</span>", chip]))
    st.plotly_chart(
        charts.probability_bars(
            pd.DataFrame(face.probabilities.items(), columns=["label", "probability"]), labels=card.labels
        ),
        key=f"{key}.bars",
        config={**CONFIG, "staticPlot": True},
        alt=f"{card.name}: " + ", ".join(f"{name} {percent(value)}" for name, value in face.probabilities.items()),
    )


def _table(key: str, table: pd.DataFrame, run: RunCard, rival: RunCard) -> None:
    if set(run.labels) == set(rival.labels):
        shown = table.assign(agree=["✓ agree" if one else "✗ differ" for one in table["agree"]])
        # Disagreements first: they are what one looks for.
        shown = shown.iloc[table["agree"].argsort(kind="stable")]
    else:
        shown = table.drop(columns="agree")  # answers to different questions neither agree nor differ
    st.dataframe(
        shown,
        key=f"{key}.table",
        hide_index=True,
        height="auto" if len(shown) <= 10 else 400,
        column_config={
            "picture": st.column_config.TextColumn("Picture", width="medium"),
            "face": st.column_config.NumberColumn("Face", width="small"),
            "first": st.column_config.TextColumn(f"{run.name} says"),
            "p_first": st.column_config.ProgressColumn("Probability", min_value=0, max_value=1, format="percent"),
            "second": st.column_config.TextColumn(f"{rival.name} says"),
            "p_second": st.column_config.ProgressColumn("Probability", min_value=0, max_value=1, format="percent"),
            "agree": st.column_config.TextColumn("Both"),
        },
    )
