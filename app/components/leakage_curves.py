"""Further views of leakage: ROC, CMC, probes, and what taking identity out costs."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from app import markup
from app.charts import leakage as drawn
from app.charts import trade_off as traded
from app.components import choice, figure, sides
from app.services import leakage_told, leaking, trade_off
from app.services.leaking import Asked
from app.services.provenance import Provenance

ROC, CMC, PROBES, TRADE_OFF = "Pairs (ROC)", "Nearest few (CMC)", "Probes", "Leakage against macro-F1"
VIEWS = (ROC, CMC, PROBES, TRADE_OFF)
_LEFT_OUT = {
    "random_folds": "random samples left out",
    "sessions_out": "a session left out",
    "persons_out": "persons left out",
}


def show(key: str, asked: Asked, documents: Mapping[str, Mapping[str, Any]], chosen: str) -> None:
    """Draws the view that is asked for; the others cost nothing.

    Args:
        key: Begins every session key used here.
        asked: The table.
        documents: Space -> what was measured.
        chosen: The space that is looked at.
    """
    view = choice.switch("evidence", "More evidence", VIEWS, bare=True)
    if view == ROC:
        _roc(f"{key}_roc", asked, documents, chosen)
    elif view == CMC:
        _cmc(f"{key}_cmc", asked, documents, chosen)
    elif view == PROBES:
        _probes(f"{key}_probes", asked, documents)
    else:
        _trade_off(f"{key}_trade", asked)


def _roc(key: str, asked: Asked, documents: Mapping[str, Mapping[str, Any]], chosen: str) -> None:
    curves = []
    for space, one in documents.items():
        check = one["verification"]
        kinds = {"all": check} | ({"hard": check["hard"]} if space == chosen and check["hard"] else {})
        for pairs, told in kinds.items():
            line = {"space": space, "pairs": pairs, **told["roc"], "auc": told["auc"], "eer": told["eer"]}
            curves.append(pd.DataFrame(line))
    table = pd.concat(curves, ignore_index=True)
    count = documents[chosen]["verification"]["pairs"]
    areas = ", ".join(f"{space} {one['verification']['auc']:.3f}" for space, one in documents.items())
    figure.show(
        key,
        drawn.roc(table, subtitle=f"{count:,} pairs a space, half of them of one person", chosen=chosen),
        f"ROC curves of verification; areas: {areas}.",
        leakage_told.of_figures(asked, documents),
        table,
    )


def _cmc(key: str, asked: Asked, documents: Mapping[str, Mapping[str, Any]], chosen: str) -> None:
    table = pd.concat(
        [
            pd.DataFrame({"space": space, "rank": range(1, len(one["cmc"]) + 1), "share": one["cmc"]}).assign(
                chance=lambda rows, people=one["subjects"]: rows["rank"] / people
            )
            for space, one in documents.items()
        ],
        ignore_index=True,
    )
    first = documents[chosen]
    figure.show(
        key,
        drawn.cmc(table, subtitle=f"{first['subjects']} people, {first['trials']} trials", chosen=chosen),
        "How often the person is among the nearest 1, 2, 3 and so on, by space.",
        leakage_told.of_figures(asked, documents),
        table,
    )


def _probes(key: str, asked: Asked, documents: Mapping[str, Mapping[str, Any]]) -> None:
    rows: list[dict[str, Any]] = []
    said: dict[str, Any] = {}
    with st.spinner("Asking simple classifiers; some seconds a space, once"):
        for space in documents:
            said = leaking.probes(asked, space)
            rows += _scores(space, said)
    if not rows:
        st.info("Probes need two people or two states, with five samples or more.", icon=":material/info:")
        return
    table = pd.DataFrame(rows)
    left = f", {said['left_out']} left out who lack a state" if said["left_out"] else ""
    figure.show(
        key,
        drawn.probes(table, subtitle=f"{said['rows']:,} samples of {said['people']} people, all states{left}"),
        "Accuracy of simple classifiers that name the person or the state, by what was left out.",
        leakage_told.of_figures(asked, documents, probe=True),
        table,
    )
    st.caption(
        "Random samples left out flatter: neighbours of a left-out picture, of the same person and session, were "
        "learned from. The state with persons left out is what counts for people the model has never met."
    )


def _scores(space: str, said: Mapping[str, Any]) -> list[dict[str, Any]]:
    names = {"identity": "who", "state": "state"}
    return [
        {
            "space": space,
            "names": names[what],
            "learner": learner,
            "left_out": _LEFT_OUT[scheme],
            "accuracy": one["accuracy"],
            "macro_f1": one["macro_f1"],
            "chance": said[what]["chance"],
        }
        for what in names
        if said[what] is not None
        for learner in ("linear", "knn")
        for scheme, one in said[what][learner].items()
        if one is not None
    ]


def _trade_off(key: str, asked: Asked) -> None:
    left, right = sides.show(key, [1, 1])
    with left:
        _afterwards(f"{key}_erased", asked)
    with right:
        _trained(f"{key}_study")


def _afterwards(key: str, asked: Asked) -> None:
    found = trade_off.of_erasure(asked.name) if asked.split else None
    if found is None:
        space = "v_state" if "v_state" in asked.spaces else asked.spaces[0]
        kept = "--store" if asked.split else "--out erased.parquet"
        st.info(
            "Here stands what taking identity out of the features afterwards leaves of both, direction by direction. "
            + ("This makes it:" if asked.split else "Of a table of your own this command says it:"),
            icon=":material/ink_eraser:",
        )
        st.code(f"fer erase {asked.where} --space {shlex.quote(space)} --ranks 1,2,4,8,16 {kept}", language=None)
        return
    figure.show(
        key,
        traded.trade_off(found.points, title="Taken out afterwards", subtitle="directions erased", joined=True),
        "Leakage against macro-F1 while ever more directions of identity are erased.",
        found.source,
        found.points,
    )


def _trained(key: str) -> None:
    studies = trade_off.studies()
    if not studies:
        st.info("Here stand the trainings of a sweep that measured leakage: `fer sweep deviation-study`.")
        return
    name = choice.show("study", "Trained differently, in the study", list(studies), trade_off.telling(studies))
    found = trade_off.of_study(*studies[name])
    if found.points.empty:
        st.info(f"No row of study {markup.plain(name)} has finished yet.", icon=":material/hourglass_empty:")
        return
    printed = trade_off.published()
    ours, theirs = found.source, printed.source
    figure.show(
        key,
        traded.trade_off(
            found.points, title="Trained differently", subtitle="means of seeds", joined=False, published=printed.points
        ),
        "Leakage against macro-F1 of the rows of a study, and of the paper: "
        + "; ".join(f"{one.name} {one.accuracy:.3f}, {one.macro_f1:.3f}" for one in printed.points.itertuples()) + ".",
        Provenance(f"{ours.text} · {theirs.text}", f"{ours.command} && {theirs.command}"),
        pd.concat([found.points, printed.points.assign(name=printed.points["name"] + " (published)")]),
    )  # fmt: skip
